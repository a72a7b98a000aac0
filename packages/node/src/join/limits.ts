import { limits } from "@tegata/ledger/chain";

/** Every bound of the listener for companies that join. Bytes, milliseconds and counts. */
export interface JoinLimits {
  /** Longest frame in either direction, without the four bytes of its length. */
  readonly frameBytesMax: number;
  /** Longest piece of an answer that is sent in pieces. */
  readonly chunkBytes: number;
  /** Connections at a time, in all and from one host. */
  readonly connectionsMax: number;
  readonly connectionsPerHostMax: number;
  /** New connections: so many in a row from one host and from all of them, and how soon one more. */
  readonly hostBurst: number;
  readonly hostRefillMs: number;
  readonly burst: number;
  readonly refillMs: number;
  /** Hosts that are counted; more of them at once is an attack, and the count begins anew. */
  readonly hostsMax: number;
  /** A stranger that has proven no invitation by then is cut off. */
  readonly proofTimeoutMs: number;
  /** With all places taken, one of a stranger that has proven nothing for this long is given to the next. */
  readonly unprovenMs: number;
  /** An invited company that asks nothing for this long, or takes nothing, is cut off. */
  readonly idleMs: number;
  /** Requests in one connection. */
  readonly requestsMax: number;
  /** Longest application, and longest transaction body that is carried for a company. */
  readonly applicationBytesMax: number;
  readonly carriedBytesMax: number;
  /** Bodies that are carried at a time. */
  readonly carriedMax: number;
}

/** The bounds of a listener in production; tests shorten times. */
export const joinLimits: JoinLimits = Object.freeze({
  frameBytesMax: 16_384,
  chunkBytes: 12_288,
  connectionsMax: 8,
  connectionsPerHostMax: 1,
  hostBurst: 5,
  hostRefillMs: 2_000,
  burst: 32,
  refillMs: 125,
  hostsMax: 1_024,
  proofTimeoutMs: 5_000,
  unprovenMs: 2_000,
  idleMs: 10_000,
  requestsMax: 64,
  applicationBytesMax: limits.applicationBytesMax,
  carriedBytesMax: 3_072,
  carriedMax: 5,
});
