import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Block } from "@tegata/ledger/chain";
import type { ChainStore, PayloadName } from "@tegata/ledger/storage";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { NodeError } from "../errors.ts";
import type { Reception } from "../join/reception.ts";
import type { OwnRefusals } from "../mempool/own-refusals.ts";
import type { Signal } from "../signal.ts";
import { damagedHeight } from "../sync/payload-backfill.ts";
import type {
  BlocksAnswer,
  CommittedBlock,
  NodeStatus,
  PayloadAnswer,
  ReadyBody,
  SetChangesAnswer,
  Sidecar,
  StateAnswer,
  StateRangeAnswer,
  SubmitAnswer,
  ValidatorSetChange,
} from "./client.ts";
import { type Requests, readRequest } from "./request-shapes.ts";
import {
  type ApiFailure,
  type ApiOperation,
  apiBlocksBytesMax,
  apiContentType,
  apiOperations,
  apiRequestBytesMax,
  encodeBody,
} from "./wire.ts";

/** What the socket serves. */
export interface NodeApiParts {
  readonly socketPath: string;
  readonly store: ChainStore;
  readonly genesis: Uint8Array;
  readonly refusals: OwnRefusals;
  readonly reception: Pick<Reception, "prepare" | "desk">;
  /** Fires when the head moved. */
  readonly headMoved: Signal;
  readonly status: () => NodeStatus;
  readonly readiness: () => ReadyBody | null;
  readonly submit: (sidecar: Sidecar) => Promise<SubmitAnswer>;
  /** Resolves when no commit is under way, so that height and state belong together. */
  readonly settled: () => Promise<void>;
  /** A payload of a committed height turned out to be altered. */
  readonly onPayloadDamage: (height: number, name: PayloadName) => void;
  /** A damaged height was met while reading. */
  readonly onReadError: (error: unknown) => boolean;
}

/** The socket; closing it ends long polls. */
export interface NodeApi {
  close(): Promise<void>;
}

/** Entries of one answer. */
const entriesMax = 4_096;
const entriesBytesMax = 4 * 1_048_576;

type Handlers = {
  readonly [Name in ApiOperation]: (
    request: Requests[Name],
    abort: AbortSignal,
  ) => Promise<unknown> | unknown;
};

class NodeApiServer implements NodeApi {
  readonly #parts: NodeApiParts;
  readonly #server: FastifyInstance;
  readonly #ending = new AbortController();

