// After a restart the log was fed back and nothing of it carried out. What was asked for and not done is
// asked again here. Blocks found valid before may not have been kept, so the host is asked anew.
import type { Effect } from "./effects.ts";
import {
  currentRound,
  decideBy,
  hasProposed,
  isProposer,
  type Turn,
  withRound,
  withValidity,
} from "./height.ts";
import { timeoutMs } from "./timeouts.ts";

/** The waits that were running: those of a step that is not over. */
function waitsOf(turn: Turn): readonly Effect[] {
  const { start, rules } = turn.height;
  const { height, timeouts } = start;
  const { round } = rules;
  return rules.waiting
    .filter((kind) => kind === "precommit" || kind === rules.step)
    .map((kind) => ({
      type: "schedule",
      timeout: { kind, height, round },
      delayMs: timeoutMs(timeouts, kind, round),
    }));
}

/** The block whose own precommit must not leave again before it is known to be held. */
function precommittedBlock(turn: Turn): Effect | null {
  const { start, rules } = turn.height;
  const { height } = start;
  if (rules.locked?.round !== rules.round) return null;
  const { blockId, round } = rules.locked;
  turn.height = withValidity(turn.height, blockId, "asked");
  return { type: "validate", height, round, blockId, fresh: false };
}

/** Takes back what was known of blocks and asks again for what is under way. */
export function resumeHeight(turn: Turn): void {
  const { decision } = turn.height;
  turn.height = { ...turn.height, blocks: [] };
  if (decision !== null) {
    decideBy(turn, decision);
    return;
  }
  const record = currentRound(turn.height);
  turn.height = withRound(turn.height, { ...record, opinion: "open", isFetching: false });
  const { start, rules, drafts } = turn.height;
  turn.effects.push(...waitsOf(turn));
  const precommitted = precommittedBlock(turn);
  if (precommitted !== null) turn.effects.push(precommitted);
  const mustBuild =
    rules.step === "propose" && rules.waiting.includes("propose") && !hasProposed(turn.height);
  if (mustBuild && isProposer(turn.height, rules.round)) {
    turn.effects.push({ type: "build", height: start.height, round: rules.round });
  }
  const lock = rules.locked;
  for (const draft of drafts) turn.effects.push({ type: "sign", draft, lock });
}
