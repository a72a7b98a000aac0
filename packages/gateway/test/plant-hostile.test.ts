import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectPlain, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { tableReader } from "../../cli/src/plant/table-reader.ts";
import { gatewayLimits } from "../src/limits.ts";
import { createLog } from "../src/log.ts";
import { openOwnCertificate, type PlantCertificate } from "../src/plant/certificate.ts";
import {
  type ListenerPatience,
  openPlantListener,
  type PlantListener,
} from "../src/plant/listener.ts";
import { makeCompany } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";
import { PlantMachine } from "./helpers/plant.ts";

const at = { host: "127.0.0.1", port: 0 };
const wish = { waitMs: 20_000, dryRun: false };
const path = "/v1/streams/press/records";

let folder: string;
let certificate: PlantCertificate;
let gateway: DeskOver;
let token = "";
let listener: PlantListener;
let machine: PlantMachine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-plant-"));
  const company = await makeCompany(0, folder);
  const genesis = buildGenesis([company.card], defaultParameters, Date.now());
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  gateway = await deskOver(company, genesis.networkId, ledger, stores);
  const facet = "data";
  await gateway.desk.createStream(
    {
      ...{ name: "press", category: "other", epochLength: "1h", zone: "UTC", kind: "rows" },
      facets: [{ name: facet, disclosure: "row" }],
      fields: [{ name: "count", type: "integer", facet, unit: null }],
    },
    wish,
  );
  const body = { name: "line 3", stream: "press", untilMs: null };
  token = (await gateway.desk.tokens.create(body, false)).token ?? "";
  const files = { certificate: join(folder, "plant.crt"), key: join(folder, "plant.key") };
  const made = { title: "Kato Press", host: at.host, nowMs: Date.now() };
  certificate = await openOwnCertificate(files, made);
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Opens the gateway to the plant; the usual patience is longer than any test. */
async function listen(patience: ListenerPatience = gatewayLimits): Promise<void> {
  const { plant, metrics } = gateway;
  const log = createLog("error", { write: () => undefined });
  const parts = { plant, metrics, log, reader: tableReader };
  listener = await openPlantListener(at, certificate, parts, patience);
  machine = new PlantMachine(listener.url, certificate.path);
}

beforeEach(() => listen());
afterEach(() => listener.close());

/** As before, but so that a test can wait it out. */
async function listenShortly(changed: Partial<ListenerPatience>): Promise<void> {
  await listener.close();
  await listen({ ...gatewayLimits, ...changed });
}

let keys = 0;
/** The head of a request as the sender writes it, but for what is said otherwise. */
function head(lines: readonly string[], bearer = token, what = `POST ${path}`): string {
  keys += 1;
  const own = ["Host: gateway", `Authorization: Bearer ${bearer}`, `Idempotency-Key: key-${keys}`];
  return [`${what} HTTP/1.1`, ...own, "Content-Type: text/csv", ...lines, "", ""].join("\r\n");
}

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
const file = "count\n1\n";

async function refusedFor(reason: string): Promise<number> {
  const text = await gateway.metrics.registry.metrics();
  const found = new RegExp(
    `^tegata_plant_refused_total\\{[^}]*reason="${reason}"[^}]*\\} (\\d+)`,
    "m",
  );
  return Number(found.exec(text)?.[1] ?? 0);
}

async function acknowledged(): Promise<number> {
  const text = await gateway.metrics.registry.metrics();
  return Number(
    /^tegata_data_records_total\{[^}]*direction="out"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0,
  );
}

/** Everything that comes over a connection until the other side ends it. */
function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
}

/** Waits until something stands in what comes over a connection. */
async function untilHeard(socket: Socket, pattern: RegExp): Promise<void> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  await until(`${pattern} is heard`, () => pattern.test(text));
}

const plainly = (): Socket => connectPlain({ host: "127.0.0.1", port: machine.port });

