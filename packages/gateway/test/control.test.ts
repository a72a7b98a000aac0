import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, CONTROL_LANE, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { type Company, makeCompany } from "./helpers/companies.ts";
import { deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";

const wish = { waitMs: 20_000, dryRun: false };

let folder: string;
let company: Company;
let genesis: Genesis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-control-"));
  company = await makeCompany(0, folder);
  const other = await makeCompany(1, folder);
  genesis = buildGenesis([company.card, other.card], defaultParameters, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const said = (ledger: HostileLedger) =>
  ledger.blocksMade
    .flatMap(({ transactions }) => transactions)
    .filter(({ lane, kind }) => lane === CONTROL_LANE && kind === "addresses");

test("what the company itself says is on the ledger once, although answers are lost and it starts anew", async () => {
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  let gateway = await deskOver(company, genesis.networkId, ledger, stores);
  // Taken by the node, which loses it again before a block holds it.
  ledger.mood = (transaction) => (transaction.kind === "addresses" ? "forgetful" : "honest");
  const { membership } = gateway.desk;
  const waiting = await membership.addresses([], { waitMs: 0, dryRun: false });
  expect(waiting.state).toBe("waiting");
  await gateway.stop();
  ledger.mood = () => "honest";
  gateway = await deskOver(company, genesis.networkId, ledger, stores);
  try {
    await until("it is on the ledger", () => said(ledger).length === 1);
    const submission = await gateway.desk.submission(waiting.submission ?? "", wish);
    expect(submission.state).toBe("committed");
    const again = await gateway.desk.membership.addresses(["/ip4/192.0.2.1/tcp/7000"], wish);
    expect(again.state).toBe("committed");
    expect(said(ledger)).toHaveLength(2);
  } finally {
    await gateway.stop();
  }
});

test("what the ledger refuses for good is told to whoever asked, and what follows goes on", async () => {
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const gateway = await deskOver(company, genesis.networkId, ledger, stores);
  try {
    const { membership } = gateway.desk;
    await expect(membership.addresses(["/nowhere"], wish)).rejects.toMatchObject({
      code: "GATEWAY_LEDGER_REFUSED",
    });
    await expect(membership.addresses([], wish)).resolves.toMatchObject({ state: "committed" });
    expect(said(ledger)).toHaveLength(1);
  } finally {
    await gateway.stop();
  }
});

test("who cannot receive anybody is told whether nothing is set or nothing could be opened", async () => {
  const ledger = new HostileLedger(genesis);
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const gateway = await deskOver(company, genesis.networkId, ledger, stores);
  const invite = () =>
    gateway.desk.membership.invite({ company: "Mori Steel", ttlMs: 3_600_000 }, wish);
  try {
    ledger.joinListener = { state: "closed", reason: "no-address", listen: [] };
    await expect(invite()).rejects.toMatchObject({ code: "GATEWAY_NO_JOIN_ADDRESS" });
    const listen = ["/ip4/192.0.2.1/tcp/7002"];
    ledger.joinListener = { state: "closed", reason: "not-opened", listen };
    await expect(invite()).rejects.toMatchObject({
      ...{ code: "GATEWAY_JOIN_NOT_OPENED", detail: { where: listen.join() } },
    });
  } finally {
    await gateway.stop();
  }
});
