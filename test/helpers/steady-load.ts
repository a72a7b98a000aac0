import { decodeBlock } from "@tegata/ledger/chain";
import { createNodeClient, type NodeClient } from "../../packages/node/src/api/client.ts";
import { nodePaths } from "../../packages/node/src/config.ts";
import { everybody, type RealNetwork } from "./real-network.ts";
import { Lane } from "./written-lanes.ts";

/** One batch from its submission at the member's node to its commit there. */
export interface Sample {
  readonly member: number;
  readonly latencyMs: number;
}

/** The chain of one member as it grows. */
class Follower {
  readonly #client: NodeClient;
  readonly #waiting = new Map<string, (seenAtMs: number) => void>();
  /** What was committed before somebody asked for it. */
  readonly #seen = new Map<string, number>();
  #isOver = false;

  constructor(client: NodeClient) {
    this.#client = client;
  }

  async follow(from: number): Promise<void> {
    for (let height = from; !this.#isOver; ) {
      const { blocks } = await this.#client.blocks(height, { waitMs: 500, blocksMax: 50 });
      const nowMs = performance.now();
      for (const { block } of blocks) {
        for (const { id } of decodeBlock(block).transactions) this.#tell(id, nowMs);
      }
      height += blocks.length;
    }
    await this.#client.close();
  }

  /** Resolves to the time at which the block of a transaction was seen. */
  committed(id: string): Promise<number> {
    const seenAtMs = this.#seen.get(id);
    if (seenAtMs !== undefined) return Promise.resolve(seenAtMs);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  end(): void {
    this.#isOver = true;
  }

  #tell(id: string, nowMs: number): void {
    this.#seen.set(id, nowMs);
    this.#waiting.get(id)?.(nowMs);
    this.#waiting.delete(id);
  }
}

/** Every member hands in a batch, waits until it is committed at its own node, and hands in the next. */
export class SteadyLoad {
  readonly lanes: readonly Lane[];
  readonly #running: Promise<unknown>;
  #samples: Sample[] = [];
  #isOver = false;

  private constructor(lanes: readonly Lane[], followers: readonly Follower[], from: number) {
    this.lanes = lanes;
    const follows = followers.map((follower) => follower.follow(from));
    const writes = lanes.map((lane) => this.#write(lane, followers[lane.member] as Follower));
    const written = Promise.all(writes).finally(() => {
      for (const follower of followers) follower.end();
    });
    this.#running = Promise.all([written, ...follows]);
    // Whoever ends the load learns of it; until then a failure is not unhandled.
    this.#running.catch(() => undefined);
  }

  /** Begins at four nodes that run. */
  static async begin(network: RealNetwork): Promise<SteadyLoad> {
    const followers = everybody.map((index) => {
      const { socket } = nodePaths(network.consortium.member(index).config.home);
      return new Follower(createNodeClient({ socketPath: socket }));
    });
    const from = ((await network.status(0))?.height ?? 0) + 1;
    const lanes = await Promise.all(everybody.map((index) => Lane.open(network, index)));
    return new SteadyLoad(lanes, followers, from);
  }

  /** What was committed since this was asked last. */
  takeSamples(): readonly Sample[] {
    const samples = this.#samples;
    this.#samples = [];
    return samples;
  }

  /** Hands in nothing more and waits until everything is committed. @throws what went wrong on the way */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #write(lane: Lane, follower: Follower): Promise<void> {
    while (!this.#isOver) {
      const beganMs = performance.now();
      const [id = ""] = await lane.submit(1);
      const latencyMs = (await follower.committed(id)) - beganMs;
      this.#samples.push({ member: lane.member, latencyMs });
    }
  }
}

/** The middle one of some numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
