import { encode } from "../../primitives/codec.ts";
import { accepted } from "../../primitives/errors.ts";
import { taggedHash } from "../../primitives/hash.ts";
import { type Hash, hashId, idBytes, type MemberId } from "../../primitives/ids.ts";
import { type Action, encodeAction, subjectOf } from "../action.ts";
import type { BlockContext } from "../context.ts";
import { limits } from "../limits.ts";
import type { RequestState } from "../membership-tables.ts";
import {
  readCounters,
  readNetwork,
  readOpenings,
  readRequest,
  writeCounters,
  writeOpenings,
  writeRequest,
} from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { requestKey } from "../state-keys.ts";
import type { StateReader, StateView } from "../state-view.ts";

const numberMax = 2 ** 32 - 1;

/** The requests of a member that can still be decided. */
function openRequests(reader: StateReader, proposer: MemberId, timeMs: number): readonly number[] {
  return readOpenings(reader, proposer).requests.filter(
    (request) => (readRequest(reader, request)?.expiresMs ?? 0) > timeMs,
  );
}

/** Whether a member may open one more request. */
export function checkOpening(
  reader: StateReader,
  proposer: MemberId,
  { timeMs }: BlockContext,
): TransactionVerdict {
  const open = openRequests(reader, proposer, timeMs).length;
  const isFull = open >= limits.requestsMax || readCounters(reader).requests === numberMax;
  if (!isFull) return accepted;
  return refuseTransaction("LEDGER_REQUESTS_OPEN", { open, max: limits.requestsMax });
}

/** What a vote on this request has to name, unless it is an application's own hash. */
function hashOf(reader: StateReader, request: number, actionBytes: Uint8Array): Hash {
  const { networkId } = readNetwork(reader);
  return hashId(taggedHash("request", encode([idBytes(networkId), request, actionBytes])));
}

/** Opens a request and forgets the expired ones of the same member; `hash` is an application's own. */
export function openRequest(
  view: StateView,
  asked: {
    readonly action: Action;
    readonly proposer: MemberId;
    readonly hash: Hash | null;
  },
  { height, timeMs }: BlockContext,
): void {
  const { action, proposer } = asked;
  const openings = readOpenings(view, proposer);
  const open = openRequests(view, proposer, timeMs);
  for (const old of openings.requests) {
    if (!open.includes(old)) view.set(requestKey(old), null);
  }
  const counters = readCounters(view);
  const request = counters.requests + 1;
  const actionBytes = encodeAction(action);
  writeCounters(view, { ...counters, requests: request });
  writeOpenings(view, proposer, { ...openings, requests: [...open, request] });
  writeRequest(view, request, {
    actionBytes,
    hash: asked.hash ?? hashOf(view, request, actionBytes),
    subject: subjectOf(action),
    proposer,
    height,
    expiresMs: timeMs + limits.requestMsMax,
    votes: [],
  });
}

/** A decided request leaves the state. */
export function closeRequest(view: StateView, request: number, { proposer }: RequestState): void {
  view.set(requestKey(request), null);
  const openings = readOpenings(view, proposer);
  const requests = openings.requests.filter((other) => other !== request);
  writeOpenings(view, proposer, { ...openings, requests });
}
