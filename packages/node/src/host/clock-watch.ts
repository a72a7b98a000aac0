import { faultyMax } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Log } from "../log.ts";

/** From here on a clock counts as off: blocks by it are refused, and a proposal's way takes less. */
const offMsMin = 5_000;
/** So long after a connection a proposal may be one that waited for it, as old as the others were too few. */
const lateMsMax = 15_000;

/**
 * Tells when this machine's clock is not that of the network: nearly all others' fresh proposals then come
 * from another time. Up to f of them may have a wrong clock themselves.
 */
export class ClockWatch {
  readonly #log: Log;
  /** By proposer, how far the own clock was ahead of its last fresh block. */
  readonly #aheadMs = new Map<MemberId, number>();
  #validatorCount = 1;
  #isOff = false;
  #connectedMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A connection to another member begins: what it brings first may have been made before. */
  onConnected(nowMs: number): void {
    this.#connectedMs = nowMs;
  }

  /** A block came that one of the other validators had just proposed. */
  see(proposer: MemberId, timeMs: number, nowMs: number, validatorCount: number): void {
    if (this.#mayHaveWaited(timeMs, nowMs)) return;
    const log = this.#log;
    this.#validatorCount = validatorCount;
    this.#aheadMs.delete(proposer);
    this.#aheadMs.set(proposer, nowMs - timeMs);
    const aheadMs = this.aheadMs;
    const isOff = aheadMs !== null;
    if (isOff === this.#isOff) return;
    this.#isOff = isOff;
    if (isOff)
      log.warn({ aheadMs }, "clock off: this machine's clock is not the network's; run NTP");
    else log.info("the clock is right again");
  }

  /** A clock set back under way leaves no proposal out: the connection then lies in the future. */
  #mayHaveWaited(timeMs: number, nowMs: number): boolean {
    const sinceMs = nowMs - this.#connectedMs;
    return timeMs < this.#connectedMs && sinceMs >= 0 && sinceMs < lateMsMax;
  }

  /** How far the own clock is ahead of the network's, negative for behind; null while it is right. */
  get aheadMs(): number | null {
    // Those who proposed last say most; who is gone would be right for ever.
    const count = this.#validatorCount;
    const seen = [...this.#aheadMs.values()].slice(-count);
    const needed = Math.max(Math.min(2, count - 1), seen.length - faultyMax(count));
    const ahead = seen.filter((ms) => ms > offMsMin);
    const behind = seen.filter((ms) => ms < -offMsMin);
    const agreeing = [ahead, behind].find((some) => some.length > 0 && some.length >= needed);
    return agreeing === undefined ? null : middleOf(agreeing);
  }
}

function middleOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
