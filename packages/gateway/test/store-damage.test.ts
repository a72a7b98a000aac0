import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemberId, type StreamId, toHex } from "@tegata/ledger/primitives";
import { openLevelStore } from "@tegata/ledger/storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  flipBytes,
  lengthened,
  logFiles,
  overgrown,
  rotShares,
  storeDamages,
  tableFiles,
} from "../../../test/helpers/store-damages.ts";
import { exitCodeOf } from "../src/exit-codes.ts";
import type { Accepted } from "../src/outbox/acceptance.ts";
import type { EntryContent } from "../src/outbox/entry.ts";
import { Outbox } from "../src/outbox/outbox.ts";
import { Room } from "../src/outbox/room.ts";
import type { LocalStore } from "../src/store/local-keys.ts";
import { type LocalStores, openLocalStores } from "../src/store/open-stores.ts";
import { sealedKey, u64 } from "../src/store/sealed-key.ts";
import { indexTable } from "../src/store/tables.ts";

const localKey = new Uint8Array(32).fill(7);
const owner = { network: "11".repeat(32), member: "22".repeat(32) };
const self = owner.member as MemberId;
const lane = "33".repeat(16) as StreamId;
const perSession = 150;
const databases: readonly LocalStore[] = ["outbox", "index"];
const room = new Room(async () => 2 ** 40);

const rowsOf = (number: number): EntryContent => ({
  ...{ kind: "rows", epoch: 1, backfill: false, rowCount: 1, itemCount: 2 },
  ...{ rows: new Uint8Array(200).fill(number), alone: false },
});
const keyOf = (number: number): Uint8Array => sealedKey(indexTable.root, u64(number));

let folder: string;
let pristine: string;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tegata-damage-"));
  pristine = join(folder, "pristine");
  // What the first session wrote lies in tables since the second opened them; the rest in logs.
  for (let session = 0; session < 2; session += 1) {
    const stores = await openLocalStores(pristine, localKey, owner);
    const outbox = await Outbox.open(stores.outbox, self, { restored: null, room });
    for (let round = 0; round < perSession; round += 1) {
      await accept(outbox, count).durable;
      await stores.index.write([{ type: "put", key: keyOf(count), value: `root ${count}` }]);
      count += 1;
    }
    await close(stores);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const close = (stores: LocalStores): Promise<unknown> =>
  Promise.all([stores.outbox.close(), stores.index.close()]);

/** All entries of both databases as they lie there, in hex. */
async function entriesIn(at: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const database of databases) {
    const store = await openLevelStore({
      ...{ folder: join(at, database), mode: "open", compression: "none" },
      ...{ writeBufferBytes: 2 ** 20, tableBytes: 2 ** 20, cacheBytes: 2 ** 20 },
    });
    const range = { first: new Uint8Array(0), end: Uint8Array.of(255) };
    for await (const { key, value } of store.range(range)) {
      found.push(`${database} ${toHex(key)} ${toHex(value)}`);
    }
    await store.close();
  }
  return found;
}

function accept(outbox: Outbox, number: number): Accepted {
  const name = outbox.keyName(lane, `key ${number}`);
  const idempotency = { name, bodyHash: new Uint8Array(32).fill(number) };
  return outbox.accept({ lane, contents: [rowsOf(number)], rows: 1, idempotency }, 1_000 + number);
}

/** Everything of both databases is as it was acknowledged: entries, their rows, the keys they came with. */
async function expectWhole(at: string): Promise<void> {
  const stores = await openLocalStores(at, localKey, owner);
  try {
    await Promise.all([stores.checkOutbox(), stores.indexChecked]);
    const outbox = await Outbox.open(stores.outbox, self, { restored: null, room });
    const heads = [...outbox.heads()];
    expect(heads.map(({ acknowledgedMs }) => acknowledgedMs - 1_000)).toEqual([
      ...Array(count).keys(),
    ]);
    for (const [index, head] of heads.entries()) {
      expect(outbox.content(head.number)).toEqual(rowsOf(index));
      const again = accept(outbox, index);
      expect(again).toMatchObject({ replayed: true, submission: head.submission });
      expect(outbox.submissions.get(head.submission)).toMatchObject({ rows: 1 });
    }
    const values: unknown[] = [];
    for await (const { value } of stores.index.prefix(sealedKey(indexTable.root))) {
      values.push(value);
    }
    expect(values).toEqual([...Array(count).keys()].map((number) => `root ${number}`));
  } finally {
    await close(stores);
  }
}

