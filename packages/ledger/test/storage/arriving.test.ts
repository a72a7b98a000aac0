import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ArrivingBuckets, type StoredSnapshot } from "../../src/storage/index.ts";
import { arriveAll, bucketsOf, chainWithSnapshot, noPace, snapshotOf } from "./snapshot-samples.ts";
import { sharedFolder, temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const home = sharedFolder();
let snapshot: StoredSnapshot;
let whole: readonly Uint8Array[];

beforeAll(async () => {
  await (await chainWithSnapshot(home)).close();
  snapshot = await snapshotOf(home);
  whole = await bucketsOf(snapshot);
});

describe("buckets that arrive", () => {
  test("are kept when they fit and thrown away when they do not, and all of them are found again", async () => {
    const folder = join(temporaryFolder(), "arriving");
    const first = await ArrivingBuckets.open(folder, snapshot.bucketRoots, noPace);
    expect(first.isComplete).toBe(false);
    const filled = whole.flatMap((bytes, bucket) => (bytes.length > 1 ? [bucket] : []));
    for (const bucket of filled.slice(0, 300)) {
      const wrong = filled[(filled.indexOf(bucket) + 1) % filled.length] as number;
      expect(await first.add({ bucket, bytes: whole[wrong] as Uint8Array })).toBe(false);
      expect(first.has(bucket)).toBe(false);
      expect(await first.add({ bucket, bytes: whole[bucket] as Uint8Array })).toBe(true);
    }
    expect(await first.add({ bucket: 5_000, bytes: whole[0] as Uint8Array })).toBe(false);
    const { count } = first;
    await first.close();
    // A torn record at the end is what a crash leaves.
    const path = join(folder, "buckets");
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from([0, 9, 0, 0, 1, 0, 7])]));
    const again = await ArrivingBuckets.open(folder, snapshot.bucketRoots, noPace);
    expect(again.count).toBe(count);
    for (const bucket of filled) {
      expect(await again.add({ bucket, bytes: whole[bucket] as Uint8Array })).toBe(true);
    }
    expect(again.isComplete).toBe(true);
    const read: number[] = [];
    for await (const { bucket, bytes } of again.buckets()) {
      expect(bytes).toEqual(whole[bucket]);
      read.push(bucket);
    }
    expect(read).toEqual(filled);
    await again.close();
  });

  test("of an older snapshot stay where the newer one has the same", async () => {
    const folder = join(temporaryFolder(), "arriving");
    const arriving = await arriveAll(folder, snapshot);
    await arriving.close();
    const roots = snapshot.bucketRoots.slice();
    const changed = whole.findIndex((bytes) => bytes.length > 1);
    roots.fill(7, changed * 32, changed * 32 + 32);
    const next = await ArrivingBuckets.open(folder, roots, noPace);
    expect(next.count).toBe(4_095);
    expect(next.has(changed)).toBe(false);
    await next.close();
  });

  describe("of snapshots that were given up", () => {
    const filled = () => whole.flatMap((bytes, bucket) => (bytes.length > 1 ? [bucket] : []));
    const bytesIn = (buckets: readonly number[]): number =>
      buckets.reduce((sum, bucket) => sum + 6 + (whole[bucket] as Uint8Array).length, 0);
    /** The roots of another snapshot, which has only these buckets in common. */
    const rootsWith = (common: readonly number[]): Uint8Array => {
      const roots = snapshot.bucketRoots.slice();
      const kept = new Set(common);
      for (const bucket of filled()) {
        if (!kept.has(bucket)) roots.fill(7, bucket * 32, bucket * 32 + 32);
      }
      return roots;
    };
    const arrived = async (): Promise<{ readonly folder: string; readonly path: string }> => {
      const folder = join(temporaryFolder(), "arriving");
      await (await arriveAll(folder, snapshot)).close();
      return { folder, path: join(folder, "buckets") };
    };

    test("leave the disk once they are more than what still serves, which stays", async () => {
      const { folder, path } = await arrived();
      const size = statSync(path).size;
      const most = filled().slice(100);
      const half = await ArrivingBuckets.open(folder, rootsWith(most), noPace);
      await half.close();
      expect(statSync(path).size).toBe(size);
      // What a rewriting that was killed left of itself.
      writeFileSync(join(folder, "buckets.new"), readFileSync(path).subarray(0, 777));
      const few = filled().slice(0, 30);
      const next = await ArrivingBuckets.open(folder, rootsWith(few), noPace);
      expect(statSync(path).size).toBe(bytesIn(few));
      expect(readdirSync(folder)).toEqual(["buckets"]);
      const read: number[] = [];
      for await (const { bucket, bytes } of next.buckets()) {
        expect(bytes).toEqual(whole[bucket]);
        read.push(bucket);
      }
      expect(read).toEqual(few);
      await next.close();
      const back = await ArrivingBuckets.open(folder, snapshot.bucketRoots, noPace);
      for (const [bucket, bytes] of whole.entries()) await back.add({ bucket, bytes });
      expect(back.isComplete).toBe(true);
      await back.close();
      expect(statSync(path).size).toBe(size);
    });

    test("stay as they are where cutting them off ends half way", async () => {
      const few = filled().slice(0, 30);
      for (const step of [1, 15, 30]) {
        const { folder, path } = await arrived();
        const before = readFileSync(path);
        let calls = 0;
        const refuse = async (): Promise<void> => {
          calls += 1;
          if (calls === filled().length + step) throw new Error("the disk is gone");
        };
        await expect(ArrivingBuckets.open(folder, rootsWith(few), refuse)).rejects.toMatchObject({
          code: "LEDGER_STORE_FAILED",
        });
        expect(readFileSync(path)).toEqual(before);
        expect(readdirSync(folder)).toEqual(["buckets"]);
      }
    });
  });

  test("and were altered on the disk afterwards are missed or refused, never given out", async () => {
    const path = (folder: string): string => join(folder, "buckets");
    for (const place of [2, 3, 6, 40, 5_000]) {
      const folder = join(temporaryFolder(), "arriving");
      const arriving = await arriveAll(folder, snapshot);
      const bytes = readFileSync(path(folder));
      bytes[place] = (bytes[place] as number) ^ 0x10;
      writeFileSync(path(folder), bytes);
      const read = async (): Promise<void> => {
        for await (const { bucket, bytes: given } of arriving.buckets()) {
          expect(given).toEqual(whole[bucket]);
        }
      };
      await read().catch((error: unknown) => {
        expect(error).toMatchObject({ code: "LEDGER_STORE_DAMAGED" });
      });
      await arriving.close();
      const again = await ArrivingBuckets.open(folder, snapshot.bucketRoots, noPace);
      expect(again.isComplete).toBe(false);
      for (const [bucket, one] of whole.entries()) await again.add({ bucket, bytes: one });
      expect(again.isComplete).toBe(true);
      await again.close();
    }
  });
});
