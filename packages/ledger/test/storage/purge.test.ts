import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { StoredPayload } from "../../src/storage/index.ts";
import { type Batch, PurgeChain } from "./purge-chain.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const opened = (): Promise<PurgeChain> => PurgeChain.make(temporaryFolder());

test("pitfall 23: a purge leaves no byte of a payload in the files, whether they were just written or long ago", async () => {
  const chain = await opened();
  const old = [await chain.write("one"), await chain.write("two"), await chain.write("three")];
  // Closing and opening writes what is in memory into tables.
  await chain.store.close();
  await chain.open();
  const young = [await chain.write("four"), await chain.write("five")];
  const all = [...old, ...young];
  expect(chain.found(all)).toEqual(all.map(({ canary }) => canary));
  await chain.put([chain.purging(3, 5)]);
  // What is not served is not yet deleted.
  expect(chain.store.payload(old[1]?.payloads[0] as StoredPayload)).toBeNull();
  const outcome = await chain.store.purge();
  expect(outcome).toEqual({ payloads: 6, bytes: 3 * (4_096 + 528), damagedHeights: [] });
  const kept = [old[0], young[1]] as readonly Batch[];
  expect(chain.found(all)).toEqual(kept.map(({ canary }) => canary));
  for (const { payloads } of kept) {
    for (const payload of payloads) expect(chain.store.payload(payload)).toEqual(payload.bytes);
  }
  expect(await chain.store.purge()).toMatchObject({ payloads: 0 });
  await chain.store.close();
});

test("what is purged is not served, not missing and not taken in again", async () => {
  const chain = await opened();
  const batch = await chain.write("lagging peer");
  const height = chain.store.head().height;
  expect(chain.store.isPurged(batch.transaction.id)).toBe(false);
  await chain.put([chain.purging(2, 2)]);
  for (const purge of [async () => undefined, () => chain.store.purge()]) {
    await purge();
    expect(chain.store.isPurged(batch.transaction.id)).toBe(true);
    for (const payload of batch.payloads) expect(chain.store.payload(payload)).toBeNull();
    expect(chain.store.missingPayloads(height)).toEqual([]);
    await chain.store.putPayloads(height, batch.payloads);
  }
  expect(chain.found([batch])).toEqual([]);
  expect(chain.store.block(height)?.transactions).toHaveLength(1);
  await chain.store.close();
});

test("an end between the commit and the deletion is made good by the next start", async () => {
  const chain = await opened();
  const batch = await chain.write("killed");
  await chain.put([chain.purging(2, 2)]);
  await chain.store.close();
  await chain.open();
  expect(chain.found([batch])).toEqual([batch.canary]);
  expect(chain.store.payload(batch.payloads[0] as StoredPayload)).toBeNull();
  expect(await chain.store.purge()).toMatchObject({ payloads: 2 });
  expect(chain.found([batch])).toEqual([]);
  await chain.store.close();
});

test("blocks committed together with their purge leave nothing behind, even within one block", async () => {
  const chain = await opened();
  const [first, second] = [chain.batch("run"), chain.batch("same block", 1)];
  const height = chain.store.head().height + 1;
  await chain.store.putPayloads(height, first.payloads);
  const run = [chain.next([first.transaction])];
  await chain.store.putPayloads(height + 1, second.payloads);
  run.push(chain.next([second.transaction, chain.purging(2, 3, 1)]));
  await chain.store.commit(...run);
  expect(await chain.store.purge()).toMatchObject({ payloads: 4 });
  expect(chain.found([first, second])).toEqual([]);
  expect(chain.store.missingPayloads(height)).toEqual([]);
  expect(chain.store.missingPayloads(height + 1)).toEqual([]);
  await chain.store.close();
});

