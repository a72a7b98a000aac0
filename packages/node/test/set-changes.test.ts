import { join } from "node:path";
import { createSigner } from "@tegata/ledger/primitives";
import { ClassicLevel } from "classic-level";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { nodePaths } from "../src/config.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";
import { seedChains } from "./helpers/seeded-chain.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

/** Hands in one thing after the other at a member, each in its own block. */
function committing(network: Consortium, at: number) {
  const writer = network.writer(at);
  return async (count: number): Promise<void> => {
    for (let made = 0; made < count; made += 1) {
      const { height } = network.status(at);
      expect((await network.client(at).submit(writer.void())).ok).toBe(true);
      await network.height(height + 1, at);
    }
  };
}

/** Members whose standing a node tells, by their place. */
function standings(network: Consortium, at: number): readonly string[] {
  const { members } = network.status(at);
  return network.members.map(({ memberId }) => {
    return members.find(({ member }) => member === memberId)?.standing ?? "unknown";
  });
}

/** Takes a block and a certificate off a member's disk. */
async function damage(network: Consortium, index: number, height: number): Promise<void> {
  const folder = join(nodePaths(network.member(index).config.home).data, "bodies");
  const encoding = { keyEncoding: "view", valueEncoding: "view" } as const;
  const bodies = new ClassicLevel<Uint8Array, Uint8Array>(folder, encoding);
  for await (const [key, value] of bodies.iterator()) {
    const isThere = Buffer.from(key).readBigUInt64BE(1) === BigInt(height);
    if (isThere && key[0] !== 0x50) await bodies.put(key, value.slice(1));
  }
  await bodies.close();
}

/**
 * Five members. Four vote at height 1, and before height 3 the last one takes the place of the first: at
 * one of the heights between, both vote or neither does.
 */
async function changingNetwork(): Promise<Consortium> {
  const network = await Consortium.found(5);
  const [leaves, , , , comes] = network.members;
  if (leaves === undefined || comes === undefined) throw new Error("five members");
  await seedChains(network, {
    validators: network.members.slice(0, 4).map(({ memberId }) => memberId),
    changes: [
      { type: "remove", member: leaves.memberId },
      { type: "add", member: comes.memberId, key: comes.consensusKey.publicKey },
    ],
  });
  return network;
}

const voting = ["voting", "voting", "voting"];

describe("a network whose validators change", { timeout: 90_000 }, () => {
  test("goes on with those of each height; who lost its vote follows, and a newcomer's counts", async () => {
    consortium = await changingNetwork();
    const network = consortium;
    await network.start(0, 1, 2, 3);
    await network.ready(1, 2, 3);
    expect(standings(network, 1)).toEqual(["voting", ...voting, "following"]);
    const commit = committing(network, 1);
    await commit(8);
    await network.height(8, 0, 2, 3);
    // It was the newcomer's turn to propose meanwhile, and it was not there.
    for (const at of [0, 1, 2, 3]) {
      expect(standings(network, at)).toEqual(["following", ...voting, "sidelined"]);
    }
    await network.ready(0);

    // The newcomer was never there: it goes through all sets from the genesis on.
    await network.start(4);
    await network.ready(4);
    await network.height(8, 4);
    await network.stop(3);
    await commit(2);
    await network.height(10, 4);
    const { memberId: left } = network.member(0);
    const chain = await readChain(network.client(4), 10);
    const ofLeft = chain.filter(({ header }) => header.proposer === left);
    expect(ofLeft.every(({ header }) => header.height < 3)).toBe(true);
    const sets = new Set(chain.map(({ header }) => header.validatorsHash));
    expect(sets.size).toBe(3);

    // What follows hands in what it has as before.
    expect((await network.client(0).submit(network.writer(0).void())).ok).toBe(true);
    await network.height(11, 0, 1, 2, 4);
  });

  test("is taken up after a restart of everybody, and old blocks are healed by their own validators", async () => {
    consortium = await changingNetwork();
    const network = consortium;
    await network.start();
    await network.ready();
    await committing(network, 1)(5);
    await network.height(5);
    await network.stop();
    for (const height of [1, 2, 3]) await damage(network, 4, height);
    await network.start();
    await network.ready();
    // Who was slow to start may be passed over as proposer; its votes count all the same.
    for (const at of [0, 4]) {
      const follows = standings(network, at).map((standing) => standing === "following");
      expect(follows).toEqual([true, false, false, false, false]);
    }
    const ids = async (index: number) =>
      (await readChain(network.client(index), 5)).map(({ id }) => id);
    await until("the blocks are whole again", async () => (await readable(network, 4)) === 5);
    expect(await ids(4)).toEqual(await ids(1));
    await network.stop(1);
    expect((await network.client(2).submit(network.writer(2).void())).ok).toBe(true);
    await network.height(6, 0, 2, 3, 4);
  });

  test("heals an old block also where a suspended member's key, which never voted, was in the set", async () => {
    consortium = await Consortium.found(5);
    const network = consortium;
    const suspended = network.member(4).memberId;
    const { publicKey: key } = createSigner(new Uint8Array(32).fill(9));
    await seedChains(network, {
      validators: network.members.map(({ memberId }) => memberId),
      suspended: [suspended],
      // One change a height: at the second the new key is in the set and cannot vote.
      changes: [
        { type: "rekey", member: suspended, key },
        { type: "restore", member: suspended },
      ],
    });
    await network.start(0, 1, 2, 3);
    await network.ready(0, 1, 2, 3);
    await committing(network, 1)(5);
    await network.height(5, 0, 1, 2, 3);
    await network.stop();
    await damage(network, 3, 2);
    await network.start(0, 1, 2, 3);
    await until("the block is whole again", async () => (await readable(network, 3)) === 5);
  });
});

/** How many of the first five blocks a node can give. */
async function readable(network: Consortium, index: number): Promise<number> {
  let count = 0;
  for (let height = 1; height <= 5; height += 1) {
    const asked = network.client(index).blocks(height, { waitMs: 0, blocksMax: 1 });
    count += await asked.then(
      ({ blocks }) => blocks.length,
      () => 0,
    );
  }
  return count;
}
