import { statSync } from "node:fs";
import { request } from "node:http";
import { dirname } from "node:path";
import { encodeHeader, laneKey, readLane, tablePrefix } from "@tegata/ledger/chain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeClient } from "../src/api/client.ts";
import { nodePaths } from "../src/config.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";

let network: Consortium;

beforeAll(async () => {
  network = await Consortium.found(1);
  await network.start();
  await network.ready();
});

afterAll(async () => {
  await network.end();
});

function post(path: string, type: string, body: Uint8Array, length = body.length): Promise<number> {
  const { socket } = nodePaths(network.member(0).config.home);
  return new Promise((resolve, reject) => {
    const headers = { "content-type": type, "content-length": length };
    const call = request({ socketPath: socket, path, method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", reject);
    call.end(body);
  });
}

describe("the socket of a node", () => {
  test("is for its owner only", () => {
    const { socket } = nodePaths(network.member(0).config.home);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
  });

  test("tells who the node is and how it stands", async () => {
    const status = await network.client(0).status();
    expect(status).toMatchObject({
      state: "ready",
      network: network.genesis.networkId,
      networkName: "Test Motors",
      member: network.member(0).memberId,
      quorum: 1,
      payloadsMissing: 0,
    });
    expect(status.members).toEqual([
      expect.objectContaining({ handle: "company-a", self: true, connected: true }),
    ]);
    expect(await network.client(0).genesis()).toEqual(network.genesis.bytes);
  });

  test("answers a long poll as soon as a block is there, and in time when none comes", async () => {
    const client = network.client(0);
    const { height } = await client.status();
    const waiting = client.blocks(height + 1, { waitMs: 20_000, blocksMax: 5 });
    const written = network.writer(0).createStream();
    expect(await client.submit(written)).toEqual({ ok: true, transactionId: written.id });
    const answer = await waiting;
    expect(answer.blocks.map((block) => block.height)).toEqual([height + 1]);
    const none = await client.blocks(answer.head + 1, { waitMs: 20, blocksMax: 5 });
    expect(none).toEqual({ head: answer.head, base: 0, blocks: [] });
  });

  test("gives back state, ranges of it and payloads as they were committed", async () => {
    const client = network.client(0);
    const writer = network.writer(0);
    const streams = [writer.createStream(), writer.createStream(), writer.createStream()];
    const { height } = await client.status();
    for (const stream of streams) expect((await client.submit(stream)).ok).toBe(true);
    await network.height(height + 1);
    for (const stream of streams) {
      const key = laneKey(writer.memberId, stream.decoded.lane);
      let values = await client.state([key]);
      while (values.values[0] === null) values = await client.state([key]);
      expect(
        readLane({ get: () => values.values[0] ?? null }, writer.memberId, stream.decoded.lane),
      ).toMatchObject({ sequence: 1 });
      expect(await client.payload(stream.id, 0)).toEqual(stream.payloads[0]);
      expect(await client.payload(stream.id, 1)).toBeNull();
    }
    const prefix = tablePrefix("stream");
    const whole = await client.stateRange(prefix, { after: null, limit: 1_000 });
    expect(whole.entries.length).toBeGreaterThanOrEqual(3);
    expect(whole.more).toBe(false);
    const first = await client.stateRange(prefix, { after: null, limit: 2 });
    expect(first.more).toBe(true);
    const last = first.entries[1]?.[0] ?? new Uint8Array(0);
    const rest = await client.stateRange(prefix, { after: last, limit: 1_000 });
    expect([...first.entries, ...rest.entries]).toEqual(whole.entries);
  });

  test("gives blocks whose bytes give their ids, with their certificates", async () => {
    const client = network.client(0);
    const { height, headBlockId } = await client.status();
    const blocks = await readChain(client, height);
    expect(blocks.at(-1)?.id).toBe(headBlockId);
    for (const [index, block] of blocks.entries()) {
      expect(encodeHeader(block.header)).toEqual(block.headerBytes);
      const before = blocks[index - 1]?.id ?? network.genesis.networkId;
      expect(block.header.previousBlockId).toBe(before);
    }
  });

  test("says why it refuses a transaction, and what would cure it", async () => {
    const client = network.client(0);
    const writer = network.writer(0);
    const gap = await client.submit(writer.voidAt(5_000));
    expect(gap).toMatchObject({ ok: false, code: "NODE_TX_AHEAD", cure: "wait" });
    const junk = await client.submit({ transaction: new Uint8Array(10), payloads: [] });
    expect(junk).toMatchObject({ ok: false, code: "NODE_TX_MALFORMED", cure: "never" });
  });

  test("tells the gateway of an own transaction that another took the place of", async () => {
    const client = network.client(0);
    const writer = network.writer(0);
    const known = (await client.refusals(0, { waitMs: 0 })).items.at(-1)?.number ?? 0;
    const [loser, winner] = [writer.voidAt(2), writer.voidAt(2)];
    expect((await client.submit(loser)).ok).toBe(true);
    expect((await client.submit(winner)).ok).toBe(true);
    const waiting = client.refusals(known, { waitMs: 20_000 });
    expect((await client.submit(writer.voidAt(1))).ok).toBe(true);
    expect((await waiting).items).toEqual([
      expect.objectContaining({ transactionId: loser.id, code: "LEDGER_TX_SEQUENCE_USED" }),
    ]);
  });

  test("refuses what is no request, and what is too long before it is read", async () => {
    const type = "application/cbor";
    expect(await post("/status", type, Uint8Array.of(0xff))).toBe(400);
    expect(await post("/blocks", type, Uint8Array.of(0xa0))).toBe(400);
    expect(await post("/status", "application/json", Uint8Array.of(0x7b, 0x7d))).toBe(415);
    expect(await post("/nothing", type, Uint8Array.of(0xa0))).toBe(404);
    const length = 100 * 1_048_576;
    expect(await post("/submit", type, new Uint8Array(0), length).catch(() => 413)).toBe(413);
    expect((await network.client(0).status()).state).toBe("ready");
  });

  test("that is not there is told apart from one that refuses", async () => {
    const lost = createNodeClient({ socketPath: "/nonexistent/node.sock" });
    await expect(lost.status()).rejects.toMatchObject({ code: "NODE_API_UNREACHABLE" });
    await lost.close();
    await expect(lost.status()).rejects.toMatchObject({ code: "NODE_API_CLOSED" });
    await expect(network.client(0).payload("not an id", 0)).rejects.toMatchObject({
      code: "NODE_API_REFUSED",
    });
  });
});

describe("the operations listener", () => {
  test("says whether the node lives, is ready, and what it counts", async () => {
    const at = `http://127.0.0.1:${network.node(0).operationsPort}`;
    expect((await fetch(`${at}/livez`)).status).toBe(200);
    const ready = await fetch(`${at}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { state: "ready" }]);
    expect(await (await fetch(`${at}/version`)).json()).toMatchObject({ version: "0.1.0" });
    const metrics = await (await fetch(`${at}/metrics`)).text();
    const { height } = network.status(0);
    expect(metrics).toMatch(
      new RegExp(`^tegata_chain_height\\{network="Test Motors"\\} ${height}$`, "m"),
    );
    for (const name of ["tegata_consensus_quorum", "tegata_mempool_bytes", "tegata_build_info"]) {
      expect(metrics).toContain(name);
    }
  });
});
