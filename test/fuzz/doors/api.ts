import { createHash } from "node:crypto";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { openApi } from "../../../packages/gateway/src/api/server.ts";
import { createLog } from "../../../packages/gateway/src/log.ts";
import { accepted, type Door, refused, type Verdict } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";
import { GatewayInMemory, pressStream, recentMs } from "./open-gateway.ts";

const token = "tgt_fuzz";

/** A request as JSON, so that method, path and body change alike. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly prefer: string;
  readonly key: string;
  readonly body: unknown;
}

const asked = (method: string, path: string, body: unknown = null): Asked => {
  return { method, path, prefer: "wait=0", key: "", body };
};

const row = { timeMs: recentMs, cells: { force: { decimal: "1835.0" } } };
const samples: readonly Asked[] = [
  asked("GET", "/v1/status"),
  asked("GET", "/v1/members/kato"),
  asked("GET", "/v1/streams/press/records?limit=10&facet=data"),
  asked("GET", "/v1/outbox?limit=3"),
  asked("GET", "/v1/access"),
  asked("POST", "/v1/streams?dryRun=true", { ...pressStream, name: "press 2" }),
  asked("POST", "/v1/streams/press/records?dryRun=true", { rows: [row], backfill: false }),
  asked("POST", "/v1/streams/press/grants?dryRun=true", {
    ...{ to: "kato", facets: ["data"], from: null, until: Date.now() + 3_600_000 },
  }),
  asked("POST", "/v1/streams/press/revocations?dryRun=true", { from: "kato" }),
  asked("POST", "/v1/proofs", { stream: "press", record: "1.0.0", facet: "data", field: null }),
  asked("POST", "/v1/membership/votes", { request: "00".repeat(32), answer: "yes", reason: "" }),
  asked("DELETE", "/v1/outbox/0123456789ab"),
];

/** A gateway with a stream, over a ledger in memory, on a loopback port. */
async function open() {
  const memory = await GatewayInMemory.open();
  const tokenHash = Uint8Array.from(createHash("sha256").update(token).digest());
  const log = createLog("error", { write: () => undefined });
  const { desk, stop } = memory.gateway;
  const server = await openApi(desk, { kind: "port", port: 0, tokenHash }, "0.0.0", log);
  const close = async (): Promise<void> => {
    await server.close();
    await stop();
  };
  return { memory, close, url: new URL(server.where) };
}

let opened: ReturnType<typeof open> | null = null;

/** Goes on with another gateway once this one holds much. */
async function renew(): Promise<void> {
  opened ??= open();
  const { memory, close } = await opened;
  if (!memory.isFullAfter()) return;
  opened = null;
  await close();
}

async function state(): Promise<string> {
  opened ??= open();
  return (await opened).memory.state();
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const word = (value: unknown): string => (typeof value === "string" ? value : "");
const headerText = (value: unknown): string => word(value).replaceAll(/[^\x20-\x7e]/g, "?");

function send(url: URL, bearer: string, given: Partial<Asked>): Promise<IncomingMessage> {
  const { hostname, port } = url;
  const method = /^[A-Z]{1,10}$/.test(word(given.method)) ? word(given.method) : "POST";
  const path = `/${encodeURI(word(given.path)).replaceAll(/[^\x21-\x7e]/g, "")}`.replace("//", "/");
  const text = given.body === null ? null : JSON.stringify(given.body);
  const headers = {
    // Told whatever the method is: without it the body of a GET would be something behind a whole request.
    ...(typeof text === "string" ? { "content-length": `${Buffer.byteLength(text)}` } : {}),
    authorization: `Bearer ${bearer}`,
    "content-type": "application/json",
    prefer: headerText(given.prefer),
    "idempotency-key": headerText(given.key).slice(0, 4_096),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent }, resolve);
    // The server closes a connection after what it could not read; the next request may meet that.
    sent.on("error", (error) =>
      sent.reusedSocket ? resolve(send(url, bearer, given)) : reject(error),
    );
    sent.end(text ?? undefined);
  });
}

function parse(bytes: Uint8Array): Partial<Asked> {
  try {
    const value: unknown = JSON.parse(textOf(bytes));
    if (typeof value === "object" && value !== null) return value as Partial<Asked>;
    return { path: "/v1/streams/press/records", body: value };
  } catch {
    return { path: "/v1/streams/press/records", body: textOf(bytes) };
  }
}

