import { assert } from "../primitives/assert.ts";
import type { Hash, MemberId, StreamId } from "../primitives/ids.ts";
import {
  bytes,
  fixedBytes,
  flag,
  fromBytes,
  type Infer,
  list,
  nullable,
  record,
  type Shape,
  text,
  toBytes,
  uint,
} from "../primitives/shape.ts";
import { limits } from "./limits.ts";
import { type NetworkParameters, parametersShape } from "./network-parameters.ts";
import {
  clockKey,
  generationKey,
  grantKey,
  laneKey,
  memberKey,
  parametersKey,
  quotaKey,
  sidelinedKey,
  streamKey,
  type TableName,
  validatorsKey,
  writerKey,
} from "./state-keys.ts";
import type { StateReader, StateView } from "./state-view.ts";
import type { Lane } from "./transaction.ts";
import {
  categoryShape,
  disclosureShape,
  epochLengthShape,
  epochShape,
  ordinalShape,
} from "./transaction-body.ts";
import {
  type GrantId,
  hashShape,
  listOf,
  memberIdShape,
  publicKeyShape,
  transactionIdShape,
  word,
} from "./wire-shapes.ts";

const nameBytesMax = limits.nameCodePointsMax * 4;
const handleBytesMax = 31;
/** Four roles, and room for the versions a member may have kept in force. */
const keysMax = 64;

/** What a working key is for. */
export const roleShape = word({ network: 1, consensus: 2, transaction: 3, encryption: 4 });
export type Role = Infer<typeof roleShape>;

const memberShape = record({
  name: text(nameBytesMax),
  handle: text(handleBytesMax),
  rootKey: publicKeyShape,
  recoveryKey: fixedBytes(1_216),
  keys: list(
    record({ role: roleShape, version: ordinalShape, key: bytes(1_216), height: uint() }),
    keysMax,
  ),
  addresses: list(text(limits.addressBytesMax), limits.addressesMax),
  joinedHeight: uint(),
});

const laneShape = record({ sequence: uint(), head: hashShape });
const writerShape = record({ writer: uint(2 ** 32 - 1) });

const streamShape = record({
  owner: memberIdShape,
  category: categoryShape,
  epochLength: epochLengthShape,
  facets: listOf(disclosureShape, 1, limits.facetsMax),
  /** The live generation, the only one that accepts records. */
  generation: ordinalShape,
  schemaHash: hashShape,
  /** Transaction that created the stream. */
  transactionId: transactionIdShape,
  height: uint(),
});

const grantShape = record({
  grantee: memberIdShape,
  keyVersion: ordinalShape,
  generation: ordinalShape,
  facets: listOf(uint(limits.facetsMax - 1), 1, limits.facetsMax),
  epochFirst: epochShape,
  epochLast: epochShape,
  transactionId: transactionIdShape,
  coverIndex: uint(limits.coversMax - 1),
  height: uint(),
  endedHeight: nullable(uint()),
});

const quotaShape = record({
  /** Days since the Unix epoch, by block time. */
  day: uint(),
  dayPayloadBytes: uint(),
  retainedPayloadBytes: uint(),
});

/** One row of the validator set. */
export const validatorShape = record({
  member: memberIdShape,
  key: publicKeyShape,
  suspended: flag,
});

const validatorsShape = list(validatorShape, limits.membersMax);
const sidelinedShape = list(memberIdShape, 0);
const clockShape = record({ height: uint(), timeMs: uint() });
const generationShape = record({ heightFirst: uint(), transactionId: transactionIdShape });

/** A member company as the ledger knows it. */
export type MemberState = Infer<typeof memberShape>;
/** A working key and the height from which it is in force. */
export type KeyState = MemberState["keys"][number];
/** How far a lane has come. */
export type LaneState = Infer<typeof laneShape>;
export type StreamState = Infer<typeof streamShape>;
export type GrantState = Infer<typeof grantShape>;
export type QuotaState = Infer<typeof quotaShape>;
/** A member's vote: its consensus key, and whether it is suspended on evidence. */
export type Validator = Infer<typeof validatorShape>;
/** Height and time of the last block. */
export type Clock = Infer<typeof clockShape>;
/** When a generation of a stream began. */
export type GenerationState = Infer<typeof generationShape>;

interface Table<T> {
  decode(value: Uint8Array): T;
  read(reader: StateReader, key: Uint8Array): T | null;
  write(view: StateView, key: Uint8Array, value: T): void;
}

/** Values are decoded once for as long as their bytes live, because a block reads a member again and again. */
function table<T extends object>(shape: Shape<T>): Table<T> {
  const known = new WeakMap<Uint8Array, T>();
  function decode(value: Uint8Array): T {
    const before = known.get(value);
    if (before !== undefined) return before;
    const decoded = fromBytes(shape, value);
    known.set(value, decoded);
    return decoded;
  }
  return {
    decode,
    read(reader, key) {
      const value = reader.get(key);
      return value === null ? null : decode(value);
    },
    write(view, key, value) {
      const encoded = toBytes(shape, value);
      known.set(encoded, value);
      view.set(key, encoded);
    },
  };
}

