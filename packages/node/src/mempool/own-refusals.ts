import type { Cure, OwnRefusal } from "../api/client.ts";
import type { Signal } from "../signal.ts";

/** Refusals that are kept for a gateway that was away. */
const keptMax = 4_096;

/** Own transactions that left the mempool without being committed, for the gateway to ask for. */
export class OwnRefusals {
  readonly #changed: Signal;
  #items: OwnRefusal[] = [];
  #last = 0;

  constructor(changed: Signal) {
    this.#changed = changed;
  }

  add(transactionId: string, code: string, cure: Cure): void {
    this.#last += 1;
    this.#items.push({ number: this.#last, transactionId, code, cure });
    if (this.#items.length > keptMax) this.#items = this.#items.slice(-keptMax / 2);
    this.#changed.fire();
  }

  /** Refusals after a number, waiting for the next one while there is none. */
  async after(
    number: number,
    waitMs: number,
    abort: AbortSignal | null,
  ): Promise<readonly OwnRefusal[]> {
    if (this.#last <= number) await this.#changed.wait(waitMs, abort);
    return this.#items.filter((item) => item.number > number);
  }
}
