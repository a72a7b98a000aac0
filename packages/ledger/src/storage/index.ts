export * from "./chain-store.ts";
export * from "./key-value-store.ts";
