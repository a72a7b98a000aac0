import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeWalRecord, type StartHeight, type WalRecord } from "@tegata/consensus";
import { describe, expect, test } from "vitest";
import { WalFile, type WalFinding } from "../../src/host/wal-file.ts";
import { startChild } from "./child.ts";
import { roundIn, sampleChapter, sampleRecords } from "./samples.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const height = 7;

/** Opens, looks and closes. */
async function findingOf(path: string, ofHeight: number = height): Promise<WalFinding> {
  const { wal, finding } = await WalFile.open(path, ofHeight);
  await wal.close();
  return finding;
}

async function write(path: string, records: readonly WalRecord[], ofHeight = height) {
  const { wal, finding } = await WalFile.open(path, ofHeight);
  for (const record of records) wal.append(record);
  await wal.close();
  return finding;
}

/** Where each record ends in the file. */
function endsOf(records: readonly WalRecord[]): number[] {
  let end = 0;
  return records.map((record, index) => {
    end += encodeWalRecord(record, height, index).length;
    return end;
  });
}

/** A file as small as its records and a little, so that trying every byte stays quick. */
function writeBytes(path: string, bytes: Uint8Array): void {
  const room = new Uint8Array(bytes.length + 256);
  room.set(bytes);
  writeFileSync(path, room);
}

