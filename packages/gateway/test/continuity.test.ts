import { randomUUID } from "node:crypto";
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import type { GatewayError } from "../src/errors.ts";
import { exitCodeOf } from "../src/exit-codes.ts";
import { Companies } from "./helpers/companies.ts";
import { commitRows, pressLine } from "./helpers/press-line.ts";

const waitMs = 20_000;

let companies: Companies | null = null;
afterEach(async () => {
  await companies?.end();
  companies = null;
}, 30_000);

const rowsOf = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    timeMs: Date.now() - index,
    cells: { count: first + index },
  }));

/** What of a stream is on the ledger, sorted. */
async function countsOf(companiesOf: Companies, stream: string): Promise<readonly unknown[]> {
  const counts: unknown[] = [];
  let cursor: string | null = null;
  do {
    const query = { limit: 1_000, ...(cursor === null ? {} : { cursor }) };
    const page = await companiesOf.client(0).records(stream, query);
    counts.push(...page.items.map(({ cells }) => cells.count));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return counts.sort((a, b) => Number(a) - Number(b));
}

const numbers = (count: number): readonly number[] => [...Array(count).keys()];

test("rows acknowledged while the node is away are committed once it is back, in order", async () => {
  companies = await Companies.start(1);
  const client = companies.client(0);
  await client.createStream(pressLine("press"), { waitMs });
  await companies.stopNode(0);
  const submissions: string[] = [];
  for (let first = 0; first < 60; first += 3) {
    const body = { rows: rowsOf(first, 3), backfill: false };
    const answer = await client.submitRows("press", body, randomUUID());
    expect(answer.state).toBe("waiting");
    submissions.push(answer.submission);
  }
  await until("the status says so", async () => (await client.status()).node === null);
  const { waiting, inFlight } = (await client.status()).outbox;
  expect(waiting + inFlight).toBe(60);
  await companies.startNodes(0);
  for (const submission of submissions) {
    const done = await client.submission(submission, { waitMs });
    expect(done).toMatchObject({ state: "committed", rows: 3, committedRows: 3 });
  }
  expect(await countsOf(companies, "press")).toEqual(numbers(60));
  // Submissions that waited together share batches.
  expect((await client.stream("press")).batches).toBeLessThan(20);
  expect((await client.status()).outbox).toMatchObject({ waiting: 0, inFlight: 0, refused: 0 });
});

test("rows that a node took and lost are sent again although the clock was set back by a day", async () => {
  companies = await Companies.start(2);
  const client = companies.client(0);
  await client.createStream(pressLine("press"), { waitMs });
  await companies.stopNode(1);
  const body = { rows: rowsOf(0, 3), backfill: false };
  const { submission } = await client.submitRows("press", body, randomUUID());
  await until("the node has them", async () => {
    return ((await client.status()).node?.mempool.transactions ?? 0) > 0;
  });
  const dayMs = 86_400_000;
  const rightNow = Date.now.bind(Date);
  const clock = vi.spyOn(Date, "now").mockImplementation(() => rightNow() - dayMs);
  try {
    await companies.stopNode(0);
    await companies.startNodes(0, 1);
    const done = await client.submission(submission, { waitMs });
    expect(done).toMatchObject({ state: "committed", rows: 3 });
  } finally {
    clock.mockRestore();
  }
});

test("a gateway that is started again goes on with what it had acknowledged, and doubles nothing", async () => {
  companies = await Companies.start(1);
  const keys: string[] = [];
  await companies.client(0).createStream(pressLine("press"), { waitMs });
  for (let round = 0; round < 3; round += 1) {
    const sent = numbers(20).map(async (index) => {
      const key = `${round}-${index}`;
      keys.push(key);
      const rows = rowsOf(round * 20 + index, 1);
      return await companies?.client(0).submitRows("press", { rows, backfill: false }, key);
    });
    await Promise.all(sent);
    await companies.stopGateway(0);
    await companies.startGateway(0);
  }
  const client = companies.client(0);
  const network = companies;
  await until("everything is committed", async () => {
    return (await countsOf(network, "press")).length >= 60;
  });
  expect(await countsOf(network, "press")).toEqual(numbers(60));
  const again = { rows: rowsOf(0, 1), backfill: false };
  await expect(client.submitRows("press", again, "0-0")).rejects.toThrow("GATEWAY_REFUSED");
  expect((await client.status()).outbox).toMatchObject({ waiting: 0, inFlight: 0 });
});

test("the same key and rows are answered as before, other rows under the same key are refused", async () => {
  companies = await Companies.start(1);
  const client = companies.client(0);
  await client.createStream(pressLine("press"), { waitMs });
  const body = { rows: rowsOf(0, 2), backfill: false };
  const [first, second] = await Promise.all([
    client.submitRows("press", body, "key"),
    client.submitRows("press", body, "key"),
  ]);
  expect(first?.submission).toBe(second?.submission);
  await client.submission(first?.submission ?? "", { waitMs });
  await companies.stopGateway(0);
  await companies.startGateway(0);
  const later = await companies.client(0).submitRows("press", body, "key");
  expect(later).toMatchObject({
    submission: first?.submission,
    replayed: true,
    state: "committed",
  });
  const other = { rows: rowsOf(5, 1), backfill: false };
  const error = await companies
    .client(0)
    .submitRows("press", other, "key")
    .catch((thrown: unknown) => thrown);
  const refusal = error as GatewayError<"GATEWAY_REFUSED">;
  expect(refusal.detail.problem).toMatchObject({ code: "GATEWAY_KEY_REUSED", status: 409 });
  expect(await countsOf(companies, "press")).toEqual([0, 1]);
});

test("an old copy of a gateway's folder stops with 77 and writes nothing", async () => {
  companies = await Companies.start(1);
  const client = companies.client(0);
  await client.createStream(pressLine("press"), { waitMs });
  await commitRows(client, "press", rowsOf(0, 2));
  await companies.stopGateway(0);
  const { home } = companies.company(0);
  await cp(join(home, "gateway"), join(home, "old"), { recursive: true });
  await companies.startGateway(0);
  await commitRows(companies.client(0), "press", rowsOf(2, 2));
  await companies.stopGateway(0);
  await rm(join(home, "gateway"), { recursive: true });
  await cp(join(home, "old"), join(home, "gateway"), { recursive: true });
  const old = await companies.startGateway(0);
  const error = await old.failed;
  expect(error).toMatchObject({ code: "GATEWAY_OVERTAKEN" });
  expect(exitCodeOf(error)).toBe(77);
});

test("a second gateway with the same keys makes the first one stop with 77", async () => {
  companies = await Companies.start(1);
  const first = companies.gateway(0);
  await companies.client(0).createStream(pressLine("press"), { waitMs });
  const { home } = companies.company(0);
  const { startGateway } = await import("../src/start.ts");
  const { config, secret } = companies.company(0);
  const copy = join(companies.folder, "copy");
  for (const name of ["genesis", "card"]) await cp(join(home, name), join(copy, name));
  await companies.linkNode(0, copy);
  const second = await startGateway({ ...config, home: copy }, secret, null);
  try {
    expect(await first.failed).toMatchObject({ code: "GATEWAY_OVERTAKEN" });
  } finally {
    await second.stop();
  }
});

test("nothing of rows, names or keys is found in the gateway's folder or its log", async () => {
  companies = await Companies.start(1);
  const client = companies.client(0);
  const canary = `canary-${randomUUID()}`;
  const { fields, ...line } = pressLine(`name-${canary}`);
  const named = fields.map((field) => (field.name === "part" ? { ...field, name: canary } : field));
  await client.createStream({ ...line, fields: named }, { waitMs });
  const rows = [{ timeMs: Date.now(), cells: { state: canary, [canary]: canary } }];
  await commitRows(client, `name-${canary}`, rows);
  const wrong = [{ timeMs: Date.now(), cells: { [`x-${canary}`]: canary } }];
  await client
    .submitRows(`name-${canary}`, { rows: wrong, backfill: false }, canary)
    .catch(() => 0);
  await client.stream(`missing-${canary}`).catch(() => 0);
  await companies.stopNode(0);
  await client.submitRows(`name-${canary}`, { rows, backfill: false }, randomUUID());
  await companies.stopGateway(0);
  const { home, secret } = companies.company(0);
  const secrets = [secret.localKey, secret.transactionSeed, secret.encryptionSeed];
  const files = await readdir(join(home, "gateway"), { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const file of files) {
    if (!file.isFile()) continue;
    const content = await readFile(join(file.parentPath, file.name));
    bytes += content.length;
    expect(content.includes(canary)).toBe(false);
    for (const one of secrets) expect(content.includes(Buffer.from(one))).toBe(false);
  }
  expect(bytes).toBeGreaterThan(1_000);
  const log = companies.logs.get(0)?.text ?? "";
  expect(log.length).toBeGreaterThan(100);
  expect(log).not.toContain(canary);
});

test("a quota that is used up parks the stream, says so, and does not hold up a revocation", async () => {
  companies = await Companies.start(2, { memberDayPayloadBytesMax: 24_000 });
  const client = companies.client(0);
  await client.createStream(pressLine("press"), { waitMs });
  const untilMs = Date.now() + 86_400_000;
  const wish = { waitMs, dryRun: false };
  await client.grant("press", { to: "kato", facets: ["status"], until: untilMs }, wish);
  const submissions: string[] = [];
  for (let count = 0; count < 60; count += 1) {
    const body = { rows: rowsOf(count, 1), backfill: false };
    submissions.push((await client.submitRows("press", body, `${count}`)).submission);
    if (count % 10 === 9) await client.submission(submissions.at(-1) ?? "", { waitMs: 200 });
  }
  await until("the stream is parked", async () => {
    const { parked } = (await client.status()).outbox;
    return parked.some(({ stream, code }) => stream === "press" && code === "LEDGER_TX_QUOTA_DAY");
  });
  const done = await client.revoke("press", { from: "kato" }, wish);
  expect(done.height).toBeGreaterThan(0);
  // Behind the roll the rows are tried anew at once: until they are answered they are all on their way.
  let outbox = { waiting: 0, inFlight: 0 };
  await until("what the quota keeps back waits", async () => {
    outbox = (await client.status()).outbox;
    return outbox.waiting > 0;
  });
  const committed = await countsOf(companies, "press");
  expect(committed.length + outbox.waiting + outbox.inFlight).toBe(60);
  expect(committed.length).toBeGreaterThan(10);
});
