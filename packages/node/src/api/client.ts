import type { ClientRequest, IncomingMessage } from "node:http";
import { NodeError } from "../errors.ts";
import type { DialFailure } from "../network/dial-failure.ts";
import type { SyncProgress } from "../sync/progress.ts";
import {
  type ApiFailure,
  type ApiOperation,
  apiContentType,
  decodeBody,
  encodeBody,
} from "./wire.ts";

// Imported as a module it would read the whole of fetch too: an eighth of the time that a short command takes.
const { Agent, request } = process.getBuiltinModule("node:http");

export type { DialFailure, DialFailureReason } from "../network/dial-failure.ts";

export type { SyncProgress } from "../sync/progress.ts";

/** How a node stands; only `ready` means that it takes part and commits. */
export type NodeState = "starting" | "catching-up" | "ready" | "no-quorum" | "sign-state-unsafe";

/**
 * How a member is reached: it dialed this node, this node dialed it, its votes come through others, or not
 * at all.
 */
export type MemberReach = "direct-in" | "direct-out" | "through-others" | "away";

/** A member as this node sees it at the moment. */
export interface NodeMemberStatus {
  readonly member: string;
  readonly name: string;
  readonly handle: string;
  readonly connected: boolean;
  /** This node's own member. */
  readonly self: boolean;
  /** Height of the block by which it left; only this node's own member is told of after that. */
  readonly leftHeight: number | null;
  /** `sidelined`: it votes and others propose; `suspended`: its votes do not count; `following`: no vote. */
  readonly standing: "voting" | "sidelined" | "suspended" | "following";
  /** Height of the block that gave it this standing, 0 for the genesis. */
  readonly sinceHeight: number;
  /** Where it signed two contradicting messages, if it is suspended for that; else null. */
  readonly offenceHeight: number | null;
  /** When it was last connected, ms since the Unix epoch; null: not since this node started. */
  readonly lastSeenMs: number | null;
  /** Null for this node's own member. */
  readonly reach: MemberReach | null;
  /** Since when it is reached like that, ms since the Unix epoch; null for the own member. */
  readonly reachSinceMs: number | null;
  /** Version of its program as it last said; null: not since this node started. */
  readonly version: string | null;
  /** The last attempt of this node to reach it that failed, unless a later one did reach it. */
  readonly dialFailure: DialFailure | null;
  /** When it last dialed this node and proved its key, ms since the Unix epoch; null: not since the start. */
  readonly dialedUsAtMs: number | null;
}

/** What a node says about itself; ids are lower-case hex, times ms since the Unix epoch. */
export interface NodeStatus {
  readonly version: string;
  readonly network: string;
  readonly networkName: string;
  readonly member: string;
  readonly state: NodeState;
  /** Height of the last committed block. */
  readonly height: number;
  readonly headBlockId: string;
  readonly headTimeMs: number;
  /** Round of the height that is being decided. */
  readonly round: number;
  /** Member whose turn it is in that round; null while it is not known. */
  readonly proposer: string | null;
  /** How many validators have to agree. */
  readonly quorum: number;
  /** Before this height the program has to be updated, as the members voted; null: it can stay. */
  readonly outdatedFrom: number | null;
  readonly members: readonly NodeMemberStatus[];
  readonly mempool: { readonly transactions: number; readonly bytes: number };
  /** What it is busy with until it has everything that the others have. */
  readonly sync: SyncProgress;
  /** Payloads of committed blocks that are still being fetched. */
  readonly payloadsMissing: number;
  /** How far this machine's clock is ahead of the network's, negative for behind; null while it is right. */
  readonly clockAheadMs: number | null;
  readonly startedAtMs: number;
}

/** A transaction and the payloads that travel beside it, as in docs/PROTOCOL.md section 5.1. */
export interface Sidecar {
  readonly transaction: Uint8Array;
  readonly payloads: readonly Uint8Array[];
}

/** What would cure a refusal: time alone, another sequence or writer number, or nothing. */
export type Cure = "wait" | "renumber" | "never";

