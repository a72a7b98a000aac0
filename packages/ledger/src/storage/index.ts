export * from "./block-check.ts";
export type { PayloadName } from "./candidates.ts";
export * from "./chain-store.ts";
export * from "./free-space.ts";
export * from "./key-value-store.ts";
export * from "./level-store.ts";
export * from "./lock-file.ts";
export * from "./memory-store.ts";
export * from "./open-chain-store.ts";
