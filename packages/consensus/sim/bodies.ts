// The blocks a member holds, looks for and judges.
import { assert, type BlockId } from "@tegata/ledger/primitives";
import type { BlockVerdict } from "../src/index.ts";
import type { Prng } from "./prng.ts";
import type { World } from "./world.ts";

const refetchMs = 150;
/** How old and how early a fresh block of round 0 may be. */
const delayMs = 1_000;
const skewMs = 500;
const skewDoublings = 6;

/** A block consensus waits to hear about. */
interface Wanted {
  readonly height: number;
  readonly round: number;
  readonly blockId: BlockId;
}

/** What the bodies need of their member. */
export interface BodiesDesk {
  readonly index: number;
  readonly world: World;
  readonly random: Prng;
  later(delayMs: number, run: () => void): void;
  ask(peer: number, blockId: BlockId): void;
  /** The last block of the own chain. */
  head(): BlockId | null;
  /** Whether an empty block would be welcome now. */
  isBlockDue(): boolean;
  judged(verdict: BlockVerdict): void;
  applicable(): void;
}

/** The blocks of one life of a member. */
export class Bodies {
  readonly #desk: BodiesDesk;
  readonly #held: Set<BlockId>;
  #wanted: readonly Wanted[] = [];
  #decided: BlockId | null = null;

  constructor(desk: BodiesDesk, kept: ReadonlySet<BlockId>) {
    this.#desk = desk;
    this.#held = new Set(kept);
  }

  holds(blockId: BlockId): boolean {
    return this.#held.has(blockId);
  }

  hold(blockId: BlockId): void {
    if (this.#held.has(blockId)) return;
    this.#held.add(blockId);
    this.#seek(blockId);
  }

  /** A height is over: nothing of it is looked for any more. */
  forget(): void {
    this.#wanted = [];
    this.#decided = null;
  }

  validate(wanted: Wanted): void {
    this.#wanted = [...this.#wanted, wanted];
    this.#seek(wanted.blockId);
  }

  decide(blockId: BlockId): void {
    this.#decided = blockId;
    this.#seek(blockId);
  }

  /** Goes on with whatever waited for a block, or asks around for it until it is there. */
  #seek(blockId: BlockId): void {
    const { world, random, later, applicable } = this.#desk;
    if (!this.#held.has(blockId)) {
      this.#askAround(blockId);
      return;
    }
    const wanted = this.#wanted.filter((one) => one.blockId === blockId);
    this.#wanted = this.#wanted.filter((one) => one.blockId !== blockId);
    for (const one of wanted) later(random.between(0, 3), () => this.#judge(one));
    if (this.#decided === blockId) later(random.unit() * world.swarm.applyDelayMs, applicable);
  }

  #askAround(blockId: BlockId): void {
    const { index, world, later, ask } = this.#desk;
    const isWanted = this.#wanted.some((wanted) => wanted.blockId === blockId);
    if (this.#decided !== blockId && !isWanted) return;
    for (let peer = 0; peer < world.members; peer += 1) if (peer !== index) ask(peer, blockId);
    later(refetchMs, () => {
      if (!this.#held.has(blockId)) this.#askAround(blockId);
    });
  }

  #judge({ height, round, blockId }: Wanted): void {
    const { index, world, head, isBlockDue, judged } = this.#desk;
    const block = world.blocks.get(blockId);
    assert(block !== undefined, "a held block exists");
    const { head: before, context } = world.chains.at(head());
    if (context.height !== height) return;
    const localMs = world.wallMs(index);
    const isOld = block.timeMs < localMs - delayMs * 2 ** round;
    const latestMs = localMs + skewMs * 2 ** Math.min(round, skewDoublings);
    const isEarly = block.timeMs > Math.max(latestMs, (before?.timeMs ?? 0) + 1);
    const { transactions, evidence, requests } = block;
    judged({
      type: "verdict",
      height,
      round,
      blockId,
      valid: block.parent === (before?.id ?? null) && world.chains.isValid(block),
      timely: !isOld && !isEarly,
      due: round > 0 || transactions.length + evidence.length + requests.length > 0 || isBlockDue(),
    });
  }
}
