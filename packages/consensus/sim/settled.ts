// What a member's own memory must say after each step, recounted vote by vote: no rule is left that is
// ready, and nothing is forgotten that may still be needed.
import type { BlockId } from "@tegata/ledger/primitives";
import type { Effect, HeightState } from "../src/index.ts";

type Round = HeightState["rounds"][number];
type Tally = Round["votes"]["prevotes"];

/** Rounds below the current one that must be remembered. */
const roundsBehind = 16;

/** The value that more than two thirds gave their first vote; undefined where none is. */
function majority({ first }: Tally): BlockId | null | undefined {
  const counts = new Map<BlockId | null, number>();
  for (const vote of first) {
    if (vote !== null) counts.set(vote.blockId, (counts.get(vote.blockId) ?? 0) + 1);
  }
  for (const [value, count] of counts) if (3 * count > 2 * first.length) return value;
  return undefined;
}

function isLarge(tally: Tally): boolean {
  const voters = tally.first.reduce((count, vote) => count + (vote === null ? 0 : 1), 0);
  return 3 * voters > 2 * tally.first.length;
}

function* unsettledIn({ rules }: HeightState, { votes }: Round): Generator<string> {
  const { round, step, valid, waiting } = rules;
  const leads = isLarge(votes.prevotes) ? majority(votes.prevotes) : undefined;
  const polka = votes.polka?.blockId ?? leads;
  if (step !== "propose" && typeof polka === "string" && valid?.round !== round) {
    yield `has seen a polka in round ${round} and does not keep it (L42)`;
  }
  if (step !== "prevote") return;
  if (votes.polka === null && leads === null) yield `does not act on a nil polka (L44)`;
  const isWaiting = waiting.includes("prevote");
  if (isLarge(votes.prevotes) && !isWaiting) yield `does not begin to wait for prevotes (L34)`;
}

/** What a settled member would have done. */
export function* unsettled(height: HeightState): Generator<string> {
  if (height.decision !== null) return;
  for (const record of height.rounds) {
    if (record.round === height.rules.round) yield* unsettledIn(height, record);
    const { precommits } = record.votes;
    if (isLarge(precommits) && typeof majority(precommits) === "string") {
      yield `has a quorum of precommits of round ${record.round} and does not decide (L49)`;
    }
  }
}

/** What went wrong from one state of a height to the next. */
export function* mistaken(
  before: HeightState,
  after: HeightState,
  effects: readonly Effect[],
): Generator<string> {
  if (before.start.height !== after.start.height) return;
  if (!effects.some(({ type }) => type === "persist")) yield "changes without a word in its log";
  if (after.decision !== null) return;
  const { round, waiting } = after.rules;
  // With a chapter its log begins anew, and it may forget all rounds but its own.
  const isChapter = effects.some((one) => one.type === "persist" && one.record.type === "chapter");
  for (const record of isChapter ? [] : before.rounds) {
    const isNeeded = record.round >= round - roundsBehind && record.round <= before.rules.round;
    const isThere = after.rounds.some((one) => one.round === record.round);
    if (isNeeded && !isThere) yield `forgets the votes of round ${record.round}`;
  }
  const { capMs } = after.start.timeouts;
  for (const effect of effects) {
    if (effect.type === "schedule" && effect.delayMs > capMs) {
      yield `waits ${effect.delayMs} ms in round ${round}, longer than anybody may`;
    }
  }
  const isSame = before.rules.round === round;
  const begun = waiting.filter((step) => !isSame || !before.rules.waiting.includes(step));
  for (const step of begun) {
    const isScheduled = effects.some(
      (effect) => effect.type === "schedule" && effect.timeout.kind === step,
    );
    if (!isScheduled) yield `waits for ${step} of round ${round} without end`;
  }
}
