// How a member that is behind gets what the others decided, and what it gives to those behind it.
import type { CommitCertificate } from "../src/index.ts";
import type { Packet } from "./packets.ts";
import type { Prng } from "./prng.ts";
import type { SyncLie } from "./swarm.ts";

const refetchMs = 150;

/** What the sync needs of its member. */
export interface SyncDesk {
  readonly members: number;
  readonly random: Prng;
  readonly lies: readonly SyncLie[];
  nowMs(): number;
  /** The decisions there are, from height 1. */
  chain(): readonly CommitCertificate[];
  /** Height of the decision looked for; null: none is. */
  wantedHeight(): number | null;
  send(to: number, packet: Packet): void;
  later(delayMs: number, run: () => void): void;
}

/** The catching up of one life of a member. */
export class Sync {
  readonly #desk: SyncDesk;
  /** Highest committed height each member claims. */
  readonly #claims = new Map<number, number>();
  #asked: { readonly height: number; readonly peer: number; readonly atMs: number } | null = null;
  #isWaiting = false;

  constructor(desk: SyncDesk) {
    this.#desk = desk;
  }

  /** Another member says at which height it is. */
  onClaim(from: number, height: number): void {
    this.#claims.set(from, height - 1);
    this.pull();
  }

  /** Asks the next of those who claim to have it for the decision that is missing. */
  pull(): void {
    const { wantedHeight, nowMs, send, later } = this.#desk;
    const height = wantedHeight();
    if (height === null) return;
    const asked = this.#asked;
    const isOpen = asked?.height === height && nowMs() - asked.atMs < refetchMs;
    const peer = isOpen ? null : this.#nextPeer(height, asked?.peer ?? 0);
    if (peer === null) return;
    this.#asked = { height, peer, atMs: nowMs() };
    send(peer, { type: "wantHeight", height });
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    later(refetchMs, () => {
      this.#isWaiting = false;
      this.pull();
    });
  }

  #nextPeer(height: number, after: number): number | null {
    const { members } = this.#desk;
    for (let step = 1; step <= members; step += 1) {
      const peer = (after + step) % members;
      if ((this.#claims.get(peer) ?? 0) >= height) return peer;
    }
    return null;
  }

  /** Answers whoever asks for a decision, or does what a lying server does. */
  serve(to: number, height: number): void {
    const { send, lies, random, chain } = this.#desk;
    const certificate = chain()[height - 1];
    const lie = lies[random.below(Math.max(1, lies.length))];
    if (certificate === undefined || lie === "silence") return;
    send(to, { type: "height", certificate: this.#twisted(certificate, lie) });
    if (lie === "wrong body") return;
    send(to, { type: "body", blockId: certificate.blockId });
  }

  #twisted(certificate: CommitCertificate, lie: SyncLie | undefined): CommitCertificate {
    const { height, signatures } = certificate;
    const other = this.#desk.chain().find((one) => one.height !== height);
    switch (lie) {
      case "wrong certificate":
        return other === undefined
          ? { ...certificate, signatures: signatures.slice(1) }
          : { ...certificate, blockId: other.blockId };
      case "other height":
        return other === undefined ? certificate : { ...other, height };
      default:
        return certificate;
    }
  }

  /** The body to send for one that was asked for; null: none. */
  bodyFor(blockId: CommitCertificate["blockId"]): CommitCertificate["blockId"] | null {
    const { lies, chain } = this.#desk;
    if (lies.includes("silence")) return null;
    if (!lies.includes("wrong body")) return blockId;
    return chain().find((one) => one.blockId !== blockId)?.blockId ?? null;
  }

  /** The height this member tells the others it is at. */
  claimed(height: number): number {
    return this.#desk.lies.includes("high claims") ? height + 1_000 : height;
  }
}
