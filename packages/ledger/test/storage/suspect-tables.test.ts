import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { plantDatabase } from "../../../../test/helpers/databases.ts";
import { lengthened, overgrown } from "../../../../test/helpers/store-damages.ts";
import type { KeyValueStore } from "../../src/storage/key-value-store.ts";
import { openLevelStore } from "../../src/storage/level-store.ts";
import { checkTables, tableFiles } from "../../src/storage/level-tables.ts";
import { startChild } from "./child.ts";
import { PurgeChain } from "./purge-chain.ts";
import { folderWithTable, tableFolderOptions } from "./table-folder.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

const nameOfTable = (folder: string): string => tableFiles(folder)[0]?.name ?? "";

async function entriesIn(folder: string): Promise<number> {
  const store = await openLevelStore(tableFolderOptions(folder, "open"));
  try {
    let count = 0;
    const all = { first: new Uint8Array(0), end: Uint8Array.of(255) };
    for await (const { key, value } of store.range(all)) {
      expect(value).toEqual(new Uint8Array(150).fill(key[1] as number));
      count += 1;
    }
    return count;
  } finally {
    await store.close();
  }
}

/** What LevelDB leaves of a table when the power goes, where strangers chose what is in it: ends of tables. */
function tornInFooters(): Buffer {
  const footer = Buffer.alloc(48);
  footer.set([128, 128, 128, 128, 128, 32]);
  footer.writeBigUInt64LE(0xdb4775248b80fb57n, 40);
  return Buffer.alloc(48 * 200, footer);
}

test("rot in the index of a table is refused at every start, although LevelDB is to join tables at once", async () => {
  const folder = temporaryFolder();
  const chain = await PurgeChain.make(folder);
  // Each opening writes what the one before logged into a table, and LevelDB joins the first four.
  for (let session = 0; session < 4; session += 1) {
    if (session > 0) await chain.open();
    await chain.write(`session ${session}`, [40_000, 40_000]);
    await chain.store.close();
  }
  const [path = "", ...others] = chain.files(".ldb");
  expect(others).toHaveLength(2);
  writeFileSync(path, overgrown(readFileSync(path)));
  const names = chain.files();
  const { networkId } = chain.ledger.genesis;
  const child = startChild("open-chain.child.ts", folder, networkId, "2");
  const what = `${path.slice(-10)} of the database in ${join(folder, "bodies")}`;
  for (let start = 0; start < 2; start += 1) {
    expect(await child.line()).toBe(`LEDGER_STORE_DAMAGED ${what} is not as it was written`);
  }
  expect(await child.exited()).toBe(0);
  expect(chain.files()).toEqual(names);
});

test.each(["bodies", "state"])(
  "LevelDB never reads a table of %s that names an impossible length",
  async (database) => {
    const folder = temporaryFolder();
    const chain = await PurgeChain.make(folder);
    await chain.store.close();
    await chain.open();
    await chain.store.close();
    const place = join(folder, database);
    for (const { name } of tableFiles(place)) {
      writeFileSync(join(place, name), lengthened(readFileSync(join(place, name))));
    }
    const names = readdirSync(place);
    await expect(chain.open()).rejects.toMatchObject({ code: "LEDGER_STORE_DAMAGED" });
    expect(readdirSync(place)).toEqual(names);
  },
);

