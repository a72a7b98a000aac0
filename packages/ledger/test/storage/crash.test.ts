import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LedgerError } from "../../src/primitives/index.ts";
import { type ChainStore, checkBlocks, openChainStore } from "../../src/storage/index.ts";
import { setChangesOf } from "./chain-store.contract.ts";
import { startChild } from "./child.ts";
import { networkId } from "./sample-chain.ts";
import { temporaryFolders } from "./temporary-folder.ts";
import { createChainOrOpen, extendWithState, loopKeys, loopSet, loopValue } from "./write-loop.ts";

const temporaryFolder = temporaryFolders();

/** Everything that one commit writes must speak of the same height. */
async function expectWhole(store: ChainStore): Promise<void> {
  const { height } = store.head();
  const reader = store.reader();
  if (height > 0) for (const key of loopKeys) expect(reader.get(key)).toEqual(loopValue(height));
  const sets = (await setChangesOf(store, 1, height + 100)).map(
    (change) => [change.height, change.nextValidators] as const,
  );
  const heights = Array.from({ length: height }, (_, index) => index + 1);
  expect(sets).toEqual(
    heights.map((at) => [at, loopSet(at)] as const).filter(([, set]) => set !== null),
  );
  let checked = 0;
  for (const { damage } of checkBlocks(store, Number.MAX_SAFE_INTEGER)) {
    expect(damage).toBeNull();
    checked += 1;
  }
  expect(checked).toBe(height);
  for (const block of store.blocks(1, height)) {
    expect(store.missingPayloads(block.header.height)).toEqual([]);
    for (const { id, payloads } of block.transactions) {
      expect(store.transaction(id)?.height).toBe(block.header.height);
      for (const part of payloads.keys()) store.payload({ transactionId: id, part });
    }
  }
}

test("killed at any moment, a chain keeps every block it acknowledged, whole and without a hole", async () => {
  const home = temporaryFolder();
  let acknowledged = 0;
  for (let run = 0; run < 6; run += 1) {
    const child = startChild("write-loop.child.ts", home);
    // Each run is killed after another number of blocks and so at another point of the next one.
    const last = acknowledged + 3 + run * 4;
    while (acknowledged < last) acknowledged = Number(await child.line());
    await child.kill();
    const store = await createChainOrOpen(home);
    expect(store.head().height).toBeGreaterThanOrEqual(acknowledged);
    await expectWhole(store);
    await extendWithState(store);
    acknowledged = store.head().height;
    await store.close();
  }
  expect(acknowledged).toBeGreaterThan(70);
});

test("killed at any moment while it commits blocks together, a chain holds whole runs and nothing else", async () => {
  const home = temporaryFolder();
  const together = 7;
  let acknowledged = 0;
  for (let run = 0; run < 4; run += 1) {
    const child = startChild("write-loop.child.ts", home, String(together));
    const last = acknowledged + together * (1 + run);
    while (acknowledged < last) acknowledged = Number(await child.line());
    await child.kill();
    const store = await createChainOrOpen(home);
    const { height } = store.head();
    expect(height).toBeGreaterThanOrEqual(acknowledged);
    expect(height % together).toBe(0);
    await expectWhole(store);
    await store.close();
    acknowledged = height;
  }
}, 60_000);

test("a store that another process uses is refused with that process's number", async () => {
  const home = temporaryFolder();
  const child = startChild("write-loop.child.ts", home);
  await child.line();
  const folder = join(home, "node");
  await expect(openChainStore({ folder, networkId, mode: "open" })).rejects.toMatchObject({
    code: "LEDGER_STORE_LOCKED",
    detail: { pid: child.pid },
  });
  // The refused attempt took nothing from the other: it goes on.
  await child.line();
  await child.kill();
  const store = await createChainOrOpen(home);
  await expectWhole(store);
  await store.close();
});

test("damage in the middle of LevelDB's log, which it skips silently, is found at the start", async () => {
  const home = temporaryFolder();
  const store = await createChainOrOpen(home);
  for (let height = 1; height <= 40; height += 1) await extendWithState(store);
  await store.close();
  const folder = join(home, "node", "state");
  const log = readdirSync(folder).find((name) => name.endsWith(".log")) ?? "";
  const bytes = readFileSync(join(folder, log));
  const middle = Math.floor(bytes.length / 2);
  for (let index = middle; index < middle + 3; index += 1) {
    bytes[index] = (bytes[index] as number) ^ 0xff;
  }
  writeFileSync(join(folder, log), bytes);
  const error: unknown = await createChainOrOpen(home).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(LedgerError);
  expect(error).toMatchObject({ code: "LEDGER_STORE_DAMAGED", detail: { height: null } });
});

test("a log torn at its end loses the last blocks only and is whole before", async () => {
  const home = temporaryFolder();
  const store = await createChainOrOpen(home);
  for (let height = 1; height <= 20; height += 1) await extendWithState(store);
  await store.close();
  const folder = join(home, "node", "state");
  const log = readdirSync(folder).find((name) => name.endsWith(".log")) ?? "";
  const bytes = readFileSync(join(folder, log));
  writeFileSync(join(folder, log), bytes.subarray(0, Math.floor(bytes.length * 0.6)));
  const again = await createChainOrOpen(home);
  const { height } = again.head();
  expect(height).toBeGreaterThan(0);
  expect(height).toBeLessThan(20);
  await expectWhole(again);
  // The block after the head is still in the bodies, as a candidate of whom it may be committed.
  await extendWithState(again);
  expect(again.head().height).toBe(height + 1);
  await again.close();
});
