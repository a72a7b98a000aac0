import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Head } from "../chain/build.ts";
import { limits } from "../chain/limits.ts";
import { blockIdShape } from "../chain/wire-shapes.ts";
import {
  fixedBytes,
  fromBytes,
  idBytes,
  LedgerError,
  literal,
  type NetworkId,
  record,
  toBytes,
  toHex,
  uint,
} from "../primitives/index.ts";
import { bucketBytesMax } from "./bucket-bytes.ts";
import type { FrozenState } from "./frozen-state.ts";
import { syncFolder } from "./store-folder.ts";

/** Bytes that are written at a time. */
const writeBytes = 1_048_576;
const snapshotName = /^[1-9][0-9]{0,15}$/;

const indexShape = record({
  format: literal(1),
  networkId: fixedBytes(32),
  height: uint(),
  blockId: blockIdShape,
  keyCount: uint(),
  bucketRoots: fixedBytes(limits.buckets * 32),
  lengths: fixedBytes(limits.buckets * 4),
});

/** A snapshot on this disk. Nothing in it is verified: whoever takes it compares it with a state root. */
export interface StoredSnapshot {
  readonly height: number;
  readonly blockId: Head["blockId"];
  readonly keyCount: number;
  readonly bucketRoots: Uint8Array;
  /**
   * Whole buckets from `first` on, at least one and at most `count`, none after `bytesMax` is reached.
   * @throws LEDGER_STORE_FAILED
   */
  read(first: number, count: number, bytesMax: number): Promise<readonly Uint8Array[]>;
}

/** Waits between two buckets of long work, so that everything else gets its turn. */
export type PaceWork = () => Promise<void>;

function failed(folder: string, operation: string, error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  const message = `the disk refused to ${operation} a snapshot in ${folder}`;
  return new LedgerError("LEDGER_STORE_FAILED", message, { folder, operation }, error);
}

/** Writes all buckets and gives back their lengths as u32. */
async function writeBuckets(path: string, frozen: FrozenState, pace: PaceWork) {
  const lengths = new DataView(new ArrayBuffer(limits.buckets * 4));
  const file = await open(path, "w", 0o600);
  try {
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    let bucket = 0;
    const flush = async (): Promise<void> => {
      if (waitingBytes > 0) await file.writeFile(Buffer.concat(waiting));
      waiting = [];
      waitingBytes = 0;
    };
    for await (const bytes of frozen.buckets()) {
      lengths.setUint32(bucket * 4, bytes.length);
      bucket += 1;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= writeBytes) await flush();
      await pace();
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
  return new Uint8Array(lengths.buffer);
}

/**
 * Writes the snapshot of a frozen state, whole or not at all; it is not closed. One that is there already
 * is left.
 * Source: docs/PROTOCOL.md section 9.
 * @throws LEDGER_STORE_FAILED, LEDGER_STORE_DAMAGED, LEDGER_STORE_CLOSED
 */
export async function writeSnapshot(
  folder: string,
  networkId: NetworkId,
  frozen: FrozenState,
  pace: PaceWork,
): Promise<void> {
  const { height, blockId } = frozen.head;
  const part = join(folder, `${height}.part`);
  try {
    if ((await listSnapshots(folder)).includes(height)) return;
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true, mode: 0o700 });
    const lengths = await writeBuckets(join(part, "buckets"), frozen, pace);
    const { keyCount, bucketRoots } = frozen;
    const index = { format: 1, networkId: idBytes(networkId), height, blockId } as const;
    const file = await open(join(part, "index"), "w", 0o600);
    try {
      await file.writeFile(toBytes(indexShape, { ...index, keyCount, bucketRoots, lengths }));
      await file.sync();
    } finally {
      await file.close();
    }
    syncFolder(part);
    await rename(part, join(folder, String(height)));
    syncFolder(folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => undefined);
    throw failed(folder, "write", error);
  }
}

/** Heights of the snapshots in a folder, ascending; none where there is no folder. */
export async function listSnapshots(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => []);
  const heights = names.filter((name) => snapshotName.test(name)).map(Number);
  return heights.sort((one, other) => one - other);
}

/**
 * Removes what an interrupted writing left, and all snapshots but those that are named.
 * @throws LEDGER_STORE_FAILED
 */
export async function keepSnapshots(folder: string, kept: readonly number[]): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  try {
    for (const name of names) {
      if (kept.some((height) => String(height) === name)) continue;
      await rm(join(folder, await withoutName(folder, name)), { recursive: true, force: true });
    }
  } catch (error) {
    throw failed(folder, "remove", error);
  }
}

/** A snapshot that is removed is none from the first moment on, whenever the removing ends. */
async function withoutName(folder: string, name: string): Promise<string> {
  if (!snapshotName.test(name)) return name;
  const part = `${name}.part`;
  await rm(join(folder, part), { recursive: true, force: true });
  await rename(join(folder, name), join(folder, part));
  syncFolder(folder);
  return part;
}

/** Opens a snapshot; null where there is none of this network that can be read. */
export async function openSnapshot(
  folder: string,
  networkId: NetworkId,
  height: number,
): Promise<StoredSnapshot | null> {
  const place = join(folder, String(height));
  try {
    const index = fromBytes(indexShape, await readFile(join(place, "index")));
    if (index.height !== height || toHex(index.networkId) !== networkId) return null;
    const { blockId, keyCount, bucketRoots } = index;
    const lengths = readLengths(index.lengths);
    const read = (first: number, count: number, bytesMax: number) =>
      readBuckets(join(place, "buckets"), lengths, { first, count, bytesMax });
    return { height, blockId, keyCount, bucketRoots, read };
  } catch {
    return null;
  }
}

function readLengths(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: limits.buckets }, (_, bucket) => view.getUint32(bucket * 4));
}

async function readBuckets(
  path: string,
  lengths: readonly number[],
  { first, count, bytesMax }: { first: number; count: number; bytesMax: number },
): Promise<readonly Uint8Array[]> {
  const offset = lengths.slice(0, first).reduce((sum, length) => sum + length, 0);
  const taken: number[] = [];
  let bytes = 0;
  for (const length of lengths.slice(first, first + count)) {
    if (taken.length > 0 && bytes + length > bytesMax) break;
    taken.push(length);
    bytes += length;
  }
  if (taken.some((length) => length > bucketBytesMax)) {
    throw failed(path, "read", new Error("a bucket is longer than buckets are"));
  }
  const buffer = new Uint8Array(bytes);
  try {
    const file = await open(path, "r");
    try {
      const { bytesRead } = await file.read(buffer, 0, bytes, offset);
      if (bytesRead !== bytes) throw new Error("the file is shorter than its index says");
    } finally {
      await file.close();
    }
  } catch (error) {
    throw failed(path, "read", error);
  }
  let at = 0;
  return taken.map((length) => {
    at += length;
    return buffer.subarray(at - length, at);
  });
}
