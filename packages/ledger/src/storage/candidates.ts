import { type BlockId, type TransactionId, toHex } from "../primitives/index.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { bodyKeys } from "./keyspace.ts";

/** What is stored for one height. */
interface Held {
  readonly blocks: Set<BlockId>;
  readonly payloads: Map<TransactionId, Set<number>>;
}

/** Names a payload. */
export interface PayloadName {
  readonly transactionId: TransactionId;
  readonly part: number;
}

/**
 * Which blocks and payloads lie in *bodies* from the head's height on, kept in memory because a vote
 * asks for each of them and their bytes are large.
 */
export class Candidates {
  readonly #heights = new Map<number, Held>();

  /** Reads the names of what is stored for `heightFirst` and above. */
  static async load(bodies: KeyValueStore, heightFirst: number): Promise<Candidates> {
    const candidates = new Candidates();
    for await (const { key } of bodies.range(bodyKeys.blocksFrom(heightFirst))) {
      const { height, blockId } = bodyKeys.readBlock(key);
      candidates.addBlock(height, toHex(blockId) as BlockId);
    }
    for await (const { key } of bodies.range(bodyKeys.payloadsFrom(heightFirst))) {
      const { height, transactionId, part } = bodyKeys.readPayload(key);
      candidates.addPayload(height, { transactionId: toHex(transactionId) as TransactionId, part });
    }
    return candidates;
  }

  addBlock(height: number, blockId: BlockId): void {
    this.#at(height).blocks.add(blockId);
  }

  removeBlock(height: number, blockId: BlockId): void {
    this.#heights.get(height)?.blocks.delete(blockId);
  }

  addPayload(height: number, { transactionId, part }: PayloadName): void {
    const { payloads } = this.#at(height);
    const parts = payloads.get(transactionId) ?? new Set<number>();
    payloads.set(transactionId, parts.add(part));
  }

  removePayload(height: number, { transactionId, part }: PayloadName): void {
    this.#heights.get(height)?.payloads.get(transactionId)?.delete(part);
  }

  hasBlock(height: number, blockId: BlockId): boolean {
    return this.#heights.get(height)?.blocks.has(blockId) ?? false;
  }

  hasPayload(height: number, { transactionId, part }: PayloadName): boolean {
    return this.#heights.get(height)?.payloads.get(transactionId)?.has(part) ?? false;
  }

  /** A height at which this block is stored, or null. */
  heightOfBlock(blockId: BlockId): number | null {
    for (const [height, { blocks }] of this.#heights) if (blocks.has(blockId)) return height;
    return null;
  }

  /** The last height at which this payload is stored, or null. */
  heightOfPayload(name: PayloadName): number | null {
    const heights = [...this.#heights.keys()].filter((height) => this.hasPayload(height, name));
    return heights.length === 0 ? null : Math.max(...heights);
  }

  /** Keys of everything at heights up to `height` that the chain did not take. */
  orphans(
    height: number,
    isCommitted: {
      readonly block: (height: number, blockId: BlockId) => boolean;
      readonly transaction: (height: number, transactionId: TransactionId) => boolean;
    },
  ): readonly Uint8Array[] {
    const keys: Uint8Array[] = [];
    for (const [at, { blocks, payloads }] of this.#heights) {
      if (at > height) continue;
      for (const blockId of blocks) {
        if (!isCommitted.block(at, blockId)) keys.push(bodyKeys.block(at, blockId));
      }
      for (const [transactionId, parts] of payloads) {
        if (isCommitted.transaction(at, transactionId)) continue;
        for (const part of parts) keys.push(bodyKeys.payload(at, transactionId, part));
      }
    }
    return keys;
  }

  /** Forgets heights up to `height`, after their orphans were deleted. */
  forget(height: number): void {
    for (const at of this.#heights.keys()) if (at <= height) this.#heights.delete(at);
  }

  #at(height: number): Held {
    const known = this.#heights.get(height);
    if (known !== undefined) return known;
    const held: Held = { blocks: new Set(), payloads: new Map() };
    this.#heights.set(height, held);
    return held;
  }
}
