import { proposerOf } from "@tegata/consensus";
import { type Block, protocolVersionMax } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { EvidencePiece } from "./evidence/evidence-pool.ts";
import type { Ledger } from "./host/ledger.ts";
import type { StandingName } from "./host/standings.ts";
import type { Log } from "./log.ts";
import type { Dropped, Mempool } from "./mempool/mempool.ts";
import type { OwnRefusals } from "./mempool/own-refusals.ts";
import type { Metrics } from "./metrics.ts";
import { LogThrottle } from "./network/log-throttle.ts";

/** How often a company's contradictions are named in the log. */
const equivocationPauseMs = 60_000;

/** Members jump over rounds they did not see; of a long jump only these count. */
const roundsCountedMax = 64;

/** What is reported to and read from. */
export interface ReportingParts {
  readonly member: MemberId;
  readonly ledger: Ledger;
  readonly pool: Mempool;
  readonly refusals: OwnRefusals;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** A company as an operator knows it; one that is not on the ledger goes by what is known of it. */
function companyOf(ledger: Ledger, member: MemberId | null) {
  const found = ledger.members.find(({ memberId }) => memberId === member);
  const name = found?.state.name ?? member ?? "unknown";
  return { name, handle: found?.state.handle ?? name };
}

function standingText(was: StandingName, now: StandingName): string {
  switch (now) {
    case "sidelined":
      return "a company did not propose its blocks in time and is sidelined: others propose, its votes count";
    case "suspended":
      return "a company signed two contradicting messages and is suspended: it does not propose and its votes do not count";
    case "following":
      return "a company has no vote and follows";
    case "voting":
      return was === "sidelined"
        ? "a company proposes again"
        : "a company has its vote, and proposes and votes from now on";
  }
}

/** Tells metrics, log and gateway what happened; decides nothing. */
export class Reporting {
  readonly #parts: ReportingParts;
  readonly #throttle: LogThrottle;
  #standings: Ledger["standings"] | null = null;
  #lastBlockMs: number | null = null;
  #round = { height: 0, round: 0 };
  #outdatedFrom: number | null = null;

  constructor(parts: ReportingParts) {
    this.#parts = parts;
    this.#throttle = new LogThrottle(parts.log, equivocationPauseMs);
  }

  /** A block was committed; its transactions are still in the pool. */
  committed(block: Block, writingMs: number): void {
    const { pool, metrics, log } = this.#parts;
    metrics.commitSeconds.observe(writingMs / 1_000);
    const { height, timeMs } = block.header;
    for (const { id } of block.transactions) {
      const pooled = pool.get(id);
      if (pooled?.own !== true) continue;
      metrics.transactionSeconds.observe((performance.now() - pooled.addedAtMs) / 1_000);
    }
    if (this.#lastBlockMs !== null) {
      metrics.blockInterval.observe((timeMs - this.#lastBlockMs) / 1_000);
    }
    this.#lastBlockMs = timeMs;
    this.#countVotes(height);
    metrics.evidence.inc({ result: "committed" }, block.evidence.length);
    this.state();
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

  /** Evidence is held that a block will carry; `seen` where this node saw both messages itself. */
  evidence({ evidence, offence }: EvidencePiece, seen: boolean): void {
    const { ledger, metrics, member: self } = this.#parts;
    const member = ledger.ownerOf(offence.key);
    const company = companyOf(ledger, member);
    metrics.equivocations.inc({ member: company.handle });
    metrics.evidence.inc({ result: seen ? "seen" : "received" });
    const { height, round } = evidence.first;
    const fields = { company: company.name, member, height, round, messages: evidence.type };
    const key = `equivocation ${company.handle}`;
    const text =
      member === self
        ? "this company's key signed two contradicting messages: a second copy of this node may be running"
        : "a company signed two contradicting messages";
    this.#throttle.warn(key, fields, text);
  }

  /** Tells what operators have to know of the state; at the start, and whenever it changes. */
  state(): void {
    this.#tellStandings();
    this.#tellVersion();
  }

  /** Who does not take part as usual. */
  #tellStandings(): void {
    const { ledger, member: self, log } = this.#parts;
    const before = this.#standings;
    if (before === ledger.standings) return;
    this.#standings = ledger.standings;
    for (const [member, now] of ledger.standings) {
      const was = before?.get(member)?.standing ?? "voting";
      if (was === now.standing) continue;
      const { standing, sinceHeight, offenceHeight } = now;
      const { name: company } = companyOf(ledger, member);
      const fields = { company, member, self: member === self, standing, sinceHeight };
      const level = standing === "voting" ? "info" : "warn";
      log[level]({ ...fields, offenceHeight }, standingText(was, standing));
    }
  }

  /** That the members voted for a version of the protocol which this program does not follow. */
  #tellVersion(): void {
    const { ledger, log } = this.#parts;
    const { outdatedFrom: height } = ledger;
    if (height === this.#outdatedFrom) return;
    this.#outdatedFrom = height;
    if (height === null) return;
    const fields = { height, versionMax: protocolVersionMax, head: ledger.head.height };
    log.warn(fields, "update the program before this height: a new protocol version begins there");
  }

  /** A round began; those before it since the last one seen had no decision. */
  round(height: number, round: number): void {
    this.#countProposers(height, round);
    this.#parts.metrics.rounds.inc({ result: round === 0 ? "first" : "further" });
    if (round > 0) this.#parts.log.debug({ height, round }, "a further round began");
  }

  #countProposers(height: number, round: number): void {
    const { ledger, metrics } = this.#parts;
    const first = this.#round.height === height ? this.#round.round : 0;
    this.#round = { height, round };
    if (round === 0 || height !== ledger.head.height + 1) return;
    const { validators, eligible } = ledger.nextHeight();
    for (let missed = Math.max(first, round - roundsCountedMax); missed < round; missed += 1) {
      const proposer = validators[proposerOf(eligible, height, missed)]?.member ?? null;
      metrics.proposalsMissed.inc({ member: companyOf(ledger, proposer).handle });
    }
  }

  #countVotes(height: number): void {
    const { ledger, metrics } = this.#parts;
    const voters = new Set(ledger.votersOf(height));
    for (const { member, suspended } of ledger.lastValidators) {
      if (suspended || voters.has(member)) continue;
      metrics.votesMissed.inc({ member: companyOf(ledger, member).handle });
    }
  }
}
