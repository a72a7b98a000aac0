import type { Block } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Clock } from "./clock.ts";
import type { Ledger } from "./host/ledger.ts";
import type { Log } from "./log.ts";
import type { Dropped, Mempool } from "./mempool/mempool.ts";
import type { OwnRefusals } from "./mempool/own-refusals.ts";
import type { Metrics } from "./metrics.ts";

/** What is reported to and read from. */
export interface ReportingParts {
  readonly ledger: Ledger;
  readonly pool: Mempool;
  readonly refusals: OwnRefusals;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells metrics, log and gateway what happened; decides nothing. */
export class Reporting {
  readonly #parts: ReportingParts;
  #lastBlockMs: number | null = null;

  constructor(parts: ReportingParts) {
    this.#parts = parts;
  }

  /** A block was committed; its transactions are still in the pool. */
  committed(block: Block, writingMs: number): void {
    const { pool, clock, metrics, log } = this.#parts;
    metrics.commitSeconds.observe(writingMs / 1_000);
    const { height, timeMs } = block.header;
    for (const { id } of block.transactions) {
      const pooled = pool.get(id);
      if (pooled?.own !== true) continue;
      metrics.transactionSeconds.observe((clock.nowMs() - pooled.addedAtMs) / 1_000);
    }
    if (this.#lastBlockMs !== null) {
      metrics.blockInterval.observe((timeMs - this.#lastBlockMs) / 1_000);
    }
    this.#lastBlockMs = timeMs;
    this.#countVotes(height);
    const transactions = block.transactions.length;
    log.debug({ height, transactions, timeMs }, "committed a block");
  }

  /** Own transactions that were refused are told to the gateway; others' are nobody's business here. */
  dropped(dropped: readonly Dropped[]): void {
    const { refusals } = this.#parts;
    for (const { pooled, verdict } of dropped) {
      if (!pooled.own) continue;
      const { id } = pooled.transaction;
      if (verdict === null) refusals.add(id, "LEDGER_TX_SEQUENCE_USED", "renumber");
      else refusals.add(id, verdict.code, verdict.cure);
    }
  }

  equivocation(member: MemberId): void {
    const { ledger, metrics, log } = this.#parts;
    const found = ledger.members.find(({ memberId }) => memberId === member);
    metrics.equivocations.inc({ member: found?.state.handle ?? member });
    log.error({ member }, "a member signed two contradicting messages");
  }

  round(height: number, round: number): void {
    this.#parts.metrics.rounds.inc({ result: round === 0 ? "first" : "further" });
    if (round > 0) this.#parts.log.debug({ height, round }, "a further round began");
  }

  #countVotes(height: number): void {
    const { ledger, metrics } = this.#parts;
    const voters = new Set(ledger.votersOf(height));
    for (const { memberId, state } of ledger.members) {
      if (!voters.has(memberId)) metrics.votesMissed.inc({ member: state.handle });
    }
  }
}
