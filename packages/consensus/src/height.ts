// One height: its state, and how what the rules of a round ask for becomes effects. Which rule is tried
// when is the business of settle.ts; what comes in, of intake.ts.
import { assert, type BlockId } from "@tegata/ledger/primitives";
import type { Effect } from "./effects.ts";
import type { StartHeight } from "./inputs.ts";
import {
  type CommitCertificate,
  type Draft,
  type PolkaCertificate,
  type Proposal,
  type RoundCertificate,
  roundMax,
} from "./messages.ts";
import {
  applyRound,
  beforeRounds,
  type Lock,
  type Turn as ProposerTurn,
  type RoundInput,
  type RoundOutput,
  type RoundState,
} from "./round.ts";
import { enterRound, isKept, putRound, type RoundRecord, type Rounds, roundAt } from "./rounds.ts";
import { timeoutMs } from "./timeouts.ts";
import { proposerOf, quorumOf } from "./validator-set.ts";
import { roundCertificateOf } from "./votes.ts";
import { noWords, remember, type Words } from "./words.ts";

/** What the host knows of a block. */
export interface BlockRecord {
  readonly blockId: BlockId;
  readonly validity: "asked" | "valid" | "invalid";
}

/** Everything a height depends on; feeding the log back gives an equal one. */
export interface HeightState {
  readonly start: StartHeight;
  readonly rules: RoundState;
  readonly rounds: Rounds;
  /** What is left of the rounds that were forgotten. */
  readonly words: Words;
  /** The polkas of the valid and of the locked block, to propose them again with their proof. */
  readonly polka: PolkaCertificate | null;
  readonly lockPolka: PolkaCertificate | null;
  /** Why the current round was entered; null in round 0. */
  readonly entered: RoundCertificate | null;
  readonly blocks: readonly BlockRecord[];
  /** Own messages of the current round that wait for their signature. */
  readonly drafts: readonly Draft[];
  readonly isProposable: boolean;
  /** Records in the log since it began. */
  readonly logged: number;
  readonly decision: CommitCertificate | null;
}

/** One step under way: the state as it changes, and the effects in order. */
export interface Turn {
  height: HeightState;
  readonly effects: Effect[];
}

/** The record of the current round. */
export function currentRound(height: HeightState): RoundRecord {
  const record = roundAt(height.rounds, height.rules.round);
  assert(record !== null, "the current round has a record");
  return record;
}

/** Whether a draft is the proposal of its round. */
function isProposal(draft: Draft): boolean {
  return draft.kind === "proposal";
}

/** Whether it is this validator's turn to propose. */
export function isProposer(height: HeightState, round: number): boolean {
  const { self, eligible, height: number } = height.start;
  return self !== null && proposerOf(eligible, number, round) === self;
}

/**
 * The block to offer again, and the round of its polka (L15-16). A block that was lost, here and perhaps
 * everywhere, must not be offered for ever: then the locked one, which is always held, and if there is
 * none a new one. A lock that only the guard remembered has lost its polka: its block is offered like a
 * fresh one (-1).
 */
function offerOf(height: HeightState, round: number): Lock | null {
  const { polka, lockPolka, rules } = height;
  const isHeld = polka !== null && validityOf(height, polka.blockId) === "valid";
  const isNewest = isHeld && polka.round >= (rules.locked?.round ?? -1);
  if (isNewest && polka.round < round) return polka;
  if (lockPolka !== null && lockPolka.round < round) return lockPolka;
  return rules.locked === null ? null : { round: -1, blockId: rules.locked.blockId };
}

/** Whose turn it is in a round, and with what. */
export function turnOf(height: HeightState, round: number): ProposerTurn {
  if (!isProposer(height, round)) return { type: "other" };
  return { type: "own", offer: offerOf(height, round) };
}

/** Whether the own proposal of the current round exists, signed or not. */
export function hasProposed(height: HeightState): boolean {
  return currentRound(height).proposal !== null || height.drafts.some(isProposal);
}

/** What the host said of a block, or null where it was not asked. */
export function validityOf(height: HeightState, blockId: BlockId): BlockRecord["validity"] | null {
  return height.blocks.find((block) => block.blockId === blockId)?.validity ?? null;
}

/** The height with what the host said of a block. */
export function withValidity(
  height: HeightState,
  blockId: BlockId,
  validity: BlockRecord["validity"],
): HeightState {
  const others = height.blocks.filter((block) => block.blockId !== blockId);
  return { ...height, blocks: [...others, { blockId, validity }] };
}

/** The height with another record in place of that of the same round. */
export function withRound(height: HeightState, record: RoundRecord): HeightState {
  return { ...height, rounds: putRound(height.rounds, record) };
}

/** Votes that make a quorum at this height. */
export function quorumAt(height: HeightState): number {
  return quorumOf(height.start.validators.length);
}

