import { LedgerError } from "../primitives/errors.ts";
import { sha256, taggedHash } from "../primitives/hash.ts";
import {
  concat,
  type Hash,
  idBytes,
  type MemberId,
  type PublicKey,
  type StreamId,
  toHex,
} from "../primitives/ids.ts";
import type { Lane } from "./transaction.ts";
import type { GrantId } from "./wire-shapes.ts";

/** First byte of every key of a table. Source: docs/PROTOCOL.md, State. */
export const TABLE = Object.freeze({
  member: 1,
  lane: 2,
  writer: 3,
  stream: 4,
  grant: 5,
  quota: 6,
  validators: 7,
  sidelined: 8,
  parameters: 9,
  clock: 10,
  generation: 11,
  lastHeight: 12,
  validatorChanges: 13,
  consensusKey: 14,
  evidence: 15,
  openings: 16,
  request: 17,
  counters: 18,
  keyOwner: 19,
  name: 20,
  milestone: 21,
  protocolVersions: 22,
  network: 23,
  barred: 24,
  retained: 25,
} as const);

/** A table of the state. */
export type TableName = keyof typeof TABLE;

function keyOf(table: TableName, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(Uint8Array.of(TABLE[table]), ...parts);
}

/** What all keys of a table begin with. */
export function tablePrefix(table: TableName): Uint8Array {
  return keyOf(table);
}

/** Key of the validator set. */
export const validatorsKey: Uint8Array = keyOf("validators");
/** Key of the terms for which members do not propose. */
export const sidelinedKey: Uint8Array = keyOf("sidelined");
/** Key of what the founders agreed on. */
export const parametersKey: Uint8Array = keyOf("parameters");
/** Key of height, time and proposer of the last block. */
export const clockKey: Uint8Array = keyOf("clock");
/** Key of who voted and proposed at the last height. */
export const lastHeightKey: Uint8Array = keyOf("lastHeight");
/** Key of the changes of the validator set that wait. */
export const validatorChangesKey: Uint8Array = keyOf("validatorChanges");
/** Key of what the state counts. */
export const countersKey: Uint8Array = keyOf("counters");
/** Key of the versions of the protocol. */
export const protocolVersionsKey: Uint8Array = keyOf("protocolVersions");
/** Key of which network it is. */
export const networkKey: Uint8Array = keyOf("network");

/** A number of 4 or 8 big-endian bytes, so that keys sort as their numbers do. */
function bigEndian(number: number, size: 4 | 8): Uint8Array {
  const encoded = new Uint8Array(8);
  new DataView(encoded.buffer).setBigUint64(0, BigInt(number));
  return encoded.subarray(8 - size);
}

/** Key of a member. */
export function memberKey(member: MemberId): Uint8Array {
  return keyOf("member", idBytes(member));
}

/** Key of how far a lane has come. */
export function laneKey(member: MemberId, lane: Lane): Uint8Array {
  return keyOf("lane", idBytes(member), idBytes(lane));
}

/** Key of the number of a member's gateway. */
export function writerKey(member: MemberId): Uint8Array {
  return keyOf("writer", idBytes(member));
}

/** Key of a stream. */
export function streamKey(stream: StreamId): Uint8Array {
  return keyOf("stream", idBytes(stream));
}

/** What the keys of all grants of a stream begin with. */
export function grantPrefix(stream: StreamId): Uint8Array {
  return keyOf("grant", idBytes(stream));
}

/** Key of a grant of a stream. */
export function grantKey(stream: StreamId, grant: GrantId): Uint8Array {
  return keyOf("grant", idBytes(stream), idBytes(grant as unknown as StreamId));
}

/** Key of what a member has used up. */
export function quotaKey(member: MemberId): Uint8Array {
  return keyOf("quota", idBytes(member));
}

/** Key of when a generation of a stream began. */
export function generationKey(stream: StreamId, generation: number): Uint8Array {
  return keyOf("generation", idBytes(stream), bigEndian(generation, 4));
}

/** What the keys of all such rows of a stream begin with. */
export function retainedPrefix(stream: StreamId): Uint8Array {
  return keyOf("retained", idBytes(stream));
}

/** Key of a row of a stream's batches whose payloads are kept. */
export function retainedKey(stream: StreamId, row: number): Uint8Array {
  return keyOf("retained", idBytes(stream), bigEndian(row, 8));
}

/** Key of what a consensus key could do at which heights. */
export function consensusKeyKey(key: PublicKey): Uint8Array {
  return keyOf("consensusKey", idBytes(key));
}

/** Key of the evidence against a consensus key for a height. */
export function evidenceKey(key: PublicKey, height: number): Uint8Array {
  return keyOf("evidence", idBytes(key), bigEndian(height, 8));
}

/** Key of what a member has under way. */
export function openingsKey(member: MemberId): Uint8Array {
  return keyOf("openings", idBytes(member));
}

/** Key of whether a member may be ready to vote again. */
export function barredKey(member: MemberId): Uint8Array {
  return keyOf("barred", idBytes(member));
}

/** Key of a request. */
export function requestKey(request: number): Uint8Array {
  return keyOf("request", bigEndian(request, 4));
}

