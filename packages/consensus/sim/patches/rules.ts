// What a validator may say: lock, valid block, offers.
import type { PatchRow } from "./patch.ts";

const round = "consensus/src/round.ts";
const height = "consensus/src/height.ts";

const lockRule =
  "return locked === null || locked.round <= validRound || locked.blockId === blockId;";
/** What a validator may say: lock, valid block, offers. */
export const lockRules: readonly PatchRow[] = [
  [
    "no-lock",
    "prevotes whatever its lock says (L23, L29)",
    round,
    lockRule,
    "return locked === null || blockId !== null;",
    12,
    "relocks",
  ],
  [
    "no-lock-fresh",
    "prevotes a fresh block although it is locked on another (L23)",
    round,
    lockRule,
    "return locked === null || validRound === -1 || locked.round <= validRound || locked.blockId === blockId;",
    12,
    "relocks",
  ],
  [
    "any-polka-unlocks",
    "takes a polka from before its lock for one that opens it (L29)",
    round,
    lockRule,
    "return locked === null || validRound >= 0 || locked.blockId === blockId;",
    24,
    "relocks",
  ],
  [
    "nil-polka-unlocks",
    "lets its lock go on a nil polka (L44)",
    round,
    `state.step === "prevote" ? precommit(state, null)`,
    `state.step === "prevote" ? precommit({ ...state, locked: null }, null)`,
    1,
    "locks",
  ],
  [
    "late-polka-ignored",
    "offers no block whose polka came after its round",
    "consensus/src/settle.ts",
    "const rules: readonly Rule[] = [decide, polka, latePolka, proposal,",
    "const rules: readonly Rule[] = [decide, polka, proposal,",
    100_599,
    "relocks",
  ],
  [
    "no-valid-value-late",
    "does not keep a polka that came after its precommit (L42)",
    round,
    `if (state.step === "propose") return [state, []];
  const { round } = state;`,
    `if (state.step !== "prevote") return [state, []];
  const { round } = state;`,
    3,
    "locks",
  ],
  [
    "locks-unheld",
    "precommits a block it does not hold or has not checked (L36)",
    round,
    `if (state.step !== "prevote" || !isValid) return [seen, []];`,
    `if (state.step !== "prevote") return [seen, []];`,
    11,
  ],
  [
    "offers-new-block",
    "builds a new block where it must offer the old one (L15)",
    height,
    `return { type: "own", offer: offerOf(height, round) };`,
    `return { type: "own", offer: null };`,
    1,
    "locks",
  ],
  [
    "offers-without-polka",
    "offers an old block without the polka that proves it (L28)",
    height,
    "polka: proof ?? null,",
    "polka: null,",
    3,
    "locks",
  ],
];