/** Asks for a signature, if this node has a vote. */
function sign(turn: Turn, draft: Draft): void {
  const { height } = turn;
  turn.height = { ...height, drafts: [...height.drafts, draft] };
  turn.effects.push({ type: "sign", draft });
}

/** Offers a block for the current round. */
export function propose(turn: Turn, blockId: BlockId, validRound: number): void {
  const { start, rules, polka, lockPolka } = turn.height;
  const proposer = start.self;
  assert(proposer !== null, "only a validator proposes");
  const proof = [polka, lockPolka].find(
    (one) => one?.round === validRound && one.blockId === blockId,
  );
  const proposal: Omit<Proposal, "signature"> = {
    height: start.height,
    round: rules.round,
    blockId,
    validRound,
    proposer,
    polka: proof ?? null,
  };
  sign(turn, { kind: "proposal", proposal });
}

function carryOut(turn: Turn, output: RoundOutput): void {
  const { start, rules } = turn.height;
  const { height, self, timeouts } = start;
  const { round } = rules;
  switch (output.type) {
    case "propose":
      propose(turn, output.blockId, output.validRound);
      return;
    case "build":
      turn.effects.push({ type: "build", height, round });
      return;
    case "prevote":
    case "precommit": {
      if (self === null) return;
      const { type, blockId } = output;
      sign(turn, { kind: "vote", vote: { type, height, round, blockId, voter: self } });
      return;
    }
    case "wait": {
      const timeout = { kind: output.step, height, round };
      const delayMs = timeoutMs(timeouts, output.step, round);
      turn.effects.push({ type: "schedule", timeout, delayMs });
      return;
    }
    case "next": {
      // The last round there can be has no end; whatever comes of it is decided in it.
      if (round === roundMax) return;
      const { votes } = currentRound(turn.height);
      startRound(turn, round + 1, roundCertificateOf(votes, "precommits"));
    }
  }
}

/** Applies one rule of the round; true if anything changed. */
export function applyRule(turn: Turn, input: RoundInput): boolean {
  const [rules, outputs] = applyRound(turn.height.rules, input);
  if (rules === turn.height.rules && outputs.length === 0) return false;
  turn.height = { ...turn.height, rules };
  for (const output of outputs) carryOut(turn, output);
  return true;
}

/** Enters a round (L11-21); `entered` shows others why. Whoever has spoken in it does not propose again. */
export function startRound(
  turn: Turn,
  round: number,
  entered: RoundCertificate | null,
  isSpokenIn = false,
): void {
  const { height } = turn;
  const rounds = enterRound(height.rounds, round, height.start.validators.length);
  const forgotten = height.rounds.filter((record) => !isKept(record.round, round));
  const words = remember(height.words, forgotten);
  const named = new Set(rounds.map(({ proposal }) => proposal?.blockId));
  const blocks = height.blocks.filter(
    ({ blockId }) => named.has(blockId) || blockId === height.rules.valid?.blockId,
  );
  turn.height = { ...height, rounds, words, blocks, entered, drafts: [] };
  const isAwake = round > 0 || height.isProposable;
  const proposer = isSpokenIn ? ({ type: "other" } as const) : turnOf(turn.height, round);
  applyRule(turn, { type: "start", round, turn: proposer, isAwake });
}

/** A suspended validator follows without a vote. */
function voting(start: StartHeight): StartHeight {
  const isSuspended = start.self !== null && start.validators[start.self]?.suspended !== false;
  return isSuspended ? { ...start, self: null } : start;
}

/** L10: begins a height at round 0. */
export function beginHeight(start: StartHeight): Turn {
  const height: HeightState = {
    start: voting(start),
    rules: beforeRounds,
    rounds: [],
    words: noWords,
    polka: null,
    lockPolka: null,
    entered: null,
    blocks: [],
    drafts: [],
    isProposable: false,
    logged: 1,
    decision: null,
  };
  const turn: Turn = { height, effects: [] };
  startRound(turn, 0, null);
  return turn;
}

/** Asks whoever voted for a block whose validity is open here. */
export function fetchFrom(turn: Turn, blockId: BlockId, voters: readonly number[]): void {
  const { height, validators, self } = turn.height.start;
  const from = voters.flatMap((voter) => (voter === self ? [] : (validators[voter]?.member ?? [])));
  turn.effects.push({ type: "fetchBlock", height, blockId, from });
}

/** Decides by a certificate, whatever the own opinion of the block (L49-51). */
export function decideBy(turn: Turn, certificate: CommitCertificate): void {
  const { height } = turn;
  if (validityOf(height, certificate.blockId) !== "valid") {
    fetchFrom(
      turn,
      certificate.blockId,
      certificate.signatures.map(([voter]) => voter),
    );
  }
  turn.height = { ...height, decision: certificate, drafts: [] };
  turn.effects.push({ type: "decide", certificate });
}