test("plain HTTP gets no answer, and neither does TLS of an old version", async () => {
  const before = await refusedFor("tls");
  const socket = plainly();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: gateway\r\n\r\n`);
  expect(await heard(socket)).not.toMatch(/HTTP|401|token/);
  await expect(machine.connect({ maxVersion: "TLSv1.1" })).rejects.toThrow();
  expect(await refusedFor("tls")).toBe(before + 2);
});

test("who connects and says nothing, or half a greeting, is let go of", async () => {
  await listenShortly({ plantHandshakeMs: 300, plantHeadersMs: 300, plantRequestMs: 300 });
  const silent = plainly();
  const half = plainly();
  half.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
  const greeted = await machine.connect();
  const headless = await machine.connect();
  headless.write(`POST ${path} HTTP/1.1\r\nHost: gate`);
  await Promise.all([silent, half, greeted, headless].map(heard));
});

test("a body that comes too slowly ends with 408, and its place is free again", async () => {
  await listenShortly({ plantHeadersMs: 2_000, plantRequestMs: 2_000 });
  const drip = await machine.connect();
  const text = heard(drip);
  drip.write(head([`Content-Length: ${file.length}`]));
  drip.write(file.slice(0, 3));
  expect(statusOf(await text)).toBe(408);
  const answer = await machine.raw(
    head([`Content-Length: ${file.length}`, "Connection: close"]),
    file,
  );
  expect(statusOf(answer)).toBe(202);
});

test("a body that is too large is refused by its announced length, or as soon as it is", async () => {
  const { plantBodyBytesMax } = gatewayLimits;
  const announced = await machine.connect();
  const text = heard(announced);
  announced.write(head([`Content-Length: ${plantBodyBytesMax + 1}`]));
  await untilHeard(announced, /^HTTP/);
  announced.destroy();
  expect(statusOf(await text)).toBe(413);
  const waiting = await machine.connect();
  const told = heard(waiting);
  waiting.write(head([`Content-Length: ${2 ** 40}`, "Expect: 100-continue"]));
  expect(statusOf(await told)).toBe(413);
  const chunked = await machine.connect();
  const end = heard(chunked);
  chunked.write(head(["Transfer-Encoding: chunked"]));
  const chunk = "x".repeat(65_536);
  for (
    let sent = 0;
    sent <= plantBodyBytesMax + chunk.length && chunked.writable;
    sent += chunk.length
  ) {
    chunked.write(`10000\r\n${chunk}\r\n`);
  }
  await untilHeard(chunked, /^HTTP/);
  chunked.destroy();
  expect(statusOf(await end)).toBe(413);
});

test("a body of nothing but mistakes is refused with the first ones, and holds nobody else up", async () => {
  const cells = Array.from({ length: 180 }, (_, index) => `"a${index}":{}`).join(",");
  const row = `{"timeMs":1,"cells":{${cells}}}`;
  const many = `{"rows":[${Array.from({ length: 4_096 }, () => row).join(",")}]}`;
  const names = Array.from({ length: 300 }, (_, index) => `"b${index}":1`).join(",");
  const wide = `{"rows":[{"timeMs":1,"cells":{${names}}}]}`;
  const heard = [many, wide].map(async (body, index) => {
    const headers = {
      ...{ authorization: `Bearer ${token}`, "idempotency-key": `mistakes-${index}` },
      "content-type": "application/json",
    };
    const { status, text } = await machine.send({ headers, body });
    return { status, problem: JSON.parse(text) };
  });
  const [first, second] = await Promise.all(heard);
  expect([first?.status, first?.problem.code]).toEqual([400, "GATEWAY_REQUEST_INVALID"]);
  expect(first?.problem.errors).toHaveLength(gatewayLimits.rowProblemsMax);
  expect(first?.problem.errors[0]).toMatchObject({ row: 0, field: "cells.a0" });
  expect(second?.problem.errors).toMatchObject([
    { row: 0, field: null, expected: "at most 256 cells in a row", got: "300" },
  ]);
}, 15_000);

test("a stream is reached by its name, however long it is in Japanese", async () => {
  const name = "第三工場".repeat(16);
  const fields = [{ name: "count", type: "integer", facet: "data", unit: null } as const];
  await gateway.desk.createStream(
    {
      ...{ name, category: "other", epochLength: "1h", zone: "UTC", kind: "rows", fields },
      facets: [{ name: "data", disclosure: "row" }],
    },
    wish,
  );
  const made = await gateway.desk.tokens.create({ name, stream: name, untilMs: null }, false);
  const { status, text } = await machine.send({
    path: `/v1/streams/${encodeURIComponent(name)}/records`,
    headers: {
      ...{ authorization: `Bearer ${made.token}`, "idempotency-key": "long" },
      "content-type": "text/csv",
    },
    body: file,
  });
  expect([status, JSON.parse(text)]).toMatchObject([202, { rows: 1 }]);
});

test("what two readers could understand differently is refused, and nothing of it is taken", async () => {
  const before = await acknowledged();
  const both = [`Content-Length: ${file.length}`, "Transfer-Encoding: chunked"];
  const attacks = [
    head(both),
    head(both.toReversed()),
    head([`Content-Length: ${file.length}`, `Content-Length: ${file.length + 1}`]),
    head(["Content-Length: +8"]),
    head(["Content-Length: 0x8"]),
    head(["Transfer-Encoding: xchunked"]),
    head(["Transfer-Encoding: chunked", "Transfer-Encoding: identity"]),
    head(["Content-Length : 8"]),
    head([" Content-Length: 8"]),
    head(["X: a\nContent-Length: 8"]),
    head(["X: a\r\r\nContent-Length: 8"]),
  ];
  for (const attack of attacks) {
    const smuggled = head([`Content-Length: ${file.length}`, "Connection: close"]) + file;
    const text = await machine.raw(attack, file, smuggled);
    expect([attack, statusOf(text)]).toEqual([attack, 400]);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  }
  expect(await acknowledged()).toBe(before);
});

test("a token that hands in reads nothing, wherever it is sent and however the path is written", async () => {
  const before = await acknowledged();
  const asked = [
    ...[
      "GET /v1/status",
      "GET /v1/streams",
      "GET /v1/streams/press",
      `GET ${path}`,
      "GET /metrics",
    ],
    ...["GET /v1/openapi.json", "GET /v1/outbox", "GET /v1/events", "GET /v1/tokens", "GET /"],
    ...["POST /v1/streams", "POST /v1/tokens", "DELETE /v1/tokens/line%203", `PUT ${path}`],
    ...["POST /v1/streams/press/grants", "GET /v1/streams/press/records?limit=9"],
    ...[`POST ${path}/`, `POST ${path}?x`, `POST /${path}`, "POST /v1/streams//records"],
    ...["POST /v1/streams/press/../press/records", "POST /v1/streams/press%2Frecords"],
    ...["POST https://elsewhere/v1/streams/press/records", "OPTIONS *", `TRACE ${path}`],
  ];
  for (const what of asked) {
    const text = await machine.raw(
      head([`Content-Length: ${file.length}`, "Connection: close"], token, what),
      file,
    );
    expect([what, statusOf(text)]).toEqual([what, 404]);
    expect(text).toContain("GATEWAY_PLANT_ONLY");
  }
  for (const stream of [
    "%70ress%00",
    "press%2f..%2fpress",
    "%E0%A4%A",
    "Press",
    "..",
    "x".repeat(256),
  ]) {
    const what = `POST /v1/streams/${stream}/records`;
    const other = new PlantMachine(listener.url, certificate.path, "127.0.0.9");
    const lines = [`Content-Length: ${file.length}`, "Connection: close"];
    expect([what, statusOf(await other.raw(head(lines, token, what), file))]).toEqual([what, 401]);
  }
  const escaped = head(
    ["Content-Length: 0", "Connection: close"],
    token,
    "POST /v1/streams/%70ress/records",
  );
  expect(statusOf(await machine.raw(escaped))).toBe(422);
  const tunnel = await machine.raw(head([], token, "CONNECT elsewhere:443"));
  expect(tunnel).toBe("");
  expect(
    statusOf(
      await machine.raw(head(["Connection: Upgrade, close", "Upgrade: h2c"], token, "GET /")),
    ),
  ).toBe(404);
  expect(await acknowledged()).toBe(before);
  const health = await machine.send({ method: "GET", path: "/livez" });
  expect([health.status, health.text, health.headers["content-type"]]).toEqual([
    204,
    "",
    undefined,
  ]);
});

test("ten wrong tokens of an address shut it out for a while, and nobody else", async () => {
  const wrong = { headers: { authorization: `Bearer tgp_${"A".repeat(43)}` }, body: file };
  for (let tried = 0; tried < gatewayLimits.plantWrongTokensMax; tried += 1) {
    expect((await machine.send(wrong)).status).toBe(401);
  }
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "text/csv",
    "idempotency-key": "k",
  };
  const out = await machine.send({ headers, body: file });
  expect([out.status, Number(out.headers["retry-after"]) > 0]).toEqual([429, true]);
  const neighbour = new PlantMachine(listener.url, certificate.path, "127.0.0.2");
  expect((await neighbour.send({ headers, body: file })).status).toBe(202);
});

test("a thousand connections of one address leave room for the others", async () => {
  const sockets = Array.from({ length: 1_000 }, () => plainly());
  const ended = sockets.map(heard);
  await until("all but a few were let go of at once", () => {
    const open = sockets.filter(({ closed }) => !closed).length;
    return open <= gatewayLimits.plantConnectionsOfOneMax;
  });
  const neighbour = new PlantMachine(listener.url, certificate.path, "127.0.0.2");
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "text/csv",
    "idempotency-key": "k2",
  };
  expect((await neighbour.send({ headers, body: file })).status).toBe(202);
  for (const socket of sockets) socket.destroy();
  await Promise.all(ended);
  await until("there is room for that address again", () =>
    machine.send({ headers, body: file }).then(
      ({ status }) => status === 202,
      () => false,
    ),
  );
});

test("a flood of headers is refused, whoever sends it", async () => {
  const long = head([`X: ${"x".repeat(gatewayLimits.plantHeaderBytesMax)}`]);
  expect(statusOf(await machine.raw(long))).toBe(431);
  const endless = await machine.connect();
  const text = heard(endless);
  endless.write(`POST ${path} HTTP/1.1\r\n`);
  for (let line = 0; line < 100_000 && endless.writable; line += 1)
    endless.write(`X-${line}: x\r\n`);
  expect([0, 431]).toContain(statusOf(await text));
});

test("two files of a token are on their way at a time, and a third is told to wait", async () => {
  const begin = async () => {
    const socket = await machine.connect();
    const text = heard(socket);
    socket.write(head([`Content-Length: ${file.length}`, "Connection: close"]));
    return { socket, text };
  };
  const two = [await begin(), await begin()];
  let told = "";
  await until("both are begun", async () => {
    told = await machine.raw(head(["Content-Length: 0", "Connection: close"]));
    return statusOf(told) === 429;
  });
  expect(told).toContain("GATEWAY_PLANT_BUSY");
  expect(told).toMatch(/retry-after: 5/i);
  for (const { socket } of two) socket.write(file);
  for (const { text } of two) expect(statusOf(await text)).toBe(202);
});

test("what cannot be read behind a file gets no answer that would pass for the file's own, which was taken", async () => {
  const before = await acknowledged();
  const one = head([`Content-Length: ${file.length}`]);
  const long = `GET / HTTP/1.1\r\nX: ${"a".repeat(gatewayLimits.plantHeaderBytesMax)}`;
  for (const behind of ["2\n", "garbage\r\n\r\n", long]) {
    expect(await machine.raw(one + file + behind)).toBe("");
  }
  // The same file under the same key, now with its length right.
  const text = await machine.raw(one.replace("Host", "Connection: close\r\nHost") + file);
  expect(statusOf(text)).toBe(202);
  expect(await acknowledged()).toBe(before + 1);
});

test("who asks for leave before it sends gets it, or the refusal and the end of the connection", async () => {
  const granted = await machine.connect();
  const text = heard(granted);
  granted.write(
    head([`Content-Length: ${file.length}`, "Expect: 100-continue", "Connection: close"]),
  );
  await untilHeard(granted, /100 Continue/);
  granted.write(file);
  expect(await text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
  const refused = await machine.raw(head(["Content-Length: 8", "Expect: 100-continue"], "tgp_x"));
  expect(statusOf(refused)).toBe(401);
  expect(refused.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test("a token that is taken back while its file is on the way is refused, and the file with it", async () => {
  const { tokens } = gateway.desk;
  const body = { name: "short", stream: "press", untilMs: null };
  const short = (await tokens.create(body, false)).token ?? "";
  const before = await acknowledged();
  const sending = await machine.connect();
  const text = heard(sending);
  sending.write(
    head([`Content-Length: ${file.length}`, "Expect: 100-continue", "Connection: close"], short),
  );
  await untilHeard(sending, /100 Continue/);
  await tokens.revoke("short", false);
  sending.write(file);
  expect(await text).toMatch(/HTTP\/1\.1 401 /);
  expect(await acknowledged()).toBe(before);
});
