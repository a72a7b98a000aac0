import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { z } from "zod";
import { until } from "../../../test/helpers/waiting.ts";
import type { createStreamBody } from "../src/api/schemas.ts";
import { type Company, makeCompany } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";

const wish = { waitMs: 20_000, dryRun: false };
const hourMs = 3_600_000;

let folder: string;
let companies: readonly Company[];
let genesis: Genesis;
let ledger: HostileLedger;
let aoki: DeskOver;
let kato: DeskOver;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-limits-"));
  companies = [await makeCompany(0, folder), await makeCompany(1, folder)];
  const cards = companies.map(({ card }) => card);
  genesis = buildGenesis(cards, defaultParameters, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  [aoki, kato] = (await Promise.all(
    companies.map((company) =>
      deskOver(company, genesis.networkId, ledger, {
        outbox: openMemoryStore(),
        index: openMemoryStore(),
      }),
    ),
  )) as [DeskOver, DeskOver];
});
afterEach(async () => {
  await aoki.stop();
  await kato.stop();
});

function stream(name: string, facetCount: number): z.output<typeof createStreamBody> {
  const facets = Array.from({ length: facetCount }, (_, index) => `facet-${index}`);
  return {
    ...{ name, category: "other", epochLength: "1h", zone: "UTC", kind: "rows" },
    facets: facets.map((facet) => ({ name: facet, disclosure: "row" })),
    fields: facets.map((facet, index) => ({
      ...{ name: `field-${index}`, type: "integer", facet, unit: null },
    })),
  };
}

const pageQuery = { limit: 1_000, order: "asc" } as const;

test("a grant too large for one transaction is split, and opens all that was asked for", async () => {
  await aoki.desk.createStream(stream("wide", 16), wish);
  const cells = Object.fromEntries([...Array(16).keys()].map((index) => [`field-${index}`, index]));
  const rows = [{ timeMs: Date.now(), cells }];
  await aoki.desk.submitRows("wide", { rows, backfill: false }, null, wish);
  const facets = [...Array(16).keys()].map((index) => `facet-${index}`);
  // A span whose ends lie badly takes the most keys there are.
  const from = hourMs;
  const untilMs = (2 ** 20 - 1) * hourMs;
  const answer = await aoki.desk.grant("wide", { to: "kato", facets, from, until: untilMs }, wish);
  expect(answer.grants.length).toBeGreaterThan(1);
  expect(answer.grants.flatMap((grant) => grant.facets).sort()).toEqual(facets.toSorted());
  expect(new Set(answer.grants.map(({ id }) => id)).size).toBe(answer.grants.length);
  const grants = ledger.blocksMade.flatMap(({ transactions }) =>
    transactions.filter(({ kind }) => kind === "grant"),
  );
  expect(grants.length).toBeGreaterThan(1);
  await until(
    "the reader has it",
    async () => (await kato.desk.access()).sharedWithMe.length === 16,
  );
  const page = await kato.desk.records("aoki/wide", pageQuery);
  expect(page.items.map((item) => item.cells)).toEqual([cells]);
});

test("more grants than one roll may end are ended by several, and the reader is out", async () => {
  await aoki.desk.createStream(stream("many", 1), wish);
  const order = { to: "kato", facets: ["facet-0"], from: null };
  const start = Date.now();
  const sent = [...Array(260).keys()].map((index) =>
    aoki.desk.grant("many", { ...order, until: start + (index + 2) * hourMs }, wish),
  );
  await Promise.all(sent);
  const done = await aoki.desk.revoke("many", { from: "kato", facets: null }, wish);
  expect(done.ended).toHaveLength(260);
  expect((await aoki.desk.grants("many")).every(({ state }) => state === "ended")).toBe(true);
  const rows = [{ timeMs: start, cells: { "field-0": 1 } }];
  const answer = await aoki.desk.submitRows("many", { rows, backfill: false }, null, wish);
  expect(answer.state).toBe("committed");
  const [own] = (await aoki.desk.records("many", pageQuery)).items;
  expect(own?.cells).toEqual({ "field-0": 1 });
  await until("the reader has read it", async () => {
    const { id } = await aoki.desk.stream("many");
    return (await kato.desk.stream(id)).batches === 1;
  });
  expect((await kato.desk.records("aoki/many", pageQuery)).items).toEqual([]);
}, 60_000);

