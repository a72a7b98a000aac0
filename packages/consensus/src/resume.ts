// After a restart the log was fed back and nothing of it carried out. Three things differ from before the
// crash: blocks in memory may be gone, the log may lack its last records, and the guard may know of
// messages the log does not. What was never signed was never said, so it is taken back where it names a
// block; what was signed stands, whatever the log says. A lock is what one precommitted, so the guard's is
// the lock: its block is held, while that of a lock nobody heard of may be lost everywhere.
import type { Effect } from "./effects.ts";
import { wordsOf } from "./gossip.ts";
import {
  applyRule,
  currentRound,
  decideBy,
  type HeightState,
  hasProposed,
  startRound,
  type Turn,
  turnOf,
  withRound,
  withValidity,
} from "./height.ts";
import type { Input, SignedMessage } from "./inputs.ts";
import { onProposal, reportAgain } from "./intake.ts";
import type { Draft, PolkaCertificate, Proposal, Vote } from "./messages.ts";
import type { Lock } from "./round.ts";
import { roundAt, withCertifiedVotes } from "./rounds.ts";
import { type RoundStep, timeoutMs } from "./timeouts.ts";
import { quorumOf } from "./validator-set.ts";
import { polkaOf } from "./votes.ts";

type Resume = Extract<Input, { type: "resume" }>;

const steps: readonly RoundStep[] = ["propose", "prevote", "precommit"];

/** Where a message stands among one's own of a height. */
function placeOf(message: Draft | SignedMessage): string {
  return message.kind === "vote"
    ? `${message.vote.round} ${message.vote.type}`
    : `${message.proposal.round} proposal`;
}

function namesBlock(draft: Draft): boolean {
  return draft.kind === "proposal" || draft.vote.blockId !== null;
}

/** Where a signed message stands in the order in which one signs. */
function orderOf(message: SignedMessage): number {
  if (message.kind === "proposal") return message.proposal.round * 3;
  return message.vote.round * 3 + (message.vote.type === "prevote" ? 1 : 2);
}

/**
 * Whether the log holds an own message above all that the guard remembers. A guard is synced before its
 * message is logged, so it has lost its newest slot and can no longer say what may be signed.
 */
export function isGuardBehind(height: HeightState, said: readonly SignedMessage[]): boolean {
  if (height.start.self === null) return false;
  const { votes, proposals } = wordsOf(height, height.start.self);
  const own: readonly SignedMessage[] = [
    ...votes.map((vote) => ({ kind: "vote", vote }) as const),
    ...proposals.map((proposal) => ({ kind: "proposal", proposal }) as const),
  ];
  const newest = Math.max(-1, ...said.map(orderOf));
  return own.some((message) => orderOf(message) > newest);
}

/** The step in which a message is said. */
function stepOf(draft: Draft): RoundStep {
  if (draft.kind === "proposal") return "propose";
  return draft.vote.type === "prevote" ? "propose" : "prevote";
}

/**
 * Takes back what was about to be said of a block and was not, and all that came after it: the block may
 * be lost, and the rules find the way again.
 */
function takeBack(turn: Turn, said: ReadonlySet<string>): void {
  const open = turn.height.drafts.filter((draft) => !said.has(placeOf(draft)));
  const at = open.findIndex(namesBlock);
  const first = open[at];
  turn.height = { ...turn.height, drafts: first === undefined ? open : open.slice(0, at) };
  if (first === undefined) return;
  const { rules } = turn.height;
  const step = stepOf(first);
  const waiting = rules.waiting.filter((kind) => kind !== "prevote" || step === "prevote");
  turn.height = { ...turn.height, rules: { ...rules, step, waiting } };
}

/** A vote the guard knows counts, and its step is over. */
function adoptVote(turn: Turn, vote: Vote): void {
  if (vote.round > turn.height.rules.round) startRound(turn, vote.round, null, true);
  const { rounds, rules, start } = turn.height;
  if (roundAt(rounds, vote.round) === null) return;
  const [next] = withCertifiedVotes(rounds, [vote], start.validators.length);
  const isOver = vote.round === rules.round && steps.indexOf(vote.type) > steps.indexOf(rules.step);
  const step = isOver ? vote.type : rules.step;
  turn.height = { ...turn.height, rounds: next, rules: { ...rules, step } };
}

