import type { Clock } from "./clock.ts";

/** The time from a transaction's submission to its commit at the member it was submitted to. */
export class Meter {
  readonly #clock: Clock;
  readonly #open = new Map<number, { readonly member: number; readonly atMs: number }>();
  readonly latenciesMs: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  submitted(member: number, transaction: number): void {
    this.#open.set(transaction, { member, atMs: this.#clock.nowMs });
  }

  committed(member: number, transaction: number): void {
    const submitted = this.#open.get(transaction);
    if (submitted?.member !== member) return;
    this.#open.delete(transaction);
    this.latenciesMs.push(this.#clock.nowMs - submitted.atMs);
  }
}
