import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { tableReader } from "../../cli/src/plant/table-reader.ts";
import type { CreateStreamBody, Problem } from "../src/api/schemas.ts";
import { gatewayPaths } from "../src/config.ts";
import { Companies } from "./helpers/companies.ts";
import { PlantMachine, type Sent } from "./helpers/plant.ts";

const waitMs = 20_000;

/** What a press writes down. */
function press(name: string): CreateStreamBody {
  const facet = "data";
  return {
    ...{ name, category: "equipment-status", epochLength: "1h", zone: "Asia/Tokyo" },
    facets: [{ name: facet, disclosure: "row" }],
    fields: [
      { name: "state", type: "text", facet, unit: null },
      { name: "count", type: "integer", facet, unit: null },
    ],
  };
}

let companies: Companies;
let machine: PlantMachine;
let token = "";

beforeAll(async () => {
  companies = await Companies.found(1);
  await companies.startNodes();
  await companies.startGateway(0, {
    plant: { at: { host: "127.0.0.1", port: 0 }, given: null },
    reader: tableReader,
  });
  const client = companies.client(0);
  await client.createStream(press("press"), { waitMs });
  await client.createStream(press("other"), { waitMs });
  const made = await client.createToken({ name: "line 3", stream: "press" }, { dryRun: false });
  token = made.token ?? "";
  const { url = "", certificate } = made.plant ?? {};
  machine = new PlantMachine(url, certificate?.path ?? "");
}, 60_000);
afterAll(() => companies.end());

let files = 0;
/** A request as the sender makes it, but for what is said otherwise. */
function sent(body: string | Uint8Array, changed: Record<string, string> = {}): Sent {
  files += 1;
  const key = createHash("sha256").update(`file-${files}`).digest("hex");
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "text/csv",
    "idempotency-key": key,
    ...changed,
  };
  return { headers, body };
}

const countOf = async (reason: string): Promise<number> => {
  const { operationsPort } = companies.gateway(0);
  const text = await (await fetch(`http://127.0.0.1:${operationsPort}/metrics`)).text();
  const found = new RegExp(
    `^tegata_plant_refused_total\\{[^}]*reason="${reason}"[^}]*\\} (\\d+)`,
    "m",
  );
  return Number(found.exec(text)?.[1] ?? 0);
};

/** Files of a folder in which a text stands. */
function filesWith(folder: string, text: string): readonly string[] {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return paths.filter((path) => readFileSync(path).includes(text));
}

const rowsOf = async (stream = "press"): Promise<readonly unknown[]> => {
  const { items } = await companies.client(0).records(stream, { limit: 1_000 });
  return items.map(({ cells }) => cells.count).filter((count) => count !== undefined);
};

test("a CSV file is taken as it is, and once however often it is sent", async () => {
  const file = sent("state,count\nrun,1\nstop,2\n");
  const first = await machine.send(file);
  expect(first.status).toBe(202);
  expect(JSON.parse(first.text)).toMatchObject({ rows: 2, replayed: false });
  const again = await machine.send(file);
  expect(again.status).toBe(202);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  const submission = (JSON.parse(again.text) as { submission: string }).submission;
  expect(submission).toBe((JSON.parse(first.text) as { submission: string }).submission);
  await until("both rows are there", async () => (await rowsOf()).length === 2);
  expect(await rowsOf()).toEqual([1, 2]);
});

test("another file under the same key is refused, and nothing of it is taken", async () => {
  const file = sent("state,count\nrun,3\n");
  expect((await machine.send(file)).status).toBe(202);
  const other = await machine.send({ ...file, body: "state,count\nrun,4\n" });
  expect([other.status, (JSON.parse(other.text) as Problem).code]).toEqual([
    409,
    "GATEWAY_KEY_REUSED",
  ]);
});

