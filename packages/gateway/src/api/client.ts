import type { IncomingMessage } from "node:http";
import { toBase64 } from "@tegata/ledger/primitives";
import { GatewayError } from "../errors.ts";
import type { Recovered } from "../recovery.ts";
import { readEvents } from "./event-stream.ts";
import type {
  AddressesBody,
  Agenda,
  InviteAnswer,
  InviteBody,
  MemberRequest,
  Parting,
  ProposalAnswer,
  ProposalBody,
  RotationBody,
  Said,
  Seat,
  StandUpAnswer,
  VoteAnswer,
  VoteBody,
} from "./membership-schemas.ts";
import type { OutboxPage, OutboxQuery, OutboxRows } from "./outbox-schemas.ts";
import type {
  Access,
  CreateStreamBody,
  Document,
  EventsQuery,
  Grant,
  GrantAnswer,
  GrantBody,
  Member,
  MemberDetail,
  Problem,
  ProofBody,
  PurgeAnswer,
  PurgeBody,
  Raw,
  RecordsPage,
  RecordsQuery,
  RevokeAnswer,
  RevokeBody,
  Status,
  Stream,
  StreamEvent,
  Submission,
  SubmitRowsBody,
} from "./schemas.ts";
import type { Token, TokenAnswer, TokenBody, TokensAnswer } from "./token-schemas.ts";

// Imported as a module it would read the whole of fetch too: an eighth of the time that a short command takes.
const { Agent, request } = process.getBuiltinModule("node:http");

export type * from "./membership-schemas.ts";
export type * from "./outbox-schemas.ts";
export type * from "./schemas.ts";
export type * from "./token-schemas.ts";

/** Where a gateway listens: its socket (full rights of the local user), or a URL with a token. */
export type GatewayAddress =
  | { readonly socketPath: string }
  | { readonly url: string; readonly token: string };

/** How long the answer to a write may wait for the commit; 0: the answer comes once it is durable here. */
export interface WaitOption {
  readonly waitMs: number;
}

/** As {@link WaitOption}; a dry run changes nothing. */
export interface ChangeOptions extends WaitOption {
  readonly dryRun: boolean;
}

/**
 * The gateway as the command line uses it. Every method may throw GATEWAY_UNREACHABLE and, for an answer
 * the gateway gives on purpose, GATEWAY_REFUSED with its {@link Problem} as detail.
 */
export interface GatewayClient {
  status(): Promise<Status>;
  members(): Promise<readonly Member[]>;
  member(company: string): Promise<MemberDetail>;
  /** Open requests and invitations. */
  agenda(): Promise<Agenda>;
  request(request: number): Promise<MemberRequest>;
  invite(body: InviteBody, options: ChangeOptions): Promise<InviteAnswer>;
  propose(body: ProposalBody, options: ChangeOptions): Promise<ProposalAnswer>;
  vote(body: VoteBody, options: ChangeOptions): Promise<VoteAnswer>;
  setAddresses(body: AddressesBody, options: ChangeOptions): Promise<Said>;
  rotate(body: RotationBody, options: ChangeOptions): Promise<Said>;
  part(what: Parting, options: ChangeOptions): Promise<Said>;
  seat(): Promise<Seat>;
  standUp(options: ChangeOptions): Promise<StandUpAnswer>;
  createStream(body: CreateStreamBody, options: WaitOption): Promise<Stream>;
  streams(): Promise<readonly Stream[]>;
  stream(stream: string): Promise<Stream>;
  /** Durable when it answers; repeating it with the same key changes nothing. */
  submitRows(stream: string, body: SubmitRowsBody, idempotencyKey: string): Promise<Submission>;
  /** Waits up to `waitMs` for the submission to be committed or refused. */
  submission(id: string, options: WaitOption): Promise<Submission>;
  /** Acknowledged rows that are not on the ledger, by submission. */
  outbox(query: OutboxQuery): Promise<OutboxPage>;
  outboxRows(submission: string, query: OutboxQuery): Promise<OutboxRows>;
  /** What was refused of a submission goes out again. */
  retryRefused(submission: string): Promise<Submission>;
  /** Lets go of what was refused of a submission, and answers how many rows. */
  discardRefused(submission: string): Promise<number>;
  records(stream: string, query: RecordsQuery): Promise<RecordsPage>;
  /** Ends when the signal is aborted; resumes by itself where a connection broke. */
  events(
    query: EventsQuery,
    signal: AbortSignal,
    onPlace?: (cursor: string) => void,
  ): AsyncIterable<{ readonly cursor: string; readonly event: StreamEvent }>;
  grant(
    stream: string,
    body: GrantBody,
    options: WaitOption & { readonly dryRun: boolean },
  ): Promise<GrantAnswer>;
  grants(stream: string): Promise<readonly Grant[]>;
  revoke(
    stream: string,
    body: RevokeBody,
    options: WaitOption & { readonly dryRun: boolean },
  ): Promise<RevokeAnswer>;
  /** Has old batches of an own stream deleted at every company, for good. */
  purge(
    stream: string,
    body: PurgeBody,
    options: WaitOption & { readonly dryRun: boolean },
  ): Promise<PurgeAnswer>;
  access(): Promise<Access>;
  documents(stream: string): Promise<readonly Document[]>;
  /** The bytes of a document, in order. */
  document(stream: string, document: string): AsyncIterable<Uint8Array>;
  /** The text of a proof file. */
  proof(body: ProofBody): Promise<string>;
  raw(stream: string, record: string, facet: number): Promise<Raw>;
  /** The databases as records of a backup, still sealed; at the socket alone. */
  backup(): AsyncIterable<Uint8Array>;
  /** Tokens for machines of the plant, and where those reach the gateway; at the socket alone. */
  tokens(): Promise<TokensAnswer>;
  createToken(body: TokenBody, options: { readonly dryRun: boolean }): Promise<TokenAnswer>;
  revokeToken(name: string, options: { readonly dryRun: boolean }): Promise<Token>;
  /** Gets keys back from the ledger by the seed of the recovery key; at the socket alone. */
  recover(recoverySeed: Uint8Array): Promise<Recovered>;
  /** The OpenAPI 3.1 description as JSON text. */
  openApi(): Promise<string>;
  /** Closes idle connections. */
  close(): void;
}

interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const answerBytesMax = 256 * 1_048_576;

/** A client for one gateway; it connects with the first call. */
export function createGatewayClient(address: GatewayAddress): GatewayClient {
  const wire = createWire(address);
  const get = <T>(path: string): Promise<T> => wire.json<T>({ method: "GET", path });
  const post = <T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> =>
    wire.json<T>({ method: "POST", path, body, headers });
  const change = <T>(what: string, body: unknown, { waitMs, dryRun }: ChangeOptions): Promise<T> =>
    post(`/v1/membership/${what}?dryRun=${dryRun}`, body, prefer(waitMs));
  const items = async <T>(path: string): Promise<readonly T[]> => {
    const answer = await get<{ items: readonly T[] }>(path);
    if (Array.isArray(answer.items)) return answer.items;
    throw unknownAnswer(JSON.stringify(answer));
  };
  const of = (stream: string): string => `/v1/streams/${encodeURIComponent(stream)}`;
  return {
    status: () => get("/v1/status"),
    members: () => items("/v1/members"),
    member: (company) => get(`/v1/members/${encodeURIComponent(company)}`),
    agenda: () => get("/v1/membership/requests"),
    request: (request) => get(`/v1/membership/requests/${request}`),
    invite: (body, options) => change("invitations", body, options),
    propose: (body, options) => change("requests", body, options),
    vote: (body, options) => change("votes", body, options),
    setAddresses: (body, options) => change("addresses", body, options),
    rotate: (body, options) => change("rotations", body, options),
    part: (what, options) => change(`parting/${what}`, {}, options),
    seat: () => get("/v1/membership/seat"),
    standUp: (options) => change("standing-up", {}, options),
    createStream: async (body, { waitMs }) =>
      (await post<{ stream: Stream }>("/v1/streams", body, prefer(waitMs))).stream,
    streams: () => items("/v1/streams"),
    stream: async (stream) => (await get<{ stream: Stream }>(of(stream))).stream,
    submitRows: (stream, body, key) =>
      post(`${of(stream)}/records`, body, { "idempotency-key": key }),
    submission: (id, { waitMs }) => get(`/v1/submissions/${id}?waitMs=${waitMs}`),
    outbox: (query) => get(`/v1/outbox${queryText(query)}`),
    outboxRows: (submission, query) => get(`/v1/outbox/${submission}${queryText(query)}`),
    retryRefused: (submission) =>
      wire.json({ method: "POST", path: `/v1/outbox/${submission}/retry` }),
    discardRefused: async (submission) =>
      (await wire.json<{ rows: number }>({ method: "DELETE", path: `/v1/outbox/${submission}` }))
        .rows,
    records: (stream, query) => get(`${of(stream)}/records${queryText(query)}`),
    events: (query, signal, onPlace = () => undefined) => {
      const open = (cursor: string | null): Promise<IncomingMessage> => {
        const headers = cursor === null ? {} : { "last-event-id": cursor };
        return wire.open({ method: "GET", path: `/v1/events${queryText(query)}`, headers, signal });
      };
      return readEvents(open, signal, onPlace);
    },
    grant: (stream, body, { waitMs, dryRun }) =>
      post(`${of(stream)}/grants?dryRun=${dryRun}`, body, prefer(waitMs)),
    grants: (stream) => items(`${of(stream)}/grants`),
    revoke: (stream, body, { waitMs, dryRun }) =>
      post(`${of(stream)}/revocations?dryRun=${dryRun}`, body, prefer(waitMs)),
    purge: (stream, body, { waitMs, dryRun }) =>
      post(`${of(stream)}/purges?dryRun=${dryRun}`, body, prefer(waitMs)),
    access: () => get("/v1/access"),
    documents: (stream) => items(`${of(stream)}/documents`),
    document: (stream, document) =>
      wire.bytes({ method: "GET", path: `${of(stream)}/documents/${document}` }),
    proof: (body) => wire.text({ method: "POST", path: "/v1/proofs", body }),
    raw: (stream, record, facet) => get(`${of(stream)}/raw/${record}?facet=${facet}`),
    backup: () => wire.bytes({ method: "GET", path: "/v1/backup" }),
    tokens: () => get("/v1/tokens"),
    createToken: (body, { dryRun }) => post(`/v1/tokens?dryRun=${dryRun}`, body),
    revokeToken: (name, { dryRun }) => {
      const path = `/v1/tokens/${encodeURIComponent(name)}?dryRun=${dryRun}`;
      return wire.json({ method: "DELETE", path });
    },
    recover: (seed) => post("/v1/recovery", { recoverySeed: toBase64(seed) }),
    openApi: () => wire.text({ method: "GET", path: "/v1/openapi.json" }),
    close: () => wire.close(),
  };
}

