import type { Peer } from "./gate.ts";
import type { PeerIdText } from "./identity.ts";
import type { NetworkLimits } from "./limits.ts";

/** How often the dialer looks who is missing. */
const tickMs = 100;

interface Attempts {
  peer: Peer;
  /** How many there were, which says whose turn it is among the peer's addresses. */
  count: number;
  /** Shifts whose turn the long patience is, so that not everybody is waited for at the same time. */
  readonly shift: number;
  failures: number;
  beganMs: number;
  nextMs: number;
  controller: AbortController | null;
  /** An attempt was given up for the sake of a new one since the last that failed by itself. */
  isHastened: boolean;
}

/** What a dialer is made of. */
export interface DialerOptions {
  readonly limits: NetworkLimits;
  /** Whether a peer has no connection, nor one that is being made, and may have one. */
  readonly isMissing: (peer: Peer) => boolean;
  /** Milliseconds this side waits before its first attempt, so that one of two comes first. */
  readonly headStartMs: (peer: Peer) => number;
  /**
   * Dials an address of a peer; rejects when it cannot be reached there. Successive attempts have successive
   * numbers: a peer has several addresses because some of them lead nowhere from here.
   */
  readonly dial: (peer: Peer, number: number, signal: AbortSignal) => Promise<void>;
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
        const isMoved = addressesOf(peer) !== addressesOf(attempts.peer);
        attempts.peer = peer;
        if (isMoved) this.#beginAnew(attempts);
        continue;
      }
      attempts.controller?.abort();
      this.#attempts.delete(peerId);
    }
    for (const peer of wanted.values()) {
      if (this.#attempts.has(peer.peerId)) continue;
      this.#attempts.set(peer.peerId, {
        peer,
        count: 0,
        shift: this.#attempts.size,
        failures: 0,
        beganMs: Number.NEGATIVE_INFINITY,
        nextMs: performance.now() + this.#options.headStartMs(peer),
        controller: null,
        isHastened: false,
      });
    }
    if (this.#timer !== null) this.#tick();
  }

  /** The peer is there: an attempt under way is no longer needed, and others may be within reach again. */
  onEstablished(peer: Peer): void {
    const attempts = this.#attempts.get(peer.peerId);
    if (attempts === undefined) return;
    attempts.failures = 0;
    attempts.isHastened = false;
    attempts.controller?.abort();
    for (const other of this.#attempts.values()) if (other !== attempts) this.#hasten(other);
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
    const { peer, count } = attempts;
    const rounds = roundsOf(attempts);
    const turn = rounds === 0 ? 0 : rounds + attempts.shift;
    const timeoutMs = dialTimeoutsMs[turn % dialTimeoutsMs.length] ?? 1_000;
    const controller = new AbortController();
    attempts.beganMs = performance.now();
    attempts.controller = controller;
    attempts.count += 1;
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(timeoutMs)]);
    const running = this.#options
      .dial(peer, count, signal)
      .catch(() => {
        if (!controller.signal.aborted) this.#later(attempts);
      })
      .finally(() => {
        attempts.controller = null;
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /**
   * A line that was down often brings everybody back at once: an attempt that began while it was down would be
   * waited for in vain. Only once for each that fails by itself: a peer that comes and goes must not keep a slow
   * one away.
   */
  #hasten(attempts: Attempts): void {
    if (attempts.isHastened || !this.#options.isMissing(attempts.peer)) return;
    const againMs = attempts.beganMs + this.#options.limits.dialPauseFirstMs;
    if (attempts.controller === null) attempts.nextMs = Math.min(attempts.nextMs, againMs);
    else if (againMs <= performance.now()) attempts.controller.abort();
    else return;
    attempts.isHastened = true;
  }

  #later(attempts: Attempts): void {
    attempts.isHastened = false;
    const { dialPauseFirstMs, dialPauseMaxMs } = this.#options.limits;
    const rounds = roundsOf(attempts);
    attempts.failures += 1;
    // The peer's next address is tried at once, and only after the last of them is there a pause.
    const isRoundOver = roundsOf(attempts) > rounds;
    // A counter without end would make the power infinite, and then the pause its maximum: fine.
    const pauseMs = isRoundOver ? Math.min(dialPauseFirstMs * 2 ** rounds, dialPauseMaxMs) : 0;
    attempts.nextMs = performance.now() + pauseMs;
  }

  /** Its addresses are others now: what was learned of the old ones means nothing. */
  #beginAnew(attempts: Attempts): void {
    attempts.failures = 0;
    attempts.nextMs = performance.now();
    attempts.controller?.abort();
  }
}

function addressesOf({ addresses }: Peer): string {
  return addresses.map((address) => address.toString()).join(" ");
}

/** How often all addresses of a peer failed in a row. */
function roundsOf({ failures, peer }: Attempts): number {
  return Math.floor(failures / Math.max(1, peer.addresses.length));
}