test("rows acknowledged in time are marked as late when the network takes them only after a week", async () => {
  await aoki.desk.createStream(stream("late", 1), wish);
  ledger.policy = (transaction) =>
    transaction.kind === "records" && !transaction.body.backfill
      ? { code: "LEDGER_TX_EPOCH_BEHIND", cure: "renumber" }
      : null;
  const rows = [{ timeMs: Date.now(), cells: { "field-0": 7 } }];
  const answer = await aoki.desk.submitRows("late", { rows, backfill: false }, null, wish);
  expect(answer).toMatchObject({ state: "committed", committedRows: 1 });
});

test("a reader that comes back after a restart still reads what it was granted", async () => {
  const [, company] = companies;
  if (company === undefined) throw new Error("no company");
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  let reader = await deskOver(company, genesis.networkId, new HostileLedger(genesis), stores);
  await reader.stop();
  await aoki.desk.createStream(stream("kept", 2), wish);
  const facets = ["facet-1"];
  await aoki.desk.grant(
    "kept",
    { to: "kato", facets, from: null, until: Date.now() + hourMs },
    wish,
  );
  const rows = [{ timeMs: Date.now(), cells: { "field-0": 1, "field-1": 2 } }];
  await aoki.desk.submitRows("kept", { rows, backfill: false }, null, wish);
  for (let start = 0; start < 2; start += 1) {
    reader = await deskOver(company, genesis.networkId, ledger, stores);
    const { desk } = reader;
    await until("the rows are read", async () => {
      const page = await desk.records("aoki/kept", pageQuery).catch(() => null);
      return page?.items.length === 1 && page.items[0]?.cells["field-1"] === 2;
    });
    await reader.stop();
  }
});

test("a gateway waits for the blocks that its node is still fetching, and reads all of them then", async () => {
  const [, company] = companies;
  if (company === undefined) throw new Error("no company");
  await aoki.desk.createStream(stream("old", 1), wish);
  await aoki.desk.grant(
    "old",
    { to: "kato", facets: ["facet-0"], from: null, until: Date.now() + hourMs },
    wish,
  );
  const rows = [{ timeMs: Date.now(), cells: { "field-0": 1 } }];
  await aoki.desk.submitRows("old", { rows, backfill: false }, null, wish);
  const asked = ledger.blocksAsked;
  ledger.base = 3;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const reader = await deskOver(company, genesis.networkId, ledger, stores);
  const isRead = async (): Promise<boolean> => {
    const page = await reader.desk.records("aoki/old", pageQuery).catch(() => null);
    return page?.items.length === 1;
  };
  await until("it has asked and asks again", async () => ledger.blocksAsked > asked + 2);
  expect(await isRead()).toBe(false);
  expect(await Promise.race([reader.ended, Promise.resolve("works")])).toBe("works");
  ledger.base = 0;
  await until("the rows are read", isRead);
  await reader.stop();
});

test("fields with names that programs trip over come back like any other", async () => {
  const names = ["constructor", "toString", "hasOwnProperty", " ", "名前", "a/b?c#d"];
  const body = stream("names", 1);
  const fields = names.map((name) => ({
    ...{ name, type: "text" as const, facet: "facet-0", unit: null },
  }));
  const unfit = fields.map((field, index) => (index > 0 ? field : { ...field, name: "__proto__" }));
  await expect(aoki.desk.createStream({ ...body, fields: unfit }, wish)).rejects.toThrow(
    "GATEWAY_SCHEMA_INVALID",
  );
  await aoki.desk.createStream({ ...body, fields }, wish);
  const cells = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
  const rows = [
    { timeMs: Date.now(), cells },
    { timeMs: Date.now(), cells: {} },
  ];
  await aoki.desk.submitRows("names", { rows, backfill: false }, null, wish);
  const { items } = await aoki.desk.records("names", pageQuery);
  expect(items.map((item) => Object.entries(item.cells))).toEqual([Object.entries(cells), []]);
});