test.each(["bodies", "state"])(
  "tables that a crash left half written in %s are taken away, whatever is in them, also where their numbers come again",
  async (database) => {
    const folder = temporaryFolder();
    const chain = await PurgeChain.make(folder);
    await chain.store.close();
    await chain.open();
    const batch = await chain.write("kept");
    await chain.store.close();
    const place = join(folder, database);
    const [whole] = tableFiles(place).map(({ name }) => readFileSync(join(place, name)));
    const torn = [
      ...[tornInFooters(), Buffer.alloc(0), Buffer.alloc(9_000), lengthened(whole as Buffer)],
      (whole as Buffer).subarray(0, 700),
    ];
    const last = Math.max(...readdirSync(place).map((name) => Number(/\d+/.exec(name) ?? 0)));
    const left = [...torn, ...torn].map((bytes, more) => {
      const name = `${String(last + 1 + more).padStart(6, "0")}.${more % 2 === 0 ? "ldb" : "sst"}`;
      writeFileSync(join(place, name), bytes);
      return name;
    });
    await chain.open();
    expect(batch.payloads.map((one) => chain.store.payload(one))).toEqual(
      batch.payloads.map(({ bytes }) => bytes),
    );
    await chain.store.close();
    await checkTables(place, tableFiles(place));
    const names = readdirSync(place);
    expect(names.filter((name) => name.endsWith(".suspect"))).toEqual([]);
    // All but those whose numbers LevelDB gave to tables of its own.
    expect(left.filter((name) => names.includes(name)).length).toBeLessThan(3);
  },
);

test("wherever a start is killed while it moves tables aside, the next one finds them", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const path = join(folder, nameOfTable(folder));
  const aside = `${path}.suspect`;
  const whole = readFileSync(path);
  // It was read wrongly then, and rightly now.
  renameSync(path, aside);
  expect(await entriesIn(folder)).toBe(60);
  expect(readFileSync(path)).toEqual(whole);
  // It was not missed, and its number was given anew.
  writeFileSync(aside, whole.subarray(0, 3_000));
  expect(await entriesIn(folder)).toBe(60);
  expect(readdirSync(folder)).not.toContain(`${nameOfTable(folder)}.suspect`);
  // It is damaged, and missed.
  writeFileSync(path, lengthened(whole));
  const names = readdirSync(folder);
  renameSync(path, aside);
  for (let start = 0; start < 2; start += 1) {
    await expect(entriesIn(folder)).rejects.toMatchObject({
      code: "LEDGER_STORE_DAMAGED",
      message: expect.stringContaining(`${path.slice(-10)} of the database`),
    });
    expect(readdirSync(folder)).toEqual(names);
  }
  writeFileSync(path, whole);
  expect(await entriesIn(folder)).toBe(60);
});

test("nothing is moved when the system refuses to read a table", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const path = join(folder, nameOfTable(folder));
  const bytes = readFileSync(path);
  bytes[70] = (bytes[70] as number) ^ 1;
  writeFileSync(path, bytes);
  // More than is ever read at once.
  const other = join(folder, "999999.ldb");
  writeFileSync(other, "");
  truncateSync(other, 2 ** 33);
  const names = readdirSync(folder);
  const options = tableFolderOptions(folder, "open");
  await expect(openLevelStore(options, "all")).rejects.toMatchObject({
    code: "LEDGER_STORE_FAILED",
  });
  expect(readdirSync(folder)).toEqual(names);
});

test("a database that LevelDB died of twice while it joined tables is compared in full, until it is whole again", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const all = { first: new Uint8Array(0), end: Uint8Array.of(255) };
  const store = await openLevelStore(tableFolderOptions(folder, "open"));
  await store.write([
    { type: "put", key: Uint8Array.of(1, 7), value: new Uint8Array(150).fill(7) },
  ]);
  await store.compact(all);
  await store.close();
  const path = join(folder, nameOfTable(folder));
  const logs = [join(folder, "LOG"), join(folder, "LOG.old")] as const;
  const ended = readFileSync(logs[0], "latin1");
  const died = ended.slice(0, ended.lastIndexOf("compacted to: "));
  expect(died).toContain("Compacting 2@0");
  const whole = readFileSync(path);
  const rotten = Buffer.from(whole);
  rotten[1] = (rotten[1] as number) ^ 64;
  // What they were, and whether it is noticed.
  for (const [last, before, noticed] of [
    [died, ended, false],
    [ended, died, false],
    [died, died, true],
    // LevelDB has said nothing since: the mark stays.
    ["", "", true],
  ] as const) {
    writeFileSync(path, rotten);
    for (const [index, text] of [last, before].entries())
      writeFileSync(logs[index] as string, text);
    const opened = await openLevelStore(tableFolderOptions(folder, "open")).catch(
      (error: unknown) => error,
    );
    if (noticed) expect(opened).toMatchObject({ code: "LEDGER_STORE_DAMAGED" });
    else await (opened as KeyValueStore).close();
    expect(readdirSync(folder).includes("SUSPECT")).toBe(noticed);
  }
  writeFileSync(path, whole);
  expect(await entriesIn(folder)).toBe(60);
  expect(readdirSync(folder)).not.toContain("SUSPECT");
});

