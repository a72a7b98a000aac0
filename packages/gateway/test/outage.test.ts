import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters, limits, type TransactionOf } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { makeCompany } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger, recordsIn, replay } from "./helpers/hostile-ledger.ts";
import { pressLine } from "./helpers/press-line.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const days = 10;
const now = { waitMs: 0, dryRun: false };
const wish = { waitMs: 20_000, dryRun: false };

/** A company whose clock, and that of its network, somebody turns. */
class Calendar {
  readonly stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  /** What was acknowledged: the value of a row, and when. */
  readonly acknowledged = new Map<number, { readonly id: string; readonly timeMs: number }>();
  readonly ledger: HostileLedger;
  timeMs: number;
  readonly #start: () => Promise<DeskOver>;
  #gateway: DeskOver | null = null;

  constructor(
    ledger: HostileLedger,
    timeMs: number,
    start: (calendar: Calendar) => Promise<DeskOver>,
  ) {
    this.ledger = ledger;
    this.timeMs = timeMs;
    ledger.nowMs = () => this.timeMs;
    this.#start = () => start(this);
  }

  static async begin(change: Partial<typeof defaultParameters> = {}): Promise<Calendar> {
    const folder = await mkdtemp(join(tmpdir(), "tegata-outage-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const company = await makeCompany(0, folder);
    const startMs = Date.UTC(2026, 10, 2, 6);
    const genesis = buildGenesis([company.card], { ...defaultParameters, ...change }, startMs);
    const ledger = new HostileLedger(genesis);
    ledger.isPrompt = true;
    const calendar = new Calendar(ledger, startMs, ({ stores, ...at }) => {
      const clock = { nowMs: () => calendar.timeMs };
      return deskOver(company, genesis.networkId, at.ledger, stores, null, { clock });
    });
    await calendar.restart();
    const body = { ...pressLine("press"), kind: "rows", zone: "UTC" } as const;
    await calendar.gateway.desk.createStream({ ...body, epochLength: "1h" }, wish);
    return calendar;
  }

  get gateway(): DeskOver {
    if (this.#gateway === null) throw new Error("no gateway");
    return this.#gateway;
  }

  async restart(): Promise<void> {
    await this.#gateway?.stop();
    // What it handed in last is answered, by a network that is away.
    await new Promise(setImmediate);
    this.#gateway = await this.#start();
  }

  /** Acknowledges two rows an hour, the second one of the hour before, and stops the gateway every other day. */
  async goOn(forMs: number): Promise<void> {
    const endMs = this.timeMs + forMs;
    for (let hour = 1; this.timeMs < endMs; hour += 1) {
      this.timeMs += hourMs;
      for (const timeMs of [this.timeMs, this.timeMs - hourMs]) {
        const count = this.acknowledged.size;
        const body = { rows: [{ timeMs, cells: { count } }], backfill: false };
        const answer = await this.gateway.desk.submitRows("press", body, `row ${count}`, now);
        this.acknowledged.set(count, { id: answer.submission, timeMs });
      }
      if (hour % 48 === 0) await this.restart();
    }
  }

  async committedCounts(): Promise<readonly number[]> {
    const counts: number[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 1_000, order: "asc" as const, ...(cursor ? { cursor } : {}) };
      const answer = await this.gateway.desk.records("press", query);
      counts.push(...answer.items.map(({ cells }) => Number(cells.count)));
      cursor = answer.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return counts;
  }

  /** Each record with the time of its block. */
  records(): readonly (readonly [TransactionOf<"records">, blockMs: number])[] {
    return this.ledger.blocksMade.flatMap(({ header, transactions }) =>
      transactions.flatMap((one) =>
        one.kind === "records" ? [[one, header.timeMs] as const] : [],
      ),
    );
  }
}

test("rows of ten days without a network go out by themselves, late ones marked, and none is refused", async () => {
  const calendar = await Calendar.begin();
  const { ledger, acknowledged } = calendar;
  ledger.isDown = true;
  await calendar.goOn(days * dayMs);
  const { outbox } = await calendar.gateway.desk.status();
  expect(outbox).toMatchObject({ rows: 2 * 24 * days, refused: 0, parked: [] });
  const versions = new Map<string, Set<string>>();
  ledger.mood = ({ entryId, id }) => {
    versions.set(entryId, (versions.get(entryId) ?? new Set()).add(id));
    return "honest";
  };
  ledger.isDown = false;
  await until("all of it is on the ledger", async () => {
    return (await calendar.gateway.desk.status()).outbox.rows === 0;
  });

  expect((await calendar.gateway.desk.status()).outbox.refused).toBe(0);
  for (const { id } of acknowledged.values()) {
    expect(await calendar.gateway.desk.submission(id, now)).toMatchObject({ state: "committed" });
  }
  const committed = await calendar.committedCounts();
  expect(committed).toEqual([...acknowledged.keys()]);
  const lateBefore = (blockMs: number) => Math.floor((blockMs - limits.epochBehindMsMax) / hourMs);
  let rowsSeen = 0;
  for (const [{ body, entryId }, blockMs] of calendar.records()) {
    // The mark stands where the rules ask for it and nowhere else.
    expect(body.backfill).toBe(body.epoch < lateBefore(blockMs));
    // The gateway knew it by itself: none was sealed a second time because it was refused.
    expect(versions.get(entryId)?.size).toBe(1);
    rowsSeen += 1;
  }
  expect(rowsSeen).toBeGreaterThan(24 * days);
  const epochs = [...acknowledged.values()].map(({ timeMs }) => Math.floor(timeMs / hourMs));
  expect(new Set(calendar.records().map(([{ body }]) => body.epoch))).toEqual(new Set(epochs));
  replay(ledger);
  await calendar.gateway.stop();
});

test("a quota of a day spreads what an outage left over the days after it, parked and in order", async () => {
  const calendar = await Calendar.begin({ memberDayPayloadBytesMax: 20_000 });
  const { ledger, acknowledged } = calendar;
  ledger.isDown = true;
  await calendar.goOn(2 * dayMs);
  ledger.isDown = false;
  const left: number[] = [acknowledged.size];
  for (let rows = acknowledged.size; rows > 0; ) {
    const before = rows;
    await until("the day's share is on the ledger", async () => {
      const { outbox } = await calendar.gateway.desk.status();
      rows = outbox.rows;
      const isParked = outbox.parked.some(({ code }) => code === "LEDGER_TX_QUOTA_DAY");
      return rows === 0 || (rows < before && isParked);
    });
    expect((await calendar.gateway.desk.status()).outbox.refused).toBe(0);
    expect(rows + (await calendar.committedCounts()).length).toBe(acknowledged.size);
    left.push(rows);
    calendar.timeMs += dayMs;
    ledger.makeBlock((all) => all);
  }
  // It took several days.
  expect(left.length).toBeGreaterThan(3);
  expect(await calendar.committedCounts()).toEqual([...acknowledged.keys()]);
  expect(recordsIn(ledger).length).toBeGreaterThan(90);
  replay(ledger);
  await calendar.gateway.stop();
});

test("a clock that is wrong by weeks loses no row: a mark too many is no fault, and one too few is made good", async () => {
  const calendar = await Calendar.begin();
  const { ledger, acknowledged } = calendar;
  // The gateway's clock is the one of the outage; the network's is nine days ahead, then right.
  ledger.nowMs = () => calendar.timeMs + 9 * dayMs;
  await calendar.goOn(3 * hourMs);
  await until("late ones are marked once the ledger says so", async () => {
    return (await calendar.gateway.desk.status()).outbox.rows === 0;
  });
  expect(calendar.records().every(([{ body }]) => body.backfill)).toBe(true);
  expect(await calendar.committedCounts()).toEqual([...acknowledged.keys()]);
  await calendar.gateway.stop();
});
