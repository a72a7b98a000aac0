import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { GatewayError } from "@tegata/gateway";
import { createGatewayClient, type GatewayClient } from "@tegata/gateway/client";
import { NodeError } from "@tegata/node";
import { createNodeClient, type NodeClient } from "@tegata/node/client";
import { readEvents } from "../../../packages/gateway/src/api/event-stream.ts";
import { decodeBody, encodeBody } from "../../../packages/node/src/api/wire.ts";
import { accepted, type Door, refusalIn, type Verdict } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";

/** What somebody who sits at a socket answers. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
}

/** A socket at which every request gets the same answer, whatever that is now. */
class Answering {
  readonly path: string;
  answer: Answer = { status: 200, type: "text/plain", body: new Uint8Array(0) };
  readonly #server: Server;
  readonly #listening: Promise<void>;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), "tegata-fuzz-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    this.path = join(folder, "socket");
    this.#server = createServer((request, response) => {
      request.resume().on("end", () => {
        const { status, type, body } = this.answer;
        response.writeHead(status, { "content-type": type }).end(body);
      });
    });
    this.#listening = new Promise((resolve) => this.#server.listen(this.path, resolve));
  }

  ready(): Promise<void> {
    return this.#listening;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function statusIn(value: unknown): number {
  const isStatus = Number.isInteger(value) && Number(value) >= 200 && Number(value) < 600;
  return isStatus ? Number(value) : 200;
}

const hash = "ab".repeat(32);
const nodeQuestions: Readonly<Record<string, (node: NodeClient) => Promise<unknown>>> = {
  status: (node) => node.status(),
  genesis: (node) => node.genesis(),
  submit: (node) => node.submit({ transaction: new Uint8Array(1), payloads: [] }),
  blocks: (node) => node.blocks(1, { waitMs: 0, blocksMax: 1 }),
  state: (node) => node.state([]),
  payload: (node) => node.payload(hash, 0),
  refusals: (node) => node.refusals(0, { waitMs: 0 }),
  joinPrepare: (node) => node.joinPrepare(),
  joinAnswer: (node) => node.joinAnswer(1, null),
  readiness: (node) => node.readiness(),
};

const nodeAnswers = [
  { ask: "status", status: 200, body: { state: "ready", height: 7, members: [] } },
  { ask: "genesis", status: 200, body: { genesis: new Uint8Array(9) } },
  { ask: "submit", status: 200, body: { ok: true, id: hash } },
  { ask: "blocks", status: 200, body: { head: 1, base: 0, blocks: [{ height: 1 }] } },
  { ask: "state", status: 200, body: { height: 1, values: [null] } },
  { ask: "payload", status: 200, body: { payload: null } },
  { ask: "refusals", status: 200, body: { items: [] } },
  { ask: "joinPrepare", status: 200, body: { listener: { state: "closed" } } },
  { ask: "joinAnswer", status: 200, body: { isTaken: true } },
  { ask: "readiness", status: 200, body: { readiness: null } },
  { ask: "status", status: 400, body: { code: "malformed", message: "no" } },
];

const gatewayQuestions: Readonly<Record<string, (gateway: GatewayClient) => Promise<unknown>>> = {
  status: (gateway) => gateway.status(),
  members: (gateway) => gateway.members(),
  streams: (gateway) => gateway.streams(),
  stream: (gateway) => gateway.stream("press"),
  submission: (gateway) => gateway.submission(hash, { waitMs: 0 }),
  outbox: (gateway) => gateway.outbox({}),
  discard: (gateway) => gateway.discardRefused(hash),
  records: (gateway) => gateway.records("press", { facet: "data" } as never),
  proof: (gateway) => gateway.proof({} as never),
  tokens: (gateway) => gateway.tokens(),
};

const problem = {
  ...{ type: "about:blank", title: "no", status: 404, code: "GATEWAY_STREAM_UNKNOWN" },
  detail: { stream: "press", suggestion: null },
};
const gatewayAnswers = [
  { ask: "status", status: 200, body: { schema: "tegata.status/1", node: null, outbox: {} } },
  { ask: "members", status: 200, body: { items: [{ handle: "kato" }] } },
  { ask: "streams", status: 200, body: { items: [] } },
  { ask: "stream", status: 200, body: { stream: { name: "press" } } },
  { ask: "submission", status: 200, body: { submission: hash, state: "committed", rows: 1 } },
  { ask: "outbox", status: 200, body: { items: [], next: null } },
  { ask: "discard", status: 200, body: { rows: 1 } },
  { ask: "records", status: 200, body: { records: [], next: null } },
  { ask: "proof", status: 200, body: { format: "tegata-proof/1" } },
  { ask: "tokens", status: 200, body: { items: [] } },
  { ask: "stream", status: 404, body: problem },
];

