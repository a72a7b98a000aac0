import { randomUUID } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessAnswer,
  type Problem,
  recordsAnswer,
  statusAnswer,
  streamsAnswer,
} from "../src/api/schemas.ts";
import { GatewayError } from "../src/errors.ts";
import { Companies } from "./helpers/companies.ts";
import { commitRows, pressLine } from "./helpers/press-line.ts";

const waitMs = 20_000;
const hourMs = 3_600_000;

let companies: Companies;
beforeAll(async () => {
  companies = await Companies.start(1);
  await companies.client(0).createStream(pressLine("press"), { waitMs });
}, 60_000);
afterAll(() => companies.end());

/** The problem a call is answered with. */
async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GatewayError && error.code === "GATEWAY_REFUSED") {
    return (error as GatewayError<"GATEWAY_REFUSED">).detail.problem;
  }
  throw new Error(`it was not refused: ${String(error)}`);
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** A request as any program could send it. */
async function ask(
  where: { readonly socketPath: string } | { readonly url: string },
  path: string,
  options: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answer> {
  const target =
    "url" in where
      ? { host: new URL(where.url).hostname, port: new URL(where.url).port }
      : { socketPath: where.socketPath };
  const { headers = {}, body } = options;
  return await new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const sent = request({ ...target, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"] ?? "",
          text,
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const submit = (
  rows: readonly { timeMs: number; cells: Record<string, unknown> }[],
  backfill = false,
) => companies.client(0).submitRows("press", { rows: rows as never, backfill }, randomUUID());

test("rows that do not fit the schema are refused whole, with row, field and what was expected", async () => {
  const timeMs = Date.now();
  const before = (await companies.client(0).status()).outbox;
  const problem = await problemOf(
    submit([
      { timeMs, cells: { state: "run" } },
      { timeMs, cells: { state: 5, temp: { decimal: "1,5" } } },
      { timeMs, cells: { stat: "run", ok: "yes" } },
    ]),
  );
  expect(problem).toMatchObject({ code: "GATEWAY_ROWS_INVALID", status: 422 });
  expect(problem.errors?.map(({ row, field }) => [row, field])).toEqual([
    [1, "state"],
    [1, "temp"],
    [2, "stat"],
    [2, "ok"],
  ]);
  expect(problem.errors?.[0]).toMatchObject({ expected: "text", got: "5" });
  expect((await companies.client(0).status()).outbox).toEqual(before);
});

test("cells that no encoding can carry are refused at the door", async () => {
  const timeMs = Date.now();
  for (const state of ["\ud800", "a\udfff"]) {
    expect(await problemOf(submit([{ timeMs, cells: { state } }]))).toMatchObject({
      code: "GATEWAY_ROWS_INVALID",
    });
  }
  const long = { decimal: "1".repeat(129) };
  expect(await problemOf(submit([{ timeMs, cells: { temp: long } }]))).toMatchObject({
    code: "GATEWAY_ROWS_INVALID",
  });
  const large = await problemOf(submit([{ timeMs, cells: { state: "x".repeat(1_050_000) } }]));
  expect(large.errors?.[0]).toMatchObject({ row: 0, field: null });
});

test("rows of the future and old rows are refused with their row, old ones unless they are meant", async () => {
  const timeMs = Date.now();
  const ok = { timeMs, cells: { count: 1 } };
  const ahead = await problemOf(submit([ok, { timeMs: timeMs + 6 * 60_000, cells: { count: 2 } }]));
  expect(ahead).toMatchObject({ code: "GATEWAY_ROWS_AHEAD", errors: [{ row: 1 }] });
  const old = { timeMs: timeMs - 170 * hourMs, cells: { count: 3 } };
  const tooOld = await problemOf(submit([ok, old]));
  expect(tooOld).toMatchObject({ code: "GATEWAY_ROWS_TOO_OLD", errors: [{ row: 1 }] });
  const done = await commitRows(companies.client(0), "press", [ok, old], true);
  expect(done).toMatchObject({ state: "committed", committedRows: 2 });
});

test("what a row may hold comes back exactly: every type, nulls, absent fields, large and negative numbers", async () => {
  const client = companies.client(0);
  const facet = "all";
  const types = ["text", "integer", "decimal", "boolean", "time", "bytes"] as const;
  const fields = types.map((type) => ({ name: type, type, facet, unit: null }));
  const facets = [{ name: facet, disclosure: "field" as const }];
  await client.createStream({ name: "types", category: "other", facets, fields }, { waitMs });
  const timeMs = Date.now();
  const rows = [
    {},
    { text: "", integer: 0, decimal: { decimal: "-0.00" }, boolean: false, bytes: { bytes: "" } },
    { text: "漢字 🙂", integer: Number.MAX_SAFE_INTEGER, time: "2026-11-21 09:00:00" },
    { integer: -Number.MAX_SAFE_INTEGER, decimal: 12, bytes: { bytes: "AAECAw==" } },
    { integer: { decimal: "007" }, text: null, boolean: null, time: null },
    { integer: 4_294_967_296, text: "x".repeat(40_000) },
  ].map((cells) => ({ timeMs, cells }));
  await commitRows(client, "types", rows);
  const { items } = await client.records("types", {});
  expect(items.map(({ cells }) => cells)).toEqual(rows.map(({ cells }) => cells));
});

test("a stream of 256 fields takes as many rows as a request holds", async () => {
  const client = companies.client(0);
  const facet = "wide";
  const fields = Array.from({ length: 256 }, (_, index) => ({
    name: `f${index}`,
    type: "integer" as const,
    facet,
    unit: null,
  }));
  const facets = [{ name: facet, disclosure: "row" as const }];
  await client.createStream({ name: "wide", category: "other", facets, fields }, { waitMs });
  const timeMs = Date.now();
  const cells = Object.fromEntries(fields.map(({ name }, index) => [name, index]));
  const rows = Array.from({ length: 1_000 }, () => ({ timeMs, cells }));
  const done = await commitRows(client, "wide", rows);
  expect(done).toMatchObject({ state: "committed", committedRows: 1_000 });
  const page = await client.records("wide", { limit: 1_000 });
  expect(page.items).toHaveLength(1_000);
  expect(page.items[999]?.cells).toEqual(cells);
});

test("streams that cannot be are refused, and names are given once", async () => {
  const client = companies.client(0);
  const line = pressLine("press");
  const code = async (body: typeof line): Promise<string> =>
    (await problemOf(client.createStream(body, { waitMs }))).code;
  expect(await code(line)).toBe("GATEWAY_STREAM_EXISTS");
  const other = { ...line, name: "other" };
  expect(await code({ ...other, zone: "Asia/Nowhere" })).toBe("GATEWAY_SCHEMA_INVALID");
  const twice = [...line.fields, ...line.fields.slice(0, 1)];
  expect(await code({ ...other, fields: twice })).toBe("GATEWAY_SCHEMA_INVALID");
  const stray = [{ name: "x", type: "text" as const, facet: "none", unit: null }];
  expect(await code({ ...other, fields: stray })).toBe("GATEWAY_SCHEMA_INVALID");
  expect(await code({ ...other, kind: "documents" })).toBe("GATEWAY_SCHEMA_INVALID");
  expect((await client.streams()).map(({ name }) => name)).not.toContain("other");
});

test("a mistyped name is answered with the nearest one", async () => {
  const problem = await problemOf(companies.client(0).stream("pres"));
  expect(problem).toMatchObject({ code: "GATEWAY_STREAM_UNKNOWN", status: 404 });
  expect(problem.next).toContain('"press"');
});

test("whoever listens knows from where on before anything happens, and goes on from there", async () => {
  const client = companies.client(0);
  const first = new AbortController();
  let place: string | null = null;
  const query = { types: "record", stream: "press" };
  const nothing = client.events(query, first.signal, (cursor) => {
    place = cursor;
    first.abort();
  });
  for await (const { event } of nothing) throw new Error(`told: ${event.type}`);
  expect(place).not.toBeNull();
  await commitRows(client, "press", [{ timeMs: Date.now(), cells: { count: 77 } }]);
  const second = new AbortController();
  for await (const { event } of client.events({ ...query, cursor: place ?? "" }, second.signal)) {
    expect(event).toMatchObject({ type: "record", record: { cells: { count: 77 } } });
    second.abort();
  }
});

test("only the user may reach the socket, and its folder", async () => {
  const { socketPath } = companies.gateway(0);
  expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
  expect((await stat(join(socketPath, ".."))).mode & 0o777).toBe(0o700);
});

test("the loopback port answers only with the token and under a loopback name", async () => {
  const { url } = companies.gateway(0);
  const where = { url: url ?? "" };
  const token = (
    await readFile(join(companies.company(0).home, "gateway", "token"), "utf8")
  ).trim();
  const authorization = `Bearer ${token}`;
  expect((await ask(where, "/v1/status", { headers: { authorization } })).status).toBe(200);
  for (const headers of [{}, { authorization: `${authorization}x` }, { authorization: token }]) {
    const answer = await ask(where, "/v1/status", { headers: headers as Record<string, string> });
    expect(answer).toMatchObject({ status: 401, type: "application/problem+json; charset=utf-8" });
  }
  const host = "attacker.example";
  expect((await ask(where, "/v1/status", { headers: { authorization, host } })).status).toBe(421);
  const hash = await readFile(join(companies.company(0).home, "gateway", "token.hash"), "utf8");
  expect(hash).not.toContain(token.slice(4, 20));
});

test("what is no request of the API is told as a problem, and costs nothing", async () => {
  const where = { socketPath: companies.gateway(0).socketPath };
  const headers = { "content-type": "application/json" };
  const path = "/v1/streams/press/records";
  const codeOf = async (body: string): Promise<string> =>
    (JSON.parse((await ask(where, path, { headers, body })).text) as Problem).code;
  expect(await codeOf("{")).toBe("GATEWAY_REQUEST_INVALID");
  expect(await codeOf('{"rows":[]}')).toBe("GATEWAY_REQUEST_INVALID");
  expect(await codeOf('{"rows":[{"timeMs":1.5,"cells":{}}]}')).toBe("GATEWAY_REQUEST_INVALID");
  expect(await codeOf('{"rows":[{"timeMs":1,"cells":{}}],"x":1}')).toBe("GATEWAY_REQUEST_INVALID");
  const nested = await ask(where, path, {
    headers,
    body: JSON.stringify({ rows: [{ timeMs: 1, cells: { state: { x: 1 } } }] }),
  });
  expect(JSON.parse(nested.text)).toMatchObject({ errors: [{ row: 0 }] });
  const missing = await ask(where, "/v1/nothing");
  expect(missing).toMatchObject({ status: 404, type: "application/problem+json; charset=utf-8" });
  const huge = await ask(where, path, { headers, body: " ".repeat(33 * 1_048_576) });
  expect(huge.status).toBe(413);
});

test("the description of the API is OpenAPI 3.1 and names every path", async () => {
  const description = JSON.parse(await companies.client(0).openApi()) as {
    readonly openapi: string;
    readonly paths: Record<string, Record<string, unknown>>;
  };
  expect(description.openapi).toBe("3.1.0");
  expect(Object.keys(description.paths).sort()).toEqual([
    "/v1/access",
    "/v1/events",
    "/v1/members",
    "/v1/members/{company}",
    "/v1/membership/addresses",
    "/v1/membership/invitations",
    "/v1/membership/parting/{what}",
    "/v1/membership/requests",
    "/v1/membership/requests/{request}",
    "/v1/membership/rotations",
    "/v1/membership/seat",
    "/v1/membership/standing-up",
    "/v1/membership/votes",
    "/v1/outbox",
    "/v1/outbox/{submission}",
    "/v1/outbox/{submission}/retry",
    "/v1/proofs",
    "/v1/status",
    "/v1/streams",
    "/v1/streams/{stream}",
    "/v1/streams/{stream}/documents",
    "/v1/streams/{stream}/documents/{document}",
    "/v1/streams/{stream}/grants",
    "/v1/streams/{stream}/purges",
    "/v1/streams/{stream}/raw/{record}",
    "/v1/streams/{stream}/records",
    "/v1/streams/{stream}/revocations",
    "/v1/submissions/{id}",
    "/v1/tokens",
    "/v1/tokens/{name}",
  ]);
});

test("answers are what the schemas say", async () => {
  const client = companies.client(0);
  statusAnswer.parse(await client.status());
  streamsAnswer.parse({ items: await client.streams() });
  recordsAnswer.parse(await client.records("press", {}));
  accessAnswer.parse(await client.access());
  const [self] = await client.members();
  expect(self).toMatchObject({ handle: "aoki", self: true, validator: true, joinedHeight: 0 });
  expect(self).toMatchObject({ standing: "voting", sinceHeight: 0, offenceHeight: null });
});

test("health and metrics have a port of their own and name no stream", async () => {
  const base = `http://127.0.0.1:${companies.gateway(0).operationsPort}`;
  expect((await fetch(`${base}/livez`)).status).toBe(200);
  await expect.poll(async () => (await fetch(`${base}/readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${base}/metrics`)).text();
  expect(metrics).toMatch(/^tegata_chain_height\{[^}]*\} [1-9]/m);
  expect(metrics).toMatch(/^tegata_data_records_total\{direction="out"[^}]*\} [1-9]/m);
  expect(metrics).toMatch(/^tegata_tx_finality_seconds_count\{[^}]*\} [1-9]/m);
  expect(metrics).not.toContain("press");
  const backup = /^tegata_backup_last_success_timestamp_seconds\{[^}]*\} (.*)$/m;
  expect(backup.exec(metrics)?.[1]).toBe("0");
  await writeFile(join(companies.company(0).home, "backup-last"), '{"timeMs":1700000000000}');
  const later = await (await fetch(`${base}/metrics`)).text();
  expect(backup.exec(later)?.[1]).toBe("1700000000");
  const invited = async (): Promise<string | undefined> => {
    const text = await (await fetch(`${base}/metrics`)).text();
    return /^tegata_invites_open\{[^}]*\} (.*)$/m.exec(text)?.[1];
  };
  expect(await invited()).toBe("0");
  await companies.client(0).invite({ company: "Mori Steel" }, { waitMs, dryRun: false });
  await expect.poll(invited).toBe("1");
  expect((await fetch(`${base}/else`)).status).toBe(404);
});
