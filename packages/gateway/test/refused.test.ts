import type { Genesis } from "@tegata/ledger/chain";
import { type KeyValueStore, openMemoryStore } from "@tegata/ledger/storage";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import type { RestoredMark } from "../src/restored.ts";
import type { Company } from "./helpers/companies.ts";
import { copyOf } from "./helpers/copy-of.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger, recordsIn } from "./helpers/hostile-ledger.ts";
import { pressLine } from "./helpers/press-line.ts";
import { withGenesis } from "./helpers/set-up.ts";

const now = { waitMs: 0, dryRun: false };
const page = { limit: 10, cursor: undefined };

let companies: readonly Company[];
let genesis: Genesis;
withGenesis(2, (founded) => {
  ({ companies, genesis } = founded);
});

let ledger: HostileLedger;
let stores: { outbox: KeyValueStore; index: KeyValueStore };
let gateway: DeskOver;
/** Whether the network refuses records. */
let isRefusing: boolean;
/** Until it resolves, nothing that the outbox writes is on the disk. */
let diskIsBusy: PromiseWithResolvers<void> | null;
let writing: number;

beforeEach(async () => {
  isRefusing = false;
  diskIsBusy = null;
  writing = 0;
  ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  ledger.policy = ({ kind }) =>
    kind === "records" && isRefusing ? { code: "LEDGER_TX_SCHEMA", cure: "never" } : null;
  stores = { outbox: slow(openMemoryStore()), index: openMemoryStore() };
  await start();
  const body = { ...pressLine("press"), kind: "rows", zone: "UTC" } as const;
  await gateway.desk.createStream(
    { ...body, epochLength: "30d" },
    { waitMs: 30_000, dryRun: false },
  );
});
afterEach(() => gateway.stop());

function slow(store: KeyValueStore): KeyValueStore {
  return {
    get: (key) => store.get(key),
    range: (range) => store.range(range),
    snapshot: () => store.snapshot(),
    write: async (batch) => {
      writing += 1;
      await diskIsBusy?.promise;
      await store.write(batch);
      writing -= 1;
    },
    compact: (range) => store.compact(range),
    sizeOf: (range) => store.sizeOf(range),
    close: () => store.close(),
  };
}

async function start(restored: RestoredMark | null = null): Promise<void> {
  const [aoki] = companies;
  if (aoki === undefined) throw new Error("no company");
  gateway = await deskOver(aoki, genesis.networkId, ledger, stores, restored);
}

async function submit(count: number, key: string | null = null): Promise<string> {
  const rows = [{ timeMs: Date.now(), cells: { count } }];
  const answer = await gateway.desk.submitRows("press", { rows, backfill: false }, key, now);
  return answer.submission;
}

async function reach(id: string, state: string): Promise<void> {
  await until(`${id} is ${state}`, async () => {
    return (await gateway.desk.submission(id, now)).state === state;
  });
}

async function refused(count: number): Promise<string> {
  isRefusing = true;
  const id = await submit(count);
  await reach(id, "refused");
  isRefusing = false;
  return id;
}

async function committed(): Promise<readonly number[]> {
  const { items } = await gateway.desk.records("press", { limit: 100, order: "asc" });
  return items.map(({ cells }) => Number(cells.count));
}

test("refused rows are named with their cause, and are still there after a restart", async () => {
  const first = await refused(1);
  const second = await refused(2);
  await gateway.stop();
  await start();
  const { items, nextCursor } = await gateway.desk.outbox.list({ limit: 1, cursor: undefined });
  expect(items).toMatchObject([
    { submission: first, state: "refused", stream: "press", rows: 1, code: "LEDGER_TX_SCHEMA" },
  ]);
  const next = await gateway.desk.outbox.list({ limit: 1, cursor: nextCursor ?? "" });
  expect(next).toMatchObject({ items: [{ submission: second }], nextCursor: null });
  expect((await gateway.desk.status()).outbox.refused).toBe(2);
  const { items: rows, fields } = await gateway.desk.outbox.rows(second, page);
  expect(rows).toMatchObject([{ state: "refused", cells: { count: 2 } }]);
  expect(fields.map(({ name }) => name)).toContain("count");
});