interface Wire {
  open(call: Call): Promise<IncomingMessage>;
  text(call: Call): Promise<string>;
  json<T>(call: Call): Promise<T>;
  bytes(call: Call): AsyncIterable<Uint8Array>;
  close(): void;
}

function createWire(address: GatewayAddress): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const open = async (call: Call): Promise<IncomingMessage> => {
    const response = await exchange(address, agent, call);
    if ((response.statusCode ?? 0) < 400) return response;
    throw refusal(await collect(response, address));
  };
  const text = async (call: Call): Promise<string> => collect(await open(call), address);
  return {
    open,
    text,
    json: async <T>(call: Call): Promise<T> => readObject(await text(call)) as T,
    bytes: async function* (call) {
      yield* chunksOf(await open(call), address);
    },
    close: () => agent.destroy(),
  };
}

function exchange(
  address: GatewayAddress,
  agent: InstanceType<typeof Agent>,
  call: Call,
): Promise<IncomingMessage> {
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  const headers: Record<string, string> = { accept: "application/json", ...call.headers };
  if (body !== null) {
    headers["content-type"] = "application/json";
    headers["content-length"] = `${Buffer.byteLength(body)}`;
  }
  if ("token" in address) headers.authorization = `Bearer ${address.token}`;
  const where =
    "url" in address
      ? { host: new URL(address.url).hostname, port: new URL(address.url).port }
      : { socketPath: address.socketPath };
  return new Promise((resolve, reject) => {
    const options = { ...where, agent, method: call.method, path: call.path, headers };
    const sent = request(call.signal ? { ...options, signal: call.signal } : options, resolve);
    sent.on("error", (cause) => reject(unreachable(address, cause)));
    sent.end(body ?? undefined);
  });
}

/** What comes of an answer; a gateway that goes away in the middle of it cannot be reached either. */
async function* chunksOf(
  response: IncomingMessage,
  address: GatewayAddress,
): AsyncGenerator<Buffer> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        throw unreachable(address, cause);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    response.destroy();
  }
}

async function collect(response: IncomingMessage, address: GatewayAddress): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response, address)) {
    size += chunk.length;
    if (size > answerBytesMax) throw new GatewayError("GATEWAY_ANSWER_TOO_LARGE", { size });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** An answer is one JSON object; somebody else may sit where a gateway is looked for. */
function readObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below, with the beginning of what came.
  }
  throw unknownAnswer(text);
}

function unknownAnswer(text: string): GatewayError {
  return new GatewayError("GATEWAY_ANSWER_UNKNOWN", { text: text.slice(0, 200) });
}

function refusal(text: string): GatewayError {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === "string") return new GatewayError("GATEWAY_REFUSED", { problem });
  } catch {
    // Something else than a gateway answered; the text itself is the best hint.
  }
  return unknownAnswer(text);
}

function unreachable(address: GatewayAddress, cause: unknown): GatewayError {
  const where = "url" in address ? address.url : address.socketPath;
  return new GatewayError("GATEWAY_UNREACHABLE", { where }, cause);
}

function prefer(waitMs: number): Record<string, string> {
  return waitMs > 0 ? { prefer: `wait=${Math.ceil(waitMs / 1_000)}` } : {};
}

function queryText(query: object): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(pairs.map(([key, value]) => [key, `${value}`])).toString();
  return text === "" ? "" : `?${text}`;
}
