import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { dirname, join } from "node:path";
import type { SubmitRowsBody } from "@tegata/gateway/client";
import { buildGenesis, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { onTestFinished } from "vitest";
import { type ApiServer, openApi } from "../../gateway/src/api/server.ts";
import { createLog } from "../../gateway/src/log.ts";
import { type Company, makeCompany } from "../../gateway/test/helpers/companies.ts";
import { type DeskOver, deskOver } from "../../gateway/test/helpers/desk-over.ts";
import { HostileLedger } from "../../gateway/test/helpers/hostile-ledger.ts";
import { homePaths } from "../src/founding/home.ts";
import { temporaryFolder } from "./command-helpers.ts";

/** One field of the stream that rows are for. */
export interface WatchedField {
  readonly name: string;
  readonly type: "text" | "integer" | "decimal" | "time";
}

/** The fields of readings as an adapter sends them. */
export const observationFields: readonly WatchedField[] = [
  { name: "time", type: "time" },
  { name: "item", type: "text" },
  { name: "value", type: "text" },
];

type Row = SubmitRowsBody["rows"][number];

/** What somebody between collector and gateway answers instead. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Rows that it complains of. */
  readonly errors?: readonly object[];
}

/** What outlives a gateway that is stopped. */
interface Grounds {
  readonly company: Company;
  readonly genesis: Genesis;
  readonly ledger: HostileLedger;
  readonly stores: Parameters<typeof deskOver>[3];
}

/**
 * A gateway with the stream `press-3` at the socket of a home folder, behind a relay that keeps what was
 * acknowledged, and that can answer in its place.
 */
export class WatchedGateway {
  readonly home: string;
  /** Acknowledged rows, in order. */
  readonly rows: Row[] = [];
  /** Submissions that were acknowledged for the first time. */
  readonly bodies: SubmitRowsBody[] = [];
  /** Submissions whose key had come before. */
  replayed = 0;
  /** Asked before each submission is passed on; null passes it on. */
  refuse: () => Refusal | null = () => null;
  /** Called once a submission is acknowledged, before the collector hears of it. */
  taken: () => void = () => undefined;
  readonly fields: readonly WatchedField[];
  #grounds: Grounds | null = null;
  #desk: DeskOver | null = null;
  #api: ApiServer | null = null;
  #relay: Server | null = null;

  constructor(home: string, fields: readonly WatchedField[] = observationFields) {
    this.home = home;
    this.fields = fields;
    onTestFinished(() => this.stop());
  }

  get #behind(): string {
    return join(this.home, "run", "behind.sock");
  }

  async start(): Promise<void> {
    const socket = homePaths(this.home).gatewaySocket;
    await mkdir(dirname(socket), { recursive: true });
    const isNew = this.#grounds === null;
    this.#grounds ??= await groundsIn(temporaryFolder());
    const { company, genesis, ledger, stores } = this.#grounds;
    this.#desk = await deskOver(company, genesis.networkId, ledger, stores);
    if (isNew)
      await this.#desk.desk.createStream(this.#stream(), { waitMs: 30_000, dryRun: false });
    const log = createLog("error", { write: () => undefined });
    this.#api = await openApi(this.#desk.desk, { kind: "socket", path: this.#behind }, "1", log);
    await rm(socket, { force: true });
    this.#relay = createServer((asked, answer) => void this.#pass(asked, answer));
    this.#relay.listen(socket);
    await once(this.#relay, "listening");
  }

  /** Whether the network takes rows; those it does not take yet wait. */
  set isOpen(open: boolean) {
    const grounds = this.#grounds;
    if (grounds === null) throw new Error("not started");
    const later = { code: "LEDGER_TX_BUSY", cure: "wait" } as const;
    grounds.ledger.policy = ({ kind }) => (open || kind !== "records" ? null : later);
  }

  /** Ends as a process that is killed does: connections break. */
  async stop(): Promise<void> {
    const relay = this.#relay;
    this.#relay = null;
    if (relay === null) return;
    relay.closeAllConnections();
    await new Promise((done) => relay.close(done));
    await this.#api?.close();
    await this.#desk?.stop();
  }

  /** Cells of the rows that were acknowledged, in order. */
  cells(field: string): readonly unknown[] {
    return this.rows.map(({ cells }) => cells[field]);
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    try {
      const sent = await bytesOf(asked);
      const isSubmission = asked.method === "POST";
      const refused = isSubmission ? this.refuse() : null;
      if (refused !== null) {
        answer.writeHead(refused.status, { "content-type": "application/problem+json" });
        answer.end(JSON.stringify(problem(refused)));
        return;
      }
      const { method, url: path, headers } = asked;
      const passed = request({ socketPath: this.#behind, method, path, headers });
      passed.end(sent);
      const [given] = (await once(passed, "response")) as [IncomingMessage];
      const status = given.statusCode ?? 0;
      const body = await bytesOf(given);
      if (isSubmission && status < 300) this.#note(sent, given.headers["idempotent-replayed"]);
      answer.writeHead(status, given.headers);
      answer.end(body);
    } catch {
      answer.destroy();
    }
  }

  #note(sent: Buffer, replayed: unknown): void {
    if (replayed === "true") this.replayed += 1;
    else {
      const body = JSON.parse(sent.toString("utf8")) as SubmitRowsBody;
      this.bodies.push(body);
      this.rows.push(...body.rows);
    }
    this.taken();
  }

  #stream() {
    return {
      ...{ name: "press-3", category: "equipment-status", epochLength: "1d" },
      ...{ zone: "Asia/Tokyo", kind: "rows" },
      facets: [{ name: "data", disclosure: "row" }],
      fields: this.fields.map((field) => ({ ...field, facet: "data", unit: null })),
    } as const satisfies Parameters<DeskOver["desk"]["createStream"]>[0];
  }
}

async function groundsIn(folder: string): Promise<Grounds> {
  const company = await makeCompany(0, folder);
  const genesis = buildGenesis([company.card], defaultParameters, Date.now());
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  return { company, genesis, ledger, stores };
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function problem({ status, code, errors = [] }: Refusal): object {
  return {
    errors,
    type: "about:blank",
    title: code,
    status,
    detail: code,
    code,
    why: code,
    next: "wait",
  };
}