test("a purge that is committed while another is carried out is not forgotten", async () => {
  const chain = await opened();
  const [first, second] = [chain.batch("first"), chain.batch("second", 1)];
  await chain.put([first.transaction, second.transaction], [...first.payloads, ...second.payloads]);
  await chain.put([chain.purging(2, 2)]);
  const running = chain.store.purge();
  await chain.put([chain.purging(3, 3)]);
  await running;
  await chain.store.purge();
  expect(chain.found([first, second])).toEqual([]);
  await chain.store.close();
});

test("a payload proposed for a height whose block does without it goes from the files too", async () => {
  const chain = await opened();
  const late = chain.batch("failed round", 1);
  const height = chain.store.head().height + 1;
  await chain.store.putPayloads(height, late.payloads);
  await chain.write("round that followed");
  await chain.store.close();
  await chain.open();
  await chain.put([late.transaction], late.payloads);
  await chain.store.close();
  await chain.open();
  const keptAt = (): number => {
    const bytes = Buffer.concat(chain.files().map((path) => readFileSync(path)));
    return bytes.toString("latin1").split(late.canary.repeat(20)).length - 1;
  };
  const before = keptAt();
  await chain.store.purge();
  // One of two is left: that of the height at which it was committed, which nobody has purged.
  expect(keptAt()).toBe(before / 2);
  expect(chain.store.payload(late.payloads[0] as StoredPayload)).not.toBeNull();
  await chain.put([chain.purging(3, 3)]);
  await chain.store.purge();
  expect(chain.found([late])).toEqual([]);
  await chain.store.close();
});

test.each(["goes on", "starts anew"])(
  "a payload that was stored and deleted again before any of it was in a table goes too, and the node %s",
  async (then) => {
    const chain = await opened();
    const late = chain.batch("failed round", 1);
    await chain.store.putPayloads(chain.store.head().height + 1, late.payloads);
    await chain.write("round that followed");
    await chain.put([]);
    if (then === "starts anew") {
      await chain.store.close();
      await chain.open();
    }
    expect(chain.found([late])).toEqual([late.canary]);
    await chain.store.purge();
    expect(chain.found([late])).toEqual([]);
    await chain.put([late.transaction], late.payloads);
    await chain.put([chain.purging(3, 3)]);
    expect(await chain.store.purge()).toMatchObject({ payloads: 2 });
    expect(chain.found([late])).toEqual([]);
    await chain.store.close();
  },
);

test("a start finds what a run of blocks passed over, though it looks no further back than to the head", async () => {
  const chain = await opened();
  const [late, kept] = [chain.batch("failed round", 1), chain.batch("round that followed")];
  await chain.store.putPayloads(chain.store.head().height + 1, late.payloads);
  await chain.store.putPayloads(chain.store.head().height + 1, kept.payloads);
  const run = [chain.next([kept.transaction]), chain.next([]), chain.next([])];
  await chain.store.commit(...run);
  await chain.store.close();
  await chain.open();
  expect(chain.found([late, kept])).toEqual([late.canary, kept.canary]);
  await chain.store.purge();
  expect(chain.found([late, kept])).toEqual([kept.canary]);
  for (const payload of kept.payloads) expect(chain.store.payload(payload)).toEqual(payload.bytes);
  await chain.store.close();
});

test("what is on its way to the disk while a run is committed is passed over too", async () => {
  for (let waitMs = 0; waitMs < 4; waitMs += 0.5) {
    const chain = await opened();
    const [late, kept] = [chain.batch("failed round", 1), chain.batch("round that followed")];
    const height = chain.store.head().height + 1;
    await chain.store.putPayloads(height, kept.payloads);
    const committing = chain.store.commit(chain.next([kept.transaction]), chain.next([]));
    const startMs = performance.now();
    while (performance.now() - startMs < waitMs) await new Promise(setImmediate);
    const isUnderWay = chain.store.head().height < height;
    if (isUnderWay) await chain.store.putPayloads(height, late.payloads);
    await committing;
    await chain.store.close();
    await chain.open();
    await chain.store.purge();
    expect(chain.found([late, kept])).toEqual([kept.canary]);
    await chain.store.close();
  }
});
