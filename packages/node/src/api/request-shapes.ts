import type { TransactionId } from "@tegata/ledger/primitives";
import type { Sidecar } from "./client.ts";
import { type ApiOperation, decodeBody } from "./wire.ts";

/** What each operation is given. */
export interface Requests {
  readonly status: null;
  readonly genesis: null;
  readonly submit: Sidecar;
  readonly blocks: {
    readonly height: number;
    readonly waitMs: number;
    readonly blocksMax: number;
  };
  readonly state: { readonly keys: readonly Uint8Array[] };
  readonly stateRange: {
    readonly prefix: Uint8Array;
    readonly after: Uint8Array | null;
    readonly limit: number;
  };
  readonly setChanges: { readonly heightFirst: number; readonly heightEnd: number };
  readonly payload: { readonly transactionId: TransactionId; readonly part: number };
  readonly refusals: { readonly after: number; readonly waitMs: number };
  readonly readiness: null;
  readonly joinPrepare: null;
  readonly joinRequests: { readonly after: number; readonly waitMs: number };
  readonly joinAnswer: { readonly number: number; readonly code: string | null };
}

const waitMsMax = 60_000;
const blocksMax = 1_000;
const keysMax = 4_096;
const keyBytesMax = 256;

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isKey = (value: unknown): value is Uint8Array =>
  isBytes(value) && value.length <= keyBytesMax;
const isId = (value: unknown): value is TransactionId =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

type Given = Readonly<Record<string, unknown>>;

/** A word of a refusal, as in docs/ERRORS.md. */
const isWord = (value: unknown): value is string =>
  typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value);

function pollOf({ after, waitMs }: Given): Requests["refusals"] | null {
  if (!isCount(after) || !isCount(waitMs)) return null;
  return { after, waitMs: Math.min(waitMs, waitMsMax) };
}

const readers: { readonly [Name in ApiOperation]: (given: Given) => unknown } = {
  status: () => ({}),
  genesis: () => ({}),
  submit: ({ transaction, payloads }) =>
    isBytes(transaction) && Array.isArray(payloads) && payloads.every(isBytes)
      ? { transaction, payloads }
      : null,
  blocks: ({ height, waitMs, blocksMax: wanted }) =>
    isCount(height) && isCount(waitMs) && isCount(wanted)
      ? {
          height: Math.max(1, height),
          waitMs: Math.min(waitMs, waitMsMax),
          blocksMax: Math.min(wanted, blocksMax),
        }
      : null,
  state: ({ keys }) =>
    Array.isArray(keys) && keys.length <= keysMax && keys.every(isKey) ? { keys } : null,
  stateRange: ({ prefix, after, limit }) =>
    isKey(prefix) && prefix.length > 0 && (after === null || isKey(after)) && isCount(limit)
      ? { prefix, after, limit }
      : null,
  setChanges: ({ heightFirst, heightEnd }) =>
    isCount(heightFirst) && isCount(heightEnd) ? { heightFirst, heightEnd } : null,
  payload: ({ transactionId, part }) =>
    isId(transactionId) && isCount(part) ? { transactionId, part } : null,
  refusals: (given) => pollOf(given),
  readiness: () => ({}),
  joinPrepare: () => ({}),
  joinRequests: (given) => pollOf(given),
  joinAnswer: ({ number, code }) =>
    isCount(number) && (code === null || isWord(code)) ? { number, code } : null,
};

/** Reads the body of a request; null for anything that is not what the operation takes. */
export function readRequest(operation: ApiOperation, body: unknown): unknown {
  if (!isBytes(body)) return null;
  try {
    const given = decodeBody(body);
    if (typeof given !== "object" || given === null) return null;
    return readers[operation](given as Given);
  } catch {
    return null;
  }
}
