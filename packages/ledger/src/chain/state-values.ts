import { assert } from "../primitives/assert.ts";
import type { Hash, MemberId, StreamId } from "../primitives/ids.ts";
import type { KeyState, MemberState } from "./membership-tables.ts";
import type { NetworkParameters } from "./network-parameters.ts";
import type { Role } from "./roles.ts";
import type { Validator } from "./roster/shapes.ts";
import {
  clockKey,
  generationKey,
  grantKey,
  laneKey,
  memberKey,
  parametersKey,
  quotaKey,
  streamKey,
  validatorsKey,
  writerKey,
} from "./state-keys.ts";
import {
  type Clock,
  type GenerationState,
  type GrantState,
  type LaneState,
  type QuotaState,
  type StreamState,
  tables,
} from "./state-tables.ts";
import type { StateReader, StateView } from "./state-view.ts";
import type { Lane } from "./transaction.ts";
import type { GrantId } from "./wire-shapes.ts";

/** A member, or null for a stranger. */
export function readMember(reader: StateReader, id: MemberId): MemberState | null {
  return tables.member.read(reader, memberKey(id));
}

/** Writes a member with all its keys. */
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

/** The key of this role and version, or null where the state has none. */
export function keyOfVersion(member: MemberState, role: Role, version: number): KeyState | null {
  return member.keys.find((key) => key.role === role && key.version === version) ?? null;
}

/** Whether a key serves at this block time: it is its role's current one, or ended not long ago. */
export function servesAt({ endMs }: KeyState, timeMs: number): boolean {
  return endMs === null || timeMs < endMs;
}

/** How far the lane has come, or null before its first transaction. */
export function readLane(reader: StateReader, member: MemberId, lane: Lane): LaneState | null {
  return tables.lane.read(reader, laneKey(member, lane));
}

/** Moves a lane on to this sequence and head. */
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

/** Makes this the number of the gateway that may write for a member. */
export function writeWriter(view: StateView, member: MemberId, writer: number): void {
  tables.writer.write(view, writerKey(member), { writer });
}

/** A stream, or null where there is none. */
export function readStream(reader: StateReader, id: StreamId): StreamState | null {
  return tables.stream.read(reader, streamKey(id));
}

/** Writes a stream. */
export function writeStream(view: StateView, id: StreamId, stream: StreamState): void {
  tables.stream.write(view, streamKey(id), stream);
}

/** A grant of a stream, ended ones included, or null where there is none. */
export function readGrant(
  reader: StateReader,
  stream: StreamId,
  grant: GrantId,
): GrantState | null {
  return tables.grant.read(reader, grantKey(stream, grant));
}

/** Writes a grant. */
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

/** Writes what a member has used up. */
export function writeQuota(view: StateView, member: MemberId, quota: QuotaState): void {
  tables.quota.write(view, quotaKey(member), quota);
}

/** What every state has. */
export function present<T>(value: T | null): T {
  assert(value !== null, "a state has its validators, parameters and clock since genesis");
  return value;
}

/** The validator set in order of consensus keys. */
export function readValidators(reader: StateReader): readonly Validator[] {
  return present(tables.validators.read(reader, validatorsKey));
}

/** What the founders agreed on. */
export function readParameters(reader: StateReader): NetworkParameters {
  return present(tables.parameters.read(reader, parametersKey));
}

/** Writes what the founders agreed on. */
export function writeParameters(view: StateView, parameters: NetworkParameters): void {
  tables.parameters.write(view, parametersKey, parameters);
}

/** Height, time and proposer of the last block. */
export function readClock(reader: StateReader): Clock {
  return present(tables.clock.read(reader, clockKey));
}

/** Writes height, time and proposer of a block. */
export function writeClock(view: StateView, clock: Clock): void {
  tables.clock.write(view, clockKey, clock);
}

/** When a generation of a stream began, or null where there is none. */
export function readGeneration(
  reader: StateReader,
  stream: StreamId,
  generation: number,
): GenerationState | null {
  return tables.generation.read(reader, generationKey(stream, generation));
}

/** Writes when a generation of a stream began. */
export function writeGeneration(
  view: StateView,
  stream: StreamId,
  generation: number,
  state: GenerationState,
): void {
  tables.generation.write(view, generationKey(stream, generation), state);
}
