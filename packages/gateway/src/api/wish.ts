import { z } from "zod";
import type { Wish } from "./desk.ts";
import { apiLimits } from "./schemas.ts";

/** `Prefer: wait=SECONDS` of RFC 7240. */
export const preferHeaders = z.object({ prefer: z.string().max(64).optional() });

/** `?dryRun=true` on what changes something. */
export const dryRunQuery = z.object({
  dryRun: z.enum(["true", "false"]).default("false"),
});

/** What the caller wishes, within the limits of the API. */
export function wishOf(prefer: string | undefined, dryRun: "true" | "false" = "false"): Wish {
  const seconds = Number(/(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/.exec(prefer ?? "")?.[1] ?? 0);
  return { waitMs: Math.min(seconds * 1_000, apiLimits.waitMs), dryRun: dryRun === "true" };
}
