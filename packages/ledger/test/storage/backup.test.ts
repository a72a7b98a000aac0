import { createHash } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { concat, LedgerError } from "../../src/primitives/index.ts";
import {
  type BackupRecord,
  BackupTally,
  backupChunkBytes,
  encodeBackupRecord,
  openBackup,
  readBackupRecords,
  scryptCostThrowAway,
  sealBackup,
} from "../../src/storage/index.ts";
import { bytesOf } from "./sample-chain.ts";

const passphrase = "correct horse battery staple";
const sealing = { passphrase, salt: bytesOf("salt").slice(0, 16), N: scryptCostThrowAway };
const tagBytes = 16;

async function* parts(...all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}

async function joined(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of source) all.push(part);
  return concat(...all);
}

const sealed = (plain: Uint8Array): Promise<Uint8Array> =>
  joined(sealBackup(parts(plain), sealing));

async function refusal(file: Uint8Array, secret = passphrase): Promise<string> {
  try {
    await joined(openBackup(parts(file), secret));
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
  return "opened";
}

/** Bytes that differ everywhere. */
function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >>> 8)) & 255);
}

const plain = sample(backupChunkBytes * 2 + 1_000);
let file: Uint8Array;
let headerBytes = 0;

beforeAll(async () => {
  file = await sealed(plain);
  headerBytes = file.indexOf(0x0a) + 1;
});

describe("the file of a backup", () => {
  test("has the bytes it always had", async () => {
    const made = await sealed(Buffer.from("tegata"));
    expect(createHash("sha256").update(made).digest("hex")).toMatchInlineSnapshot(
      `"f21139c991d3ff864c3a4a3610f7c631343d7451ad8646d85d5ce7af20a0776c"`,
    );
  });

  test.each([0, 1, backupChunkBytes - 1, backupChunkBytes, backupChunkBytes + 1, 600_000])(
    "of %i bytes gives them back, however they arrive",
    async (length) => {
      const bytes = sample(length);
      const made = await sealed(bytes);
      const pieces = Array.from({ length: Math.ceil(made.length / 70_001) }, (_, index) =>
        made.subarray(index * 70_001, (index + 1) * 70_001),
      );
      expect(
        Buffer.from(await joined(openBackup(parts(...pieces), passphrase))).equals(bytes),
      ).toBe(true);
    },
  );

  test("is refused with any byte altered", { timeout: 60_000 }, async () => {
    const places = fc.oneof(
      fc.integer({ min: 0, max: headerBytes + 40 }),
      fc.integer({ min: 0, max: file.length - 1 }),
      fc.integer({ min: file.length - 40, max: file.length - 1 }),
    );
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const altered = Uint8Array.from(file);
        altered[place] = (altered[place] as number) ^ change;
        expect(await refusal(altered)).toMatch(
          /^LEDGER_(BACKUP_(MALFORMED|WRONG_PASSPHRASE|DAMAGED)|KEYSTORE_TOO_COSTLY)$/,
        );
      }),
      { numRuns: 60 },
    );
  });

  test.each(["1", "3"])(
    "of format %s is refused by its number, and nothing of it is given",
    async (number) => {
      const [line = "", other = ""] = ["2", number].map((one) => `"tegata-backup/${one}"`);
      const renamed = Buffer.from(file.subarray(0, headerBytes)).toString().replace(line, other);
      const opened = openBackup(
        parts(Buffer.from(renamed), file.subarray(headerBytes)),
        passphrase,
      );
      await expect(opened.next()).rejects.toMatchObject({
        code: "LEDGER_BACKUP_MALFORMED",
        detail: { reason: expect.stringContaining(`it is of format tegata-backup/${number}`) },
      });
    },
  );

  test("is refused where it is cut, also right behind a chunk", async () => {
    const step = backupChunkBytes + tagBytes;
    const ends = [0, 1, 2].map((chunk) => headerBytes + chunk * step);
    for (const end of [0, 10, ...ends, headerBytes + step - 1, file.length - 1]) {
      expect(await refusal(file.subarray(0, end)), `cut at ${end}`).toMatch(/^LEDGER_BACKUP_/);
    }
  });

  test("is refused with chunks exchanged, repeated or added", async () => {
    const step = backupChunkBytes + tagBytes;
    const chunk = (index: number): Uint8Array =>
      file.subarray(headerBytes + index * step, headerBytes + (index + 1) * step);
    const header = file.subarray(0, headerBytes);
    for (const order of [
      [1, 0, 2],
      [0, 0, 2],
      [0, 2],
      [0, 1, 1, 2],
      [0, 1, 2, 2],
    ]) {
      expect(await refusal(concat(header, ...order.map(chunk)))).toMatch(/^LEDGER_BACKUP_/);
    }
    expect(await refusal(concat(file, Uint8Array.of(0)))).toMatch(/^LEDGER_BACKUP_/);
  });

  test("asks for its passphrase, and computes nothing that costs too much", async () => {
    expect(await refusal(file, "another passphrase")).toBe("LEDGER_BACKUP_WRONG_PASSPHRASE");
    const line = Buffer.from(file.subarray(0, headerBytes)).toString();
    const costly = Buffer.from(line.replace(/"N":\d+/, '"N":1073741824'));
    expect(await refusal(concat(costly, file.subarray(headerBytes)))).toMatch(
      /^LEDGER_(KEYSTORE_TOO_COSTLY|BACKUP_MALFORMED)$/,
    );
    expect(await refusal(new Uint8Array(5_000).fill(65))).toBe("LEDGER_BACKUP_MALFORMED");
  });
});

