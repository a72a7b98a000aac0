// Rounds, their waits, and the blocks they are about.
import type { PatchRow } from "./patch.ts";

const round = "consensus/src/round.ts";
const rounds = "consensus/src/rounds.ts";
const height = "consensus/src/height.ts";
const settle = "consensus/src/settle.ts";
const intake = "consensus/src/intake.ts";
const timeouts = "consensus/src/timeouts.ts";
const validators = "consensus/src/validator-set.ts";

const verdictParts = "const { height, round, blockId, valid, timely, due } = verdict;";
/** Rounds, their waits, and the blocks they are about. */
export const roundRules: readonly PatchRow[] = [
  [
    "same-proposer",
    "gives every round of a height to the same proposer (L11)",
    validators,
    "eligible[(height + round) % eligible.length]",
    "eligible[height % eligible.length]",
    1,
    "slow",
  ],
  [
    "old-waits-count",
    "takes a wait of an earlier round for one of this round (L57, L61, L65)",
    intake,
    "const isCurrent = timeout.height === start.height && timeout.round === rules.round;",
    "const isCurrent = timeout.height === start.height;",
    6,
    "harsh",
  ],
  [
    "no-waits",
    "waits for nothing",
    height,
    `turn.effects.push({ type: "schedule", timeout, delayMs });`,
    "assert(delayMs > 0 && timeout !== null, timeout.kind);",
    1,
  ],
  [
    "proposer-does-not-wait",
    "gives a proposer that finds nothing to say no end (L18)",
    round,
    `return wait(state, "propose", [output]);`,
    `return [{ ...state, waiting: [...state.waiting, "propose"] }, [output]];`,
    1,
  ],
  [
    "waits-do-not-grow",
    "waits equally long in every round",
    timeouts,
    "return Math.min(timeouts.capMs, base + timeouts.stepMs * round);",
    "return base + 0 * round;",
    1,
    "slow",
  ],
  [
    "waits-have-no-cap",
    "waits longer without end",
    timeouts,
    "return Math.min(timeouts.capMs, base + timeouts.stepMs * round);",
    "return base + timeouts.stepMs * round;",
    1,
    "outage",
  ],
  [
    "decides-this-round-only",
    "decides only in the round it is in (L49)",
    settle,
    "for (const { votes } of turn.height.rounds) {",
    "for (const { votes } of [currentRound(turn.height)]) {",
    31,
    "locks",
  ],
  [
    "forgets-rounds",
    "forgets the votes of a round when it leaves it",
    rounds,
    "return round >= current - roundsBehindMax;",
    "return round >= current;",
    2,
  ],
  [
    "every-block-valid",
    "takes every block for valid",
    intake,
    verdictParts,
    "const { height, round, blockId, timely, due } = verdict;\n  const valid = true;",
    1,
    "invalid-blocks",
  ],
  [
    "every-block-timely",
    "ignores whether a block is timely or due",
    intake,
    verdictParts,
    "const { height, round, blockId, valid } = verdict;\n  const [timely, due] = [true, true];",
    3,
    "erratic",
  ],
  [
    "asks-for-no-block",
    "asks for no block it lacks a verdict of",
    settle,
    `turn.effects.push({ type: "validate", height, round: rules.round, blockId, fresh });`,
    'if (fresh) turn.effects.push({ type: "validate", height, round: rules.round, blockId, fresh });',
    11,
    "invalid-blocks",
  ],
];
