import { expect } from "vitest";
import type { Writer } from "../../packages/node/test/helpers/writer.ts";
import { everybody, type RealNetwork } from "./real-network.ts";

/** A stream that a member writes, with everything that was handed in for it, in order. */
export class Lane {
  readonly member: number;
  readonly #network: RealNetwork;
  readonly #writer: Writer;
  readonly #id: ReturnType<Writer["createStream"]>["decoded"]["lane"];
  readonly #written: string[] = [];

  private constructor(
    network: RealNetwork,
    member: number,
    writer: Writer,
    created: ReturnType<Writer["createStream"]>,
  ) {
    this.member = member;
    this.#network = network;
    this.#writer = writer;
    this.#id = created.decoded.lane;
    this.#written.push(created.id);
  }

  /** Creates a stream at a member. */
  static async open(network: RealNetwork, member: number): Promise<Lane> {
    const writer = network.writer(member);
    const created = writer.createStream();
    expect(await network.client(member).submit(created)).toMatchObject({ ok: true });
    return new Lane(network, member, writer, created);
  }

  /** Ids of what was handed in, in order. */
  get written(): readonly string[] {
    return this.#written;
  }

  get id(): string {
    return this.#id;
  }

  /** Hands in batches at the member's own node, each as soon as the one before was taken; gives the ids. */
  async submit(count: number, payloadBytes = 1_000): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const records = this.#writer.records(this.#id, payloadBytes);
      const answer = await this.#network.client(this.member).submit(records);
      expect(answer).toEqual({ ok: true, transactionId: records.id });
      this.#written.push(records.id);
      ids.push(records.id);
    }
    return ids;
  }
}

/** All members hold one chain, and on it everything that was written, once, in the order of its lane. */
export async function expectCommittedOnce(
  network: RealNetwork,
  lanes: readonly Lane[],
  members: readonly number[] = everybody,
): Promise<void> {
  const statuses = await Promise.all(members.map((index) => network.status(index)));
  const height = Math.max(...statuses.map((status) => status?.height ?? 0));
  await network.untilStatus("the same height", members, (one) => one.height >= height);
  const chains = await Promise.all(members.map((index) => network.chain(index, 1, height)));
  const [reference = []] = chains;
  for (const chain of chains) {
    expect(chain.map(({ block }) => block.id)).toEqual(reference.map(({ block }) => block.id));
  }
  const committed = reference.flatMap(({ block }) => block.transactions);
  for (const lane of lanes) {
    const ids = committed.filter((one) => one.lane === lane.id).map(({ id }) => id);
    expect(ids).toEqual(lane.written);
  }
  expect(committed).toHaveLength(lanes.reduce((sum, { written }) => sum + written.length, 0));
}
