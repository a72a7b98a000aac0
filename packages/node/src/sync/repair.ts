import { decodeMessage } from "@tegata/consensus";
import { type Block, decodeBlock, limits } from "@tegata/ledger/chain";
import type { ChainStore } from "@tegata/ledger/storage";
import { NodeError } from "../errors.ts";
import { hasItsBody, isBadBytes } from "../host/bad-bytes.ts";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { answerBytesMax, decodeCertifiedAnswer, encodeRequest } from "./requests.ts";

/** What repairing is made of. */
export interface BlockRepairParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly store: ChainStore;
  readonly log: Log;
  readonly connected: Signal;
  /** Whether a certificate decides this block, by the validators of its height. */
  readonly isCertified: (certificate: Uint8Array, block: Block) => Promise<boolean>;
  readonly onRepaired: (height: number) => void;
  readonly onFault: (error: unknown) => void;
}

const requestTimeoutMs = 10_000;
const pauseMs = 5_000;

/** Committed blocks whose bytes the disk has lost: fetched again from others and put in their place. */
export class BlockRepair {
  readonly #parts: BlockRepairParts;
  readonly #ending = new AbortController();
  readonly #damaged = new Set<number>();
  #running = false;

  constructor(parts: BlockRepairParts) {
    this.#parts = parts;
  }

  /** Takes note of a damaged height. */
  add(height: number): void {
    if (this.#damaged.has(height)) return;
    this.#parts.log.warn(
      { height },
      "a committed block is damaged on this disk: fetching it again",
    );
    this.#damaged.add(height);
    if (this.#running || this.#ending.signal.aborted) return;
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
    while (this.#damaged.size > 0 && !signal.aborted) {
      for (const height of [...this.#damaged]) {
        if (!(await this.#repair(height))) continue;
        this.#damaged.delete(height);
        this.#parts.log.info({ height }, "the damaged block is whole again");
        this.#parts.onRepaired(height);
      }
      if (this.#damaged.size > 0) await this.#parts.connected.wait(pauseMs, signal);
    }
  }

  async #repair(height: number): Promise<boolean> {
    const { network, store, isCertified } = this.#parts;
    const expected = store.blockId(height);
    const body = encodeRequest({ kind: "certified", height });
    const bytesMax = answerBytesMax(limits.blockBytesMax + limits.certificateBytesMax, 2);
    for (const member of network.connected()) {
      try {
        const options = { timeoutMs: requestTimeoutMs, bytesMax, signal: this.#ending.signal };
        const answer = decodeCertifiedAnswer(await network.request(member, body, options));
        const block = decodeBlock(answer.block);
        decodeMessage("commit", answer.certificate);
        const fits = block.id === expected && hasItsBody(block);
        if (!fits || !(await isCertified(answer.certificate, block))) continue;
        await store.restoreBlock(block, answer.certificate);
        return true;
      } catch (error) {
        if (!(error instanceof NodeError) && !isBadBytes(error)) throw error;
      }
    }
    return false;
  }
}
