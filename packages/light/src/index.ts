export * from "./commit.ts";
export * from "./inclusion.ts";
export * from "./light.ts";
export * from "./refusal.ts";
export * from "./steps.ts";
