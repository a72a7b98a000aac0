import { setTimeout as pause } from "node:timers/promises";
import { type CommitCertificate, decodeMessage, type ValidatorSet } from "@tegata/consensus";
import { type Block, decodeBlock, limits } from "@tegata/ledger/chain";
import { type MemberId, toHex } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { hasItsBody, isBadBytes } from "../host/bad-bytes.ts";
import type { Log } from "../log.ts";
import type { Head, Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import type { Claims } from "./claims.ts";
import { answerBytesMax, decodeCertifiedAnswer, encodeRequest } from "./requests.ts";

/** A block that was decided, with the proof of it. */
export interface CertifiedBlock {
  readonly block: Block;
  readonly certificate: CommitCertificate;
  readonly from: MemberId;
}

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
  readonly onFault: (error: unknown) => void;
}

/** Heights that are fetched ahead of the one that is applied. */
const windowHeights = 8;
/** One height behind is what a decision under way looks like: its block comes by itself. */
const patienceMs = 150;
const requestTimeoutMs = 10_000;
/** Whoever brings nothing for this long is not waited for alone: the next is asked too. */
const silenceMs = 300;
/** What says nothing of the member that was asked. */
const blameless: ReadonlySet<string> = new Set([
  "NODE_REQUESTS_FULL",
  "NODE_NOT_CONNECTED",
  "NODE_DISCONNECTED",
]);
/** How long a member that gave nothing, or nonsense, is left alone. */
const avoidMs = 15_000;
const pauseMs = 500;

/**
 * Brings a node that fell behind to the head of the network: fetches decided blocks in order, several
 * ahead, from whoever has them, verifies the certificate first, and feeds them to consensus like any
 * other decision. Runs whenever somebody claims more than this node has; never gives up.
 */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #ending = new AbortController();
  readonly #ahead = new Map<number, Promise<CertifiedBlock | null>>();
  readonly #avoided = new Map<MemberId, number>();
  #running = false;
  #turn = 0;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
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

  /** Looks whether there is something to fetch. */
  poke(): void {
    if (this.#running || this.#ending.signal.aborted || this.#blocksClaimed === 0) return;
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
    while (!signal.aborted && this.#blocksClaimed > 0) {
      const height = this.#parts.head().height + 1;
      if (this.#blocksClaimed === 1) {
        await this.#parts.headMoved.wait(patienceMs, signal);
        if (this.#parts.head().height >= height) continue;
      }
      const certified = await this.#next(height);
      if (signal.aborted) return;
      if (certified === null) {
        this.#ahead.clear();
        await this.#parts.claimed.wait(pauseMs, signal);
        continue;
      }
      if (this.#accept(certified, height)) await this.#apply(certified, height);
    }
    this.#ahead.clear();
  }

  /** The block of this height; those behind it are asked for meanwhile. */
  #next(height: number): Promise<CertifiedBlock | null> {
    for (const old of this.#ahead.keys()) if (old < height) this.#ahead.delete(old);
    const last = Math.min(height + windowHeights - 1, this.#parts.claims.highest());
    for (let ahead = height; ahead <= last; ahead += 1) {
      if (!this.#ahead.has(ahead)) this.#ahead.set(ahead, this.#fetch(ahead));
    }
    return this.#ahead.get(height) ?? Promise.resolve(null);
  }

  /** The certificate comes first; without it nothing of a block is looked at. */
  #accept({ block, certificate, from }: CertifiedBlock, height: number): boolean {
    if (this.#parts.head().height >= height) return false;
    if (!this.#parts.isCertified(certificate)) {
      this.#parts.log.warn({ member: from, height }, "a member gave a block that was not decided");
      this.#avoid(from);
      this.#ahead.delete(height);
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

  /** Asks one member after the other, and the next beside one that is silent; null when nobody could give it. */
  async #fetch(height: number): Promise<CertifiedBlock | null> {
    const { signal } = this.#ending;
    const given: CertifiedBlock[] = [];
    const asked = new Set<MemberId>();
    const open = new Set<Promise<void>>();
    while (given.length === 0 && !signal.aborted) {
      const member = this.#inTurn(height).find((one) => !asked.has(one));
      if (member === undefined) {
        if (open.size === 0) return null;
        // Whoever is silent may still answer, and somebody else may connect.
        await Promise.race([...open, this.#parts.claimed.wait(pauseMs, signal)]);
        continue;
      }
      asked.add(member);
      let heardMs = performance.now();
      const onProgress = (): void => {
        heardMs = performance.now();
      };
      const question = this.#ask(member, height, onProgress).then((certified) => {
        open.delete(question);
        if (certified !== null) given.push(certified);
      });
      open.add(question);
      while (given.length === 0 && open.has(question)) {
        const leftMs = heardMs + silenceMs - performance.now();
        if (leftMs <= 0 || signal.aborted) break;
        await Promise.race([...open, pause(leftMs, undefined, { ref: false })]);
      }
    }
    return given[0] ?? null;
  }

  /** Who has a block; heights fetched at the same time begin at different members. */
  #inTurn(height: number): readonly MemberId[] {
    const holders = this.#holders(height);
    const first = (this.#turn++ + height) % Math.max(1, holders.length);
    return [...holders.slice(first), ...holders.slice(0, first)];
  }

  #holders(height: number): readonly MemberId[] {
    const nowMs = performance.now();
    const connected = this.#parts.network.connected();
    return this.#parts.claims
      .holders(height)
      .filter((member) => connected.includes(member) && (this.#avoided.get(member) ?? 0) <= nowMs);
  }

  #avoid(member: MemberId): void {
    this.#avoided.set(member, performance.now() + avoidMs);
  }

  async #ask(
    member: MemberId,
    height: number,
    onProgress: () => void,
  ): Promise<CertifiedBlock | null> {
    const bytesMax = answerBytesMax(limits.blockBytesMax + limits.certificateBytesMax, 2);
    const { signal } = this.#ending;
    const options = { timeoutMs: requestTimeoutMs, bytesMax, signal, onProgress };
    try {
      const body = encodeRequest({ kind: "certified", height });
      const answer = decodeCertifiedAnswer(
        await this.#parts.network.request(member, body, options),
      );
      const block = decodeBlock(answer.block);
      const message = decodeMessage("commit", answer.certificate);
      if (message.kind !== "commit") return null;
      const { certificate } = message;
      const fits =
        block.header.height === height &&
        certificate.height === height &&
        certificate.blockId === block.id &&
        hasItsBody(block);
      if (fits) return { block, certificate, from: member };
      this.#avoid(member);
    } catch (error) {
      if (!(error instanceof NodeError) && !isBadBytes(error)) throw error;
      const { code } = error;
      if (!blameless.has(code)) this.#avoid(member);
      if (code === "NODE_REQUEST_REFUSED") this.#parts.claims.forget(member);
      this.#parts.log.debug({ code, member, height }, "a member could not give a block");
    }
    return null;
  }
}