test("what waits is named too, with the cause of the wait", async () => {
  ledger.policy = ({ kind }) =>
    kind === "records" ? { code: "LEDGER_TX_QUOTA_DAY", cure: "wait" } : null;
  const id = await submit(1);
  await until("the cause is known", async () => {
    const { items } = await gateway.desk.outbox.list(page);
    return items[0]?.code === "LEDGER_TX_QUOTA_DAY";
  });
  const { items } = await gateway.desk.outbox.list(page);
  expect(items).toMatchObject([{ submission: id, state: "waiting", rows: 1, stream: "press" }]);
});

test("sent again they are committed once, and nothing is left to send", async () => {
  const id = await refused(1);
  expect(await gateway.desk.outbox.retry(id)).toMatchObject({ state: "waiting", refusal: null });
  await reach(id, "committed");
  expect(await committed()).toEqual([1]);
  await expect(gateway.desk.outbox.retry(id)).rejects.toThrow("GATEWAY_NOTHING_REFUSED");
  await expect(gateway.desk.outbox.retry("00".repeat(16))).rejects.toThrow(
    "GATEWAY_SUBMISSION_UNKNOWN",
  );
});

test("let go they are gone, and stay reported as refused", async () => {
  const id = await refused(1);
  await refused(2);
  expect(await gateway.desk.outbox.discard(id)).toBe(1);
  await gateway.stop();
  await start();
  expect((await gateway.desk.status()).outbox.refused).toBe(1);
  expect(await gateway.desk.submission(id, now)).toMatchObject({ state: "refused" });
  await expect(gateway.desk.outbox.discard(id)).rejects.toThrow("GATEWAY_NOTHING_REFUSED");
});

async function copies(): Promise<typeof stores> {
  return { outbox: await copyOf(stores.outbox), index: await copyOf(stores.index) };
}

async function restore(old: typeof stores): Promise<void> {
  await gateway.stop();
  stores = old;
  let isRestored = true;
  await start({
    is: () => isRestored,
    forget: () => {
      isRestored = false;
    },
  });
  await until("it writes again", () => !isRestored);
}

test("an old copy of the outbox does not send again what went out since it was made", async () => {
  const id = await refused(1);
  const old = await copies();
  await gateway.desk.outbox.retry(id);
  await reach(id, "committed");
  await restore(old);
  expect((await gateway.desk.outbox.list(page)).items).toEqual([]);
  await reach(id, "committed");
  expect(await committed()).toEqual([1]);
});

/** Makes the block of what `act` leads to, of this kind; what the outbox makes of it is not on the disk yet. */
async function blockAtBusyDisk(kind: string, act: () => Promise<string>, state: string) {
  const isHandedIn = Promise.withResolvers<void>();
  const before = ledger.policy;
  ledger.policy = (transaction) => {
    const refusal = before(transaction);
    if (refusal === null && transaction.kind === kind) isHandedIn.resolve();
    return refusal;
  };
  ledger.isPrompt = false;
  const id = await act();
  await isHandedIn.promise;
  await until("no write is under way", () => writing === 0);
  const disk = Promise.withResolvers<void>();
  diskIsBusy = disk;
  ledger.makeBlock((all) => all);
  ledger.isPrompt = true;
  await reach(id, state);
  return { id, disk };
}

test("of those who decide about the same rows while a block is written one finds them", async () => {
  const id = await refused(1);
  const { disk } = await blockAtBusyDisk("records", () => submit(2), "committed");
  const { outbox } = gateway.desk;
  const answers = Promise.allSettled([outbox.retry(id), outbox.retry(id), outbox.discard(id)]);
  disk.resolve();
  const [first, ...others] = await answers;
  expect(first).toMatchObject({ status: "fulfilled", value: { state: "waiting" } });
  for (const { status } of others) expect(status).toBe("rejected");
  await reach(id, "committed");
  await until("both can be read", async () => (await committed()).length === 2);
  expect(recordsIn(ledger)).toHaveLength(2);
});

