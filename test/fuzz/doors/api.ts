import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { openApi } from "../../../packages/gateway/src/api/server.ts";
import { createLog } from "../../../packages/gateway/src/log.ts";
import { makeCompany } from "../../../packages/gateway/test/helpers/companies.ts";
import { deskOver } from "../../../packages/gateway/test/helpers/desk-over.ts";
import { HostileLedger } from "../../../packages/gateway/test/helpers/hostile-ledger.ts";
import { accepted, type Door, refused, type Verdict } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";

const token = "tgt_fuzz";
const stream = { name: "press", category: "quality", epochLength: "1h", zone: "Asia/Tokyo" };
const facets = [{ name: "data", disclosure: "row" }];
const fields = [{ name: "force", type: "decimal", facet: 0, unit: "kN" }];

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

const row = { timeMs: Date.now(), cells: { force: { decimal: "1835.0" } } };
const samples: readonly Asked[] = [
  asked("GET", "/v1/status"),
  asked("GET", "/v1/members/kato"),
  asked("GET", "/v1/streams/press/records?limit=10&facet=data"),
  asked("GET", "/v1/outbox?limit=3"),
  asked("GET", "/v1/access"),
  asked("POST", "/v1/streams?dryRun=true", { ...stream, kind: "rows", facets, fields }),
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
async function gateway(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), "tegata-fuzz-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const companies = [await makeCompany(0, folder), await makeCompany(1, folder)] as const;
  const genesis = buildGenesis(
    companies.map(({ card }) => card),
    defaultParameters,
    Date.now(),
  );
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const { desk } = await deskOver(companies[0], genesis.networkId, ledger, stores);
  const tokenHash = Uint8Array.from(createHash("sha256").update(token).digest());
  const log = createLog("error", { write: () => undefined });
  const server = await openApi(desk, { kind: "port", port: 0, tokenHash }, "0.0.0", log);
  return new URL(server.where);
}

let opened: Promise<URL> | null = null;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const word = (value: unknown): string => (typeof value === "string" ? value : "");
const headerText = (value: unknown): string => word(value).replaceAll(/[^\x20-\x7e]/g, "?");

function send(url: URL, given: Partial<Asked>): Promise<IncomingMessage> {
  const { hostname, port } = url;
  const method = /^[A-Z]{1,10}$/.test(word(given.method)) ? word(given.method) : "POST";
  const path = `/${encodeURI(word(given.path)).replaceAll(/[^\x21-\x7e]/g, "")}`.replace("//", "/");
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    prefer: headerText(given.prefer),
    "idempotency-key": headerText(given.key).slice(0, 4_096),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent }, resolve);
    // The server closes a connection after what it could not read; the next request may meet that.
    sent.on("error", (error) => (sent.reusedSocket ? resolve(send(url, given)) : reject(error)));
    sent.end(given.body === null ? undefined : JSON.stringify(given.body));
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

async function ask(bytes: Uint8Array): Promise<Verdict> {
  opened ??= gateway();
  const given = parse(bytes);
  // A stream of events does not end, and a backup is long; both have tests of their own.
  if (/events|backup/.test(word(given.path))) return refused("left out");
  const response = await send(await opened, given);
  let text = "";
  for await (const part of response) text += part;
  const status = response.statusCode ?? 0;
  if (status < 400) return accepted;
  const { code = "" } = text === "" ? {} : (JSON.parse(text) as { readonly code?: string });
  if (status >= 500 && status !== 503 && status !== 507) {
    throw new Error(`answered ${status}: ${text.slice(0, 400)}`);
  }
  return refused(code === "" ? `HTTP ${status}` : code);
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
  },
];
