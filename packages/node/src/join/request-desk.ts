import type { PublicKey } from "@tegata/ledger/primitives";
import type { Signal } from "../signal.ts";
import type { JoinAnswer } from "./dialogue.ts";

/** What a company that joins handed in, for the gateway to send: only that signs for this member. */
export interface JoinRequest {
  /** Grows by one with each; starts anew with the process. */
  readonly number: number;
  readonly kind: "apply" | "carry";
  /** The invitation it came with. */
  readonly invitationKey: PublicKey;
  /** The application, or the bodies of rotations. */
  readonly bodies: readonly Uint8Array[];
}

interface Pending {
  readonly request: JoinRequest;
  readonly resolve: (answer: JoinAnswer) => void;
}

/** Requests that wait at a time; there are no more connections. */
const pendingMax = 8;
/** A company is told that nobody judges its request after this. */
const patienceMs = 45_000;

/** Hands what invited companies bring to the gateway, which asks for it, and the gateway's answers back. */
export class RequestDesk {
  readonly #changed: Signal;
  readonly #patienceMs: number;
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  constructor(changed: Signal, timeoutMs: number = patienceMs) {
    this.#changed = changed;
    this.#patienceMs = timeoutMs;
  }

  /** Resolves when the gateway has answered; rejects with the signal when nobody waits for that any more. */
  hand(given: Omit<JoinRequest, "number">, signal: AbortSignal): Promise<JoinAnswer> {
    // Its last request may be read after its connection is gone, and nothing would be heard of that again.
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#pending.size >= pendingMax) return Promise.resolve({ ok: false, code: "busy" });
    this.#last += 1;
    const request: JoinRequest = { number: this.#last, ...given };
    const { promise, resolve, reject } = Promise.withResolvers<JoinAnswer>();
    const onGone = (): void => reject(signal.reason);
    const timer = setTimeout(() => resolve({ ok: false, code: "no-gateway" }), this.#patienceMs);
    signal.addEventListener("abort", onGone, { once: true });
    this.#pending.set(request.number, { request, resolve });
    this.#changed.fire();
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onGone);
      this.#pending.delete(request.number);
    });
  }

  /** Requests after a number that nobody has answered, waiting for the next one while there is none. */
  async after(
    number: number,
    waitMs: number,
    abort: AbortSignal | null,
  ): Promise<readonly JoinRequest[]> {
    if (this.#open(number).length === 0) await this.#changed.wait(waitMs, abort);
    return this.#open(number);
  }

  /** The gateway's answer; false when nobody waits for it any more. */
  answer(number: number, answer: JoinAnswer): boolean {
    const pending = this.#pending.get(number);
    pending?.resolve(answer);
    return pending !== undefined;
  }

  #open(number: number): readonly JoinRequest[] {
    return [...this.#pending.values()].flatMap(({ request }) =>
      request.number > number ? request : [],
    );
  }
}
