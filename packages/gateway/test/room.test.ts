import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { LedgerError } from "@tegata/ledger/primitives";
import { type KeyValueStore, openMemoryStore } from "@tegata/ledger/storage";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { problemOf } from "../src/api/problem.ts";
import type { EntryHead, RowsContent } from "../src/outbox/entry.ts";
import { Room } from "../src/outbox/room.ts";
import { type Company, makeCompany } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";
import { pressLine } from "./helpers/press-line.ts";

const now = { waitMs: 0, dryRun: false };
const wish = { waitMs: 20_000, dryRun: false };
const page = { limit: 1_000, cursor: undefined };
const hourMs = 3_600_000;
const gibibyte = 2 ** 30;

let folder: string;
let company: Company;
let genesis: Genesis;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-room-"));
  company = await makeCompany(0, folder);
  genesis = buildGenesis([company.card], defaultParameters, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let gateway: DeskOver;
afterEach(() => gateway?.stop());

/** A gateway with a stream, whose network is away. */
async function cutOff(room: Room, outbox: KeyValueStore = openMemoryStore()) {
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox, index: openMemoryStore() };
  gateway = await deskOver(company, genesis.networkId, ledger, stores, null, { room });
  const body = { ...pressLine("press"), kind: "rows", epochLength: "30d", zone: "UTC" } as const;
  await gateway.desk.createStream(body, wish);
  ledger.isDown = true;
  return { ledger, desk: gateway.desk };
}

const bodyOf = (count: number) => ({
  rows: [{ timeMs: Date.now(), cells: { count } }],
  backfill: false,
});

async function countsOf({ desk }: DeskOver): Promise<readonly number[]> {
  const { items } = await desk.records("press", { limit: 1_000, order: "asc" });
  return items.map(({ cells }) => Number(cells.count));
}

async function problemWith(call: Promise<unknown>) {
  return problemOf(
    await call.then(
      () => null,
      (error: unknown) => error,
    ),
  );
}

test("a full outbox is said before anything is accepted; what is in it goes out, and then there is room again", async () => {
  const { ledger, desk } = await cutOff(
    new Room(async () => 1_024 * gibibyte, {
      ...{ entriesMax: 3, freeBytesMin: 0 },
    }),
  );
  const first = bodyOf(0);
  const { submission } = await desk.submitRows("press", first, "row 0", now);
  await desk.submitRows("press", bodyOf(1), "row 1", now);
  // Rows of two months are two entries, of which one would fit: nothing of them is taken.
  const before = (await desk.outbox.list(page)).items;
  const months = [0, 62].map((days) => {
    return { timeMs: Date.now() - days * 24 * hourMs, cells: { count: 9 } };
  });
  const both = { rows: months, backfill: true };
  const refused = await problemWith(desk.submitRows("press", both, "months", now));
  expect(refused).toMatchObject({
    status: 507,
    code: "GATEWAY_OUTBOX_FULL",
    params: { entries: 2 },
  });
  expect((await desk.outbox.list(page)).items).toEqual(before);
  await desk.submitRows("press", bodyOf(2), "row 2", now);
  await expect(desk.submitRows("press", bodyOf(3), "row 3", now)).rejects.toThrow(
    "GATEWAY_OUTBOX_FULL",
  );
  // What was answered is answered again, full or not.
  expect(await desk.submitRows("press", first, "row 0", now)).toMatchObject({
    ...{ submission, replayed: true },
  });
  ledger.isDown = false;
  await until("it is empty", async () => (await desk.outbox.list(page)).items.length === 0);
  expect((await desk.submitRows("press", bodyOf(3), "row 3", wish)).state).toBe("committed");
  expect(await countsOf(gateway)).toEqual([0, 1, 2, 3]);
});

test("changes of a stream and its readers are taken although the outbox is full of rows", async () => {
  const { desk } = await cutOff(new Room(async () => gibibyte, { entriesMax: 1, freeBytesMin: 0 }));
  await desk.submitRows("press", bodyOf(0), null, now);
  const body = { ...pressLine("second"), kind: "rows", epochLength: "1d", zone: "UTC" } as const;
  await desk.createStream(body, now);
  expect((await desk.status()).outbox).toMatchObject({ rows: 1, changes: 1 });
});

test("a disk that is nearly full takes no more rows, keeps and sends what it has, and takes some again", async () => {
  let freeBytes = gibibyte;
  const room = new Room(async () => freeBytes);
  const { ledger, desk } = await cutOff(room);
  await desk.submitRows("press", bodyOf(0), "row 0", now);
  freeBytes = 300 * 2 ** 20;
  await room.look();
  const refused = await problemWith(desk.submitRows("press", bodyOf(1), "row 1", now));
  expect(refused).toMatchObject({ status: 507, code: "GATEWAY_DISK_FULL" });
  expect(refused.params?.freeBytes).toBe(freeBytes);
  expect((await desk.status()).outbox).toMatchObject({ rows: 1, refused: 0 });
  ledger.isDown = false;
  await until("what it has goes out", async () => (await desk.status()).outbox.rows === 0);
  freeBytes = gibibyte;
  await room.look();
  expect((await desk.submitRows("press", bodyOf(1), "row 1", wish)).state).toBe("committed");
  expect(await countsOf(gateway)).toEqual([0, 1]);
});

