import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Genesis } from "@tegata/ledger/chain";
import { type KeyValueStore, openMemoryStore } from "@tegata/ledger/storage";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { exitCodeOf } from "../src/exit-codes.ts";
import { restoredMark } from "../src/restored.ts";
import type { Company } from "./helpers/companies.ts";
import { copyOf } from "./helpers/copy-of.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger, recordsIn, replay } from "./helpers/hostile-ledger.ts";
import { documentStream, pressLine } from "./helpers/press-line.ts";
import { withGenesis } from "./helpers/set-up.ts";

const now = { waitMs: 0, dryRun: false };
const wish = { waitMs: 20_000, dryRun: false };
const page = { limit: 100, cursor: undefined };

let folder: string;
let company: Company;
let genesis: Genesis;
withGenesis(1, (founded) => {
  ({ folder, company, genesis } = founded);
});

interface Disk {
  readonly outbox: KeyValueStore;
  readonly index: KeyValueStore;
}

let ledger: HostileLedger;
let disk: Disk;
let gateway: DeskOver;

beforeEach(async () => {
  ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  disk = { outbox: openMemoryStore(), index: openMemoryStore() };
  gateway = await start(disk);
  const body = { ...pressLine("press"), kind: "rows", zone: "UTC" } as const;
  await gateway.desk.createStream({ ...body, epochLength: "30d" }, wish);
});

type Mark = Parameters<typeof deskOver>[4];

async function start(stores: Disk, restored: Mark = null): Promise<DeskOver> {
  const started = await deskOver(company, genesis.networkId, ledger, stores, restored);
  onTestFinished(() => started.stop());
  return started;
}

async function copyOfDisk(): Promise<Disk> {
  return { outbox: await copyOf(disk.outbox), index: await copyOf(disk.index) };
}

async function submit({ desk }: DeskOver, count: number): Promise<string> {
  const rows = [{ timeMs: Date.now(), cells: { count } }];
  const body = { rows, backfill: false };
  return (await desk.submitRows("press", body, `row ${count}`, now)).submission;
}

async function committed({ desk }: DeskOver, rows: number): Promise<readonly number[]> {
  let counts: readonly number[] = [];
  await until(`${rows} rows are committed`, async () => {
    const { items } = await desk.records("press", { limit: 1_000, order: "asc" });
    counts = items.map(({ cells }) => Number(cells.count));
    return counts.length >= rows;
  });
  return counts;
}

/** The mark of a restored folder, until its gateway may write. */
function mark(): NonNullable<Mark> {
  let isRestored = true;
  return {
    is: () => isRestored,
    forget: () => {
      isRestored = false;
    },
  };
}

test("of two gateways of one company one stops with 77; what both had waiting is committed once, and the rest is still found", async () => {
  for (const count of [0, 1]) await submit(gateway, count);
  await committed(gateway, 2);
  ledger.mood = () => "away";
  const both = [await submit(gateway, 2), await submit(gateway, 3)];
  const copy = await copyOfDisk();
  const alone = await submit(gateway, 4);
  // The second one claims to write before the first one can send.
  ledger.mood = ({ kind }) => (kind === "claim-writer" ? "honest" : "away");
  const second = await start(copy);
  const error = await gateway.ended;
  ledger.mood = () => "honest";
  expect([(error as { code?: unknown }).code, exitCodeOf(error)]).toEqual([
    "GATEWAY_OVERTAKEN",
    77,
  ]);
  await submit(second, 5);
  expect(await committed(second, 5)).toEqual([0, 1, 2, 3, 5]);
  for (const id of both) {
    expect(await second.desk.submission(id, now)).toMatchObject({ state: "committed" });
  }
  // What the one that stopped had acknowledged alone waits on its disk, and it never writes beside the other.
  const again = await start(disk);
  const { items } = await again.desk.outbox.list(page);
  expect(items.map(({ submission }) => submission)).toContain(alone);
  expect(await again.ended).toMatchObject({ code: "GATEWAY_OVERTAKEN" });
  const ids = recordsIn(ledger).map(({ entryId }) => entryId);
  expect(new Set(ids).size).toBe(ids.length);
  replay(ledger);
});