describe("the log of a height", () => {
  test("is made with room in it, for its owner only, and is empty", async () => {
    const path = join(temporaryFolder(), "wal");
    expect(await findingOf(path)).toEqual({ kind: "empty" });
    expect(statSync(path).size).toBe(4 * 1_048_576);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("gives back its records in order, over several syncs and starts", async () => {
    const path = join(temporaryFolder(), "wal");
    const records = sampleRecords(height, 9);
    await write(path, records.slice(0, 4));
    const again = await write(path, records.slice(4, 6));
    expect(again).toEqual({ kind: "replay", records: records.slice(0, 4) });
    const { wal } = await WalFile.open(path, height);
    for (const record of records.slice(6)) {
      wal.append(record);
      await wal.sync();
    }
    await wal.close();
    expect(await findingOf(path)).toEqual({ kind: "replay", records });
    expect(statSync(path).size).toBe(4 * 1_048_576);
  });

  test("has on the disk what a resolved sync promised, and nothing of it before", async () => {
    const path = join(temporaryFolder(), "wal");
    const records = sampleRecords(height, 3);
    const { wal } = await WalFile.open(path, height);
    for (const record of records) wal.append(record);
    expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
    await wal.sync();
    const [, , end = 0] = endsOf(records);
    expect(
      readFileSync(path)
        .subarray(0, end)
        .some((byte) => byte !== 0),
    ).toBe(true);
    expect(
      readFileSync(path)
        .subarray(end)
        .every((byte) => byte === 0),
    ).toBe(true);
    await Promise.all([wal.sync(), wal.sync()]);
    await wal.close();
  });

  test("writes by itself when much has gathered that nobody waits for", async () => {
    const path = join(temporaryFolder(), "wal");
    const { wal } = await WalFile.open(path, height);
    const records = sampleRecords(height, 25_000);
    for (const record of records) wal.append(record);
    await expect
      .poll(() =>
        readFileSync(path)
          .subarray(0, 1_000)
          .some((byte) => byte !== 0),
      )
      .toBe(true);
    await wal.close();
    expect(await findingOf(path)).toEqual({ kind: "replay", records });
  });

  test("grows beyond its first room when a height needs it, and gives it back after", async () => {
    const path = join(temporaryFolder(), "wal");
    const records = sampleRecords(height, 110_000);
    await write(path, records);
    expect(statSync(path).size).toBeGreaterThan(4 * 1_048_576);
    const { wal, finding } = await WalFile.open(path, height);
    expect(finding.kind === "replay" && finding.records.length).toBe(records.length);
    await wal.reset(height + 1);
    expect(statSync(path).size).toBe(4 * 1_048_576);
    const next = sampleRecords(height + 1, 2);
    for (const record of next) wal.append(record);
    await wal.close();
    expect(await findingOf(path, height + 1)).toEqual({ kind: "replay", records: next });
  });

  test("of an earlier height is ignored, and the next height begins at its start", async () => {
    const path = join(temporaryFolder(), "wal");
    await write(path, sampleRecords(height, 40));
    const { wal, finding } = await WalFile.open(path, height + 1);
    expect(finding).toEqual({ kind: "empty" });
    const records = sampleRecords(height + 1, 3);
    for (const record of records) wal.append(record);
    await wal.close();
    expect(await findingOf(path, height + 1)).toEqual({ kind: "replay", records });
    expect(await findingOf(path, height + 2)).toEqual({ kind: "empty" });
  });

  test("begins anew with the next height while it is open, over what the last one left", async () => {
    const path = join(temporaryFolder(), "wal");
    const { wal } = await WalFile.open(path, height);
    for (const [step, count] of [30, 5, 12, 1].entries()) {
      if (step > 0) await wal.reset(height + step);
      const records = sampleRecords(height + step, count);
      for (const record of records) wal.append(record);
      await wal.sync();
      const copy = join(temporaryFolder(), "wal");
      writeFileSync(copy, readFileSync(path));
      expect(await findingOf(copy, height + step)).toMatchObject({ kind: "replay", records });
      expect(await findingOf(copy, height + step - 1)).toMatchObject({ kind: "empty" });
    }
    await wal.close();
  });

  test("forgets what was appended and not synced before the next height", async () => {
    const path = join(temporaryFolder(), "wal");
    const { wal } = await WalFile.open(path, height);
    for (const record of sampleRecords(height, 3)) wal.append(record);
    await wal.reset(height + 1);
    const records = sampleRecords(height + 1, 2);
    for (const record of records) wal.append(record);
    await wal.close();
    expect(await findingOf(path, height + 1)).toEqual({ kind: "replay", records });
  });
});

describe("a damaged log", () => {
  const records = sampleRecords(height, 5);
  const ends = endsOf(records);
  const whole = Buffer.concat(
    records.map((record, index) => encodeWalRecord(record, height, index)),
  );
  const lastStart = ends.at(-2) ?? 0;

  test("torn at any byte of its last record gives the records before it and goes on from there", async () => {
    const path = join(temporaryFolder(), "wal");
    const other: WalRecord = { type: "proposable", height };
    for (let end = lastStart; end < whole.length; end += 1) {
      writeBytes(path, whole.subarray(0, end));
      const finding = await write(path, [other]);
      expect(finding).toEqual({ kind: "replay", records: records.slice(0, -1) });
      expect(await findingOf(path), `cut at ${end}`).toEqual({
        kind: "replay",
        records: [...records.slice(0, -1), other],
      });
    }
  });

  test("with any byte of its last record altered gives the records before it", async () => {
    const path = join(temporaryFolder(), "wal");
    for (let index = lastStart; index < whole.length; index += 1) {
      const bytes = Uint8Array.from(whole);
      bytes[index] = (bytes[index] as number) ^ 0x10;
      writeBytes(path, bytes);
      expect(await findingOf(path), `byte ${index}`).toEqual({
        kind: "replay",
        records: records.slice(0, -1),
      });
      // The torn record was erased: nothing of it comes back.
      expect(
        readFileSync(path)
          .subarray(lastStart)
          .every((byte) => byte === 0),
      ).toBe(true);
    }
  });

  test("with any byte of an earlier record altered is refused, as often as it is opened", async () => {
    const path = join(temporaryFolder(), "wal");
    for (let index = 0; index < lastStart; index += 1) {
      const bytes = Uint8Array.from(whole);
      bytes[index] = (bytes[index] as number) ^ 0x10;
      writeBytes(path, bytes);
      const at = ends.findIndex((end) => index < end);
      for (let start = 0; start < 2; start += 1) {
        const finding = await write(path, [{ type: "proposable", height }]);
        expect(finding.kind, `byte ${index}`).toBe("damaged");
        expect(finding.kind === "damaged" && finding.error.detail).toEqual({ index: at });
      }
    }
  });

  test("takes records again when a later height begins", async () => {
    const path = join(temporaryFolder(), "wal");
    const bytes = Uint8Array.from(whole);
    bytes[40] = (bytes[40] as number) ^ 1;
    writeBytes(path, bytes);
    const { wal, finding } = await WalFile.open(path, height);
    expect(finding.kind).toBe("damaged");
    await wal.reset(height + 1);
    const next = sampleRecords(height + 1, 4);
    for (const record of next) wal.append(record);
    await wal.close();
    expect(await findingOf(path, height + 1)).toEqual({
      kind: "replay",
      records: next,
    });
    expect(await findingOf(path, height)).toEqual({ kind: "empty" });
  });

  test("of a committed height does not matter, whole or damaged", async () => {
    const path = join(temporaryFolder(), "wal");
    for (let index = 0; index < whole.length; index += 7) {
      const bytes = Uint8Array.from(whole);
      bytes[index] = (bytes[index] as number) ^ 0x10;
      writeBytes(path, bytes);
      expect(await findingOf(path, height + 1)).toEqual({ kind: "empty" });
    }
  });

  test("that is empty, short or random opens as empty", async () => {
    const path = join(temporaryFolder(), "wal");
    const noise = new Uint8Array(2_000).map((_, index) => (index * 131 + (index >>> 3)) & 0xff);
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1), noise.slice(0, 23), noise]) {
      writeFileSync(path, bytes);
      expect(await findingOf(path)).toEqual({ kind: "empty" });
    }
  });

  test("begun anew at the same height never gives back a record of before", async () => {
    const path = join(temporaryFolder(), "wal");
    await write(path, sampleRecords(height, 20));
    const { wal } = await WalFile.open(path, height);
    await wal.reset(height);
    const [first] = records;
    if (first === undefined) throw new Error("there is a first record");
    wal.append(first);
    await wal.close();
    expect(await findingOf(path)).toEqual({ kind: "replay", records: [first] });
  });
});

