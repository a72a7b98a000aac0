export { createGuard, type GuardPlace } from "./host/guard-file.ts";