test("between two looks at the disk what was accepted is counted", async () => {
  const rows = new Uint8Array(10 * 2 ** 20);
  const content: RowsContent = {
    ...{ kind: "rows", epoch: 1, backfill: false, rows, rowCount: 1, itemCount: 1 },
    alone: false,
  };
  const room = new Room(async () => gibibyte);
  await room.look();
  let taken = 0;
  const fill = (): void => {
    for (; taken < 100; taken += 1) room.take(0, [content]);
  };
  expect(fill).toThrow("GATEWAY_DISK_FULL");
  // Twice 10 MiB each, down to 320 MiB.
  expect(taken).toBe(35);
  await room.look();
  room.take(0, [content]);
  const silent = new Room(() => Promise.reject(new Error("no such call")));
  await silent.look();
  silent.take(0, [content]);
});

test("a disk that refuses a write ends the gateway, answers 507, and nothing that was acknowledged is lost", async () => {
  const disk = openMemoryStore();
  let isFull = false;
  const failing: KeyValueStore = {
    get: (key) => disk.get(key),
    range: (range) => disk.range(range),
    snapshot: () => disk.snapshot(),
    write: async (batch) => {
      if (!isFull) return disk.write(batch);
      const detail = { folder: "outbox", operation: "write" };
      throw new LedgerError("LEDGER_STORE_FAILED", "the disk refused to write", detail);
    },
    compact: (range) => disk.compact(range),
    sizeOf: (range) => disk.sizeOf(range),
    close: () => disk.close(),
  };
  const { desk } = await cutOff(new Room(async () => gibibyte), failing);
  const { submission } = await desk.submitRows("press", bodyOf(0), "row 0", now);
  isFull = true;
  const answer = await problemWith(desk.submitRows("press", bodyOf(1), "row 1", now));
  expect(answer).toMatchObject({ status: 507, code: "GATEWAY_STORE_FAILED" });
  expect(await gateway.ended).toMatchObject({ code: "LEDGER_STORE_FAILED" });
  await gateway.stop();
  const stores = { outbox: disk, index: openMemoryStore() };
  const ledger = new HostileLedger(genesis);
  ledger.isDown = true;
  gateway = await deskOver(company, genesis.networkId, ledger, stores);
  expect(await gateway.desk.submission(submission, now)).toMatchObject({ state: "waiting" });
  const { items } = await gateway.desk.outbox.list(page);
  expect(items.map((item) => item.submission)).toEqual([submission]);
});

describe("the hours that are left", () => {
  const headOf = (number: number, acknowledgedMs: number): EntryHead => ({
    ...{ number, acknowledgedMs, submission: "00", lane: "00" as EntryHead["lane"] },
    ...{ kind: "rows", rowCount: 1, sizeBytes: 512, itemCount: 1, epoch: 1 },
    ...{ life: "00", ordinal: number, backfill: false, alone: false },
  });
  const nowMs = Date.UTC(2026, 10, 2);
  /** One a minute, so many hours. */
  const heads = (hours: number) =>
    Array.from({ length: hours * 60 }, (_, index) => headOf(index, nowMs - index * 60_000));

  test("follow from what came in the last hour and still waits", async () => {
    const room = new Room(() => Promise.reject(new Error("none")), {
      ...{ entriesMax: 6_000, freeBytesMin: 0 },
    });
    // Sixty an hour: of 6,000 there is room for 5,400, which is 90 hours.
    const ten = heads(10);
    expect(room.hoursLeft(ten, ten.length, nowMs)).toBeCloseTo(90, -1);
    // An outage that began ten minutes ago is not taken for an hour.
    const recent = ten.slice(0, 10);
    expect(room.hoursLeft(recent, recent.length, nowMs)).toBeCloseTo(90, -1);
    expect(room.hoursLeft([], 0, nowMs)).toBeNull();
    // What waits since yesterday does not gather any more.
    expect(room.hoursLeft([headOf(1, nowMs - 24 * hourMs)], 1, nowMs)).toBeNull();
    expect(room.hoursLeft(ten, 6_000, nowMs)).toBe(0);
  });

  test("are those of the disk where that is full first", async () => {
    const limits = { entriesMax: 1_000_000, freeBytesMin: gibibyte };
    // Sixty an hour of twice a kibibyte: 120 KiB.
    const room = new Room(async () => gibibyte + 1_200 * 1_024, limits);
    await room.look();
    const ten = heads(10);
    expect(room.hoursLeft(ten, ten.length, nowMs)).toBeCloseTo(10, 0);
  });
});
