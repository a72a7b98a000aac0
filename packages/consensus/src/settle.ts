// Which rule when. Whenever something was recorded, the rules that may be ready are tried in a fixed order
// until none fires, so that the same messages give the same result in any order of arrival:
//
//   decide (L49) > polka (L36) > late polka > proposal (L22, L28) > nil polka (L44) > waits (L34, L47) > skip (L55)
import type { BlockId } from "@tegata/ledger/primitives";
import {
  applyRule,
  currentRound,
  decideBy,
  fetchFrom,
  quorumAt,
  startRound,
  type Turn,
  turnOf,
  validityOf,
  withRound,
  withValidity,
} from "./height.ts";
import { lockAllows } from "./round.ts";
import type { RoundRecord } from "./rounds.ts";
import { faultyMax } from "./validator-set.ts";
import { commitOf, polkaOf, prevoted, roundCertificateOf } from "./votes.ts";

/** A rule that may be ready; true if it fired. */
type Rule = (turn: Turn) => boolean;

/** L49, in any round: late votes of an old round decide as well as those of the current one. */
const decide: Rule = (turn) => {
  const quorum = quorumAt(turn.height);
  for (const { votes } of turn.height.rounds) {
    const certificate = commitOf(votes, quorum);
    if (certificate === null) continue;
    decideBy(turn, certificate);
    return true;
  }
  return false;
};

function askToValidate(turn: Turn, blockId: BlockId, fresh: boolean): void {
  const { start, rules } = turn.height;
  if (validityOf(turn.height, blockId) === null) {
    turn.height = withValidity(turn.height, blockId, "asked");
  }
  const { height } = start;
  turn.effects.push({ type: "validate", height, round: rules.round, blockId, fresh });
}

/** The voters for a block hold it: asks them, once a round. */
function fetchPolka(turn: Turn, record: RoundRecord, blockId: BlockId): boolean {
  if (record.isFetching || validityOf(turn.height, blockId) !== "asked") return false;
  const voters = polkaOf(record.votes, quorumAt(turn.height))?.signatures ?? [];
  turn.height = withRound(turn.height, { ...record, isFetching: true });
  fetchFrom(
    turn,
    blockId,
    voters.map(([voter]) => voter),
  );
  return true;
}

/** L36: a quorum prevoted a block of this round. */
const polka: Rule = (turn) => {
  const record = currentRound(turn.height);
  const blockId = prevoted(record.votes, quorumAt(turn.height))?.blockId ?? null;
  if (blockId === null || turn.height.rules.step === "propose") return false;
  let fired = false;
  if (validityOf(turn.height, blockId) === null) {
    askToValidate(turn, blockId, false);
    fired = true;
  }
  fired = fetchPolka(turn, record, blockId) || fired;
  const { rules: before } = turn.height;
  const isValid = validityOf(turn.height, blockId) === "valid";
  fired = applyRule(turn, { type: "polka", blockId, isValid }) || fired;
  const proof = polkaOf(record.votes, quorumAt(turn.height));
  if (turn.height.rules.valid !== before.valid) turn.height = { ...turn.height, polka: proof };
  if (turn.height.rules.locked !== before.locked) {
    turn.height = { ...turn.height, lockPolka: proof };
  }
  return fired;
};

/** A polka of an earlier round that came late: whoever proposes next offers its block. Source: ADR 19. */
const latePolka: Rule = (turn) => {
  const { rules, rounds } = turn.height;
  const quorum = quorumAt(turn.height);
  const known = rules.valid?.round ?? -1;
  const record = rounds.findLast(
    ({ round, votes }) =>
      round > known && round < rules.round && (prevoted(votes, quorum)?.blockId ?? null) !== null,
  );
  const proof = record === undefined ? null : polkaOf(record.votes, quorum);
  if (record === undefined || proof === null) return false;
  const { blockId, round } = proof;
  if (blockId === null) return false;
  if (validityOf(turn.height, blockId) === null) askToValidate(turn, blockId, false);
  fetchPolka(turn, record, blockId);
  turn.height = { ...turn.height, polka: proof, rules: { ...rules, valid: { round, blockId } } };
  return true;
};

/** What the host said of the proposal, after asking it if need be; null while that is open. */
function acceptance(turn: Turn, record: RoundRecord, blockId: BlockId): boolean | null | "asked" {
  const isFresh = record.proposal?.validRound === -1;
  const validity = validityOf(turn.height, blockId);
  if (isFresh ? record.opinion === "open" : validity === null) {
    if (isFresh) turn.height = withRound(turn.height, { ...record, opinion: "asked" });
    askToValidate(turn, blockId, isFresh);
    return "asked";
  }
  if (isFresh) return record.opinion === "asked" ? null : record.opinion === "acceptable";
  return validity === "asked" ? null : validity === "valid";
}

/** L22 and L28: the proposal of the round; the polka of an earlier round came with it. */
const proposal: Rule = (turn) => {
  const { rules } = turn.height;
  const record = currentRound(turn.height);
  if (rules.step !== "propose" || record.proposal === null) return false;
  const { blockId, validRound } = record.proposal;
  if (!lockAllows(rules, blockId, validRound)) {
    return applyRule(turn, { type: "proposal", blockId, validRound, isAcceptable: false });
  }
  const isAcceptable = acceptance(turn, record, blockId);
  if (isAcceptable === null) return false;
  if (isAcceptable === "asked") return true;
  return applyRule(turn, { type: "proposal", blockId, validRound, isAcceptable });
};

/** L44: a quorum prevoted nil. */
const nilPolka: Rule = (turn) => {
  const majority = prevoted(currentRound(turn.height).votes, quorumAt(turn.height));
  return majority?.blockId === null && applyRule(turn, { type: "polkaNil" });
};

/** L34 and L47: a quorum voted, for whatever; the rest gets a last chance. */
const waits: Rule = (turn) => {
  const { votes } = currentRound(turn.height);
  const quorum = quorumAt(turn.height);
  if (votes.prevotes.voters >= quorum && applyRule(turn, { type: "prevotes" })) return true;
  return votes.precommits.voters >= quorum && applyRule(turn, { type: "precommits" });
};

/** L55: f+1 distinct validators, hence a correct one, are in a later round. */
const skip: Rule = (turn) => {
  const { rounds, rules, start } = turn.height;
  const needed = faultyMax(start.validators.length) + 1;
  const later = rounds.findLast(
    ({ round, votes }) => round > rules.round && votes.voters >= needed,
  );
  if (later === undefined) return false;
  startRound(turn, later.round, roundCertificateOf(later.votes, "skip"));
  return true;
};

/** Round 0 of an idle network begins when there is something to propose, or others have begun. */
const wake: Rule = (turn) => {
  const { rules, start, isProposable } = turn.height;
  if (rules.step !== "propose" || rules.waiting.includes("propose")) return false;
  const { proposal: offered, votes } = currentRound(turn.height);
  const isBegun = offered !== null || votes.voters > faultyMax(start.validators.length);
  if (!isProposable && !isBegun) return false;
  return applyRule(turn, { type: "wake", turn: turnOf(turn.height, rules.round) });
};

const rules: readonly Rule[] = [decide, polka, latePolka, proposal, nilPolka, waits, skip, wake];

/** Tries the rules in their order, from the first again after each that fired, until none does. */
export function settle(turn: Turn): void {
  let fired = true;
  while (fired && turn.height.decision === null) fired = rules.some((rule) => rule(turn));
}
