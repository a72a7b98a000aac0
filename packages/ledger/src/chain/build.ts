import { assert } from "../primitives/assert.ts";
import type { BlockId, Hash, MemberId } from "../primitives/ids.ts";
import { Accusations, type OffenceReader } from "./accusations.ts";
import {
  assembleBlock,
  type Block,
  certificateHashOf,
  encodeHeader,
  evidenceRootOf,
  transactionsRootOf,
} from "./block.ts";
import { applyTransaction, checkTransaction } from "./check.ts";
import type { BlockContext } from "./context.ts";
import { type BlockEffect, closeBlock } from "./execute.ts";
import { limits } from "./limits.ts";
import type { TransactionRefusal } from "./refusal.ts";
import type { CertifiedHeight } from "./roster/sidelining.ts";
import { type StateReader, StateView } from "./state-view.ts";
import {
  endedGrantCount,
  type Lane,
  payloadBytes,
  purgedSequenceCount,
  type Transaction,
} from "./transaction.ts";

/** The last block that is committed: at height 0 the genesis, whose id is the network id. */
export interface Head {
  readonly height: number;
  readonly blockId: BlockId;
  readonly timeMs: number;
}

/** How much a proposer puts into a block; the protocol's limits hold beside it. */
export interface BlockBudget {
  readonly transactionsMax: number;
  readonly transactionBytesMax: number;
  readonly payloadBytesMax: number;
}

/** What a proposer needs to build the block after `head`. */
export interface BlockPlan {
  /** State after the head. */
  readonly reader: StateReader;
  readonly head: Head;
  /** Transactions whose signatures are verified, in any order; several may claim one sequence. */
  readonly candidates: readonly Transaction[];
  readonly budget: BlockBudget;
  readonly timeMs: number;
  readonly proposer: MemberId;
  /** Root of the checkpoint that the new height names, see `checkpointFor`. */
  readonly stateRoot: Hash;
  /** Commit certificate of the head; empty when the head is the genesis. */
  readonly previousCertificate: Uint8Array;
  /** What that certificate proves; null when the head is the genesis. */
  readonly certified: CertifiedHeight | null;
  /** Pieces of evidence; what is not allowed, or beyond the limit, is left out. */
  readonly evidence: readonly Uint8Array[];
  readonly offence: OffenceReader;
}

/** A candidate that the rules refuse on top of those taken before it. */
export interface SkippedTransaction {
  readonly transaction: Transaction;
  readonly refusal: TransactionRefusal;
}

/** A block that {@link checkBlock} accepts on the same state. */
export interface BuiltBlock extends BlockEffect {
  readonly block: Block;
  readonly skipped: readonly SkippedTransaction[];
}

/** A fresh block in round 0 may use the whole of the protocol's limits. */
const wholeBudget: BlockBudget = Object.freeze({
  transactionsMax: limits.blockTransactionsMax,
  transactionBytesMax: limits.blockTransactionBytesMax,
  payloadBytesMax: limits.blockPayloadBytesMax,
});

/**
 * Budget of a round: every further round of a height halves it, so that a network that is too slow for
 * large blocks gets smaller ones. However small, a block may always hold one transaction.
 */
export function budgetFor(round: number): BlockBudget {
  const share = 2 ** -round;
  return {
    transactionsMax: Math.max(1, Math.floor(wholeBudget.transactionsMax * share)),
    transactionBytesMax: Math.floor(wholeBudget.transactionBytesMax * share),
    payloadBytesMax: Math.floor(wholeBudget.payloadBytesMax * share),
  };
}

/** What is left of one lane's candidates, lowest sequence first. */
interface Queue {
  readonly candidates: readonly Transaction[];
  next: number;
  /** Sequence of the last one taken, 0 for none. */
  taken: number;
}

/** Lanes of every member that has candidates; of several versions of a sequence the first given comes first. */
function queuesOf(candidates: readonly Transaction[]): Map<MemberId, Queue[]> {
  const members = new Map<MemberId, Map<Lane, Transaction[]>>();
  for (const candidate of candidates) {
    const lanes = members.get(candidate.memberId) ?? new Map<Lane, Transaction[]>();
    members.set(candidate.memberId, lanes);
    const lane = lanes.get(candidate.lane) ?? [];
    lanes.set(candidate.lane, lane);
    lane.push(candidate);
  }
  const queues = new Map<MemberId, Queue[]>();
  for (const [member, lanes] of members) {
    const sorted = [...lanes.values()].map((lane) => lane.sort((a, b) => a.sequence - b.sequence));
    queues.set(
      member,
      sorted.map((lane) => ({ candidates: lane, next: 0, taken: 0 })),
    );
  }
  return queues;
}

/** Members in turn; every height begins with another one, so that nobody is always first. */
function inTurn(members: Iterable<MemberId>, height: number): MemberId[] {
  const sorted = [...members].sort();
  const first = sorted.length === 0 ? 0 : height % sorted.length;
  return [...sorted.slice(first), ...sorted.slice(0, first)];
}