/** Plain data that explains a refusal. */
export type SubmitDetail = Readonly<
  Record<string, string | number | boolean | null | readonly (string | number)[]>
>;

/** Whether the node took a transaction into its mempool; a transaction it holds already is taken. */
export type SubmitAnswer =
  | { readonly ok: true; readonly transactionId: string }
  | {
      readonly ok: false;
      readonly code: string;
      readonly cure: Cure;
      readonly detail: SubmitDetail | null;
    };

/** A committed block with the precommits that decided it. */
export interface CommittedBlock {
  readonly height: number;
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

/**
 * A run of committed blocks; empty when nothing above the asked height came in time, and where the asked
 * height lies below the base.
 */
export interface BlocksAnswer {
  readonly head: number;
  /** First height whose block the node has; 0 where none is missing. Older blocks come in time. */
  readonly base: number;
  readonly blocks: readonly CommittedBlock[];
}

/** Values of the head state; null where there is none. All belong to the same height. */
export interface StateAnswer {
  readonly height: number;
  readonly values: readonly (Uint8Array | null)[];
}

/** Entries of the head state in key order. */
export interface StateRangeAnswer {
  readonly height: number;
  readonly entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[];
  /** Whether entries follow after the last one. */
  readonly more: boolean;
}

/** A committed height whose block changed the set of validators. */
export interface ValidatorSetChange {
  readonly height: number;
  /** Header of that block, and the precommits that decided it. */
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  /** Canonical bytes of the set after it. */
  readonly nextValidators: Uint8Array;
}

/** What the node has of a payload. */
export interface PayloadAnswer {
  readonly payload: Uint8Array | null;
  /** Whether its owner had it deleted, everywhere and for good. */
  readonly isPurged: boolean;
}

/** Changes of the set, ascending by height. */
export interface SetChangesAnswer {
  readonly changes: readonly ValidatorSetChange[];
  /** Whether changes follow after the last one. */
  readonly more: boolean;
}

/** An own transaction that left the mempool because a later check refused it. */
export interface OwnRefusal {
  /** Grows by one with each; starts anew with the process. */
  readonly number: number;
  readonly transactionId: string;
  readonly code: string;
  readonly cure: Cure;
}

/** The refusals after a number; at most 4,096 are kept. */
export interface RefusalsAnswer {
  readonly items: readonly OwnRefusal[];
}

/** Where invited companies find the listener of this node. */
export interface JoinListenerPlace {
  readonly state: "open";
  /** Ed25519 key of the listener, lower-case hex. */
  readonly key: string;
  /** Multiaddrs: the own published hosts with the listener's port. */
  readonly addresses: readonly string[];
}

/** The node does not listen for invited companies. */
export interface JoinListenerClosed {
  readonly state: "closed";
  /** The settings name no address to listen at, or what they name could not be opened. */
  readonly reason: "no-address" | "not-opened";
  /** Multiaddrs that the settings name. */
  readonly listen: readonly string[];
}

/** What an invited company handed in, to be sent by the gateway. */
export interface JoinRequestItem {
  /** Grows by one with each; starts anew with the process. */
  readonly number: number;
  /** An application, or bodies of rotations to be carried for a member that lost its keys. */
  readonly kind: "apply" | "carry";
  /** Public key of the invitation, lower-case hex. */
  readonly invitationKey: string;
  readonly bodies: readonly Uint8Array[];
}

/** What invited companies handed in and nobody has answered. */
export interface JoinRequestsAnswer {
  readonly items: readonly JoinRequestItem[];
}

/** Body of a `ready` transaction, signed by the company's consensus key. */
export interface ReadyBody {
  readonly admission: number;
  readonly height: number;
  readonly blockId: string;
  readonly signature: Uint8Array;
}

/**
 * The node, as its gateway and the command line use it. Every method may throw NODE_API_UNREACHABLE,
 * NODE_API_REFUSED and NODE_API_CLOSED; each operation may be repeated without harm.
 */
export interface NodeClient {
  status(): Promise<NodeStatus>;
  /** Genesis bytes of the network. */
  genesis(): Promise<Uint8Array>;
  /** Hands a transaction to the node's mempool; the same door as for strangers. */
  submit(sidecar: Sidecar): Promise<SubmitAnswer>;
  /**
   * Committed blocks from `height` on, at most `blocksMax` and about 16 MiB; while there is none, waits
   * up to `waitMs` for the next commit.
   */
  blocks(
    height: number,
    options: { readonly waitMs: number; readonly blocksMax: number },
  ): Promise<BlocksAnswer>;
  /** Values of the head state by key, at most 4,096 keys. */
  state(keys: readonly Uint8Array[]): Promise<StateAnswer>;
  /** Entries whose key begins with `prefix`, from the first after `after` on; at most 4,096. */
  stateRange(
    prefix: Uint8Array,
    options: { readonly after: Uint8Array | null; readonly limit: number },
  ): Promise<StateRangeAnswer>;
  /**
   * Committed heights from `heightFirst` to `heightEnd` (excluded) whose blocks changed the set of
   * validators; about 4 MiB of them. A store older than their index lacks the changes of that time.
   */
  setChanges(heightFirst: number, heightEnd: number): Promise<SetChangesAnswer>;
  /**
   * A payload of a committed transaction; null when it is not known or not (yet) held, `purged` when its
   * owner had it deleted.
   */
  payload(transactionId: string, part: number): Promise<Uint8Array | "purged" | null>;
  /** Own transactions refused after the number `after`; waits up to `waitMs` while there is none. */
  refusals(after: number, options: { readonly waitMs: number }): Promise<RefusalsAnswer>;
  /**
   * Opens the listener for invited companies ahead of an invitation, for ten minutes; or says why the node
   * does not listen.
   */
  joinPrepare(): Promise<JoinListenerPlace | JoinListenerClosed>;
  /** What invited companies handed in after the number `after`; waits up to `waitMs` while there is none. */
  joinRequests(after: number, options: { readonly waitMs: number }): Promise<JoinRequestsAnswer>;
  /** Tells a company what became of its request, null: it was sent; false when nobody waits for it any more. */
  joinAnswer(number: number, code: string | null): Promise<boolean>;
  /** What says that this company can vote, while it has no vote and has followed the chain; else null. */
  readiness(): Promise<ReadyBody | null>;
  /** Ends calls under way with NODE_API_CLOSED and closes the connections. */
  close(): Promise<void>;
}

/** Where the node listens. */
export interface NodeClientOptions {
  readonly socketPath: string;
}

const connectionsMax = 256;
/** Beyond the wait asked for; an answer of a living node takes milliseconds. */
const patienceMs = 60_000;

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

function readBody(response: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks)));
    response.on("error", reject);
    response.on("aborted", () => reject(new Error("the answer was cut off")));
  });
}

