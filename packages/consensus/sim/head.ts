// What a member has committed, and what it has for the next block.
import type { BlockId } from "@tegata/ledger/primitives";
import type { CommitCertificate, Evidence } from "../src/index.ts";
import type { ChainState, SimBlock } from "./chain.ts";
import type { Disk } from "./disk.ts";
import { EvidencePool } from "./evidence-pool.ts";
import type { World } from "./world.ts";

/** The end of the own chain, and what waits to be put on it. */
export class Head {
  readonly #index: number;
  readonly #world: World;
  readonly #disk: Disk;
  #pool: EvidencePool;
  readonly #seen = new Set<number>();
  readonly #transactions = new Set<number>();

  constructor(index: number, world: World, disk: Disk) {
    this.#index = index;
    this.#world = world;
    this.#disk = disk;
    this.#pool = new EvidencePool(world.chains);
    if (!world.swarm.isIdle) this.#transactions.add(0);
  }

  /** The member starts again: what was in its memory only is gone; transactions are kept on the disk. */
  forget(): void {
    this.#pool = new EvidencePool(this.#world.chains);
  }

  /** How many blocks there are. */
  get height(): number {
    return this.#disk.chain.length;
  }

  /** The last block. */
  get blockId(): BlockId | null {
    return this.#disk.chain.at(-1)?.blockId ?? null;
  }

  /** What the own chain says. */
  get state(): ChainState {
    return this.#world.chains.at(this.blockId);
  }

  /** Pieces of evidence that wait for a block. */
  get pieces(): number {
    return this.#pool.size;
  }

  /** Whether something waits for a block. */
  get isDue(): boolean {
    const isEmpty = this.#transactions.size === 0 && this.#pool.size === 0;
    return !isEmpty || this.#world.chains.requestsAfter(this.state).length > 0;
  }

  /** True if the transaction is news. */
  addTransaction(transaction: number): boolean {
    if (this.#seen.has(transaction)) return false;
    this.#seen.add(transaction);
    this.#transactions.add(transaction);
    return true;
  }

  /** True if the piece is news and may be committed. */
  addEvidence(evidence: Evidence): boolean {
    return this.#pool.add(evidence, this.state);
  }

  /** A block on the own chain. */
  newBlock(transactions: readonly number[], isValid: boolean): SimBlock {
    const { state } = this;
    const before = state.head;
    return this.#world.newBlock({
      height: this.height + 1,
      parent: before?.id ?? null,
      builder: this.#index,
      timeMs: Math.max(this.#world.wallMs(this.#index), (before?.timeMs ?? 0) + 1),
      transactions,
      isValid,
      certificate: this.#disk.chain.at(-1) ?? null,
      evidence: this.#pool.candidates(state),
      requests: this.#world.chains.requestsAfter(state),
    });
  }

  /** The block this member offers. */
  nextBlock(): SimBlock {
    return this.newBlock([...this.#transactions], true);
  }

  /** The own copy of the last certificate grew. */
  extend(certificate: CommitCertificate): void {
    if (certificate.height === this.height) this.#disk.chain[this.height - 1] = certificate;
  }

  /** A decided block becomes the head. */
  apply(certificate: CommitCertificate): void {
    const { blockId } = certificate;
    this.#disk.bodies.add(blockId);
    this.#disk.chain.push(certificate);
    for (const one of this.#world.blocks.get(blockId)?.transactions ?? []) {
      if (one === 0) continue;
      this.#transactions.delete(one);
      this.#world.meter?.committed(this.#index, one);
    }
    this.#pool.prune(this.state);
  }
}
