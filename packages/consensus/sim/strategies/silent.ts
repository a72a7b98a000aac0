import type { Deceit } from "./deceit.ts";

/** Says nothing, and passes nothing on. */
export function silent(): Deceit {
  return { tell: () => [], relay: () => [] };
}
