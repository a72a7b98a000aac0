import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import {
  ArrivingBuckets,
  type ChainStore,
  checkBlocks,
  listSnapshots,
  openChainStore,
  openSnapshot,
  type StoredSnapshot,
} from "../../src/storage/index.ts";
import { startChild } from "./child.ts";
import { networkId } from "./sample-chain.ts";
import {
  arriveAll,
  bucketsOf,
  chainWithSnapshot,
  checkpoint,
  createStore,
  installable,
  missingFrom,
  noPace,
  openStore,
  snapshotOf,
} from "./snapshot-samples.ts";
import { sharedFolder } from "./temporary-folder.ts";

const folder = sharedFolder();
const script = "snapshot-loop.child.ts";
let snapshot: StoredSnapshot;
let whole: readonly Uint8Array[];

beforeAll(async () => {
  await (await chainWithSnapshot(folder)).close();
  snapshot = await snapshotOf(folder);
  whole = await bucketsOf(snapshot);
});

/** Moments to be killed at: so long after a line that another part of the work is under way each time. */
const moments: readonly number[] = [0, 3, 9, 20, 45];

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

test("killed while it is written, a snapshot is whole or is none", async () => {
  const place = join(folder, "written");
  for (const delayMs of moments) {
    const child = startChild(script, folder, "write");
    await child.line();
    await after(delayMs);
    await child.kill();
    for (const height of await listSnapshots(place)) {
      const found = await openSnapshot(place, networkId, height);
      if (found === null) throw new Error("a snapshot with a name is whole");
      expect(await bucketsOf(found)).toEqual(whole);
    }
  }
  rmSync(place, { recursive: true, force: true });
});

test("killed while buckets arrive, everything that was acknowledged is there and the rest is fetched", async () => {
  const place = join(folder, "arriving");
  let acknowledged = 0;
  for (let run = 0; run < 4; run += 1) {
    const child = startChild(script, folder, "arrive");
    const last = Number(await child.line()) + 60 + run * 97;
    while (acknowledged < last) acknowledged = Number(await child.line());
    await child.kill();
    const arriving = await ArrivingBuckets.open(place, snapshot.bucketRoots, noPace);
    expect(arriving.count).toBeGreaterThanOrEqual(acknowledged);
    acknowledged = arriving.count;
    for await (const { bucket, bytes } of arriving.buckets()) expect(bytes).toEqual(whole[bucket]);
    await arriving.close();
  }
  const child = startChild(script, folder, "arrive");
  while ((await child.line()) !== "complete");
  await child.kill();
});

/** Nothing lies there, or all of it: then its state is the one that was to be installed. */
async function expectWholeOrNothing(place: string): Promise<boolean> {
  if (!existsSync(place)) return false;
  const store = await openStore(place).catch((error: unknown) => {
    expect(error).toMatchObject({ code: "LEDGER_STORE_MISSING" });
    return null;
  });
  if (store === null) return false;
  try {
    expect(store.head().height).toBe(checkpoint);
    for await (const checked of store.checkState()) expect(checked).toBeGreaterThan(0);
  } finally {
    await store.close();
  }
  return true;
}

test("killed while it is installed, a snapshot is a whole chain or none, and is installed again", async () => {
  const place = join(folder, "installed");
  let whole = 0;
  for (const delayMs of [0, 15, 60, 120, 200, 400]) {
    const child = startChild(script, folder, "install");
    await child.line();
    await after(delayMs);
    await child.kill();
    if (await expectWholeOrNothing(place)) whole += 1;
    else if (existsSync(place)) await (await createStore(place)).close();
  }
  expect(whole).toBeLessThan(6);
}, 60_000);

async function freshlyInstalled(source: ChainStore): Promise<ChainStore> {
  const place = join(folder, "installed");
  rmSync(place, { recursive: true, force: true });
  const arriving = await arriveAll(join(folder, "all"), snapshot);
  const options = { folder: place, networkId, mode: "install" } as const;
  const store = await openChainStore({ ...options, snapshot: await installable(source, arriving) });
  await arriving.close();
  return store;
}

test("killed while older blocks are added, a chain has every block from its base on and goes on downwards", async () => {
  const source = await openStore(join(folder, "node"));
  await (await freshlyInstalled(source)).close();
  await source.close();
  let base = checkpoint + 1;
  for (let run = 0; run < 4; run += 1) {
    const child = startChild(script, folder, "history");
    const last = base - 5 - run * 11;
    while (base > last) base = Number(await child.line());
    await child.kill();
    const store = await openStore(join(folder, "installed"));
    expect(store.baseHeight).toBeLessThanOrEqual(base);
    base = store.baseHeight;
    const found = [...store.blocks(base, 1_000)].map(({ header }) => header.height);
    expect(found).toEqual(Array.from({ length: checkpoint + 1 - base }, (_, at) => base + at));
    for (const { damage } of checkBlocks(store, 1_000)) expect(damage).toBeNull();
    await store.close();
  }
  const from = await openStore(join(folder, "node"));
  const store = await openStore(join(folder, "installed"));
  for (let block = missingFrom(from, store); block !== null; block = missingFrom(from, store)) {
    await store.prepend([block]);
  }
  expect(store.baseHeight).toBe(0);
  await store.close();
  await from.close();
});
