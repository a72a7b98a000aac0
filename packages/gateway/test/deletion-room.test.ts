import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { makeCompany } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";
import { pressLine } from "./helpers/press-line.ts";

const hourMs = 3_600_000;
const wish = { waitMs: 20_000, dryRun: false };
/** Three parts of a batch, and what a stream's name and fields take at most. */
const batchBytes = 3 * 272;
const metaBytesMax = 1_040;

test("rows that wait for the quota of what is kept go out once their owner has deleted older ones", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tegata-room-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const company = await makeCompany(0, folder);
  const parameters = {
    ...defaultParameters,
    memberRetainedPayloadBytesMax: metaBytesMax + 2 * batchBytes,
  };
  const genesis = buildGenesis([company.card], parameters, Date.now());
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  let gateway: DeskOver = await deskOver(company, genesis.networkId, ledger, stores);
  onTestFinished(() => gateway.stop());
  const body = { ...pressLine("press"), kind: "rows", zone: "UTC", epochLength: "1h" } as const;
  await gateway.desk.createStream(body, wish);
  const start = Math.floor(Date.now() / hourMs) * hourMs;
  const submit = (hoursAgo: number, waitMs: number) => {
    const rows = [{ timeMs: start - hoursAgo * hourMs, cells: { count: hoursAgo } }];
    return gateway.desk.submitRows("press", { rows, backfill: false }, null, { ...wish, waitMs });
  };
  let hoursAgo = 40;
  let last = await submit(hoursAgo, 20_000);
  while (last.state === "committed") {
    hoursAgo -= 1;
    last = await submit(hoursAgo, 1_000);
  }
  expect(40 - hoursAgo).toBeGreaterThanOrEqual(2);
  expect(last.state).toBe("waiting");
  const before = start - hoursAgo * hourMs;
  const dry = { ...wish, dryRun: true };
  const seen = await gateway.desk.purge("press", { before: before - hourMs, plan: null }, dry);
  const { plan, ...shown } = await gateway.desk.purge("press", { before, plan: null }, dry);
  expect(shown).toMatchObject({ batches: 40 - hoursAgo, waiting: 1, submitted: false });
  // What would go is not what was shown, so nothing goes.
  await expect(
    gateway.desk.purge("press", { before, plan: seen.plan }, wish),
  ).rejects.toMatchObject({ code: "GATEWAY_PURGE_CHANGED", detail: { batches: 40 - hoursAgo } });
  expect(await gateway.desk.stream("press")).toMatchObject({ deletedBatches: 0 });
  await gateway.desk.records("press", { limit: 10, order: "asc" });
  expect(gateway.openedBytes()).toBeGreaterThan(0);
  const purged = await gateway.desk.purge("press", { before, plan }, wish);
  expect(purged).toMatchObject({ batches: 40 - hoursAgo, left: 0, waiting: 1, submitted: true });
  expect(purged.height).not.toBeNull();
  // Nobody has asked for rows since.
  expect(gateway.openedBytes()).toBe(0);
  const { submission } = last;
  await until("the rows went out", async () => {
    return (await gateway.desk.submission(submission, wish)).state === "committed";
  });
  const isLeft = async () =>
    (await gateway.desk.records("press", { limit: 10, order: "asc" })).items;
  expect((await isLeft()).map(({ timeMs }) => timeMs)).toEqual([before]);
  // Another start knows it from its disk.
  await gateway.stop();
  gateway = await deskOver(company, genesis.networkId, ledger, stores);
  await until("it has read the ledger", async () => {
    return (await gateway.desk.streams()).some(({ batches }) => batches === 41 - hoursAgo);
  });
  expect(await gateway.desk.stream("press")).toMatchObject({ deletedBatches: 40 - hoursAgo });
  expect((await isLeft()).map(({ timeMs }) => timeMs)).toEqual([before]);
});