test("CP932, NDJSON and JSON are taken too; what else there may be is not", async () => {
  const japanese = Uint8Array.from([
    ...Buffer.from("state,count\n"),
    ...[0x89, 0xc1, 0x8d, 0x48, 0x92, 0x86],
    ...Buffer.from(",5\n"),
  ]);
  expect((await machine.send(sent(japanese))).status).toBe(202);
  const ndjson = sent('{"state":"run","count":6}\n', { "content-type": "application/x-ndjson" });
  expect((await machine.send(ndjson)).status).toBe(202);
  const rows = [{ timeMs: Date.now(), cells: { count: 7 } }];
  const json = sent(JSON.stringify({ rows }), { "content-type": "application/json" });
  expect((await machine.send(json)).status).toBe(202);
  for (const type of ["text/plain", "text/csv; charset=euc-jp", "multipart/form-data", ""]) {
    const answer = await machine.send(sent("state,count\nrun,8\n", { "content-type": type }));
    expect([type, answer.status]).toEqual([type, 415]);
  }
  const packed = await machine.send(sent("state,count\nrun,8\n", { "content-encoding": "gzip" }));
  expect(packed.status).toBe(415);
  await until("the rows are there", async () => (await rowsOf()).length >= 6);
  expect([...(await rowsOf())].sort()).toEqual([1, 2, 3, 5, 6, 7]);
  const page = await companies.client(0).records("press", { limit: 10 });
  expect(page.items.map(({ cells }) => cells.state)).toContain("加工中");
});

test("a file with a mistake is refused whole, with line, field and remedy, for programs and for people", async () => {
  const body = 'state,count\nrun,9\nrun,x\nrun,"1,5"\n';
  const before = (await companies.client(0).status()).outbox;
  const answer = await machine.send(sent(body));
  const problem = JSON.parse(answer.text) as Problem;
  expect([answer.status, problem.code]).toEqual([422, "CLI_ROWS_REFUSED"]);
  expect(problem.errors?.map(({ line, field }) => [line, field])).toEqual([
    [3, "count"],
    [4, "count"],
  ]);
  expect(problem.next).not.toBe("");
  const people = await machine.send(sent(body, { accept: "text/plain" }));
  expect(people.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(people.text).toMatch(/^error: CSV does not fit the stream; nothing was submitted$/m);
  expect(people.text).toMatch(/line 3: count: expected .*, got "x"/);
  expect((await companies.client(0).status()).outbox).toEqual(before);
});

test("no token, a wrong one, an expired, a revoked and one of another stream get one and the same answer", async () => {
  const client = companies.client(0);
  const make = async (name: string, stream: string, untilMs: number | null) =>
    (await client.createToken({ name, stream, untilMs }, { dryRun: false })).token ?? "";
  const revoked = await make("revoked", "press", null);
  const ofOther = await make("of other", "other", null);
  const expired = await make("expired", "press", Date.now() - 1);
  await client.revokeToken("revoked", { dryRun: false });
  const before = await countOf("token");
  const bearers = [
    ...["", "Bearer", `Basic ${token}`, `Bearer ${token}x`, `Bearer tgp_${"A".repeat(43)}`],
    ...[revoked, expired, ofOther].map((text) => `Bearer ${text}`),
  ];
  const answers = new Set<string>();
  for (const authorization of bearers) {
    const { status, text } = await machine.send(sent("state,count\nrun,8\n", { authorization }));
    answers.add(`${status} ${text}`);
  }
  // A stream that there is and one that there is not look the same.
  const nowhere = { ...sent("state,count\nrun,8\n"), path: "/v1/streams/nowhere/records" };
  const { status, text } = await machine.send(nowhere);
  answers.add(`${status} ${text}`);
  expect([...answers]).toHaveLength(1);
  expect([...answers][0]).toMatch(/^401 .*"GATEWAY_PLANT_TOKEN"/);
  expect(await countOf("token")).toBe(before + bearers.length + 1);
});

test("a token says when it was used, is shown once, and lies nowhere in the clear", async () => {
  const { items } = await companies.client(0).tokens();
  const own = items.find(({ name }) => name === "line 3");
  expect(own?.usedMs).toBeGreaterThan(Date.now() - 60_000);
  expect(JSON.stringify(items)).not.toContain(token.slice(4));
  const { home } = companies.company(0);
  expect(filesWith(home, token.slice(4))).toEqual([]);
});

test("the loopback port knows nothing of tokens, and neither door takes the token of the other", async () => {
  const { url } = companies.gateway(0);
  const { token: path } = gatewayPaths(companies.company(0).home);
  const own = readFileSync(path, "utf8").trim();
  const asked = async (bearer: string, what: string): Promise<number> => {
    const headers = { authorization: `Bearer ${bearer}` };
    return (await fetch(`${url}/v1/${what}`, { headers })).status;
  };
  expect(await asked(own, "status")).toBe(200);
  expect(await asked(own, "tokens")).toBe(404);
  expect(await asked(token, "status")).toBe(401);
  const answer = await machine.send(sent("state,count\n", { authorization: `Bearer ${own}` }));
  expect(answer.status).toBe(401);
});