test("a gateway restored from yesterday's copy finds what went out since, and with a key that ended since it says so and loses nothing", async () => {
  ledger.mood = () => "away";
  const before = [await submit(gateway, 0), await submit(gateway, 1)];
  const yesterday = await copyOfDisk();
  ledger.mood = () => "honest";
  for (const count of [2, 3]) await submit(gateway, count);
  await committed(gateway, 4);
  await gateway.stop();

  // The key of yesterday's keystore has ended since.
  let isEnded = true;
  ledger.policy = () => (isEnded ? { code: "LEDGER_TX_KEY_VERSION", cure: "renumber" } : null);
  const left = mark();
  const restored = await start(yesterday, left);
  const fresh = await submit(restored, 4);
  await until("the cause is named", async () => {
    const { parked } = (await restored.desk.status()).outbox;
    return parked.some(
      ({ stream, code }) => stream === "press" && code === "LEDGER_TX_KEY_VERSION",
    );
  });
  const { items } = await restored.desk.outbox.list(page);
  expect(items.find(({ submission }) => submission === fresh)).toMatchObject({
    ...{ state: "waiting", code: "LEDGER_TX_KEY_VERSION" },
  });
  // A person brings the key that counts.
  isEnded = false;
  await restored.stop();
  const mended = await start(yesterday, left);
  expect(await committed(mended, 5)).toEqual([0, 1, 2, 3, 4]);
  for (const id of [...before, fresh]) {
    await until("it is found", async () => {
      return (await mended.desk.submission(id, now)).state === "committed";
    });
  }
  expect((await mended.desk.outbox.list(page)).items).toEqual([]);
  const ids = recordsIn(ledger).map(({ entryId }) => entryId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("while a restored gateway reads, the one of before has rows refused that travelled together, and sends them alone", async () => {
  let isRefusing = false;
  ledger.policy = ({ kind }) =>
    isRefusing && kind === "records" ? { code: "LEDGER_TX_SCHEMA", cure: "never" } : null;
  const reach = async ({ desk }: DeskOver, id: string, state: string): Promise<void> => {
    await until(`it is ${state}`, async () => (await desk.submission(id, now)).state === state);
  };
  let isTried = false;
  ledger.mood = () => "away";
  const ids = [await submit(gateway, 0), await submit(gateway, 1), await submit(gateway, 2)];
  const [first, second, third] = ids as [string, string, string];
  ledger.mood = ({ kind, sequence }) => {
    if (kind !== "records" || sequence === 2) return "honest";
    isTried = true;
    return "away";
  };
  await reach(gateway, first, "committed");
  await until("those behind it are on their way", () => isTried);
  const copy = await copyOfDisk();
  ledger.mood = ({ kind }) => (kind === "claim-writer" ? "away" : "honest");
  const restored = await start(copy, mark());
  isRefusing = true;
  for (const id of [second, third]) await reach(gateway, id, "refused");
  isRefusing = false;
  await gateway.desk.outbox.retry(third);
  await reach(gateway, third, "committed");
  await reach(restored, third, "committed");
  ledger.mood = () => "honest";
  expect(await committed(restored, 3)).toEqual([0, 2, 1]);
  await reach(restored, second, "committed");
  expect(await gateway.ended).toMatchObject({ code: "GATEWAY_OVERTAKEN" });
  expect(recordsIn(ledger)).toHaveLength(3);
  replay(ledger);
});

test("an older copy is restored and works, then a newer one: what waits only there goes out then, and everything once", async () => {
  ledger.mood = () => "away";
  // The first one is on its way already; the second waits for others to go with.
  const ids = [await submit(gateway, 0), await submit(gateway, 1)];
  const older = await copyOfDisk();
  for (const count of [2, 3]) ids.push(await submit(gateway, count));
  const newer = await copyOfDisk();
  await gateway.stop();

  const first = await start(older, mark());
  for (const count of [4, 5]) await submit(first, count);
  ledger.mood = () => "honest";
  expect(await committed(first, 4)).toEqual([0, 1, 4, 5]);
  await first.stop();

  const second = await start(newer, mark());
  expect(await committed(second, 6)).toEqual([0, 1, 4, 5, 2, 3]);
  for (const id of ids) {
    await until("it is known", async () => {
      return (await second.desk.submission(id, now)).state === "committed";
    });
  }
  expect((await second.desk.outbox.list(page)).items).toEqual([]);
  replay(ledger);
});

test("of two documents under one id the first is refused: an older copy knows which one is on the ledger, and nobody reads the id there", async () => {
  const body = { ...documentStream("drawings"), kind: "documents", zone: "UTC" } as const;
  await gateway.desk.createStream({ ...body, epochLength: "1d" }, wish);
  const document = "5a".repeat(16);
  const send = async (content: string): Promise<string> => {
    const cells = { document, index: 0, last: true, name: "die.pdf", content: { bytes: content } };
    const body = { rows: [{ timeMs: Date.now(), cells }], backfill: false };
    return (await gateway.desk.submitRows("drawings", body, content, now)).submission;
  };
  const reach = async ({ desk }: DeskOver, id: string, state: string): Promise<void> => {
    await until(`it is ${state}`, async () => (await desk.submission(id, now)).state === state);
  };
  ledger.mood = () => "away";
  const [first, second] = [await send("AAAA"), await send("BBBB")];
  const copy = await copyOfDisk();
  let bad: string | null = null;
  ledger.policy = ({ kind, entryId }) => {
    if (kind === "records") bad ??= entryId;
    return entryId === bad ? { code: "LEDGER_TX_SCHEMA", cure: "never" } : null;
  };
  ledger.mood = () => "honest";
  await reach(gateway, second, "committed");
  await reach(gateway, first, "refused");
  await gateway.stop();
  ledger.policy = () => null;
  const restored = await start(copy, mark());
  for (const id of [second, first]) await reach(restored, id, "committed");
  const ids = recordsIn(ledger).map(({ entryId }) => `${entryId}`);
  expect([ids.length, new Set(ids).size, ids.includes(document)]).toEqual([2, 2, false]);
});

test("the mark of a restored folder is there until it is taken away", async () => {
  const home = await mkdtemp(join(folder, "restored-"));
  expect(restoredMark(home).is()).toBe(false);
  await writeFile(join(home, "restored"), "");
  expect(restoredMark(home).is()).toBe(true);
  restoredMark(home).forget();
  expect([restoredMark(home).is(), await readdir(home)]).toEqual([false, []]);
});
