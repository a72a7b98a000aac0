import type { CommitCertificate, ValidatorSet } from "@tegata/consensus";
import { type MemberId, toHex } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Head, Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { BlockSource, type CertifiedBlock } from "./block-source.ts";
import { BlockWindow, type WindowLimits } from "./block-window.ts";
import type { Claims } from "./claims.ts";

/** What catching up is made of. */
export interface CatchUpParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly claims: Claims;
  /** Those whose claims count, at the height after the head. */
  readonly validators: () => ValidatorSet;
  readonly log: Log;
  readonly head: () => Head;
  /** Fires when the head moved. */
  readonly headMoved: Signal;
  /** Fires when somebody claims more than before, and when somebody connects. */
  readonly claimed: Signal;
  /** Whether a quorum of the validators of the next height signed; asked before anything else. */
  readonly isCertified: (certificate: CommitCertificate) => boolean;
  /** Hands a block to the one queue of decisions. */
  readonly decide: (certified: CertifiedBlock) => void;
  /** While it is true nothing is fetched: a snapshot may come, or the others have to be asked first. */
  readonly isHeld: () => boolean;
  readonly limits: WindowLimits;
  readonly onFault: (error: unknown) => void;
}

/** One height behind is what a decision under way looks like: its block comes by itself. */
const patienceMs = 150;
const pauseMs = 500;

/**
 * Brings a node that fell behind to the head of the network: fetches decided blocks in order, many ahead,
 * from whoever has them, verifies the certificate of the next one first, and feeds it to consensus like any
 * other decision; those that follow it are committed with it as far as they are here. Runs whenever somebody claims more than this node has; never gives up.
 */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #ending = new AbortController();
  readonly #source: BlockSource;
  readonly #window: BlockWindow;
  #running = false;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
    const { claims } = parts;
    const holders = (height: number) => claims.holders(height);
    // It claimed what it has not.
    const onRefused = (member: MemberId): void => claims.forget(member);
    this.#source = new BlockSource({ ...parts, holders, onRefused }, this.#ending.signal);
    this.#window = new BlockWindow(this.#source, parts.limits);
  }

  /** How many blocks others have that this node has not; a few who lie about it change nothing. */
  get blocksBehind(): number {
    const { claims, validators, head } = this.#parts;
    return Math.max(0, claims.credible(validators()) - head().height);
  }

  /** How many blocks anybody claims to have beyond this node's; each claim is worth a question. */
  get #blocksClaimed(): number {
    return Math.max(0, this.#parts.claims.highest() - this.#parts.head().height);
  }

  /** The block of a height above the next one, if it is here; nothing of it was judged. */
  ahead(height: number): CertifiedBlock | null {
    return this.#window.at(height);
  }

  /** Looks whether there is something to fetch. */
  poke(): void {
    if (this.#running || this.#ending.signal.aborted) return;
    if (this.#blocksClaimed === 0 || this.#parts.isHeld()) return;
    this.#running = true;
    this.#run()
      .catch((error: unknown) => this.#parts.onFault(error))
      .finally(() => {
        this.#running = false;
      });
  }

  stop(): void {
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && this.#blocksClaimed > 0 && !this.#parts.isHeld()) {
      const height = this.#parts.head().height + 1;
      if (this.#blocksClaimed === 1) {
        await this.#parts.headMoved.wait(patienceMs, signal);
        if (this.#parts.head().height >= height) continue;
      }
      this.#window.move(height, this.#parts.claims.highest());
      const certified = await this.#window.next(height);
      if (signal.aborted) return;
      if (certified === null) {
        this.#window.clear();
        await this.#parts.claimed.wait(pauseMs, signal);
        continue;
      }
      if (this.#accept(certified, height)) await this.#apply(certified, height);
    }
    this.#window.clear();
  }

  /** The certificate comes first; without it nothing of a block is looked at. */
  #accept({ block, certificate, from }: CertifiedBlock, height: number): boolean {
    if (this.#parts.head().height >= height) return false;
    if (!this.#parts.isCertified(certificate)) {
      this.#parts.log.warn({ member: from, height }, "a member gave a block that was not decided");
      this.#source.avoid(from);
      this.#window.dropFrom(from);
      return false;
    }
    const head = this.#parts.head();
    const { previousBlockId } = block.header;
    if (previousBlockId !== head.blockId) {
      const detail = { height: head.height, ours: head.blockId, theirs: previousBlockId };
      // Compared with the own one it says who signed both, which nobody could tell later.
      const certificate = toHex(block.previousCertificate);
      this.#parts.log.error({ ...detail, certificate }, "a certificate decides another block");
      throw new NodeError("NODE_TWO_DECISIONS", "two blocks were decided at one height", detail);
    }
    return true;
  }

  async #apply(certified: CertifiedBlock, height: number): Promise<void> {
    this.#parts.decide(certified);
    while (this.#parts.head().height < height && !this.#ending.signal.aborted) {
      await this.#parts.headMoved.wait(pauseMs, this.#ending.signal);
    }
  }
}
