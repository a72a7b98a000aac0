import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import type { Stream, SubmitRowsBody } from "@tegata/gateway/client";
import { onTestFinished } from "vitest";

/** One field of the stream of a stand-in. */
export interface StandInField {
  readonly name: string;
  readonly type: "text" | "integer" | "decimal" | "time";
}

/** The fields of readings as an adapter sends them. */
export const observationFields: readonly StandInField[] = [
  { name: "time", type: "time" },
  { name: "item", type: "text" },
  { name: "value", type: "text" },
];

type Row = SubmitRowsBody["rows"][number];

/** What a gateway answers with instead of taking rows. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Rows that it complains of. */
  readonly errors?: readonly object[];
}

/**
 * Takes rows at the socket of a home folder as a gateway does, and remembers keys as it does: nothing behind
 * it, so that a test sees what was sent, and when.
 */
export class StandInGateway {
  readonly home: string;
  readonly rows: Row[] = [];
  readonly bodies: SubmitRowsBody[] = [];
  /** Submissions whose key had come before. */
  replayed = 0;
  /** Asked before each submission is taken; null takes it. */
  refuse: () => Refusal | null = () => null;
  /** Called once a submission is taken, before it is answered. */
  taken: () => void = () => undefined;
  readonly fields: readonly StandInField[];
  readonly #keys = new Map<string, string>();
  #server: Server | null = null;

  constructor(home: string, fields: readonly StandInField[] = observationFields) {
    this.home = home;
    this.fields = fields;
    onTestFinished(() => this.stop());
  }

  async start(): Promise<void> {
    const socket = join(this.home, "run", "gateway.sock");
    await mkdir(dirname(socket), { recursive: true });
    await rm(socket, { force: true });
    this.#server = createServer((asked, answer) => void this.#answer(asked, answer));
    this.#server.listen(socket);
    await once(this.#server, "listening");
  }

  /** Ends as a process that is killed does: connections break. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }

  /** Cells of the rows that were taken, in order. */
  cells(field: string): readonly unknown[] {
    return this.rows.map(({ cells }) => cells[field]);
  }

  async #answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of asked) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const say = (status: number, document: object): void => {
      answer.writeHead(status, { "content-type": "application/json" });
      answer.end(JSON.stringify(document));
    };
    if (asked.method === "GET") return say(200, { stream: this.#stream() });
    const refused = this.refuse();
    if (refused !== null) return say(refused.status, problem(refused));
    const text = Buffer.concat(chunks).toString("utf8");
    const key = String(asked.headers["idempotency-key"]);
    const before = this.#keys.get(key);
    if (before !== undefined && before !== text) {
      return say(409, problem({ status: 409, code: "GATEWAY_KEY_REUSED" }));
    }
    const body = JSON.parse(text) as SubmitRowsBody;
    if (before === undefined) {
      this.#keys.set(key, text);
      this.rows.push(...body.rows);
      this.bodies.push(body);
    } else this.replayed += 1;
    this.taken();
    say(202, {
      ...{ submission: "0".repeat(32), state: "waiting", rows: body.rows.length },
      ...{ committedRows: 0, heightLast: null, refusal: null, replayed: before !== undefined },
    });
  }

  #stream(): Stream {
    const facet = "data";
    return {
      ...{ id: "5".repeat(32), name: "press-3", zone: "Asia/Tokyo", kind: "rows" },
      ...{ owner: { name: "Kato", handle: "kato" }, epochLength: "1d" },
      facets: [{ name: facet }],
      fields: this.fields.map((field) => ({ ...field, facet, unit: null })),
    } as unknown as Stream;
  }
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
