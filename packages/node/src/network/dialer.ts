import type { Peer } from "./gate.ts";
import type { PeerIdText } from "./identity.ts";
import type { NetworkLimits } from "./limits.ts";

/** How often the dialer looks who is missing. */
const tickMs = 100;

interface Attempts {
  peer: Peer;
  failures: number;
  nextMs: number;
  controller: AbortController | null;
}

/** What a dialer is made of. */
export interface DialerOptions {
  readonly limits: NetworkLimits;
  /** Whether a peer has no connection, nor one that is being made, and may have one. */
  readonly isMissing: (peer: Peer) => boolean;
  /** Milliseconds this side waits before its first attempt, so that one of two comes first. */
  readonly headStartMs: (peer: Peer) => number;
  /** Rejects when the peer cannot be reached. */
  readonly dial: (peer: Peer, signal: AbortSignal) => Promise<void>;
}

/**
 * Dials every missing member until it is there. The library's own reconnecting gives up after some
 * tries, and a first attempt that fails is never repeated.
 */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #attempts: Map<PeerIdText, Attempts> = new Map();
  readonly #running: Set<Promise<void>> = new Set();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
    this.#tick();
  }

  /** Ends every attempt and waits for the last. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const attempts of this.#attempts.values()) attempts.controller?.abort();
    this.#attempts.clear();
    await Promise.allSettled([...this.#running]);
  }

  /** Replaces whom to dial. */
  setPeers(peers: readonly Peer[]): void {
    const wanted = new Map(peers.map((peer) => [peer.peerId, peer]));
    for (const [peerId, attempts] of this.#attempts) {
      const peer = wanted.get(peerId);
      if (peer !== undefined) {
        attempts.peer = peer;
        continue;
      }
      attempts.controller?.abort();
      this.#attempts.delete(peerId);
    }
    for (const peer of wanted.values()) {
      if (this.#attempts.has(peer.peerId)) continue;
      const nextMs = performance.now() + this.#options.headStartMs(peer);
      this.#attempts.set(peer.peerId, { peer, failures: 0, nextMs, controller: null });
    }
    if (this.#timer !== null) this.#tick();
  }

  /** The peer is there: an attempt under way is no longer needed. */
  onEstablished(peer: Peer): void {
    const attempts = this.#attempts.get(peer.peerId);
    if (attempts === undefined) return;
    attempts.failures = 0;
    attempts.controller?.abort();
  }

  /** The peer is gone: dialed at once if it had been there. */
  onClosed(peer: Peer, wasEstablished: boolean): void {
    const attempts = this.#attempts.get(peer.peerId);
    if (attempts === undefined) return;
    if (wasEstablished) attempts.nextMs = performance.now() + this.#options.headStartMs(peer);
    else this.#later(attempts);
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const attempts of this.#attempts.values()) {
      const due = attempts.controller === null && nowMs >= attempts.nextMs;
      if (due && this.#options.isMissing(attempts.peer)) this.#dial(attempts);
    }
  }

  #dial(attempts: Attempts): void {
    const { dialTimeoutsMs } = this.#options.limits;
    const timeoutMs = dialTimeoutsMs[attempts.failures % dialTimeoutsMs.length] ?? 1_000;
    const controller = new AbortController();
    attempts.controller = controller;
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(timeoutMs)]);
    const running = this.#options
      .dial(attempts.peer, signal)
      .catch(() => {
        if (!controller.signal.aborted) this.#later(attempts);
      })
      .finally(() => {
        attempts.controller = null;
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  #later(attempts: Attempts): void {
    const { dialPauseFirstMs, dialPauseMaxMs } = this.#options.limits;
    const pauseMs = Math.min(dialPauseFirstMs * 2 ** attempts.failures, dialPauseMaxMs);
    // A counter without end would make the power infinite, and then the pause its maximum: fine.
    attempts.failures += 1;
    attempts.nextMs = performance.now() + pauseMs;
  }
}