test("what is replayed is written once more: a killed process may have left it in the cache alone", async () => {
  const path = join(temporaryFolder(), "wal");
  const records = sampleRecords(height, 5);
  await write(path, records);
  utimesSync(path, 1, 1);
  expect(await findingOf(path)).toEqual({ kind: "replay", records });
  expect(statSync(path).mtimeMs).toBeGreaterThan(1_000);
});

describe("a log that begins a chapter", () => {
  const before = sampleRecords(height, 9);
  const chapter = sampleChapter(height, 30);
  const after: WalRecord = { type: "timeout", timeout: { kind: "propose", height, round: 31 } };

  test("holds the chapter and what came after it, in as little room as at first", async () => {
    const path = join(temporaryFolder(), "wal");
    const { wal } = await WalFile.open(path, height);
    for (const record of sampleRecords(height, 110_000)) wal.append(record);
    await wal.sync();
    for (const record of [chapter, after]) wal.append(record);
    await wal.sync();
    wal.append({ type: "proposable", height });
    await wal.close();
    const records = [chapter, after, { type: "proposable", height }];
    expect(await findingOf(path)).toEqual({ kind: "replay", records });
    expect(statSync(path).size).toBe(4 * 1_048_576);
    expect(readdirSync(dirname(path))).toEqual(["wal"]);
  });

  test("is the log before it until the chapter is whole on the disk, torn at any byte", async () => {
    const path = join(temporaryFolder(), "wal");
    await write(path, before);
    const next = encodeWalRecord(chapter, height, 0);
    for (let length = 0; length <= next.length; length += 1) {
      writeFileSync(`${path}.next`, next.subarray(0, length));
      expect(await findingOf(path)).toEqual({ kind: "replay", records: before });
      expect(readdirSync(dirname(path))).toEqual(["wal"]);
    }
  });

  test("forgets nothing that a sync promised when the chapter itself is not synced", async () => {
    const path = join(temporaryFolder(), "wal");
    const { wal } = await WalFile.open(path, height);
    for (const record of before) wal.append(record);
    await wal.sync();
    wal.append(chapter);
    expect(await findingOf(path)).toEqual({ kind: "replay", records: before });
    await wal.sync();
    expect(await findingOf(path)).toEqual({ kind: "replay", records: [chapter] });
    await wal.close();
  });

  test("begins the next height like any other, also when its chapter was never written", async () => {
    const path = join(temporaryFolder(), "wal");
    const { wal } = await WalFile.open(path, height);
    for (const record of [...before, chapter]) wal.append(record);
    await wal.reset(height + 1);
    const records = sampleRecords(height + 1, 3);
    for (const record of records) wal.append(record);
    await wal.close();
    expect(await findingOf(path, height + 1)).toEqual({ kind: "replay", records });
  });

  test("killed at any moment, keeps every round that a sync promised", async () => {
    const folder = temporaryFolder();
    let promised = 0;
    for (let run = 0; run < 4; run += 1) {
      const child = startChild("wal-chapters.child.ts", folder);
      const last = promised + 12 + run * 7;
      while (promised < last) promised = Number(await child.line());
      promised = Number((await child.kill()).at(-1) ?? promised);
      const finding = await findingOf(join(folder, "wal"));
      if (finding.kind !== "replay") throw new Error(`the log is ${finding.kind}`);
      const round = roundIn(finding.records);
      expect(round).toBeGreaterThanOrEqual(promised);
      promised = round;
    }
  });
});

describe("a log of a height that begins otherwise", () => {
  const [start] = sampleRecords(height, 1);
  if (start?.type !== "startHeight") throw new Error("the first record starts the height");
  const openFor = async (path: string, changes: Partial<StartHeight>): Promise<WalFinding> => {
    const { wal, finding } = await WalFile.openFor(path, { ...start, ...changes });
    await wal.close();
    return finding;
  };

  test.each<[string, readonly WalRecord[]]>([
    ["its records", sampleRecords(height, 5)],
    ["a chapter", [sampleChapter(height, 30)]],
  ])("is of no use to another era, key or set: %s", async (_, records) => {
    const others: readonly Partial<StartHeight>[] = [
      { era: 1 },
      { self: null },
      { eligible: [] },
      { validators: start.validators.map((one) => ({ ...one, suspended: true })) },
    ];
    for (const changes of others) {
      const path = join(temporaryFolder(), "wal");
      await write(path, records);
      expect(await openFor(path, {})).toEqual({ kind: "replay", records });
      expect(await openFor(path, changes)).toEqual({ kind: "empty" });
      expect(await findingOf(path)).toEqual({ kind: "empty" });
    }
  });
});

test("killed at any moment, a log keeps every record that a sync promised", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "wal");
  let promised = 0;
  for (let run = 0; run < 4; run += 1) {
    const child = startChild("wal-loop.child.ts", folder);
    const last = promised + 30 + run * 21;
    while (promised < last) promised = Number(await child.line());
    promised = Number((await child.kill()).at(-1) ?? promised);
    const finding = await findingOf(path);
    if (finding.kind !== "replay") throw new Error(`the log is ${finding.kind}`);
    expect(finding.records.length).toBeGreaterThanOrEqual(promised);
    expect(finding.records).toEqual(sampleRecords(height, finding.records.length));
    promised = finding.records.length;
  }
});
