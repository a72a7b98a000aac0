import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableReader } from "../../../packages/cli/src/plant/table-reader.ts";
import { createLog } from "../../../packages/gateway/src/log.ts";
import { openOwnCertificate } from "../../../packages/gateway/src/plant/certificate.ts";
import { openPlantListener } from "../../../packages/gateway/src/plant/listener.ts";
import { accepted, type Door, refused, type Verdict } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";
import { GatewayInMemory, recentMs } from "./open-gateway.ts";

/** A request as JSON, so that path, headers and body change alike. */
interface Handed {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const time = new Date(recentMs).toISOString();
const csv = `time,force\n${time},1835.0\n${time},1836.5\n`;
const ndjson = `{"time":"${time}","force":1835.0}\n`;
const rows = { rows: [{ timeMs: recentMs, cells: { force: { decimal: "1.5" } } }] };
const path = "/v1/streams/press/records";

const handed = (type: string, body: unknown): Handed => ({
  ...{ method: "POST", path, token: "TOKEN" },
  headers: { "content-type": type, "idempotency-key": "k1", accept: "text/plain" },
  body,
});
const samples: readonly Handed[] = [
  handed("text/csv; charset=utf-8", csv),
  handed("text/csv; charset=shift_jis", csv),
  handed("application/x-ndjson", ndjson),
  handed("application/json", { ...rows, backfill: false }),
];

async function open() {
  const memory = await GatewayInMemory.open();
  const folder = await mkdtemp(join(tmpdir(), "tegata-fuzz-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const files = { certificate: join(folder, "plant.crt"), key: join(folder, "plant.key") };
  const host = "127.0.0.1";
  const made = { title: "Kato Press", host, nowMs: Date.now() };
  const certificate = await openOwnCertificate(files, made);
  const log = createLog("error", { write: () => undefined });
  const { plant, metrics, desk, stop } = memory.gateway;
  const parts = { plant, metrics, log, reader: tableReader };
  const listener = await openPlantListener({ host, port: 0 }, certificate, parts);
  const asked = { name: "line 3", stream: "press", untilMs: null };
  const { token } = await desk.tokens.create(asked, false);
  const close = async (): Promise<void> => {
    await listener.close();
    await stop();
  };
  return { memory, close, port: Number(new URL(listener.url).port), token: token ?? "" };
}

let opened: ReturnType<typeof open> | null = null;

/** Whoever has a wrong token is not listened to for a minute, so the campaign goes on from elsewhere. */
const wrongMax = 8;
let wrong = 0;
let host = 1;
let agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Goes on from another address. */
export function moveOn(): void {
  wrong = 0;
  host = 1 + (host % 60_000);
  agent.destroy();
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
}

const word = (value: unknown): string => (typeof value === "string" ? value : "");
const headerText = (value: unknown): string =>
  word(value)
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .slice(0, 9_000);

function headersOf(given: Partial<Handed>, token: string): Record<string, string> {
  const { headers = {} } = given;
  const named = Object.entries(typeof headers === "object" && headers !== null ? headers : {})
    .filter(([name]) => /^[A-Za-z][\w-]{0,60}$/.test(name))
    .filter(([name]) => !/^(?:content-length|transfer-encoding|connection|expect)$/i.test(name))
    .map(([name, value]) => [name.toLowerCase(), headerText(value)]);
  const bearer = word(given.token).replace("TOKEN", token);
  return { ...Object.fromEntries(named), authorization: headerText(`Bearer ${bearer}`) };
}

let keys = 0;

/** Where rows are handed in, and with what. */
export interface PlantPlace {
  readonly port: number;
  readonly token: string;
}

async function send(place: PlantPlace, given: Partial<Handed>): Promise<IncomingMessage> {
  const { port, token } = place;
  const method = /^[A-Z]{1,10}$/.test(word(given.method)) ? word(given.method) : "POST";
  const path = `/${encodeURI(word(given.path)).replaceAll(/[^\x21-\x7e]/g, "")}`.replace("//", "/");
  const headers = headersOf(given, token);
  keys += 1;
  // Each delivery is one of its own, but for those whose key was changed.
  if (headers["idempotency-key"] === "k1") headers["idempotency-key"] = `key ${keys}`;
  const localAddress = `127.1.${host >> 8}.${host & 255}`;
  const options = { host: "127.0.0.1", port, method, path, headers, agent, localAddress };
  const body = typeof given.body === "string" ? given.body : JSON.stringify(given.body ?? "");
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, rejectUnauthorized: false }, resolve);
    // The listener closes a connection after what it could not read; the next request may meet that.
    sent.on("error", (error) => (sent.reusedSocket ? resolve(send(place, given)) : reject(error)));
    sent.end(body.toWellFormed());
  });
}

function parse(bytes: Uint8Array): Partial<Handed> {
  try {
    const value: unknown = JSON.parse(textOf(bytes));
    if (typeof value === "object" && value !== null) return value as Partial<Handed>;
  } catch {
    // A file that is nothing of ours.
  }
  return handed("text/csv", textOf(bytes));
}

/** Goes on with another gateway once this one holds much. */
async function renew(): Promise<void> {
  opened ??= open();
  const { memory, close } = await opened;
  if (!memory.isFullAfter()) return;
  opened = null;
  moveOn();
  await close();
}

async function state(): Promise<string> {
  opened ??= open();
  return (await opened).memory.state();
}

/** The answer, or null where the listener ended the connection before it could be read. */
async function answerOf(place: PlantPlace, given: Partial<Handed>) {
  try {
    const response = await send(place, given);
    let text = "";
    for await (const part of response) text += part;
    return { response, text };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ECONNRESET" || code === "EPIPE") return null;
    throw error;
  }
}

/** What a door of the plant answers: `ok`, or the code of its refusal; throws for a mistake of the program. */
export async function handInAt(
  place: PlantPlace,
  bytes: Uint8Array,
  stream = "press",
): Promise<string> {
  const given = parse(bytes);
  const path = word(given.path).replace("/press/", `/${stream}/`);
  const answer = await answerOf(place, { ...given, path });
  if (answer === null) return "cut off";
  const { response, text } = answer;
  const status = response.statusCode ?? 0;
  if (status === 401) wrong += 1;
  if (status === 429 || wrong >= wrongMax) moveOn();
  if (status < 400) return "ok";
  if (status >= 500 && status !== 503 && status !== 507) {
    throw new Error(`answered ${status}: ${text.slice(0, 400)}`);
  }
  return /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? `HTTP ${status}`;
}

async function handIn(bytes: Uint8Array): Promise<Verdict> {
  opened ??= open();
  const answer = await handInAt(await opened, bytes);
  if (answer !== "ok") return refused(answer);
  await renew();
  return accepted;
}

/** What machines of the plant hand in over TLS. */
export const plantDoors: readonly Door[] = [
  {
    name: "plant.delivery",
    what: "files of rows that machines hand in over TLS, with tokens right and wrong",
    limit: "8 MiB and 50,000 rows a file, 8 KiB of headers; times and connections, also by address",
    form: "json",
    samples: samples.map((sample) => textBytes(JSON.stringify(sample))),
    isOuter: (bytes) => parse(bytes).token === "TOKEN",
    read: handIn,
    state,
  },
];
