import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import type { EventsQuery } from "../src/api/schemas.ts";
import { type Company, makeCompany } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";
import { pressLine } from "./helpers/press-line.ts";

const wish = { waitMs: 20_000, dryRun: false };
const all = "block,stream,grant,record,gap";

let folder: string;
let companies: readonly Company[];
let genesis: Genesis;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-resume-"));
  companies = [await makeCompany(0, folder), await makeCompany(1, folder)];
  const cards = companies.map(({ card }) => card);
  genesis = buildGenesis(cards, defaultParameters, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let ledger: HostileLedger;
let stores: {
  outbox: ReturnType<typeof openMemoryStore>;
  index: ReturnType<typeof openMemoryStore>;
};
let gateway: DeskOver;

async function start(): Promise<void> {
  gateway = await deskOver(companies[0] as Company, genesis.networkId, ledger, stores);
}

beforeEach(async () => {
  ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  await start();
  const body = { ...pressLine("press"), kind: "rows", epochLength: "1d", zone: "UTC" } as const;
  await gateway.desk.createStream(body, wish);
});
afterEach(() => gateway.stop());

let count = 0;
/** Publishes so many rows in one batch. */
async function publish(rowCount: number): Promise<void> {
  const rows = Array.from({ length: rowCount }, () => ({
    timeMs: Date.now(),
    cells: { count: count++ },
  }));
  await gateway.desk.submitRows("press", { rows, backfill: false }, null, wish);
}

interface Heard {
  readonly cursor: string;
  readonly text: string;
}

/** Hears so many events, from a cursor on, and hangs up. */
async function hear(events: number, query: EventsQuery = {}): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  const gone = new AbortController();
  const from = await gateway.desk.events({ types: all, ...query }, gone.signal);
  for await (const { cursor, event } of from.events) {
    const what =
      event.type === "record"
        ? event.record.record
        : event.type === "grant"
          ? event.grant.id
          : event.type === "block"
            ? event.height
            : event.type === "gap"
              ? event.detail
              : "";
    heard.push({ cursor, text: `${event.type} ${what}` });
    if (heard.length === events) gone.abort();
  }
  return heard;
}

const beginning = Buffer.from("0.0.0").toString("base64url");
const textsOf = (heard: readonly Heard[]) => heard.map(({ text }) => text);

/** A history with everything that one entry of the ledger can tell several times. */
async function history(): Promise<number> {
  await publish(3);
  const order = { to: "kato", from: null, until: Date.now() + 86_400_000 };
  const facets = ["status", "process", "quality"];
  await gateway.desk.grant("press", { ...order, facets }, wish);
  await gateway.desk.revoke("press", { from: "kato", facets: ["quality"] }, wish);
  // Over what is closed and what is to come: one transaction carries several grants.
  await publish(1);
  await gateway.desk.grant("press", { ...order, facets: ["quality"] }, wish);
  const grants = ledger.blocksMade.flatMap(({ transactions }) =>
    transactions.map((one) => (one.kind === "grant" ? one.body.length : 0)),
  );
  expect(Math.max(...grants)).toBeGreaterThan(1);
  await publish(2);
  const { length } = ledger.blocksMade;
  await until("all of it is read", async () => {
    const { items } = await gateway.desk.records("press", { limit: 10, order: "asc" });
    return items.length === 6;
  });
  return length;
}

test("whoever goes on after any event hears each other one once, also from a gateway that was started again", async () => {
  await history();
  // As many as there are: the last one is the block of the last rows, or the last row.
  const last = `${ledger.blocksMade.length}.`;
  const whole: Heard[] = [];
  const gone = new AbortController();
  const from = await gateway.desk.events({ types: all, cursor: beginning }, gone.signal);
  const silence = until("everything was told", async () => {
    const rows = whole.filter(({ text }) => text.startsWith("record"));
    return rows.length === 6 && whole.some(({ text }) => text === `block ${last.slice(0, -1)}`);
  }).finally(() => gone.abort());
  for await (const { cursor, event } of from.events) {
    const text =
      event.type === "record"
        ? event.record.record
        : event.type === "grant"
          ? event.grant.id
          : event.type === "block"
            ? event.height
            : "";
    whole.push({ cursor, text: `${event.type} ${text}` });
  }
  await silence;
  expect(whole.filter(({ text }) => text.startsWith("grant")).length).toBeGreaterThan(1);
  expect(new Set(textsOf(whole)).size).toBe(whole.length);
  expect(new Set(whole.map(({ cursor }) => cursor)).size).toBe(whole.length);
  for (let cut = 0; cut < whole.length - 1; cut += 1) {
    if (cut === 2 || cut === whole.length - 3) {
      await gateway.stop();
      await start();
    }
    const rest = whole.slice(cut + 1);
    const { cursor = "" } = whole[cut] ?? {};
    expect(textsOf(await hear(rest.length, { cursor }))).toEqual(textsOf(rest));
  }
});

test("a place that is not of this ledger is refused or told as a gap, and never passed over in silence", async () => {
  await history();
  for (const cursor of [
    "",
    "x",
    "AAAA",
    Buffer.from("1.2").toString("base64url"),
    "9".repeat(200),
  ]) {
    const asked = gateway.desk.events({ types: all, cursor }, new AbortController().signal);
    await expect(asked, cursor).rejects.toThrow("GATEWAY_CURSOR_INVALID");
  }
  const height = ledger.blocksMade.length;
  const ahead = Buffer.from(`${height + 1_000}.0.0`).toString("base64url");
  const hearing = hear(3, { cursor: ahead, types: "record" });
  await publish(2);
  const heard = textsOf(await hearing);
  expect(heard[0]).toContain(`gap the cursor names block ${height + 1_000}`);
  expect(heard.slice(1)).toEqual([
    expect.stringMatching(/^record \d+\.\d+\.0$/),
    expect.stringMatching(/^record \d+\.\d+\.1$/),
  ]);
  // The very first place there is gives everything.
  const [first] = await hear(1, { cursor: beginning });
  expect(first?.text).toBe("block 1");
});

test("a payload that is not here is told as a gap also to those who asked for records alone, and the rest goes on", async () => {
  const payload = ledger.payload.bind(ledger);
  let isMissing = true;
  ledger.payload = async (...asked) => (isMissing ? null : payload(...asked));
  const hearing = hear(3, { cursor: beginning, types: "record" });
  await publish(2);
  await until("it was asked for", async () => isMissing);
  const [gap] = textsOf(await hear(1, { cursor: beginning, types: "record" }));
  expect(gap).toMatch(/^gap the records \d+\.\d+ are not here yet/);
  isMissing = false;
  await publish(2);
  const texts = textsOf(await hearing);
  expect(texts.filter((text) => text.startsWith("gap")).length).toBeLessThanOrEqual(1);
  expect(texts.length).toBe(3);
});

test("while the node is away nobody is cut off, and what came meanwhile is told in order", async () => {
  await publish(2);
  const payload = ledger.payload.bind(ledger);
  let isAway = true;
  let asked = 0;
  ledger.payload = async (...wanted) => {
    asked += 1;
    if (isAway) {
      ledger.isDown = true;
      await ledger.state([]).finally(() => {
        ledger.isDown = false;
      });
    }
    return payload(...wanted);
  };
  await gateway.stop();
  await start();
  const hearing = hear(2, { cursor: beginning, types: "record" });
  await until("it asked the node", async () => asked > 0);
  isAway = false;
  expect(textsOf(await hearing)).toEqual([
    expect.stringMatching(/\.0$/),
    expect.stringMatching(/\.1$/),
  ]);
});
