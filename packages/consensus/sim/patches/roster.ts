// Who votes and who proposes: the rules of the ledger that the simulator runs.
import type { PatchRow } from "./patch.ts";

const roster = "ledger/src/chain/roster/roster.ts";
const sidelining = "ledger/src/chain/roster/sidelining.ts";
const changes = "ledger/src/chain/roster/validator-changes.ts";
const validators = "ledger/src/chain/roster/validators.ts";

/** Who votes and who proposes: the rules of the ledger that the simulator runs. */
export const rosterRules: readonly PatchRow[] = [
  [
    "sidelined-propose",
    "lets the sidelined propose",
    roster,
    "suspended || sidelined.has(member) ? [] : [index]",
    "suspended && sidelined.size >= 0 ? [] : [index]",
    4,
  ],
  [
    "suspended-propose",
    "lets the suspended propose",
    roster,
    "suspended || sidelined.has(member) ? [] : [index]",
    "(suspended && member.length === 0) || sidelined.has(member) ? [] : [index]",
    2,
  ],
  [
    "sidelines-in-failure",
    "sidelines members for rounds in which the whole network failed",
    sidelining,
    "if (round < 1 || round > faultyMax(validators.length)) return [];",
    "if (round < 1) return [];",
    3,
  ],
  [
    "sidelines-builder",
    "sidelines the builder of the block for the rounds before",
    sidelining,
    "if (proposer.member !== builder) failed.push(proposer.member);",
    "if (proposer.member !== null || builder === null) failed.push(proposer.member);",
    12,
    "withholding",
  ],
  [
    "sidelines-everybody",
    "sidelines more members than may fail",
    sidelining,
    "while (kept.terms.length > room) {",
    "while (kept.terms.length > validators.length + room) {",
    9,
  ],
  [
    "changes-at-once",
    "takes any number of validator changes at once",
    changes,
    "if (taken === countMax) break;",
    "",
    1,
  ],
  [
    "order-of-changes",
    "keeps validators in another order than that of their keys",
    validators,
    "a.key < b.key ? -1 : 1",
    "a.key > b.key ? -1 : 1",
    1,
  ],
];
