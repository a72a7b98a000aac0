import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeMessage, encodeMessage } from "@tegata/consensus";
import { type BlockId, encode } from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { nodePaths } from "../src/config.ts";
import { frameTypes } from "../src/network/limits.ts";
import { createNetwork } from "../src/network/mesh.ts";
import type { Network } from "../src/network/network.ts";
import { decodeRequest } from "../src/sync/requests.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";
import { WrappedNetwork } from "./helpers/hostile-network.ts";
import { inventedHead, nonsense, startRogue } from "./helpers/rogue.ts";

let consortium: Consortium | null = null;
let rogue: Network | null = null;

afterEach(async () => {
  await rogue?.stop();
  rogue = null;
  await consortium?.end();
  consortium = null;
});

/** Makes blocks with payloads, one after the other. */
async function makeBlocks(network: Consortium, count: number): Promise<void> {
  const writer = network.writer(0);
  const stream = writer.createStream();
  for (let made = 0; made < count; made += 1) {
    const { height } = network.status(0);
    const written = made === 0 ? stream : writer.records(stream.decoded.lane, 3_000);
    expect((await network.client(0).submit(written)).ok).toBe(true);
    await network.height(height + 1, 0);
  }
}

/** Whether a question is for decided blocks, one or several. */
function isForBlocks(body: Uint8Array): boolean {
  return ["certified", "certifiedRun"].includes(decodeRequest(body).kind);
}

async function expectSameChain(network: Consortium, one: number, other: number): Promise<void> {
  const { height } = network.status(one);
  await network.height(height, other);
  const [first, second] = await Promise.all(
    [one, other].map((index) => readChain(network.client(index), height)),
  );
  expect(second?.map(({ id }) => id)).toEqual(first?.map(({ id }) => id));
}

describe("a node that was away", () => {
  test("catches up with all blocks and payloads while the others go on", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start(0, 1, 2);
    await network.ready();
    await makeBlocks(network, 25);
    await network.start(3);
    await network.ready(3);
    await until("all payloads are there", () => network.status(3).payloadsMissing === 0);
    await expectSameChain(network, 0, 3);
    for (const { transactions } of await readChain(network.client(3), 20)) {
      for (const { id, payloads } of transactions) {
        for (const part of payloads.keys()) {
          expect(await network.client(3).payload(id, part)).not.toBeNull();
        }
      }
    }
    // It votes again: without it and another nothing is decided.
    await network.stop(1);
    const { height } = network.status(0);
    expect((await network.client(3).submit(network.writer(3).void())).ok).toBe(true);
    await network.height(height + 1, 0, 2, 3);
  });

  test("heard and said nothing for a while, and comes back without a restart", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    let isDeaf = false;
    await network.start(0, 1, 2);
    await network.startOver(3, (options, handlers) => {
      const onFrame: typeof handlers.onFrame = (member, type, body) =>
        isDeaf ? undefined : handlers.onFrame(member, type, body);
      const real = createNetwork(options, { ...handlers, onFrame });
      return new WrappedNetwork(
        real,
        (member, type, body) => !isDeaf && real.send(member, type, body),
      );
    });
    await network.ready();
    isDeaf = true;
    const { height } = network.status(3);
    await makeBlocks(network, 12);
    expect(network.status(3).height).toBeLessThanOrEqual(height + 1);
    isDeaf = false;
    await network.height(network.status(0).height, 3);
    await expectSameChain(network, 0, 3);
    await until("it votes again", () => network.status(3).state === "ready");
  });

  test("does not wait for a member that is connected and says nothing", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start(0, 1, 2);
    await network.ready();
    await makeBlocks(network, 20);
    const { height, headBlockId } = network.status(0);
    await network.stop(0, 1, 2);
    const questions: AbortSignal[] = [];
    const silent = network.member(2);
    rogue = await startRogue(network, {
      seed: silent.secrets.networkSeed,
      listen: silent.config.p2pListen,
      head: { height, blockId: headBlockId as BlockId },
      onRequest: (_member, body, signal) => {
        if (isForBlocks(body)) questions.push(signal);
        return new Promise(() => undefined);
      },
    });
    await network.start(3);
    await until("it is asked", () => questions.length > 0);
    await network.start(0, 1);
    await network.height(1, 3);
    // The question was not given up, and yet the block is there.
    expect(questions[0]?.aborted).toBe(false);
    await network.height(height, 3);
    await expectSameChain(network, 0, 3);
  });

  test("is not led astray by a member that lies about its height and its blocks", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    const liar = network.member(3);
    let answered = 0;
    rogue = await startRogue(network, {
      seed: liar.secrets.networkSeed,
      listen: liar.config.p2pListen,
      head: inventedHead,
      onRequest: async (_member, body) => {
        answered += 1;
        if (!isForBlocks(body)) return { refuse: "no" };
        if (answered % 3 === 0) {
          const pair = [nonsense(), nonsense()];
          return encode(decodeRequest(body).kind === "certified" ? pair : [pair]);
        }
        if (answered % 3 === 1) return nonsense();
        return { refuse: "no" };
      },
    });
    await network.start(0, 1, 2);
    await until("the three and the liar are connected", () =>
      [0, 1, 2].every((index) => network.status(index).members.every((one) => one.connected)),
    );
    await makeBlocks(network, 8);
    await network.stop(2);
    await rm(nodePaths(network.member(2).config.home).data, { recursive: true });
    await network.start(2);
    await expectSameChain(network, 0, 2);
    expect(answered).toBeGreaterThan(0);
    const { height } = network.status(0);
    expect((await network.client(2).submit(network.writer(2).void())).ok).toBe(true);
    await network.height(height + 1);
  });

  test("is ready while a member claims heights that nobody has", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    const liar = network.member(3);
    rogue = await startRogue(network, {
      seed: liar.secrets.networkSeed,
      listen: liar.config.p2pListen,
      head: inventedHead,
      onRequest: () => new Promise(() => undefined),
    });
    await network.start(0, 1, 2);
    await until("the three and the liar are connected", () =>
      [0, 1, 2].every((index) => network.status(index).members.every((one) => one.connected)),
    );
    await network.ready();
  });
});