  constructor(parts: NodeApiParts) {
    this.#parts = parts;
    this.#server = fastify({
      bodyLimit: apiRequestBytesMax,
      forceCloseConnections: true,
      keepAliveTimeout: 0,
    });
    // Bodies are refused by their length before they are read, and kept as they are.
    this.#server.removeAllContentTypeParsers();
    this.#server.addContentTypeParser(
      apiContentType,
      { parseAs: "buffer" },
      (_request, body, done) => done(null, body),
    );
    this.#server.setErrorHandler((error, _request, reply) => this.#refuse(error, reply));
    this.#addRoutes();
  }

  async listen(): Promise<void> {
    const { socketPath } = this.#parts;
    const folder = dirname(socketPath);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    // The lock of the data was taken before: a socket that lies here is a dead process's.
    if (existsSync(socketPath) && lstatSync(socketPath).isSocket()) rmSync(socketPath);
    try {
      await this.#server.listen({ path: socketPath });
    } catch (cause) {
      const message = `the socket ${socketPath} cannot be opened`;
      throw new NodeError("NODE_LISTEN_FAILED", message, { addresses: [socketPath] }, cause);
    }
    chmodSync(socketPath, 0o600);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#server.close();
  }

  #addRoutes(): void {
    const handlers: Handlers = {
      status: () => this.#parts.status(),
      genesis: () => ({ genesis: this.#parts.genesis }),
      submit: (sidecar) => this.#parts.submit(sidecar),
      blocks: (request, abort) => this.#blocks(request, abort),
      state: (request) => this.#state(request),
      stateRange: (request) => this.#stateRange(request),
      setChanges: (request) => this.#setChanges(request),
      payload: (name) => this.#payload(name),
      refusals: async ({ after, waitMs }, abort) => ({
        items: await this.#parts.refusals.after(after, waitMs, abort),
      }),
      readiness: async () => {
        await this.#parts.settled();
        return { readiness: this.#parts.readiness() };
      },
      joinPrepare: async () => ({ listener: await this.#parts.reception.prepare() }),
      joinRequests: async ({ after, waitMs }, abort) => ({
        items: await this.#parts.reception.desk.after(after, waitMs, abort),
      }),
      joinAnswer: ({ number, code }) => ({
        isTaken: this.#parts.reception.desk.answer(
          number,
          code === null ? { ok: true } : { ok: false, code },
        ),
      }),
    };
    for (const name of apiOperations) {
      const handler = handlers[name] as (request: unknown, abort: AbortSignal) => unknown;
      this.#server.post(`/${name}`, async (request, reply) => {
        const given = readRequest(name, request.body);
        if (given === null) return this.#fail(reply, 400, "malformed", "the request is not usable");
        const answer = await this.#untilGone(request, (abort) => handler(given, abort));
        return reply.type(apiContentType).send(encodeBody(answer));
      });
    }
  }

  /** Ends a long poll with its connection or with the node. */
  async #untilGone(
    request: FastifyRequest,
    handle: (abort: AbortSignal) => unknown,
  ): Promise<unknown> {
    const gone = new AbortController();
    const onGone = (): void => gone.abort();
    const { socket } = request.raw;
    socket.once("close", onGone);
    this.#ending.signal.addEventListener("abort", onGone, { once: true });
    try {
      return await handle(gone.signal);
    } finally {
      socket.off("close", onGone);
      this.#ending.signal.removeEventListener("abort", onGone);
    }
  }

  #refuse(error: unknown, reply: FastifyReply): FastifyReply {
    const status = (error as { readonly statusCode?: number }).statusCode ?? 500;
    const code = (error as { readonly code?: string }).code ?? "failed";
    if (status >= 500 && !this.#parts.onReadError(error)) {
      return this.#fail(reply, 500, "failed", "the node could not carry this out");
    }
    return this.#fail(reply, status, code, String((error as Error).message));
  }

  #fail(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
    const failure: ApiFailure = { code, message };
    return reply.code(status).type(apiContentType).send(encodeBody(failure));
  }

  /** One that the disk altered is not held, until the others gave it again. */
  #payload(name: Requests["payload"]): PayloadAnswer {
    const { store } = this.#parts;
    try {
      if (store.isPurged(name.transactionId)) return { payload: null, isPurged: true };
      return { payload: store.payload(name), isPurged: false };
    } catch (error) {
      const height = damagedHeight(error);
      if (height === null) throw error;
      this.#parts.onPayloadDamage(height, name);
      return { payload: null, isPurged: false };
    }
  }

  async #blocks(request: Requests["blocks"], abort: AbortSignal): Promise<BlocksAnswer> {
    const { store, headMoved } = this.#parts;
    const { height, waitMs, blocksMax } = request;
    if (store.head().height < height) await headMoved.wait(waitMs, abort);
    const head = store.head().height;
    const blocks: CommittedBlock[] = [];
    let bytes = 0;
    for (const block of store.blocks(height, blocksMax)) {
      const one = committed(store, block);
      bytes += one.block.length + one.certificate.length;
      if (blocks.length > 0 && bytes > apiBlocksBytesMax) break;
      blocks.push(one);
    }
    return { head, base: store.baseHeight, blocks };
  }

  async #state({ keys }: Requests["state"]): Promise<StateAnswer> {
    await this.#parts.settled();
    const reader = this.#parts.store.reader();
    const values = keys.map((key) => reader.get(key));
    return { height: this.#parts.store.head().height, values };
  }

  async #stateRange(request: Requests["stateRange"]): Promise<StateRangeAnswer> {
    await this.#parts.settled();
    const { prefix, after, limit } = request;
    const { height } = this.#parts.store.head();
    const entries: (readonly [Uint8Array, Uint8Array])[] = [];
    let bytes = 0;
    // One iterator sees one state, whatever is committed meanwhile.
    for await (const { key, value } of this.#parts.store.stateEntries(prefix)) {
      if (after !== null && Buffer.compare(key, after) <= 0) continue;
      bytes += key.length + value.length;
      const isFull = entries.length >= Math.min(limit, entriesMax) || bytes > entriesBytesMax;
      if (isFull && entries.length > 0) return { height, entries, more: true };
      entries.push([key, value]);
    }
    return { height, entries, more: false };
  }

  async #setChanges(request: Requests["setChanges"]): Promise<SetChangesAnswer> {
    const { heightFirst, heightEnd } = request;
    const changes: ValidatorSetChange[] = [];
    let bytes = 0;
    for await (const change of this.#parts.store.setChanges(heightFirst, heightEnd)) {
      bytes += change.header.length + change.certificate.length + change.nextValidators.length;
      const isFull = changes.length >= entriesMax || bytes > entriesBytesMax;
      if (isFull && changes.length > 0) return { changes, more: true };
      changes.push(change);
    }
    return { changes, more: false };
  }
}

function committed(store: ChainStore, block: Block): CommittedBlock {
  const { height } = block.header;
  const certificate = store.certificate(height) ?? new Uint8Array(0);
  return { height, block: block.bytes, certificate };
}

/**
 * Opens the node's socket: 0600, in a folder that is 0700.
 * @throws NODE_LISTEN_FAILED
 */
export async function openNodeApi(parts: NodeApiParts): Promise<NodeApi> {
  const server = new NodeApiServer(parts);
  await server.listen();
  return server;
}
