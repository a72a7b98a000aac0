// Every place of the code under test that can be broken on purpose; the checkers must notice each.

import { countingRules } from "./counting.ts";
import { doorRules } from "./door.ts";
import type { Patch, PatchRow } from "./patch.ts";
import { recoveryRules } from "./recovery.ts";
import { rosterRules } from "./roster.ts";
import { roundRules } from "./rounds.ts";
import { lockRules } from "./rules.ts";

const rows: readonly PatchRow[] = [
  ...lockRules,
  ...countingRules,
  ...roundRules,
  ...rosterRules,
  ...doorRules,
  ...recoveryRules,
];

/** Every patch; each must be caught. */
export const patches: readonly Patch[] = rows.map(
  ([name, breaks, file, from, to, seed, scenario = null]) => {
    return { name, breaks, file, from, to, seed, scenario };
  },
);

/** The patch of a name, or null. */
export function patchOf(name: string): Patch | null {
  return patches.find((patch) => patch.name === name) ?? null;
}