test("what was not damaged is whole", async () => {
  const copy = join(folder, "untouched");
  cpSync(pristine, copy, { recursive: true });
  await expectWhole(copy);
});

test.each(databases)("an %s of another format is refused, and stays as it is", async (database) => {
  for (const format of [2, 4]) {
    const copy = mkdtempSync(join(folder, "format-"));
    cpSync(pristine, copy, { recursive: true });
    const stampKey = sealedKey(0, Uint8Array.of(0));
    const before = await openLocalStores(copy, localKey, owner);
    const stamp = before[database].get<object>(stampKey);
    const write = (value: object) => ({ type: "put", key: stampKey, value }) as const;
    await before[database].write([write({ ...stamp, format })]);
    await close(before);
    const kept = await entriesIn(copy);
    for (let start = 0; start < 2; start += 1) {
      const error: unknown = await openLocalStores(copy, localKey, owner).catch((thrown) => thrown);
      expect(error).toMatchObject({
        code: "LEDGER_STORE_OTHER_FORMAT",
        detail: { expected: 3, actual: format },
      });
      expect(exitCodeOf(error)).toBe(78);
    }
    expect(await entriesIn(copy)).toEqual(kept);
  }
});

test("damage that was found once is found again at the next start", async () => {
  const copy = join(folder, "again");
  cpSync(pristine, copy, { recursive: true });
  const name = readdirSync(join(copy, "outbox")).find((one) => logFiles.test(one)) ?? "";
  flipBytes(0.5, 3)(join(copy, "outbox", name));
  for (let start = 0; start < 3; start += 1) {
    await expect(expectWhole(copy)).rejects.toMatchObject({ code: "GATEWAY_STORE_DAMAGED" });
  }
});

test("nothing is acknowledged over a damaged table of the outbox, however early it is asked for", async () => {
  let held = 0;
  for (const share of rotShares(20)) {
    const copy = mkdtempSync(join(folder, "early-"));
    cpSync(pristine, copy, { recursive: true });
    const name = readdirSync(join(copy, "outbox")).find((one) => tableFiles.test(one)) ?? "";
    flipBytes(share, 8)(join(copy, "outbox", name));
    const stores = await openLocalStores(copy, localKey, owner).catch(() => null);
    if (stores === null) continue;
    held += 1;
    const damaged = { code: "GATEWAY_STORE_DAMAGED", detail: { store: "outbox" } };
    const outbox = await Outbox.open(stores.outbox, self, { restored: null, room }).catch(
      () => null,
    );
    if (outbox !== null) {
      await expect(accept(outbox, count).durable).rejects.toMatchObject(damaged);
    }
    await expect(stores.checkOutbox()).rejects.toMatchObject(damaged);
    const refused = stores.outbox.write([{ type: "put", key: keyOf(1), value: 1 }]);
    await expect(refused).rejects.toMatchObject(damaged);
    await close(stores);
  }
  expect(held).toBeGreaterThan(0);
});

test("an older copy of one database beside the other is told by the other", async () => {
  for (const database of databases) {
    const copy = mkdtempSync(join(folder, "older-"));
    cpSync(pristine, copy, { recursive: true });
    const stores = await openLocalStores(copy, localKey, owner);
    for (const store of [stores.outbox, stores.index, stores.outbox]) {
      await store.write([{ type: "put", key: sealedKey(200), value: "later" }]);
    }
    await close(stores);
    rmSync(join(copy, database), { recursive: true });
    cpSync(join(pristine, database), join(copy, database), { recursive: true });
    await expect(openLocalStores(copy, localKey, owner)).rejects.toMatchObject({
      code: "GATEWAY_STORE_DAMAGED",
      detail: { store: database },
    });
  }
});

