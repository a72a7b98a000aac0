import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChainStore, openMemoryChainStore } from "@tegata/ledger/storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extend } from "../../ledger/test/storage/chain-store.contract.ts";
import { certificateOf, genesis, networkId } from "../../ledger/test/storage/sample-chain.ts";
import { createNodeClient, type NodeClient } from "../src/api/client.ts";
import { type NodeApi, openNodeApi } from "../src/api/server.ts";
import { RequestDesk } from "../src/join/request-desk.ts";
import { OwnRefusals } from "../src/mempool/own-refusals.ts";
import { Signal } from "../src/signal.ts";
import { Timers } from "../src/timers.ts";

/** As many bytes as the set of a network of three hundred has. */
const setBytes = 21_003;
const heights = 260;
const folder = mkdtempSync(join(tmpdir(), "tegata-set-changes-"));
const setOf = (height: number): Uint8Array => new Uint8Array(setBytes).fill(height);
const timers = new Timers();
const read: unknown[] = [];
let store: ChainStore;
let api: NodeApi;
let client: NodeClient;

beforeAll(async () => {
  store = await openMemoryChainStore({ networkId, genesis });
  await extend(store);
  for (let height = 2; height <= heights; height += 1) {
    await extend(store, { transactions: [], nextValidators: setOf(height) });
  }
  await extend(store);
  const socketPath = join(folder, "run", "node.sock");
  api = await openNodeApi({
    ...{ socketPath, store, genesis: new Uint8Array(0) },
    ...{ refusals: new OwnRefusals(new Signal(timers)), headMoved: new Signal(timers) },
    reception: {
      prepare: async () => ({ state: "closed", reason: "no-address", listen: [] }),
      desk: new RequestDesk(new Signal(timers)),
    },
    status: () => {
      throw new Error("nobody asks for it");
    },
    readiness: () => null,
    submit: () => Promise.reject(new Error("nobody submits")),
    settled: async () => undefined,
    onPayloadDamage: () => undefined,
    onReadError: (error) => read.push(error) > 0,
  });
  client = createNodeClient({ socketPath });
});

afterAll(async () => {
  await client.close();
  await api.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

describe("the changes of the validators on the node's socket", () => {
  test("are header, certificate and the set after each, within the heights asked for", async () => {
    const answer = await client.setChanges(1, 4);
    expect(answer).toEqual({
      changes: [2, 3].map((height) => ({
        height,
        header: store.block(height)?.headerBytes,
        certificate: certificateOf(height),
        nextValidators: setOf(height),
      })),
      more: false,
    });
    for (const [first, end] of [
      [1, 2],
      [3, 3],
      [9, 2],
      [heights + 1, 10_000],
    ] as const) {
      expect(await client.setChanges(first, end)).toEqual({ changes: [], more: false });
    }
  });

  test("come in pages of some MiB, each of which says whether more follow", async () => {
    const found: number[] = [];
    const pages: number[] = [];
    for (let from = 0, more = true; more; from = (found.at(-1) ?? 0) + 1) {
      const answer = await client.setChanges(from, Number.MAX_SAFE_INTEGER);
      found.push(...answer.changes.map(({ height }) => height));
      pages.push(answer.changes.length);
      more = answer.more;
    }
    expect(found).toEqual(Array.from({ length: heights - 1 }, (_, index) => index + 2));
    expect(pages).toHaveLength(2);
    expect((pages[0] as number) * setBytes).toBeLessThan(4 * 1_048_576);
  });

  test("are asked for with two heights and nothing else", async () => {
    for (const [first, end] of [
      [-1, 5],
      [1, 0.5],
      ["1", 2],
      [1, null],
    ]) {
      const asked = client.setChanges(first as number, end as number);
      await expect(asked).rejects.toMatchObject({ code: "NODE_API_REFUSED" });
    }
    expect(read).toEqual([]);
  });
});
