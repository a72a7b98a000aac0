import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { createStreamBody } from "../src/api/schemas.ts";
import { makeCompany } from "./helpers/companies.ts";
import { deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";
import { pressLine } from "./helpers/press-line.ts";

const wish = { waitMs: 20_000, dryRun: false };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-closing-first-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("rows that waited while a reader left are sealed behind the roll, so that it cannot read them", async () => {
  const [own, other] = [await makeCompany(0, folder), await makeCompany(1, folder)];
  const genesis = buildGenesis([own.card, other.card], defaultParameters, Date.now());
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const othersStores = { outbox: openMemoryStore(), index: openMemoryStore() };
  let gateway = await deskOver(own, genesis.networkId, ledger, stores);
  const reader = await deskOver(other, genesis.networkId, ledger, othersStores);
  const sent = () => ledger.blocksMade.flatMap(({ transactions }) => transactions);
  try {
    await gateway.desk.createStream(createStreamBody.parse(pressLine("press")), wish);
    const grant = { to: other.card.handle, facets: ["status"], until: Date.now() + 86_400_000 };
    await gateway.desk.grant("press", { from: null, ...grant }, wish);
    ledger.mood = ({ kind }) => (kind === "records" ? "away" : "honest");
    const row = { timeMs: Date.now(), cells: { state: "secret", count: 7 } };
    const waiting = await gateway.desk.submitRows("press", { rows: [row], backfill: false }, null, {
      waitMs: 0,
      dryRun: false,
    });
    await gateway.stop();
    await reader.desk.membership.part("leave", wish);
    ledger.mood = () => "honest";
    gateway = await deskOver(own, genesis.networkId, ledger, stores);
    await until("the row is on the ledger", () => sent().some(({ kind }) => kind === "records"));
    const generations = sent().flatMap(({ kind, body }) =>
      kind === "records" ? (body as { readonly generation: number }).generation : [],
    );
    expect(generations).toEqual([2]);
    const { state } = await gateway.desk.submission(waiting.submission, wish);
    expect(state).toBe("committed");
  } finally {
    await gateway.stop();
    await reader.stop();
  }
});