/** A proposal the guard knows, with its polka again; without it, nobody could verify it, and none is made. */
function adoptProposal(turn: Turn, proposal: Proposal): void {
  if (proposal.round > turn.height.rules.round) startRound(turn, proposal.round, null, true);
  const { polka, lockPolka } = turn.height;
  const { validRound, blockId } = proposal;
  const proof = [polka, lockPolka].find(
    (one) => one?.round === validRound && one.blockId === blockId,
  );
  if (validRound !== -1 && proof === undefined) return;
  onProposal(turn, { ...proposal, polka: proof ?? null });
}

/** The polka of a lock, if anything of it is left. */
function polkaFor({ height }: Turn, lock: Lock): PolkaCertificate | null {
  const { polka, lockPolka, rounds, start } = height;
  const votes = roundAt(rounds, lock.round)?.votes;
  const counted = votes === undefined ? null : polkaOf(votes, quorumOf(start.validators.length));
  const fits = [lockPolka, polka, counted].find(
    (one) => one?.round === lock.round && one.blockId === lock.blockId,
  );
  return fits ?? null;
}

/** The lock is that of the guard; a block that had a polka stays the valid one. */
function adoptLock(turn: Turn, lock: Lock | null): void {
  if (lock === null) {
    const rules = { ...turn.height.rules, locked: null };
    turn.height = { ...turn.height, rules, lockPolka: null };
    return;
  }
  const lockPolka = polkaFor(turn, lock);
  const { rules } = turn.height;
  const isNewest = (rules.valid?.round ?? -1) < lock.round;
  const valid = isNewest ? lock : rules.valid;
  const polka = isNewest ? lockPolka : turn.height.polka;
  turn.height = { ...turn.height, rules: { ...rules, locked: lock, valid }, lockPolka, polka };
}

/** The waits for votes that were running. */
function waitsOf(turn: Turn): readonly Effect[] {
  const { start, rules } = turn.height;
  const { height, timeouts } = start;
  const { round } = rules;
  return rules.waiting
    .filter((kind) => kind === "precommit" || (kind === "prevote" && kind === rules.step))
    .map((kind) => ({
      type: "schedule",
      timeout: { kind, height, round },
      delayMs: timeoutMs(timeouts, kind, round),
    }));
}

/** The block whose own precommit must not leave again before it is known to be held. */
function askForLocked(turn: Turn): void {
  const { start, rules } = turn.height;
  if (rules.locked === null) return;
  const { blockId } = rules.locked;
  const { height } = start;
  const { round } = rules;
  turn.height = withValidity(turn.height, blockId, "asked");
  turn.effects.push({ type: "validate", height, round, blockId, fresh: false });
}

/** The propose step begins again: its wait, and the proposer's work if nothing was signed of it. */
function beginAgain(turn: Turn, places: ReadonlySet<string>): void {
  const { rules } = turn.height;
  if (rules.step !== "propose" || !rules.waiting.includes("propose")) return;
  const waiting = rules.waiting.filter((step) => step !== "propose");
  turn.height = { ...turn.height, rules: { ...rules, waiting } };
  const isMade = hasProposed(turn.height) || places.has(`${rules.round} proposal`);
  const proposer = isMade ? ({ type: "other" } as const) : turnOf(turn.height, rules.round);
  applyRule(turn, { type: "wake", turn: proposer });
}

/** Takes back what was known of blocks, takes over what the guard knows, and asks again for the rest. */
export function resumeHeight(turn: Turn, { said, lock }: Resume): void {
  const { decision } = turn.height;
  turn.height = { ...turn.height, blocks: [] };
  reportAgain(turn);
  if (decision !== null) {
    decideBy(turn, decision);
    return;
  }
  const { round } = turn.height.rules;
  const places = new Set(said.map(placeOf));
  takeBack(turn, places);
  for (const message of said) {
    if (message.kind === "vote") adoptVote(turn, message.vote);
    else adoptProposal(turn, message.proposal);
  }
  adoptLock(turn, lock);
  const record = currentRound(turn.height);
  turn.height = withRound(turn.height, { ...record, opinion: "open", isFetching: false });
  askForLocked(turn);
  if (turn.height.rules.round === round) beginAgain(turn, places);
  turn.effects.push(...waitsOf(turn));
  for (const draft of turn.height.drafts) turn.effects.push({ type: "sign", draft });
}