/** Takes a stopped member's guard away. */
async function loseGuard(network: Consortium, index: number): Promise<string> {
  const { guard } = nodePaths(network.member(index).config.home);
  await rm(guard, { recursive: true });
  await mkdir(guard, { mode: 0o700 });
  return guard;
}

/** The mesh of a member that names a height nobody has whenever it says where it stands. */
const boasting: typeof createNetwork = (options, handlers) => {
  const network = createNetwork(options, handlers);
  return new WrappedNetwork(network, (member, type, body) => {
    if (type !== frameTypes.status) return network.send(member, type, body);
    const message = decodeMessage("status", body);
    if (message.kind !== "status") throw new Error("a status is a status");
    const status = { ...message.status, height: 1_000_000 };
    return network.send(member, type, encodeMessage({ kind: "status", status }));
  });
};

describe("a node without its signer guard", () => {
  test("follows in silence, and votes again once later heights are decided", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    await makeBlocks(network, 2);
    await network.stop(3);
    const guard = await loseGuard(network, 3);
    await network.start(3);
    await until("it is connected", () =>
      network.status(3).members.every(({ connected }) => connected),
    );
    expect(network.status(3).state).toBe("sign-state-unsafe");
    expect(await readdir(guard)).toEqual([]);
    await makeBlocks(network, 4);
    await until("it signs again", () => network.status(3).state === "ready");
    expect(await readdir(guard)).toHaveLength(1);
    await network.stop(0);
    const { height } = network.status(1);
    expect((await network.client(1).submit(network.writer(1).void())).ok).toBe(true);
    await network.height(height + 1, 1, 2, 3);
  });

  test("votes again although a member names heights that nobody has", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start(0, 1, 2);
    await network.startOver(3, boasting);
    await network.ready(0, 1, 2);
    await makeBlocks(network, 2);
    await network.stop(2);
    await loseGuard(network, 2);
    await network.start(2);
    await until("it is connected", () =>
      network.status(2).members.every(({ connected }) => connected),
    );
    await makeBlocks(network, 5);
    await until("it signs again", () => network.status(2).state === "ready");
  });
});