test("rows can be read while the disk takes up that they were refused, and that they go out again", async () => {
  isRefusing = true;
  const { id, disk } = await blockAtBusyDisk("void", () => submit(1), "refused");
  const refusedNow = await gateway.desk.outbox.rows(id, page);
  expect(refusedNow.items).toMatchObject([{ state: "refused", cells: { count: 1 } }]);
  disk.resolve();
  await until("it is written", () => writing === 0);
  const again = Promise.withResolvers<void>();
  diskIsBusy = again;
  const retried = gateway.desk.outbox.retry(id);
  await reach(id, "waiting");
  const waitingNow = await gateway.desk.outbox.rows(id, page);
  expect(waitingNow.items).toMatchObject([{ state: "waiting", cells: { count: 1 } }]);
  again.resolve();
  await retried;
});

test("an old copy finds what went out together with rows that it does not have, and in another order", async () => {
  const first = await refused(1);
  ledger.mood = () => "away";
  const ids: string[] = [];
  for (let count = 2; count < 12; count += 1) ids.push(await submit(count));
  await gateway.desk.outbox.retry(first);
  const old = await copies();
  for (let count = 12; count < 16; count += 1) ids.push(await submit(count));
  ledger.mood = () => "honest";
  for (const id of [first, ...ids]) await reach(id, "committed");
  // Some of them travelled together.
  expect(recordsIn(ledger).length).toBeLessThan(10);
  const all = (await committed()).toSorted((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  const sent = recordsIn(ledger).length;
  await restore(old);
  expect((await gateway.desk.outbox.list(page)).items).toEqual([]);
  for (const id of [first, ...ids.slice(0, 10)]) await reach(id, "committed");
  expect(recordsIn(ledger)).toHaveLength(sent);
});

test("an old copy knows what travelled together, was refused and went out alone, wherever it is killed meanwhile", async () => {
  let isTried = false;
  ledger.mood = () => "away";
  const ids = [await submit(1), await submit(2), await submit(3), await submit(4)];
  const [first, second, third, last] = ids as [string, string, string, string];
  ledger.mood = ({ kind, sequence }) => {
    if (kind !== "records" || sequence === 2) return "honest";
    isTried = true;
    return "away";
  };
  await reach(first, "committed");
  await until("those behind it are on their way", () => isTried);
  const old = await copies();
  isRefusing = true;
  ledger.mood = () => "honest";
  for (const id of [second, third, last]) await reach(id, "refused");
  isRefusing = false;
  await gateway.desk.outbox.retry(third);
  await reach(third, "committed");
  const later = await copies();
  await until("two can be read", async () => (await committed()).length === 2);
  const sent = recordsIn(ledger).length;

  // Restored, it reads that one of them went alone, and is killed before it may write.
  await gateway.stop();
  stores = { outbox: await copyOf(old.outbox), index: await copyOf(old.index) };
  ledger.mood = () => "away";
  await start({ is: () => true, forget: () => undefined });
  await reach(third, "committed");
  await until("no write is under way", () => writing === 0);
  const killed = await copies();
  ledger.mood = () => "honest";
  // What is left of them goes alone, once, and every older and newer copy finds it.
  for (const disk of [killed, old, later]) {
    await restore(disk);
    for (const id of ids) await reach(id, "committed");
    expect(recordsIn(ledger)).toHaveLength(sent + 2);
  }
  await until("all can be read", async () => (await committed()).length >= 4);
  expect(await committed()).toEqual([1, 3, 2, 4]);
  const entryIds = recordsIn(ledger).map(({ entryId }) => entryId);
  expect(new Set(entryIds).size).toBe(entryIds.length);
});
