import { quorumOf } from "@tegata/consensus";
import {
  type BuiltBlock,
  budgetFor,
  buildBlock,
  checkpointFor,
  proposalTimeMs,
  type Transaction,
} from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Clock } from "../clock.ts";
import type { Mempool } from "../mempool/mempool.ts";
import type { Ledger } from "./ledger.ts";

/** What a builder is made of. */
export interface BlockBuilderParts {
  readonly ledger: Ledger;
  readonly pool: Mempool;
  readonly clock: Clock;
  readonly member: MemberId;
  readonly pace: BuildPace;
  /** Whether an empty block is due by the own clock. */
  readonly isHeartbeatDue: () => boolean;
  /** The rules refuse a candidate on top of those taken before it. */
  readonly onRefused: (transaction: Transaction) => void;
}

/** What the others are not known to hold goes into a block only up to this. */
const unspreadBytesMax = 256 * 1_024;

/** Executing a block takes no longer than this here, so that nobody's votes come too late. */
const executionMs = 100;
const transactionsPerBlockMax = 4_096;
const transactionsPerBlockMin = 32;

/** How many transactions this machine executes in the time a block may take, by the last blocks. */
export class BuildPace {
  #msPerTransaction = 0.1;

  /** A block was executed; small ones say little. */
  record(transactions: number, elapsedMs: number): void {
    if (transactions < transactionsPerBlockMin) return;
    this.#msPerTransaction += (elapsedMs / transactions - this.#msPerTransaction) / 4;
  }

  get transactionsMax(): number {
    const fitting = Math.floor(executionMs / this.#msPerTransaction);
    return Math.min(transactionsPerBlockMax, Math.max(transactionsPerBlockMin, fitting));
  }
}

/** The height's block was asked for in this round. */
export interface BuildRequest {
  readonly height: number;
  readonly round: number;
}

/**
 * Builds and executes the block of a round. Null while there is nothing to put into it and no heartbeat
 * is due, or while the state root it must name is still being computed: ask again then.
 */
export function buildFor(
  { height, round }: BuildRequest,
  parts: BlockBuilderParts,
): BuiltBlock | null {
  const { ledger, pool, clock, member } = parts;
  const { head, reader } = ledger;
  if (height !== head.height + 1) return null;
  const stateRoot = ledger.store.stateRoot(checkpointFor(height));
  if (stateRoot === null) return null;
  const previousCertificate = ledger.headCertificate();
  if (previousCertificate === null) return null;
  const whole = budgetFor(round);
  const budget = {
    ...whole,
    transactionsMax: Math.max(
      1,
      Math.min(whole.transactionsMax, parts.pace.transactionsMax >> round),
    ),
  };
  const holdersMin = quorumOf(ledger.validators.length) - 1;
  const candidates = pool.candidates({ ...budget, unspreadBytesMax, holdersMin });
  const mayBeEmpty = round > 0 || parts.isHeartbeatDue();
  if (candidates.length === 0 && !mayBeEmpty) return null;
  const beganMs = performance.now();
  const built = buildBlock({
    reader,
    head,
    candidates,
    budget,
    timeMs: proposalTimeMs(clock.nowMs(), head.timeMs),
    proposer: member,
    stateRoot,
    previousCertificate,
  });
  parts.pace.record(built.block.transactions.length, performance.now() - beganMs);
  for (const { transaction } of built.skipped) parts.onRefused(transaction);
  return built.block.transactions.length === 0 && !mayBeEmpty ? null : built;
}