describe("a stranger", () => {
  test("gets no connection, and the members do not notice", async () => {
    consortium = await Consortium.found(1);
    const network = consortium;
    await network.start();
    await network.ready();
    rogue = await startRogue(network, {
      seed: new Uint8Array(32).fill(9),
      listen: ["/ip4/127.0.0.1/tcp/0"],
      head: inventedHead,
      onRequest: async () => ({ refuse: "no" }),
    });
    const stranger = rogue;
    const { height } = network.status(0);
    expect((await network.client(0).submit(network.writer(0).void())).ok).toBe(true);
    await network.height(height + 1);
    const at = `http://127.0.0.1:${network.node(0).operationsPort}/readyz`;
    expect((await fetch(at)).status).toBe(200);
    expect(stranger.connected()).toEqual([]);
    expect(network.status(0).members.map(({ self }) => self)).toEqual([true]);
  });
});

/** Changes what the bodies of a node that does not run hold. */
async function alterBodies(
  network: Consortium,
  index: number,
  change: (key: Uint8Array, value: Uint8Array) => Uint8Array | null,
): Promise<void> {
  const { ClassicLevel } = await import("classic-level");
  const folder = join(nodePaths(network.member(index).config.home).data, "bodies");
  const encodings = { keyEncoding: "view", valueEncoding: "view" } as const;
  const bodies = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
    ...encodings,
    createIfMissing: false,
  });
  await bodies.open();
  for await (const [key, value] of bodies.iterator()) {
    const changed = change(key, value);
    if (changed === null) await bodies.del(key);
    else await bodies.put(key, changed);
  }
  await bodies.close();
}

describe("a damaged disk", () => {
  test("holds an altered payload for not held, until the others gave it again", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    await makeBlocks(network, 3);
    await network.height(3);
    const chain = await readChain(network.client(3), 3);
    const named = chain.flatMap(({ transactions }) =>
      transactions.flatMap(({ id, payloads }) => payloads.map((_, part) => [id, part] as const)),
    );
    await network.stop(3);
    const payloadPrefix = "P".charCodeAt(0);
    await alterBodies(network, 3, (key, value) =>
      key[0] === payloadPrefix ? value.map((byte) => byte ^ 1) : value,
    );
    await network.start(3);
    const readAll = () =>
      Promise.all(named.map(([id, part]) => network.client(3).payload(id, part)));
    expect(await readAll()).toContain(null);
    await until("all payloads are there", async () => !(await readAll()).includes(null));
  });

  test("is healed from the others", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    await makeBlocks(network, 5);
    await network.height(5);
    await network.stop(3);
    const { ClassicLevel } = await import("classic-level");
    const folder = join(nodePaths(network.member(3).config.home).data, "bodies");
    const bodies = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
      keyEncoding: "view",
      valueEncoding: "view",
      createIfMissing: false,
    });
    await bodies.open();
    const keys = { B: 0, C: 0, P: 0 };
    for await (const [key, value] of bodies.iterator()) {
      const kind = String.fromCharCode(key[0] ?? 0) as keyof typeof keys;
      keys[kind] += 1;
      // The third block, the second certificate, and one payload altogether.
      if (kind === "B" && keys.B === 3)
        await bodies.put(
          key,
          value.map((byte) => byte ^ 1),
        );
      if (kind === "C" && keys.C === 2) await bodies.put(key, value.slice(1));
      if (kind === "P" && keys.P === 4) await bodies.del(key);
    }
    await bodies.close();
    expect(keys).toEqual({ B: 5, C: 5, P: 5 });
    await network.start(3);
    await until("all is whole again", async () => {
      const chain = await readChain(network.client(3), 5).catch(() => null);
      return chain !== null && network.status(3).payloadsMissing === 0;
    });
    await expectSameChain(network, 0, 3);
    for (const { transactions } of await readChain(network.client(3), 5)) {
      for (const { id } of transactions) {
        expect(await network.client(3).payload(id, 0)).not.toBeNull();
      }
    }
  });
});
