import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { type ApiServer, openApi } from "../../gateway/src/api/server.ts";
import { createLog } from "../../gateway/src/log.ts";
import { makeCompany } from "../../gateway/test/helpers/companies.ts";
import { type DeskOver, deskOver } from "../../gateway/test/helpers/desk-over.ts";
import { HostileLedger } from "../../gateway/test/helpers/hostile-ledger.ts";
import { pressLine } from "../../gateway/test/helpers/press-line.ts";
import { homePaths } from "../src/founding/home.ts";
import { type Ran, type RunOptions, tegata, temporaryFolder } from "./command-helpers.ts";

let home: string;
let gateway: DeskOver;
let api: ApiServer;
/** What the network says of records; null: it takes them. */
let answer: { readonly code: string; readonly cure: "never" | "wait" } | null;

beforeEach(async () => {
  const folder = temporaryFolder();
  home = join(folder, "aoki");
  const company = await makeCompany(0, folder);
  const genesis = buildGenesis([company.card], defaultParameters, Date.now());
  const ledger = new HostileLedger(genesis);
  answer = null;
  ledger.isPrompt = true;
  ledger.policy = ({ kind }) => (kind === "records" ? answer : null);
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  gateway = await deskOver(company, genesis.networkId, ledger, stores);
  const path = homePaths(home).gatewaySocket;
  mkdirSync(dirname(path), { recursive: true });
  const log = createLog("error", { write: () => undefined });
  api = await openApi(gateway.desk, { kind: "socket", path }, "1", log);
  const body = { ...pressLine("press"), kind: "rows", zone: "UTC", epochLength: "30d" } as const;
  await gateway.desk.createStream(body, { waitMs: 30_000, dryRun: false });
});
afterEach(async () => {
  await api.close();
  await gateway.stop();
});

function outbox(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return tegata(["outbox", ...words], { ...options, env: { TEGATA_HOME: home } });
}

/** A submission of two rows that has come as far as this. */
async function submission(state: "refused" | "committed"): Promise<string> {
  const timeMs = Date.UTC(2026, 10, 22, 1, 2, 3);
  const rows = [1, 2].map((count) => ({ timeMs, cells: { count, state: "a,b" } }));
  const body = { rows, backfill: true };
  const { submission: id } = await gateway.desk.submitRows("press", body, null, {
    waitMs: 0,
    dryRun: false,
  });
  await reach(id, state);
  return id;
}

async function reach(id: string, state: string): Promise<void> {
  await until(`${id} is ${state}`, async () => {
    const { state: now } = await gateway.desk.submission(id, { waitMs: 0, dryRun: false });
    return now === state;
  });
}

test("an outbox without anything says so", async () => {
  await submission("committed");
  expect(await outbox(["list"])).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^Nothing waits/),
  });
});

test("refused rows are listed with cause and remedy, shown, exported, and sent again", async () => {
  answer = { code: "LEDGER_TX_SCHEMA", cure: "never" };
  const id = await submission("refused");
  const list = await outbox(["list"]);
  expect(list.stdout).toContain(id.slice(0, 12));
  expect(list.stdout).toMatch(/press +2 +refused/);
  expect(list.stdout).toContain("LEDGER_TX_SCHEMA");
  expect(list.stdout).toContain(`tegata outbox show ${id.slice(0, 12)}`);
  const { items } = JSON.parse((await outbox(["list", "--json"])).stdout);
  expect(items).toMatchObject([{ submission: id, state: "refused", rows: 2 }]);

  const shown = await outbox(["show", id.slice(0, 5), "--tz", "Asia/Tokyo"]);
  expect(shown.stdout).toContain("2026-11-22 10:02:03 +09:00");
  expect(shown.stderr).toContain("LEDGER_TX_SCHEMA");
  const exported = await outbox(["export", id.slice(0, 5)]);
  expect(exported.stdout.split("\n")[1]).toMatch(/^2026-11-22T01:02:03.000Z,.*"a,b"/);
  expect((await outbox(["export", id, "-o", "ndjson"])).stdout.trim().split("\n")).toHaveLength(2);

  answer = null;
  expect((await outbox(["retry", "--all", "--dry-run"])).stdout).toMatch(/^Would send 1 refused/);
  expect((await outbox(["retry", id])).stdout).toMatch(/^1 refused submission on the way again/);
  await reach(id, "committed");
  expect(await outbox(["retry", id])).toMatchObject({ exit: 3 });
});

test("rows are let go of only when that was said twice", async () => {
  answer = { code: "LEDGER_TX_SCHEMA", cure: "never" };
  const id = await submission("refused");
  const asked = await outbox(["discard", id]);
  expect(asked.exit).toBe(2);
  expect(asked.stderr).toContain("tegata outbox export");
  expect((await outbox(["discard", id, "--dry-run"])).stdout).toMatch(/^Would let go of 2/);
  expect((await outbox(["discard", id, "--yes"])).stdout).toMatch(/^Let go of 2 refused rows/);
  const again = await outbox(["discard", id, "--yes"]);
  expect(again.exit).toBe(3);
  expect(again.stderr).toContain("CLI_SUBMISSION_UNKNOWN");
});

test("a name that fits several or none is refused, and so is a contradiction", async () => {
  answer = { code: "LEDGER_TX_SCHEMA", cure: "never" };
  const id = await submission("refused");
  await submission("refused");
  const several = await outbox(["show", ""]);
  expect(several.exit).toBe(3);
  expect(several.stderr).toContain("more than one submission");
  expect(several.stderr).toContain(id.slice(0, 12));
  const none = (await outbox(["show", "zz"])).stderr;
  expect(none).toContain("nothing in the outbox");
  expect(none).toMatch(/next: there are [0-9a-f]{12}, [0-9a-f]{12}; tegata outbox list/);
  expect((await outbox(["retry"])).exit).toBe(2);
  expect((await outbox(["retry", id, "--all"])).exit).toBe(2);
});
