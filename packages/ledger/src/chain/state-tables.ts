import {
  fromBytes,
  type Infer,
  nullable,
  record,
  type Shape,
  toBytes,
  uint,
} from "../primitives/shape.ts";
import { limits } from "./limits.ts";
import {
  barredShape,
  countersShape,
  keyOwnerShape,
  memberShape,
  milestoneShape,
  nameOwnerShape,
  networkShape,
  openingsShape,
  protocolVersionsShape,
  requestShape,
} from "./membership-tables.ts";
import { parametersShape } from "./network-parameters.ts";
import {
  consensusKeyShape,
  evidenceShape,
  lastHeightShape,
  sidelinedShape,
  validatorChangesShape,
  validatorsShape,
} from "./roster/shapes.ts";
import type { TableName } from "./state-keys.ts";
import type { StateReader, StateView } from "./state-view.ts";
import {
  categoryShape,
  disclosureShape,
  epochLengthShape,
  epochShape,
} from "./transaction-body.ts";
import {
  hashShape,
  listOf,
  memberIdShape,
  ordinalShape,
  transactionIdShape,
} from "./wire-shapes.ts";

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

const clockShape = record({
  height: uint(),
  timeMs: uint(),
  /** Whom the block's header names; null at height 0. */
  proposer: nullable(memberIdShape),
});
const generationShape = record({ heightFirst: uint(), transactionId: transactionIdShape });

/** Sequences of a lane that one row of the state is about. */
export const retainedSequences = 16;

const retainedBatchShape = record({
  sequence: uint(),
  /** Of the block that holds the batch. */
  height: uint(),
  payloadBytes: uint(),
});
/** Ascending by sequence. */
const retainedShape = listOf(retainedBatchShape, 1, retainedSequences);

/** How far a lane has come. */
export type LaneState = Infer<typeof laneShape>;
/** A stream: its owner, what was declared about it, and its live generation. */
export type StreamState = Infer<typeof streamShape>;
/** Who may read which facets over which epochs, and since when no more. */
export type GrantState = Infer<typeof grantShape>;
/** Payload bytes of a member, of its last day and in all. */
export type QuotaState = Infer<typeof quotaShape>;
/** Height, time and proposer of the last block. */
export type Clock = Infer<typeof clockShape>;
/** When a generation of a stream began. */
export type GenerationState = Infer<typeof generationShape>;

/** A batch whose payloads are kept. */
export type RetainedBatch = Infer<typeof retainedBatchShape>;

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

/** Codecs of the values of every table. Source: docs/PROTOCOL.md, State. */
export const tables = Object.freeze({
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
  lastHeight: table(lastHeightShape),
  validatorChanges: table(validatorChangesShape),
  consensusKey: table(consensusKeyShape),
  evidence: table(evidenceShape),
  openings: table(openingsShape),
  request: table(requestShape),
  counters: table(countersShape),
  keyOwner: table(keyOwnerShape),
  name: table(nameOwnerShape),
  milestone: table(milestoneShape),
  protocolVersions: table(protocolVersionsShape),
  network: table(networkShape),
  barred: table(barredShape),
  retained: table(retainedShape),
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
