import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConsensusError, guardSlotBytes } from "@tegata/consensus";
import { InvariantError, type NetworkId, type PublicKey } from "@tegata/ledger/primitives";
import { expect, test } from "vitest";
import { NodeError } from "../../src/errors.ts";
import { createGuard, GuardFile, isGuardDamage } from "../../src/host/guard-file.ts";
import { startChild } from "./child.ts";
import { consensusKey, guardAfter, network } from "./samples.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const pathIn = (folder: string): string => join(folder, `${consensusKey}.guard`);

async function open(folder: string): Promise<GuardFile> {
  const guard = await GuardFile.open({ folder, consensusKey });
  if (guard === null) throw new Error("no guard");
  return guard;
}

/** A guard that has signed so many times. */
async function folderAfter(written: number): Promise<string> {
  const folder = temporaryFolder();
  await createGuard({ folder, consensusKey }, network);
  const guard = await open(folder);
  for (let number = 1; number <= written; number += 1) await guard.save(guardAfter(number));
  await guard.close();
  return folder;
}

async function writtenIn(folder: string): Promise<number> {
  const guard = await open(folder);
  await guard.close();
  expect(guard.state()).toEqual(guardAfter(guard.state().written));
  return guard.state().written;
}

test("a guard gives back what was saved last", async () => {
  for (let written = 0; written < 6; written += 1) {
    expect(await writtenIn(await folderAfter(written))).toBe(written);
  }
});

test("what a guard remembers is written once more when it is opened: the cache alone may have known it", async () => {
  const folder = await folderAfter(3);
  const before = readFileSync(pathIn(folder));
  utimesSync(pathIn(folder), 1, 1);
  expect(await writtenIn(folder)).toBe(3);
  expect(statSync(pathIn(folder)).mtimeMs).toBeGreaterThan(1_000);
  expect(readFileSync(pathIn(folder)).equals(before)).toBe(true);
});

test("a missing guard is said and not made", async () => {
  const folder = temporaryFolder();
  expect(await GuardFile.open({ folder, consensusKey })).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test("a guard is made once, for its owner only, and leaves nothing beside it", async () => {
  const folder = await folderAfter(3);
  await expect(createGuard({ folder, consensusKey }, network)).rejects.toMatchObject({
    code: "NODE_GUARD_EXISTS",
  });
  expect(readdirSync(folder)).toEqual([`${consensusKey}.guard`]);
  expect(await writtenIn(folder)).toBe(3);
  expect(statSync(pathIn(folder)).size).toBe(2 * guardSlotBytes);
  if (process.platform !== "win32") expect(statSync(pathIn(folder)).mode & 0o777).toBe(0o600);
});

test("a guard belongs to its key: another key finds none", async () => {
  const folder = await folderAfter(3);
  const other = "ab".repeat(32) as PublicKey;
  expect(await GuardFile.open({ folder, consensusKey: other })).toBeNull();
  await createGuard({ folder, consensusKey: other }, network);
  expect(await writtenIn(folder)).toBe(3);
});

test("any byte altered in the last slot gives the state before it", async () => {
  const folder = await folderAfter(4);
  const bytes = readFileSync(pathIn(folder));
  // Behind the payload a slot is zero and counts for nothing.
  const used = 4 + 32 + bytes.readUInt32BE(0);
  for (let index = 0; index < used; index += 1) {
    const copy = Buffer.from(bytes);
    copy[index] = (copy[index] as number) ^ 1;
    writeFileSync(pathIn(folder), copy);
    expect(await writtenIn(folder), `byte ${index}`).toBe(3);
  }
});

test("a write torn anywhere leaves the state before or the state after", async () => {
  const before = readFileSync(pathIn(await folderAfter(4)));
  const folder = await folderAfter(5);
  const after = readFileSync(pathIn(folder));
  for (let cut = guardSlotBytes; cut <= guardSlotBytes + 400; cut += 1) {
    writeFileSync(pathIn(folder), Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
    const written = await writtenIn(folder);
    expect([4, 5]).toContain(written);
    // The next signature repairs the slot and does not touch the one that counts.
    const guard = await open(folder);
    await guard.save(guardAfter(written + 1));
    await guard.close();
    expect(await writtenIn(folder)).toBe(written + 1);
  }
});

test("two damaged slots, or an empty or short file, are damage and never a new guard", async () => {
  const folder = await folderAfter(5);
  const bytes = readFileSync(pathIn(folder));
  const both = Buffer.from(bytes);
  both[50] = (both[50] as number) ^ 1;
  both[guardSlotBytes + 50] = (both[guardSlotBytes + 50] as number) ^ 1;
  for (const content of [
    both,
    Buffer.alloc(0),
    Buffer.alloc(2 * guardSlotBytes),
    bytes.subarray(0, 100),
  ]) {
    writeFileSync(pathIn(folder), content);
    const error: unknown = await open(folder).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConsensusError);
    expect(isGuardDamage(error)).toBe(true);
    expect(readFileSync(pathIn(folder)).equals(content)).toBe(true);
  }
});

test("states are written once each, in order, for one network", async () => {
  const guard = await open(await folderAfter(2));
  for (const written of [1, 2, 4]) {
    await expect(guard.save(guardAfter(written))).rejects.toThrow(InvariantError);
  }
  const foreign = { ...guardAfter(3), network: "00".repeat(32) as NetworkId };
  await expect(guard.save(foreign)).rejects.toThrow(InvariantError);
  await guard.save(guardAfter(3));
  await guard.close();
});

test("after a failed write nothing is ever saved again", async () => {
  const guard = await open(await folderAfter(1));
  await guard.close();
  const failure: unknown = await guard.save(guardAfter(2)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NodeError);
  expect(failure).toMatchObject({ code: "NODE_SYNC_FAILED", detail: { operation: "write" } });
  await expect(guard.save(guardAfter(3))).rejects.toMatchObject({ code: "NODE_SYNC_FAILED" });
});

test("killed at any moment, a guard knows every signature that was allowed to leave", async () => {
  const folder = await folderAfter(0);
  let last = 0;
  for (let run = 0; run < 4; run += 1) {
    const child = startChild("guard-loop.child.ts", folder);
    const until = last + 20 + run * 13;
    while (last < until) last = Number(await child.line());
    last = Number((await child.kill()).at(-1) ?? last);
    const written = await writtenIn(folder);
    expect(written).toBeGreaterThanOrEqual(last);
    last = written;
  }
  rmSync(folder, { recursive: true });
});