describe("the records of a backup", () => {
  const records: readonly BackupRecord[] = [
    { type: "file", path: "keys/node.keystore", content: sample(300) },
    { type: "database", name: "gateway/outbox" },
    { type: "entry", key: sample(3), value: sample(70_000) },
    { type: "entry", key: sample(4), value: new Uint8Array(0) },
    { type: "end", manifest: "{}" },
  ];
  const bytes = concat(...records.map(encodeBackupRecord));

  async function read(source: AsyncIterable<Uint8Array>): Promise<readonly BackupRecord[]> {
    const found: BackupRecord[] = [];
    for await (const record of readBackupRecords(source)) found.push(record);
    return found;
  }

  test("come back in their order, however they arrive", async () => {
    expect(await read(parts(bytes))).toEqual(records);
    const pieces = Array.from({ length: bytes.length }, (_, index) =>
      bytes.subarray(index, index + 1),
    );
    expect(await read(parts(...pieces.slice(0, 400), bytes.subarray(400)))).toEqual(records);
  });

  test("are refused without their end, with something behind it, or too large", async () => {
    const broken = [
      bytes.subarray(0, bytes.length - 1),
      new Uint8Array(0),
      concat(bytes, Uint8Array.of(1)),
      concat(Uint8Array.of(7), bytes.subarray(1)),
      Uint8Array.of(3, 255, 255, 255, 255, 0, 0, 0, 0),
      Uint8Array.of(3, 0, 0, 0, 0, 255, 255, 255, 255),
    ];
    for (const one of broken) {
      await expect(read(parts(one))).rejects.toThrow(/not a backup/);
    }
  });

  test("are counted and hashed by file and database", () => {
    const tally = new BackupTally();
    for (const record of records) tally.add(record);
    const items = tally.items();
    expect(items).toMatchObject([
      { name: "keys/node.keystore", kind: "file", entries: 1, bytes: 300 },
      { name: "gateway/outbox", kind: "database", entries: 2 },
    ]);
    const other = new BackupTally();
    for (const record of records.filter((one) => one !== records[3])) other.add(record);
    expect(other.items()[1]?.sha256).not.toBe(items[1]?.sha256);
  });
});
