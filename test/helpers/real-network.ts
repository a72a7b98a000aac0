import { decodeMessage } from "@tegata/consensus";
import { type Block, decodeBlock, type NetworkParameters } from "@tegata/ledger/chain";
import type { NodeClient, NodeStatus } from "../../packages/node/src/api/client.ts";
import { ChildNode } from "../../packages/node/test/helpers/child.ts";
import { Consortium, passphrase } from "../../packages/node/test/helpers/consortium.ts";
import type { Way } from "../../packages/node/test/helpers/hostile-ways.ts";
import type { Writer } from "../../packages/node/test/helpers/writer.ts";
import { Relays } from "./relays.ts";
import { until } from "./waiting.ts";

const memberCount = 4;

/** The members, by their place in the network. */
export const everybody: readonly number[] = Array.from(
  { length: memberCount },
  (_, index) => index,
);

/** A committed block with the certificate of its node. */
export interface Certified {
  readonly height: number;
  readonly block: Block;
  /** Round that decided, as the node's own certificate says. */
  readonly round: number;
}

/** How a network of four is made. */
export interface RealNetworkOptions {
  readonly parameters: Partial<NetworkParameters>;
  /** Whether everything between two members goes through a relay. */
  readonly isRelayed: boolean;
}

/** A network of four members, each a process of its own as in production, over loopback. */
export class RealNetwork {
  readonly consortium: Consortium;
  readonly relays: Relays;
  readonly #children: (ChildNode | null)[];

  private constructor(consortium: Consortium, relays: Relays, children: (ChildNode | null)[]) {
    this.consortium = consortium;
    this.relays = relays;
    this.#children = children;
  }

  /** Founds it; nobody runs yet. */
  static async found({ parameters, isRelayed }: RealNetworkOptions): Promise<RealNetwork> {
    const children: (ChildNode | null)[] = everybody.map(() => null);
    const relays = new Relays(() => children.map((child) => child?.pid ?? null));
    const publish = isRelayed
      ? (index: number, listen: string) => relays.publish(index, listen)
      : undefined;
    const consortium = await Consortium.found(memberCount, parameters, publish);
    return new RealNetwork(consortium, relays, children);
  }

  /** Starts members and waits until they answer. */
  async start(...indexes: readonly number[]): Promise<void> {
    await Promise.all(indexes.map((index) => this.#start(index)));
  }

  /** Starts a member that is hostile in one way and waits until it answers. */
  startHostile(index: number, way: Way): Promise<void> {
    return this.#start(index, "--way", way);
  }

  async #start(index: number, ...words: readonly string[]): Promise<void> {
    const { home } = this.consortium.member(index).config;
    const child = new ChildNode(home, passphrase, ...words);
    // Before it answers: the relays ask for its process as soon as it dials.
    this.#children[index] = child;
    await until(`member ${index} answers`, async () => {
      if (child.hasExited) throw new Error(`member ${index} exited: ${child.errors}`);
      return (await this.status(index)) !== null;
    });
  }

  /** Process of a member; null while it has none. */
  pidOf(index: number): number | null {
    const child = this.#children[index] ?? null;
    return child === null || child.hasExited ? null : child.pid;
  }

  /** Ends a member without any chance to tidy up. */
  async kill(index: number): Promise<void> {
    await this.#children[index]?.kill();
    this.#children[index] = null;
  }

  /** Ends a member as a service manager does and gives its exit code. */
  async terminate(index: number): Promise<number | null> {
    const code = (await this.#children[index]?.terminate()) ?? null;
    this.#children[index] = null;
    return code;
  }

  /** Ends every process and removes every file. */
  async end(): Promise<void> {
    await Promise.all(everybody.map((index) => this.kill(index)));
    await this.relays.close();
    await this.consortium.end();
  }

  client(index: number): NodeClient {
    return this.consortium.client(index);
  }

  writer(index: number): Writer {
    return this.consortium.writer(index);
  }

  /** What a member says of itself; null while it does not answer. */
  async status(index: number): Promise<NodeStatus | null> {
    if (this.#children[index] === null) return null;
    return this.client(index)
      .status()
      .catch(() => null);
  }

  /** What all members say of themselves at about the same time. */
  statuses(): Promise<readonly (NodeStatus | null)[]> {
    return Promise.all(everybody.map((index) => this.status(index)));
  }

  /** Waits until members all say something of themselves. */
  async untilStatus(
    what: string,
    indexes: readonly number[],
    holds: (status: NodeStatus) => boolean,
    patienceMs = 40_000,
  ): Promise<void> {
    let seen: readonly (NodeStatus | null)[] = [];
    const isReached = async (): Promise<boolean> => {
      seen = await Promise.all(indexes.map((index) => this.status(index)));
      return seen.every((status) => status !== null && holds(status));
    };
    await until(what, isReached, patienceMs).catch((cause: unknown) => {
      const texts = seen.map((status) =>
        status === null
          ? "no answer"
          : `${status.state} at ${status.height}/${status.round}, ${status.mempool.transactions} wait`,
      );
      throw new Error(`did not happen: ${what}; ${texts.join("; ")}`, { cause });
    });
  }

  /** What a member has logged. */
  log(index: number): string {
    return this.#children[index]?.output ?? "";
  }

  /** Committed blocks of a member from one height to another, both included. */
  async chain(index: number, from: number, to: number): Promise<readonly Certified[]> {
    const chain: Certified[] = [];
    while (from + chain.length <= to) {
      const height = from + chain.length;
      const { blocks } = await this.client(index).blocks(height, { waitMs: 5_000, blocksMax: 200 });
      if (blocks.length === 0) throw new Error(`member ${index} has no block ${height}`);
      for (const { height, block, certificate } of blocks) {
        const { round } = decodeCommit(certificate);
        chain.push({ height, block: decodeBlock(block), round });
      }
    }
    return chain.slice(0, to - from + 1);
  }
}

/** Reads a commit certificate. */
export function decodeCommit(bytes: Uint8Array): {
  readonly round: number;
  /** Indexes of the validators whose precommits it holds. */
  readonly voters: readonly number[];
} {
  const message = decodeMessage("commit", bytes);
  if (message.kind !== "commit") throw new Error("not a commit certificate");
  const { round, signatures } = message.certificate;
  return { round, voters: signatures.map(([voter]) => voter) };
}
