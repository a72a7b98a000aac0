import { LedgerError } from "../primitives/errors.ts";
import {
  concat,
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

/** `generation` is four big-endian bytes, so that generations sort in their order. */
export function generationKey(stream: StreamId, generation: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, generation);
  return keyOf("generation", idBytes(stream), number);
}

/** Key of what a consensus key could do at which heights. */
export function consensusKeyKey(key: PublicKey): Uint8Array {
  return keyOf("consensusKey", idBytes(key));
}

/** Key of the evidence against a consensus key for a height, which is eight big-endian bytes. */
export function evidenceKey(key: PublicKey, height: number): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(height));
  return keyOf("evidence", idBytes(key), number);
}

/** The tables that have one entry. */
type SingleTable =
  | "validators"
  | "sidelined"
  | "parameters"
  | "clock"
  | "lastHeight"
  | "validatorChanges";

/** A key of the state taken apart. */
export type StateKey =
  | { readonly table: "member" | "writer" | "quota"; readonly memberId: MemberId }
  | { readonly table: "lane"; readonly memberId: MemberId; readonly lane: Lane }
  | { readonly table: "stream"; readonly streamId: StreamId }
  | { readonly table: "grant"; readonly streamId: StreamId; readonly grantId: GrantId }
  | { readonly table: "generation"; readonly streamId: StreamId; readonly generation: number }
  | { readonly table: "consensusKey"; readonly key: PublicKey }
  | { readonly table: "evidence"; readonly key: PublicKey; readonly height: number }
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
});

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
      const generation = new DataView(key.buffer, key.byteOffset).getUint32(17);
      return { table: name, streamId, generation };
    }
    case "consensusKey":
      return { table: name, key: toHex(key.subarray(1)) as PublicKey };
    case "evidence": {
      const height = Number(new DataView(key.buffer, key.byteOffset).getBigUint64(33));
      return { table: name, key: toHex(key.subarray(1, 33)) as PublicKey, height };
    }
    default:
      return { table: name };
  }
}