const node = new Answering();
const gateway = new Answering();
const nodeClient = createNodeClient({ socketPath: node.path });
const gatewayClient = createGatewayClient({ socketPath: gateway.path });

async function told(ask: () => Promise<unknown>): Promise<Verdict> {
  try {
    await ask();
    return accepted;
  } catch (error) {
    return refusalIn(error, [GatewayError, NodeError]);
  }
}

/** What is no answer with a question of its own is a body as it is. */
function opened(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown) {
  try {
    const value = read(bytes);
    if (isRecord(value) && typeof value.ask === "string") return value;
  } catch {
    // Bytes that are nothing of this form.
  }
  return null;
}

type Questions<Client> = Readonly<Record<string, (client: Client) => Promise<unknown>>>;

/** The question of this name, or the first where there is none. */
function questionOf<Client>(questions: Questions<Client>, name: unknown) {
  const found = Object.entries(questions).find(([known]) => known === name);
  return found?.[1] ?? (Object.values(questions)[0] as Questions<Client>[string]);
}

async function askNode(bytes: Uint8Array): Promise<Verdict> {
  await node.ready();
  const given = opened(bytes, decodeBody);
  const body = given === null ? bytes : encodeBody(given.body);
  node.answer = { status: statusIn(given?.status), type: "application/cbor", body };
  const question = questionOf(nodeQuestions, given?.ask);
  return told(() => question(nodeClient));
}

async function askGateway(bytes: Uint8Array): Promise<Verdict> {
  await gateway.ready();
  const given = opened(bytes, (text) => JSON.parse(textOf(text)));
  const body = given === null ? bytes : textBytes(JSON.stringify(given.body) ?? "");
  gateway.answer = { status: statusIn(given?.status), type: "application/json", body };
  const question = questionOf(gatewayQuestions, given?.ask);
  return told(() => question(gatewayClient));
}

const events = `: tegata
id: 12.0

id: 12.1
event: records
data: {"type":"records","stream":"press","records":3}

:

id: 13.0
event: gap
data: {"type":"gap","from":"12.1"}

`;

async function listen(bytes: Uint8Array): Promise<Verdict> {
  const gone = new AbortController();
  let isFirst = true;
  const open = async (): Promise<IncomingMessage> => {
    if (!isFirst) gone.abort();
    isFirst = false;
    const middle = Math.floor(bytes.length / 2);
    const pieces = [Buffer.from(bytes.subarray(0, middle)), Buffer.from(bytes.subarray(middle))];
    return Readable.from(gone.signal.aborted ? [] : pieces) as IncomingMessage;
  };
  return told(async () => {
    for await (const { event } of readEvents(open, gone.signal, () => undefined)) {
      if (typeof event !== "object" || event === null) throw new Error("an event that is none");
    }
  });
}

/** What the programs of a company answer each other, and who else may sit at their sockets. */
export const answerDoors: readonly Door[] = [
  {
    name: "answer.node",
    what: "what the gateway and the command line are answered at the node's socket",
    limit: "as much as a node answers; no other user can listen there",
    form: "cbor",
    samples: nodeAnswers.map(encodeBody),
    isOuter: (bytes) => opened(bytes, decodeBody) !== null,
    read: askNode,
  },
  {
    name: "answer.gateway",
    what: "what the command line is answered at the gateway's socket or URL",
    limit: "256 MiB",
    form: "json",
    samples: gatewayAnswers.map((answer) => textBytes(JSON.stringify(answer))),
    isOuter: (bytes) => opened(bytes, (text) => JSON.parse(textOf(text))) !== null,
    read: askGateway,
  },
  {
    name: "answer.events",
    what: "server-sent events as the command line reads them",
    limit: "4 MiB a line",
    form: "text",
    samples: [textBytes(events)],
    isOuter: (bytes) => /^(?:id|data): /m.test(textOf(bytes)),
    read: listen,
  },
];
