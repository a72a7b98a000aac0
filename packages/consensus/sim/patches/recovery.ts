// Going on: with members that lack something, and after power was lost.
import type { PatchRow } from "./patch.ts";

const engine = "consensus/src/consensus.ts";
const guard = "consensus/src/guard.ts";
const resume = "consensus/src/resume.ts";

const logged = `const effects: Effect[] = [{ type: "persist", record: input }];`;

function logs(isLogged: string): string {
  return `const effects: Effect[] = ${isLogged} ? [{ type: "persist", record: input }] : [];`;
}

/** Going on: with members that lack something, and after power was lost. */
export const recoveryRules: readonly PatchRow[] = [
  ["votes-not-logged", "does not log votes", engine, logged, logs(`input.type !== "vote"`), 1],
  [
    "verdicts-not-logged",
    "does not log verdicts",
    engine,
    logged,
    logs(`input.type !== "verdict"`),
    1,
  ],
  [
    "signed-not-logged",
    "does not log what it said",
    engine,
    logged,
    logs(`input.type !== "signed"`),
    1,
  ],
  [
    "certificates-not-logged",
    "does not log certificates",
    engine,
    logged,
    logs(`input.type !== "certificate"`),
    1,
  ],
  ["nothing-logged", "logs only where a height starts", engine, logged, logs("false"), 1],
  [
    "guard-not-heard",
    "takes nothing over from its guard after a start",
    guard,
    "const isHere = message.era === era && message.height === height && signature !== null;",
    "const isHere = message.era === era && message.height === height && signature === null;",
    6,
    "locks",
  ],
  [
    "guard-lock-lost",
    "takes the messages over from its guard, but not the lock",
    resume,
    "adoptLock(turn, lock);",
    "adoptLock(turn, null);",
    6,
    "locks",
  ],
  [
    "unsigned-stands",
    "takes for said what it was about to say when power was lost",
    resume,
    "takeBack(turn, places);",
    "if (places.size < 0) takeBack(turn, places);",
    11,
    "locks",
  ],
  [
    "blocks-survive",
    "believes after a start that it holds every block it held",
    resume,
    "turn.height = { ...turn.height, blocks: [] };",
    "turn.height = { ...turn.height };",
    3,
    "locks",
  ],
];
