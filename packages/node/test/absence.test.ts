import type { ValidatorSet } from "@tegata/consensus";
import { type BlockId, encode, type MemberId } from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import type { Network } from "../src/network/network.ts";
import { confirmableHeight, confirmationsNeeded } from "../src/sync/absence.ts";
import { syncLimits } from "../src/sync/limits.ts";
import { decodeRequest } from "../src/sync/requests.ts";
import { encodeStandingAnswer } from "../src/sync/snapshot-answers.ts";
import { Consortium } from "./helpers/consortium.ts";
import { copyChain, growChain, rememberSigned } from "./helpers/grown-chain.ts";
import { inventedHead, startRogue } from "./helpers/rogue.ts";

let consortium: Consortium | null = null;
let rogue: Network | null = null;

afterEach(async () => {
  await rogue?.stop();
  rogue = null;
  await consortium?.end();
  consortium = null;
});

const setOf = (count: number): ValidatorSet =>
  Array.from({ length: count }, (_, index) => ({
    member: String(index) as MemberId,
    key: String(index) as ValidatorSet[number]["key"],
    suspended: false,
  }));

describe("how many confirm", () => {
  test("is one more than can lie, or all others where they are fewer", () => {
    const needed = [1, 2, 3, 4, 6, 7, 10].map((n) =>
      confirmationsNeeded(setOf(n), "0" as MemberId),
    );
    expect(needed).toEqual([0, 1, 1, 2, 2, 3, 4]);
    // Whoever has no vote any more asks all of those who had one.
    expect(confirmationsNeeded(setOf(1), "x" as MemberId)).toBe(1);
  });

  test("is of a height that so many have, whatever the rest claims", () => {
    expect(confirmableHeight([9, 1_000_000, 8], 2)).toBe(9);
    expect(confirmableHeight([5], 2)).toBeNull();
    expect(confirmableHeight([], 1)).toBeNull();
    expect(confirmableHeight([7, 7], 2)).toBe(7);
  });
});

/** Everybody was away for longer than the rule allows. */
const long = { ...syncLimits, absenceMsMax: 1, requestTimeoutMs: 500, snapshotGraceMs: 0 };

async function grown(): Promise<Consortium> {
  const network = await Consortium.found(4);
  consortium = network;
  const writer = network.writer(0);
  const written = () => [writer.void()];
  await growChain(network, 0, { heightLast: 12, written, snapshots: [] });
  await copyChain(network, 0, 1, 2);
  await growChain(network, 0, { heightLast: 30, written, snapshots: [] });
  await copyChain(network, 0, 1);
  await copyChain(network, 2, 3);
  await rememberSigned(network, 0);
  return network;
}

describe("a node that was away for long", () => {
  test("waits, says so, and applies nothing until others confirm a block", async () => {
    const network = await grown();
    await network.start(0);
    network.syncLimits = long;
    await network.start(3);
    await until(
      "they are connected",
      () => network.status(3).members.filter((one) => one.connected).length === 2,
    );
    const status = network.status(3);
    expect(status.sync).toMatchObject({ kind: "confirming", of: 2 });
    expect(status.state).toBe("catching-up");
    expect(status.height).toBe(12);
    // One alone confirms nothing: it could be the one that lies.
    await until("it has asked", () => network.status(3).sync.done > 0);
    expect(network.status(3).height).toBe(12);
    await network.start(1);
    await network.height(30, 3);
    expect(network.status(3).sync.kind).toBe("none");
  });

  test("answers others that wait too: a network that slept goes on", async () => {
    const network = await grown();
    network.syncLimits = long;
    await network.start();
    await network.height(30);
    const writer = network.writer(1);
    await until("a block is decided", async () => {
      await network.client(1).submit(writer.void());
      return network.status(0).height > 30;
    });
  });

  test("is not led by one member that names another chain", async () => {
    const network = await grown();
    const liar = network.member(2);
    let asked = 0;
    rogue = await startRogue(network, {
      seed: liar.secrets.networkSeed,
      listen: liar.config.p2pListen,
      head: inventedHead,
      onRequest: async (_member, body) => {
        if (decodeRequest(body).kind !== "standing") return { refuse: "no" };
        asked += 1;
        const blockId = "77".repeat(32) as BlockId;
        return asked % 2 === 0
          ? encode([1, 2])
          : encodeStandingAnswer({ height: 1_000_000, blockId, asked: blockId });
      },
    });
    network.syncLimits = long;
    await network.start(3);
    await until("the liar was asked", () => asked > 1);
    expect(network.status(3).height).toBe(12);
    network.syncLimits = syncLimits;
    await network.start(0, 1);
    await network.height(30, 3);
  });
});
