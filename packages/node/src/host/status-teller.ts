import { encodeMessage, type Status } from "@tegata/consensus";
import { frameTypes } from "../network/limits.ts";
import type { Network } from "../network/network.ts";
import type { Timers } from "../timers.ts";

/** Changes within this time are told together. */
const pauseMs = 20;
/** A status is told again after this, changed or not. */
const repeatMs = 1_000;

/** Tells every connected member where this node stands. Source: docs/protocol-consensus.md section 6.4. */
export class StatusTeller {
  readonly #network: Pick<Network, "broadcast" | "send">;
  readonly #timers: Timers;
  #latest: Status | null = null;
  #toldMs = Number.NEGATIVE_INFINITY;
  #isScheduled = false;

  constructor(network: Pick<Network, "broadcast" | "send">, timers: Timers) {
    this.#network = network;
    this.#timers = timers;
    this.#timers.every(repeatMs, () => {
      if (performance.now() - this.#toldMs >= repeatMs / 2) this.#tell();
    });
  }

  /** A height that goes well is told once, when its votes are through already. */
  tell(status: Status): void {
    this.#latest = status;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#timers.after(pauseMs, () => {
      this.#isScheduled = false;
      this.#tell();
    });
  }

  /** A member that has just connected learns it at once. */
  greet(member: Parameters<Network["send"]>[0]): void {
    if (this.#latest === null) return;
    const body = encodeMessage({ kind: "status", status: this.#latest });
    this.#network.send(member, frameTypes.status, body);
  }

  #tell(): void {
    if (this.#latest === null) return;
    this.#toldMs = performance.now();
    const body = encodeMessage({ kind: "status", status: this.#latest });
    this.#network.broadcast(frameTypes.status, body);
  }
}