/** What an API answers to a request: `ok`, or the code of its refusal; throws for a mistake of the program. */
export async function askAt(url: URL, bearer: string, bytes: Uint8Array): Promise<string> {
  const response = await send(url, bearer, parse(bytes));
  let text = "";
  for await (const part of response) text += part;
  const status = response.statusCode ?? 0;
  if (status < 400) return "ok";
  const { code = "" } = text === "" ? {} : (JSON.parse(text) as { readonly code?: string });
  if (status >= 500 && status !== 503 && status !== 507) {
    throw new Error(`answered ${status}: ${text.slice(0, 400)}`);
  }
  return code === "" ? `HTTP ${status}` : code;
}

async function ask(bytes: Uint8Array): Promise<Verdict> {
  opened ??= open();
  // A stream of events does not end, and a backup is long; both have tests of their own.
  if (/events|backup/.test(word(parse(bytes).path))) return refused("left out");
  const answer = await askAt((await opened).url, token, bytes);
  if (answer !== "ok") return refused(answer);
  await renew();
  return accepted;
}

const body = JSON.stringify({ rows: [row], backfill: false });
const heads = [
  ["GET /v1/status HTTP/1.1"],
  ["GET /v1/streams/press/records?limit=1 HTTP/1.1", "Accept: application/json"],
  ["GET /v1/events HTTP/1.1", "Last-Event-ID: 1.0"],
  [
    "POST /v1/streams/press/records HTTP/1.1",
    ...["Content-Type: application/json", "Prefer: wait=0", "Idempotency-Key: one"],
    `Content-Length: ${body.length}`,
  ],
];
const wires = heads.map((lines, index) =>
  [
    ...[...lines, "Host: 127.0.0.1", `Authorization: Bearer ${token}`, "Connection: close"],
    ...["", index === heads.length - 1 ? body : ""],
  ].join("\r\n"),
);

/** How long nothing may come where something is missing, and where all is there and an answer is due. */
const silenceMs = 10;
const answerMs = 5_000;

/** Whether the bytes are a whole request, for all that its head says. */
function isWhole(bytes: Uint8Array): boolean {
  const [head = "", ...rest] = Buffer.from(bytes).toString("latin1").split("\r\n\r\n");
  if (rest.length === 0) return false;
  const announced = Number(/^content-length:[ \t]*(\d+)/im.exec(head)?.[1] ?? 0);
  return rest.join("\r\n\r\n").length >= announced;
}

/** Everything that comes back for these bytes. */
function written({ hostname, port }: URL, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.setTimeout(isWhole(bytes) ? answerMs : silenceMs, () => socket.destroy());
    socket.on("data", (part) => {
      socket.setTimeout(silenceMs);
      text += part.toString("latin1");
      // A stream of events does not end.
      if (/^HTTP\/1\.1 200[\s\S]*text\/event-stream/.test(text)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("end", () => socket.destroy());
    socket.on("close", () => resolve(text));
    socket.write(bytes);
  });
}

/** What an API answers to these bytes: `ok`, `silence` or the code of its refusal; throws for a mistake. */
export async function writtenTo(url: URL, bytes: Uint8Array): Promise<string> {
  const text = await written(url, bytes);
  const [, status = ""] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
  if (status.startsWith("2")) return "ok";
  if (status === "500") throw new Error(`answered ${text.slice(0, 400)}`);
  return status === "" ? "silence" : (/"code":"(\w+)"/.exec(text)?.[1] ?? status);
}

async function write(bytes: Uint8Array): Promise<Verdict> {
  opened ??= open();
  const answer = await writtenTo((await opened).url, bytes);
  // Nothing yet is no refusal: the rest is waited for, or the answer.
  if (answer !== "ok" && answer !== "silence") return refused(answer);
  await renew();
  return accepted;
}

/** What programs of the own company ask of the gateway. */
export const apiDoors: readonly Door[] = [
  {
    name: "api.request",
    what: "requests to the gateway's API, with a token that is right",
    limit: "16 MiB a body, 4,096 rows; headers and paths by the server",
    form: "json",
    samples: samples.map((sample) => textBytes(JSON.stringify(sample))),
    isOuter: (bytes) => parse(bytes).method !== undefined,
    read: ask,
    state,
  },
  {
    name: "api.wire",
    what: "whatever any program of this machine writes to the API's port",
    limit: "16 KiB of headers, 32 MiB a body, 60 s a request",
    form: "text",
    samples: wires.map(textBytes),
    isOuter: (bytes) => /^[A-Z]+ \/\S* HTTP\/1\.1\r?\n/.test(textOf(bytes)),
    read: write,
    state,
  },
];