/** Takes transactions into a block, one at a time, as long as rules and budget allow. */
class Selection {
  readonly taken: Transaction[] = [];
  readonly skipped: SkippedTransaction[] = [];
  readonly #view: StateView;
  readonly #context: BlockContext;
  readonly #budget: BlockBudget;
  #transactionBytes = 0;
  #payloadBytes = 0;
  #endedGrants = 0;
  #purgedSequences = 0;

  constructor(view: StateView, context: BlockContext, budget: BlockBudget) {
    this.#view = view;
    this.#context = context;
    this.#budget = budget;
  }

  /** Takes the next transaction of a lane; false ends the lane for this block. */
  takeFrom(queue: Queue): boolean {
    for (;;) {
      const candidate = queue.candidates[queue.next];
      if (candidate === undefined) return false;
      queue.next += 1;
      if (candidate.sequence === queue.taken) continue;
      if (!this.#fits(candidate)) return false;
      const verdict = checkTransaction(this.#view, candidate, this.#context);
      if (verdict.ok) {
        this.#take(candidate);
        queue.taken = candidate.sequence;
        return true;
      }
      // Nothing is wrong with what only waits for the one before it.
      if (verdict.code === "LEDGER_TX_SEQUENCE_GAP") return false;
      this.skipped.push({ transaction: candidate, refusal: verdict });
    }
  }

  #fits(candidate: Transaction): boolean {
    if (this.taken.length === 0) return true;
    const { transactionsMax, transactionBytesMax, payloadBytesMax } = this.#budget;
    return (
      this.taken.length < transactionsMax &&
      this.#transactionBytes + candidate.bytes.length <= transactionBytesMax &&
      this.#payloadBytes + payloadBytes(candidate) <= payloadBytesMax &&
      this.#endedGrants + endedGrantCount(candidate) <= limits.blockEndedGrantsMax &&
      this.#purgedSequences + purgedSequenceCount(candidate) <= limits.purgedSequencesMax
    );
  }

  #take(candidate: Transaction): void {
    applyTransaction(this.#view, candidate, this.#context);
    this.taken.push(candidate);
    this.#transactionBytes += candidate.bytes.length;
    this.#payloadBytes += payloadBytes(candidate);
    this.#endedGrants += endedGrantCount(candidate);
    this.#purgedSequences += purgedSequenceCount(candidate);
  }
}

/** One transaction a member and turn, so that nobody can keep others out; a member's lanes take turns too. */
function select(selection: Selection, queues: Map<MemberId, Queue[]>, height: number): void {
  let members = inTurn(queues.keys(), height);
  while (members.length > 0) {
    members = members.filter((member) => {
      const lanes = queues.get(member) ?? [];
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        if (!selection.takeFrom(lane)) continue;
        lanes.push(lane);
        return true;
      }
      return false;
    });
  }
}

function within(budget: BlockBudget): BlockBudget {
  return {
    transactionsMax: Math.min(budget.transactionsMax, wholeBudget.transactionsMax),
    transactionBytesMax: Math.min(budget.transactionBytesMax, wholeBudget.transactionBytesMax),
    payloadBytesMax: Math.min(budget.payloadBytesMax, wholeBudget.payloadBytesMax),
  };
}

/** The first pieces of evidence that the block may carry. */
function selectEvidence(
  accusations: Accusations,
  candidates: readonly Uint8Array[],
): readonly Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (const piece of candidates) {
    if (taken.length === limits.evidenceMax) break;
    if (piece.length <= limits.evidenceBytesMax && accusations.take(piece).ok) taken.push(piece);
  }
  return taken;
}

/**
 * Builds and executes the block after the head: takes members in turn, keeps the order of every lane,
 * leaves out what the rules refuse, and stays within the budget but for a first transaction.
 */
export function buildBlock(plan: BlockPlan): BuiltBlock {
  const { reader, head, timeMs, previousCertificate, proposer, certified } = plan;
  assert(timeMs > head.timeMs, "a block is later than the one before");
  assert((head.height === 0) === (certified === null), "a head that is no genesis is certified");
  const height = head.height + 1;
  const view = new StateView(reader);
  const context: BlockContext = { height, timeMs, startOfBlock: reader };
  const selection = new Selection(view, context, within(plan.budget));
  select(selection, queuesOf(plan.candidates), height);
  const accusations = new Accusations(view, height, plan.offence);
  const evidence = selectEvidence(accusations, plan.evidence);
  const previousBlockId = head.blockId;
  const facts = { height, timeMs, proposer, previousBlockId, certified };
  const effect = closeBlock(view, facts, accusations.members);
  const headerBytes = encodeHeader({
    height,
    timeMs,
    proposer,
    previousBlockId,
    transactionsRoot: transactionsRootOf(selection.taken.map(({ id }) => id)),
    changesRoot: effect.changesRoot,
    stateRoot: plan.stateRoot,
    validatorsHash: effect.validatorsHash,
    nextValidatorsHash: effect.nextValidatorsHash,
    previousCertificateHash: certificateHashOf(previousCertificate),
    evidenceRoot: evidenceRootOf(evidence),
  });
  const block = assembleBlock({
    headerBytes,
    transactions: selection.taken,
    previousCertificate,
    evidence,
  });
  return { ...effect, block, skipped: selection.skipped };
}
