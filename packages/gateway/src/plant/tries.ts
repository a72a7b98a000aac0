import { gatewayLimits } from "../limits.ts";

interface Tried {
  readonly count: number;
  readonly sinceMs: number;
}

/** Wrong tokens by the address they came from; whoever sends too many is not listened to for a while. */
export class Tries {
  readonly #nowMs: () => number;
  /** The address that tried last comes last. */
  readonly #tried = new Map<string, Tried>();

  /** `nowMs` goes on evenly, whatever becomes of the wall clock. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Counts a wrong token. */
  note(address: string): void {
    const now = this.#nowMs();
    const before = this.#recent(address, now);
    this.#tried.delete(address);
    this.#tried.set(address, { count: (before?.count ?? 0) + 1, sinceMs: before?.sinceMs ?? now });
    const [oldest] = this.#tried.keys();
    if (this.#tried.size > gatewayLimits.plantAddressesMax && oldest !== undefined) {
      this.#tried.delete(oldest);
    }
  }

  /** For how many seconds an address is not listened to; 0: it is. */
  waitSeconds(address: string): number {
    const now = this.#nowMs();
    const tried = this.#recent(address, now);
    if (tried === null || tried.count < gatewayLimits.plantWrongTokensMax) return 0;
    return Math.ceil((tried.sinceMs + gatewayLimits.plantWrongTokensMs - now) / 1_000);
  }

  #recent(address: string, now: number): Tried | null {
    const tried = this.#tried.get(address);
    if (tried === undefined) return null;
    return now - tried.sinceMs < gatewayLimits.plantWrongTokensMs ? tried : null;
  }
}