test("an index that is gone while rows wait is told; an outbox that somebody moved away begins empty", async () => {
  const copy = join(folder, "gone");
  cpSync(pristine, copy, { recursive: true });
  rmSync(join(copy, "index"), { recursive: true });
  await expect(openLocalStores(copy, localKey, owner)).rejects.toMatchObject({
    code: "GATEWAY_STORE_DAMAGED",
    detail: { store: "index" },
  });
  rmSync(copy, { recursive: true });
  cpSync(pristine, copy, { recursive: true });
  rmSync(join(copy, "outbox"), { recursive: true });
  for (let start = 0; start < 2; start += 1) {
    const stores = await openLocalStores(copy, localKey, owner);
    const outbox = await Outbox.open(stores.outbox, self, { restored: null, room });
    expect([...outbox.heads()]).toHaveLength(start);
    // Nothing is written to the index: it ends as a crash would end it.
    await accept(outbox, start).durable;
    await close(stores);
  }
});

describe.each(databases)("the %s", (database) => {
  test.each(storeDamages(20))(
    "with $name is never opened with less than it held",
    async (damage) => {
      const names = readdirSync(join(pristine, database)).filter((name) => damage.files.test(name));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const copy = mkdtempSync(join(folder, "copy-"));
        cpSync(pristine, copy, { recursive: true });
        damage.happen(join(copy, database, name));
        const error: unknown = await expectWhole(copy).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        rmSync(copy, { recursive: true });
        if (error === null) {
          // Rot may hit what says nothing.
          expect(damage.isRot).toBe(true);
          continue;
        }
        expect(error).toMatchObject({ code: "GATEWAY_STORE_DAMAGED", detail: { store: database } });
        expect(exitCodeOf(error)).toBe(78);
      }
    },
  );
});

test.each(databases)(
  "LevelDB never reads a table of the %s that has an impossible length",
  async (name) => {
    const copy = mkdtempSync(join(folder, "lengthened-"));
    cpSync(pristine, copy, { recursive: true });
    const place = join(copy, name);
    const names = readdirSync(place);
    for (const table of names.filter((one) => tableFiles.test(one))) {
      writeFileSync(join(place, table), lengthened(readFileSync(join(place, table))));
    }
    await expect(openLocalStores(copy, localKey, owner)).rejects.toMatchObject({
      code: "GATEWAY_STORE_DAMAGED",
    });
    expect(readdirSync(place)).toEqual(names);
  },
);

test("rot in the index of a table is refused at every start, although LevelDB is to join tables at once", async () => {
  const copy = join(folder, "joining");
  // Each opening writes what the one before logged into a table, and LevelDB joins the first four.
  for (let session = 0; session < 4; session += 1) {
    const stores = await openLocalStores(copy, localKey, owner);
    for (const [number] of Array(3).entries()) {
      const value = randomBytes(40_000);
      await stores.outbox.write([{ type: "put", key: keyOf(3 * session + number), value }]);
    }
    await close(stores);
  }
  const place = join(copy, "outbox");
  const names = readdirSync(place);
  const [table = "", ...others] = names.filter((one) => tableFiles.test(one)).sort();
  expect(others).toHaveLength(2);
  writeFileSync(join(place, table), overgrown(readFileSync(join(place, table))));
  // LevelDB would end this process, too.
  const child = join(import.meta.dirname, "open-stores.child.ts");
  const words = [child, copy, toHex(localKey), JSON.stringify(owner), "2"];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
  const what = `${table} of the database in ${place} is not as it was written`;
  const said = JSON.stringify({ exit: 78, store: "outbox", what });
  expect([status, stdout]).toEqual([0, `${said}\n`.repeat(2)]);
  expect(readdirSync(place)).toEqual(names);
});

test("tables that a crash left half written are taken away, whatever is in them", async () => {
  const copy = join(folder, "left");
  cpSync(pristine, copy, { recursive: true });
  for (const database of databases) {
    const place = join(copy, database);
    const table = readdirSync(place).find((one) => tableFiles.test(one)) ?? "";
    const bytes = readFileSync(join(place, table));
    writeFileSync(join(place, "999998.ldb"), lengthened(bytes));
    writeFileSync(join(place, "999999.ldb"), bytes.subarray(0, bytes.length / 2));
  }
  await expectWhole(copy);
  for (const database of databases) {
    expect(readdirSync(join(copy, database)).join(" ")).not.toContain("99999");
  }
});
