import type { Block } from "@tegata/ledger/chain";
import { afterEach, describe, expect, test } from "vitest";
import { decodeEvidence, offenceOf } from "../src/evidence/evidence-pool.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";
import type { Hostility } from "./helpers/hostile-network.ts";
import { until } from "./helpers/waiting.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
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
  return (what: string, condition: () => boolean): Promise<void> =>
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

describe("a member that signs two things for one place", () => {
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
    // It follows, and knows of itself.
    await until("it follows", () => isSuspended(hostile));
    await network.height(height, hostile);
  });
});
