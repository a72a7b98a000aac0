import { rm } from "node:fs/promises";
import type { Block } from "@tegata/ledger/chain";
import type { BlockId } from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { nodePaths } from "../src/config.ts";
import { decodeEvidence, encodeEvidence, offenceOf } from "../src/evidence/evidence-pool.ts";
import { frameTypes } from "../src/network/limits.ts";
import type { Network } from "../src/network/network.ts";
import { evidenceOf } from "./evidence/samples.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";
import type { Hostility } from "./helpers/hostile-network.ts";
import { startRogue } from "./helpers/rogue.ts";

let consortium: Consortium | null = null;

let rogue: Network | null = null;

afterEach(async () => {
  await rogue?.stop();
  rogue = null;
  await consortium?.end();
  consortium = null;
});

const hostile = 3;
const honest = [0, 1, 2];
const twoVotes: Hostility = {
  heights: { first: 2, last: Number.MAX_SAFE_INTEGER },
  votes: ["prevote", "precommit"],
  tell: "both",
};

/** Hands in one thing after the other at the first member until a condition holds. */
function committing(network: Consortium) {
  const writer = network.writer(0);
  return (what: string, condition: () => boolean): Promise<true> =>
    until(what, async () => {
      if (condition()) return true;
      const { height } = network.status(0);
      expect((await network.client(0).submit(writer.void())).ok).toBe(true);
      await network.height(height + 1, 0);
      return condition();
    });
}

function standing(network: Consortium, at: number, of: number) {
  const { memberId } = network.member(of);
  const found = network.status(at).members.find(({ member }) => member === memberId);
  if (found === undefined) throw new Error(`member ${of} is not listed`);
  return found;
}

/** All evidence on a chain, by the height of the block that carries it. */
function evidenceOn(blocks: readonly Block[]) {
  return blocks.flatMap(({ header, evidence }) =>
    evidence.map((piece) => ({ height: header.height, offence: offenceOf(decodeEvidence(piece)) })),
  );
}

/** One number of a node's metrics, 0 where it was never counted. */
async function metric(network: Consortium, at: number, line: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${network.node(at).operationsPort}/metrics`);
  const found = (await answer.text()).split("\n").find((text) => text.startsWith(line));
  return Number(found?.split(" ").at(-1) ?? 0);
}

const pending = "tegata_consensus_evidence_pending";

describe("a member that signs two things for one place", { timeout: 90_000 }, () => {
  test("is suspended at the same height by all, and its evidence stands on the chain once", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start(...honest);
    await network.startHostile(hostile, twoVotes);
    await network.ready(...honest);
    const commitUntil = committing(network);
    const isSuspended = (at: number) => standing(network, at, hostile).standing === "suspended";
    await commitUntil("it is suspended", () => isSuspended(0));
    const { sinceHeight, offenceHeight } = standing(network, 0, hostile);
    // Without its votes all others are needed, and suffice.
    await commitUntil("more blocks", () => network.status(0).height >= sinceHeight + 5);
    const height = network.status(0).height;
    await network.height(height, ...honest);
    for (const index of honest) {
      expect(standing(network, index, hostile)).toMatchObject({
        ...{ standing: "suspended", sinceHeight, offenceHeight },
      });
      expect(standing(network, index, index)).toMatchObject({
        ...{ standing: "voting", sinceHeight: 0, offenceHeight: null },
      });
    }
    const chain = await readChain(network.client(0), height);
    expect(evidenceOn(chain)).toEqual([
      {
        height: sinceHeight,
        offence: { key: network.member(hostile).consensusKey.publicKey, height: offenceHeight },
      },
    ]);
    expect(offenceHeight).toBeGreaterThanOrEqual(twoVotes.heights.first);
    // After a restart, and after a sync from the genesis on, it is the same.
    const expected = { standing: "suspended", sinceHeight, offenceHeight };
    await network.stop(0);
    await network.start(0);
    expect(standing(network, 0, hostile)).toMatchObject(expected);
    await network.stop(1);
    await rm(nodePaths(network.member(1).config.home).data, { recursive: true });
    await network.start(1);
    await network.height(height, 1);
    expect(standing(network, 1, hostile)).toMatchObject(expected);
    await network.ready(...honest);
    // It follows, and knows of itself.
    await until("it follows", () => isSuspended(hostile));
    await network.height(height, hostile);
  });

  test("does not divide the others, each half of which hears another vote", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start(...honest);
    await network.startHostile(hostile, { ...twoVotes, tell: "apart" });
    await network.ready(...honest);
    await committing(network)("ten blocks", () => network.status(0).height >= 10);
    const chains = await Promise.all(
      honest.map(async (index) => (await readChain(network.client(index), 10)).map(({ id }) => id)),
    );
    for (const chain of chains) expect(chain).toEqual(chains[0]);
  });
});

describe("evidence that one member was told", { timeout: 90_000 }, () => {
  test("reaches all, outlives a restart, makes a block by itself and no second time", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    const { consensusKey, secrets, config } = network.member(hostile);
    const { networkId } = network.genesis;
    // Two are too few to decide anything.
    await network.start(0, 1);
    rogue = await startRogue(network, {
      seed: secrets.networkSeed,
      listen: config.p2pListen,
      head: { height: 0, blockId: networkId as string as BlockId },
      onRequest: async () => ({ refuse: "no" }),
    });
    const told = rogue;
    const { memberId: first } = network.member(0);
    await until("the rogue is there", () => told.connected().length === 2);
    const body = encodeEvidence(evidenceOf(consensusKey, 1, 0, networkId));
    told.send(first, frameTypes.evidence, encodeEvidence(evidenceOf(consensusKey, 1)));
    const refused = 'tegata_consensus_messages_rejected_total{code="CONSENSUS_BAD_SIGNATURE"';
    await until("evidence for another network is refused", async () => {
      return (await metric(network, 0, refused)) === 1;
    });
    await until("the rogue is back", () => told.connected().length === 2);
    told.send(first, frameTypes.evidence, body);
    await until("both hold it", async () => {
      return (await metric(network, 0, pending)) === 1 && (await metric(network, 1, pending)) === 1;
    });
    await told.stop();
    await network.stop(0);
    await network.start(0);
    await until("it was offered again", async () => (await metric(network, 0, pending)) === 1);

    await network.start(2);
    await network.height(1);
    await until("nothing is left of it", async () => {
      const left = await Promise.all(honest.map((index) => metric(network, index, pending)));
      return left.every((count) => count === 0);
    });
    await committing(network)("more blocks", () => network.status(0).height >= 6);
    const chain = await readChain(network.client(0), 6);
    expect(evidenceOn(chain)).toEqual([
      { height: 1, offence: { key: consensusKey.publicKey, height: 1 } },
    ]);
    expect(await metric(network, 0, 'tegata_validators{standing="suspended"')).toBe(1);
    expect(await metric(network, 0, 'tegata_validators{standing="voting"')).toBe(3);
    expect(await metric(network, 0, 'tegata_consensus_evidence_total{result="committed"')).toBe(1);
  });
});