test("a compressed table is compared as far as it says where its blocks lie", async () => {
  const folder = join(temporaryFolder(), "database");
  await plantDatabase(folder, ["one", "two", "three"]);
  // The log becomes a table with the next opening.
  const options = { ...tableFolderOptions(folder, "open"), compression: "snappy" } as const;
  await (await openLevelStore(options)).close();
  await (await openLevelStore(options, "all")).close();
  const path = join(folder, nameOfTable(folder));
  const bytes = readFileSync(path);
  const at = bytes.length - 60;
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
  for (const check of ["frame", "all"] as const) {
    await expect(openLevelStore(options, check)).rejects.toMatchObject({
      code: "LEDGER_STORE_DAMAGED",
    });
  }
});

/** Alters a byte in a block of rows, of which the frame of its table says nothing. */
function altered(path: string): void {
  const bytes = readFileSync(path);
  bytes[70] = (bytes[70] as number) ^ 1;
  writeFileSync(path, bytes);
}

test("a table that was found whole is not compared again by the next start, however often one is cut short", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const [mark, path] = [join(folder, "SUSPECT"), join(folder, nameOfTable(folder))];
  writeFileSync(mark, "");
  // Left by a crash: it is not as it was written, and its number is free.
  const left = join(folder, "999999.ldb");
  copyFileSync(path, left);
  altered(left);
  mkdirSync(join(folder, "999999.odd"));
  const refused = { code: "LEDGER_STORE_DAMAGED", message: expect.stringContaining("999999.ldb") };
  await expect(entriesIn(folder)).rejects.toMatchObject(refused);
  const [whole] = tableFiles(folder);
  expect(readFileSync(mark, "latin1")).toBe(`${whole?.name} ${whole?.identity}\n`);
  // What stands in the mark is believed, but of no table that was altered since.
  await expect(entriesIn(folder)).rejects.toMatchObject(refused);
  expect(readFileSync(mark, "latin1")).toBe(`${whole?.name} ${whole?.identity}\n`);
  altered(path);
  rmdirSync(join(folder, "999999.odd"));
  await expect(entriesIn(folder)).rejects.toMatchObject({
    message: expect.stringContaining(`${nameOfTable(folder)} of the database`),
  });
});

test("folders with the names of tables aside and of the mark stop nothing", async () => {
  const folder = await folderWithTable(temporaryFolder());
  mkdirSync(join(folder, `${nameOfTable(folder)}.suspect`));
  mkdirSync(join(folder, "SUSPECT"));
  expect(await entriesIn(folder)).toBe(60);
  expect(existsSync(join(folder, "SUSPECT"))).toBe(false);
});

test("no table is moved while another process has the database open, even one that took no lock of ours", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const child = startChild("hold-store.child.ts", folder);
  onTestFinished(() => child.kill());
  expect(await child.line()).toBe("open");
  // As a table looks that the other process is writing.
  const path = join(folder, "999999.ldb");
  writeFileSync(path, Buffer.alloc(9_000));
  const { ctimeNs } = statSync(path, { bigint: true });
  await expect(entriesIn(folder)).rejects.toMatchObject({ code: "LEDGER_STORE_LOCKED" });
  // It had no other name meanwhile either.
  expect(statSync(path, { bigint: true }).ctimeNs).toBe(ctimeNs);
  await child.kill();
  expect(await entriesIn(folder)).toBe(60);
});
