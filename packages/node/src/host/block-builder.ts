import { quorumOf } from "@tegata/consensus";
import {
  type BuiltBlock,
  budgetFor,
  buildBlock,
  checkpointFor,
  proposalTimeMs,
  type Transaction,
} from "@tegata/ledger/chain";
import type { BlockId, MemberId } from "@tegata/ledger/primitives";
import type { Clock } from "../clock.ts";
import type { EvidencePool } from "../evidence/evidence-pool.ts";
import type { Log } from "../log.ts";
import type { Mempool } from "../mempool/mempool.ts";
import type { Timers } from "../timers.ts";
import type { BlockDesk } from "./block-desk.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Ledger } from "./ledger.ts";

/** What a builder is made of. */
export interface BlockBuilderParts {
  readonly ledger: Ledger;
  readonly pool: Mempool;
  readonly evidence: EvidencePool;
  readonly desk: BlockDesk;
  readonly heartbeat: Heartbeat;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly member: MemberId;
  /** The rules refuse a candidate on top of those taken before it. */
  readonly onRefused: (transaction: Transaction) => void;
  /** The block is executed and lies at the desk. */
  readonly onBuilt: (request: BuildRequest, blockId: BlockId) => void;
}

/** The height's block is asked for in this round. */
export interface BuildRequest {
  readonly height: number;
  readonly round: number;
}

/** Pause before a block is tried again whose state root is not computed yet. */
const stateRootPauseMs = 20;

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

/**
 * Builds and executes the own block of a round. While there is nothing to put into it and no heartbeat is
 * due, or while the state root it must name is still being computed, the request waits.
 */
export class BlockBuilder {
  readonly #parts: BlockBuilderParts;
  readonly #pace = new BuildPace();
  #waiting: BuildRequest | null = null;

  constructor(parts: BlockBuilderParts) {
    this.#parts = parts;
  }

  /** Asks for the block of a round. */
  ask(request: BuildRequest): void {
    const { pool, evidence, desk, timers } = this.#parts;
    const built = this.#build(request);
    this.#waiting = built === null ? request : null;
    if (built !== null) {
      desk.adopt(built);
      this.#parts.onBuilt(request, built.block.id);
    } else if (pool.hasReady || evidence.isReady) {
      // With something to build from, only the state root can be missing: it is computed meanwhile.
      timers.after(stateRootPauseMs, () => {
        if (this.#waiting === request) this.ask(request);
      });
    }
  }

  /** There may be something to build with now, and the round's proposal is still open or it is not. */
  retry(round: number, isOpen: boolean): void {
    const waiting = this.#waiting;
    if (waiting !== null && isOpen && waiting.round === round) this.ask(waiting);
  }

  /** Nobody needs the block any more. */
  forget(): void {
    this.#waiting = null;
  }

  #build({ height, round }: BuildRequest): BuiltBlock | null {
    const { ledger, pool, evidence, heartbeat, clock, member } = this.#parts;
    const { head, reader } = ledger;
    if (height !== head.height + 1) return null;
    const stateRoot = ledger.store.stateRoot(checkpointFor(height));
    const carried = ledger.headCertificate();
    if (stateRoot === null || carried === null) return null;
    const whole = budgetFor(round);
    const transactionsMax = Math.min(whole.transactionsMax, this.#pace.transactionsMax >> round);
    const budget = { ...whole, transactionsMax: Math.max(1, transactionsMax) };
    const holdersMin = quorumOf(ledger.validators.length) - 1;
    const { voters } = ledger;
    const candidates = pool.candidates({ ...budget, unspreadBytesMax, holdersMin, voters });
    const mayBeEmpty = round > 0 || heartbeat.isDue();
    if (candidates.length === 0 && !evidence.isReady && !mayBeEmpty) return null;
    // What the pool holds was verified when it came.
    const offences = new Map(evidence.ready.map(({ bytes, offence }) => [bytes, offence]));
    const beganMs = performance.now();
    const timeMs = proposalTimeMs(clock.nowMs(), head.timeMs);
    const built = buildBlock({
      ...{ reader, head, candidates, budget, timeMs, stateRoot, proposer: member },
      previousCertificate: carried.bytes,
      certified: carried.certified,
      evidence: [...offences.keys()],
      offence: (piece) => offences.get(piece) ?? null,
    });
    const elapsedMs = performance.now() - beganMs;
    const transactions = built.block.transactions.length;
    this.#pace.record(transactions, elapsedMs);
    this.#parts.log.debug({ height, round, transactions, elapsedMs }, "built a block");
    for (const { transaction } of built.skipped) this.#parts.onRefused(transaction);
    const isEmpty = transactions === 0 && built.block.evidence.length === 0;
    return isEmpty && !mayBeEmpty ? null : built;
  }
}