class HttpNodeClient implements NodeClient {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  readonly #calls = new Set<ClientRequest>();
  #closed = false;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async status(): Promise<NodeStatus> {
    return (await this.#call("status", {})) as NodeStatus;
  }

  async genesis(): Promise<Uint8Array> {
    return ((await this.#call("genesis", {})) as { genesis: Uint8Array }).genesis;
  }

  async submit(sidecar: Sidecar): Promise<SubmitAnswer> {
    const { transaction, payloads } = sidecar;
    return (await this.#call("submit", { transaction, payloads })) as SubmitAnswer;
  }

  async blocks(
    height: number,
    options: { readonly waitMs: number; readonly blocksMax: number },
  ): Promise<BlocksAnswer> {
    const { waitMs, blocksMax } = options;
    return (await this.#call("blocks", { height, waitMs, blocksMax }, waitMs)) as BlocksAnswer;
  }

  async state(keys: readonly Uint8Array[]): Promise<StateAnswer> {
    return (await this.#call("state", { keys })) as StateAnswer;
  }

  async stateRange(
    prefix: Uint8Array,
    options: { readonly after: Uint8Array | null; readonly limit: number },
  ): Promise<StateRangeAnswer> {
    const { after, limit } = options;
    return (await this.#call("stateRange", { prefix, after, limit })) as StateRangeAnswer;
  }

  async setChanges(heightFirst: number, heightEnd: number): Promise<SetChangesAnswer> {
    return (await this.#call("setChanges", { heightFirst, heightEnd })) as SetChangesAnswer;
  }

  async payload(transactionId: string, part: number): Promise<Uint8Array | "purged" | null> {
    const answer = (await this.#call("payload", { transactionId, part })) as PayloadAnswer;
    return answer.isPurged ? "purged" : answer.payload;
  }

  async refusals(after: number, options: { readonly waitMs: number }): Promise<RefusalsAnswer> {
    const { waitMs } = options;
    return (await this.#call("refusals", { after, waitMs }, waitMs)) as RefusalsAnswer;
  }

  async joinPrepare(): Promise<JoinListenerPlace | JoinListenerClosed> {
    const answer = await this.#call("joinPrepare", {});
    return (answer as { listener: JoinListenerPlace | JoinListenerClosed }).listener;
  }

  async joinRequests(
    after: number,
    options: { readonly waitMs: number },
  ): Promise<JoinRequestsAnswer> {
    const { waitMs } = options;
    return (await this.#call("joinRequests", { after, waitMs }, waitMs)) as JoinRequestsAnswer;
  }

  async joinAnswer(number: number, code: string | null): Promise<boolean> {
    const answer = (await this.#call("joinAnswer", { number, code })) as { isTaken: boolean };
    return answer.isTaken;
  }

  async readiness(): Promise<ReadyBody | null> {
    const answer = await this.#call("readiness", {});
    return (answer as { readiness: ReadyBody | null }).readiness;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#calls) call.destroy();
    this.#agent.destroy();
  }

  async #call(operation: ApiOperation, fields: object, waitMs = 0): Promise<unknown> {
    const body = encodeBody(fields);
    const answer = await this.#exchange(operation, body, waitMs + patienceMs, true);
    const value = this.#read(answer.body);
    if (answer.status === 200) return value;
    const { code = "unknown", message = "it gives no reason" } = value as Partial<ApiFailure>;
    throw new NodeError("NODE_API_REFUSED", message, { operation, code });
  }

  /** An answer is one map; somebody else may sit where a node is looked for. */
  #read(body: Uint8Array): object {
    let cause: unknown = null;
    try {
      const value = decodeBody(body);
      if (typeof value === "object" && value !== null) return value;
    } catch (error) {
      cause = error;
    }
    const message = `what answers at ${this.#socketPath} is no node`;
    const detail = { socketPath: this.#socketPath };
    throw new NodeError("NODE_API_UNREACHABLE", message, detail, cause);
  }

  /** An idle connection may be closed by the node just when it is used again: that is tried once more. */
  async #exchange(
    operation: ApiOperation,
    body: Uint8Array,
    timeoutMs: number,
    again: boolean,
  ): Promise<Answer> {
    const call = request({
      agent: this.#agent,
      socketPath: this.#socketPath,
      method: "POST",
      path: `/${operation}`,
      headers: { "content-type": apiContentType, "content-length": body.length },
    });
    const timer = setTimeout(() => call.destroy(new Error("no answer in time")), timeoutMs);
    this.#calls.add(call);
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        call.on("response", resolve);
        call.on("error", reject);
        call.end(body);
        if (this.#closed) call.destroy();
      });
      return { status: response.statusCode ?? 0, body: await readBody(response) };
    } catch (error) {
      if (this.#closed) throw new NodeError("NODE_API_CLOSED", "the client is closed", null, error);
      if (again && call.reusedSocket) return this.#exchange(operation, body, timeoutMs, false);
      const message = `no node answers at ${this.#socketPath}`;
      const detail = { socketPath: this.#socketPath };
      throw new NodeError("NODE_API_UNREACHABLE", message, detail, error);
    } finally {
      clearTimeout(timer);
      this.#calls.delete(call);
    }
  }
}

/** A client of the node whose socket is given; connects when it is first used. */
export function createNodeClient(options: NodeClientOptions): NodeClient {
  return new HttpNodeClient(options.socketPath);
}