const tables = Object.freeze({
  member: table(memberShape),
  lane: table(laneShape),
  writer: table(writerShape),
  stream: table(streamShape),
  grant: table(grantShape),
  quota: table(quotaShape),
  validators: table(validatorsShape),
  sidelined: table(sidelinedShape),
  parameters: table(parametersShape),
  clock: table(clockShape),
  generation: table(generationShape),
});

/** The type of the values of a table. */
export type TableValue<Name extends TableName> = ReturnType<(typeof tables)[Name]["decode"]>;

/**
 * Reads a value found by a walk over the keys of a table.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL for damaged bytes
 */
export function decodeStateValue<Name extends TableName>(
  name: Name,
  value: Uint8Array,
): TableValue<Name> {
  return tables[name].decode(value) as TableValue<Name>;
}

export function readMember(reader: StateReader, id: MemberId): MemberState | null {
  return tables.member.read(reader, memberKey(id));
}

export function writeMember(view: StateView, id: MemberId, member: MemberState): void {
  tables.member.write(view, memberKey(id), member);
}

/** The key of this role with the highest version; every member has one of each role. */
export function currentKey(member: MemberState, role: Role): KeyState {
  let current: KeyState | null = null;
  for (const key of member.keys) {
    if (key.role === role && key.version > (current?.version ?? 0)) current = key;
  }
  assert(current !== null, "a member has a key of each role");
  return current;
}

/** How far the lane has come, or null before its first transaction. */
export function readLane(reader: StateReader, member: MemberId, lane: Lane): LaneState | null {
  return tables.lane.read(reader, laneKey(member, lane));
}

export function writeLane(
  view: StateView,
  member: MemberId,
  lane: Lane,
  sequence: number,
  head: Hash,
): void {
  tables.lane.write(view, laneKey(member, lane), { sequence, head });
}

/** Number of the gateway that may write for a member; 0 until the first claim. */
export function readWriter(reader: StateReader, member: MemberId): number {
  return tables.writer.read(reader, writerKey(member))?.writer ?? 0;
}

export function writeWriter(view: StateView, member: MemberId, writer: number): void {
  tables.writer.write(view, writerKey(member), { writer });
}

export function readStream(reader: StateReader, id: StreamId): StreamState | null {
  return tables.stream.read(reader, streamKey(id));
}

export function writeStream(view: StateView, id: StreamId, stream: StreamState): void {
  tables.stream.write(view, streamKey(id), stream);
}

export function readGrant(
  reader: StateReader,
  stream: StreamId,
  grant: GrantId,
): GrantState | null {
  return tables.grant.read(reader, grantKey(stream, grant));
}

export function writeGrant(
  view: StateView,
  stream: StreamId,
  grant: GrantId,
  state: GrantState,
): void {
  tables.grant.write(view, grantKey(stream, grant), state);
}

const noQuota: QuotaState = Object.freeze({
  day: 0,
  dayPayloadBytes: 0,
  retainedPayloadBytes: 0,
});

/** What a member has used up; zeros before its first payload. */
export function readQuota(reader: StateReader, member: MemberId): QuotaState {
  return tables.quota.read(reader, quotaKey(member)) ?? noQuota;
}

export function writeQuota(view: StateView, member: MemberId, quota: QuotaState): void {
  tables.quota.write(view, quotaKey(member), quota);
}

function present<T>(value: T | null): T {
  assert(value !== null, "a state has its validators, parameters and clock since genesis");
  return value;
}

/** The validator set in order of consensus keys. */
export function readValidators(reader: StateReader): readonly Validator[] {
  return present(tables.validators.read(reader, validatorsKey));
}

export function writeValidators(view: StateView, validators: readonly Validator[]): void {
  tables.validators.write(view, validatorsKey, validators);
}

/** Nobody is sidelined until the rule is in force; the table exists so that it can be. */
export function writeSidelined(view: StateView): void {
  tables.sidelined.write(view, sidelinedKey, []);
}

export function readParameters(reader: StateReader): NetworkParameters {
  return present(tables.parameters.read(reader, parametersKey));
}

export function writeParameters(view: StateView, parameters: NetworkParameters): void {
  tables.parameters.write(view, parametersKey, parameters);
}

export function readClock(reader: StateReader): Clock {
  return present(tables.clock.read(reader, clockKey));
}

export function writeClock(view: StateView, clock: Clock): void {
  tables.clock.write(view, clockKey, clock);
}

export function readGeneration(
  reader: StateReader,
  stream: StreamId,
  generation: number,
): GenerationState | null {
  return tables.generation.read(reader, generationKey(stream, generation));
}

export function writeGeneration(
  view: StateView,
  stream: StreamId,
  generation: number,
  state: GenerationState,
): void {
  tables.generation.write(view, generationKey(stream, generation), state);
}