/** Key of who brought a key to the ledger. */
export function keyOwnerKey(key: Uint8Array): Uint8Array {
  return keyOf("keyOwner", sha256(key));
}

/** Key of who is called so that it looks like this. */
export function nameKey(skeleton: string): Uint8Array {
  return keyOf("name", taggedHash("skeleton", new TextEncoder().encode(skeleton)));
}

/** Key of the milestone of a height. */
export function milestoneKey(height: number): Uint8Array {
  return keyOf("milestone", bigEndian(height, 8));
}

/** The tables that have one entry. */
type SingleTable =
  | "validators"
  | "sidelined"
  | "parameters"
  | "clock"
  | "lastHeight"
  | "validatorChanges"
  | "counters"
  | "protocolVersions"
  | "network";

/** A key of the state taken apart. */
export type StateKey =
  | {
      readonly table: "member" | "writer" | "quota" | "openings" | "barred";
      readonly memberId: MemberId;
    }
  | { readonly table: "lane"; readonly memberId: MemberId; readonly lane: Lane }
  | { readonly table: "stream"; readonly streamId: StreamId }
  | { readonly table: "grant"; readonly streamId: StreamId; readonly grantId: GrantId }
  | { readonly table: "generation"; readonly streamId: StreamId; readonly generation: number }
  | { readonly table: "retained"; readonly streamId: StreamId; readonly row: number }
  | { readonly table: "consensusKey"; readonly key: PublicKey }
  | { readonly table: "evidence"; readonly key: PublicKey; readonly height: number }
  | { readonly table: "request"; readonly request: number }
  | { readonly table: "keyOwner" | "name"; readonly hash: Hash }
  | { readonly table: "milestone"; readonly height: number }
  | { readonly table: SingleTable };

const tableByNumber: ReadonlyMap<number, TableName> = new Map(
  (Object.keys(TABLE) as TableName[]).map((name) => [TABLE[name], name]),
);

/** Length of a key by its table, the table byte included. */
const keyLengths: Readonly<Record<TableName, number>> = Object.freeze({
  member: 33,
  lane: 49,
  writer: 33,
  stream: 17,
  grant: 33,
  quota: 33,
  validators: 1,
  sidelined: 1,
  parameters: 1,
  clock: 1,
  generation: 21,
  lastHeight: 1,
  validatorChanges: 1,
  consensusKey: 33,
  evidence: 41,
  openings: 33,
  request: 5,
  counters: 1,
  keyOwner: 33,
  name: 33,
  milestone: 9,
  protocolVersions: 1,
  network: 1,
  barred: 33,
  retained: 25,
});

/** The number at the end of a key. */
function numberAt(key: Uint8Array, offset: number): number {
  let number = 0;
  for (const byte of key.subarray(offset)) number = number * 256 + byte;
  return number;
}

/**
 * Takes a key of the state apart.
 * @throws LEDGER_BAD_LENGTH, LEDGER_BAD_SHAPE
 */
export function decodeStateKey(key: Uint8Array): StateKey {
  const name = tableByNumber.get(key[0] ?? 0);
  if (name === undefined) {
    const detail = { path: "key[0]", expected: "a table of the state" };
    throw new LedgerError("LEDGER_BAD_SHAPE", "the key belongs to no table of the state", detail);
  }
  const expected = keyLengths[name];
  if (key.length !== expected) {
    const detail = { what: `key of ${name}`, expected, actual: key.length };
    throw new LedgerError("LEDGER_BAD_LENGTH", `a key of ${name} has another length`, detail);
  }
  switch (name) {
    case "member":
    case "writer":
    case "quota":
    case "openings":
    case "barred":
      return { table: name, memberId: toHex(key.subarray(1)) as MemberId };
    case "lane": {
      const memberId = toHex(key.subarray(1, 33)) as MemberId;
      return { table: name, memberId, lane: toHex(key.subarray(33)) as Lane };
    }
    case "stream":
      return { table: name, streamId: toHex(key.subarray(1)) as StreamId };
    case "grant": {
      const streamId = toHex(key.subarray(1, 17)) as StreamId;
      return { table: name, streamId, grantId: toHex(key.subarray(17)) as GrantId };
    }
    case "generation": {
      const streamId = toHex(key.subarray(1, 17)) as StreamId;
      return { table: name, streamId, generation: numberAt(key, 17) };
    }
    case "retained": {
      const streamId = toHex(key.subarray(1, 17)) as StreamId;
      return { table: name, streamId, row: numberAt(key, 17) };
    }
    case "consensusKey":
      return { table: name, key: toHex(key.subarray(1)) as PublicKey };
    case "evidence": {
      const height = numberAt(key, 33);
      return { table: name, key: toHex(key.subarray(1, 33)) as PublicKey, height };
    }
    case "request":
      return { table: name, request: numberAt(key, 1) };
    case "keyOwner":
    case "name":
      return { table: name, hash: toHex(key.subarray(1)) as Hash };
    case "milestone":
      return { table: name, height: numberAt(key, 1) };
    default:
      return { table: name };
  }
}
