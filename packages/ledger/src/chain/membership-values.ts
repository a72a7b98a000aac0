import { idBytes, type MemberId, type PublicKey } from "../primitives/ids.ts";
import { cardSkeletons, type NamedCard } from "./member-card.ts";
import type {
  Counters,
  KeyOwner,
  Milestone,
  NetworkIdentity,
  Openings,
  ProtocolActivation,
  RequestState,
} from "./membership-tables.ts";
import type { KeyUse } from "./roles.ts";
import {
  barredKey,
  countersKey,
  keyOwnerKey,
  milestoneKey,
  nameKey,
  networkKey,
  openingsKey,
  protocolVersionsKey,
  requestKey,
} from "./state-keys.ts";
import { tables } from "./state-tables.ts";
import { present } from "./state-values.ts";
import type { StateReader, StateView } from "./state-view.ts";

/** Which network the state is of. */
export function readNetwork(reader: StateReader): NetworkIdentity {
  return present(tables.network.read(reader, networkKey));
}

/** Writes which network the state is of, once and for ever. */
export function writeNetwork(view: StateView, network: NetworkIdentity): void {
  tables.network.write(view, networkKey, network);
}

/** How many requests there were and how many members there are. */
export function readCounters(reader: StateReader): Counters {
  return present(tables.counters.read(reader, countersKey));
}

/** Writes how many requests there were and how many members there are. */
export function writeCounters(view: StateView, counters: Counters): void {
  tables.counters.write(view, countersKey, counters);
}

const nothingOpen: Openings = Object.freeze({ invitations: [], requests: [] });

/** Open invitations and requests of a member, expired ones among them. */
export function readOpenings(reader: StateReader, member: MemberId): Openings {
  return tables.openings.read(reader, openingsKey(member)) ?? nothingOpen;
}

/** Writes what a member has under way; nothing leaves no row. */
export function writeOpenings(view: StateView, member: MemberId, openings: Openings): void {
  const key = openingsKey(member);
  const isEmpty = openings.invitations.length === 0 && openings.requests.length === 0;
  if (!isEmpty) tables.openings.write(view, key, openings);
  else if (view.get(key) !== null) view.set(key, null);
}

/** An undecided request, or null where there is none of this number, or no more. */
export function readRequest(reader: StateReader, request: number): RequestState | null {
  return tables.request.read(reader, requestKey(request));
}

/** Writes a request. */
export function writeRequest(view: StateView, request: number, state: RequestState): void {
  tables.request.write(view, requestKey(request), state);
}

/** Who brought a key to the ledger, in whatever role, or null for a key nobody ever used. */
export function readKeyOwner(reader: StateReader, key: Uint8Array): KeyOwner | null {
  return tables.keyOwner.read(reader, keyOwnerKey(key));
}

/** Takes a key for ever. */
export function writeKeyOwner(
  view: StateView,
  key: Uint8Array,
  member: MemberId,
  use: KeyUse,
): void {
  tables.keyOwner.write(view, keyOwnerKey(key), { member, use });
}

/** Which member has a name or handle that looks like this, or null. */
export function readNameOwner(reader: StateReader, skeleton: string): MemberId | null {
  return tables.name.read(reader, nameKey(skeleton))?.member ?? null;
}

/** Takes all that a member's name and handle could be taken for. */
export function takeNames(view: StateView, member: MemberId, named: NamedCard): void {
  for (const skeleton of cardSkeletons(named)) {
    tables.name.write(view, nameKey(skeleton), { member });
  }
}

/** Gives a member's name and handle free for others. */
export function freeNames(view: StateView, named: NamedCard): void {
  for (const skeleton of cardSkeletons(named)) view.set(nameKey(skeleton), null);
}

/** A member that a name or handle could be taken for, or null. */
export function confusableWith(reader: StateReader, named: NamedCard): MemberId | null {
  for (const skeleton of cardSkeletons(named)) {
    const owner = readNameOwner(reader, skeleton);
    if (owner !== null) return owner;
  }
  return null;
}

/** The block of a height, if the state remembers it for `ready`. */
export function readMilestone(reader: StateReader, height: number): Milestone | null {
  return tables.milestone.read(reader, milestoneKey(height));
}

/** Writes a milestone. */
export function writeMilestone(view: StateView, height: number, milestone: Milestone): void {
  tables.milestone.write(view, milestoneKey(height), milestone);
}

/** Versions of the protocol, ascending. */
export function readProtocolVersions(reader: StateReader): readonly ProtocolActivation[] {
  return present(tables.protocolVersions.read(reader, protocolVersionsKey));
}

/** Writes the versions of the protocol. */
export function writeProtocolVersions(
  view: StateView,
  versions: readonly ProtocolActivation[],
): void {
  tables.protocolVersions.write(view, protocolVersionsKey, versions);
}

/** Whether a member was accused or suspended and the members have not lifted it. */
export function isBarred(reader: StateReader, member: MemberId): boolean {
  return tables.barred.read(reader, barredKey(member)) !== null;
}

/** Keeps a member from a vote of its own accord. */
export function writeBar(view: StateView, member: MemberId, height: number): void {
  tables.barred.write(view, barredKey(member), { height });
}

/** The members have lifted it. */
export function liftBar(view: StateView, member: MemberId): void {
  if (isBarred(view, member)) view.set(barredKey(member), null);
}

/** Takes all keys that a card brings along. */
export function takeCardKeys(
  view: StateView,
  member: MemberId,
  card: Readonly<{
    rootKey: PublicKey;
    recoveryKey: Uint8Array;
    networkKey: PublicKey;
    consensusKey: PublicKey;
    transactionKey: PublicKey;
    encryptionKey: Uint8Array;
  }>,
): void {
  writeKeyOwner(view, idBytes(card.rootKey), member, "root");
  writeKeyOwner(view, card.recoveryKey, member, "recovery");
  writeKeyOwner(view, idBytes(card.networkKey), member, "network");
  writeKeyOwner(view, idBytes(card.consensusKey), member, "consensus");
  writeKeyOwner(view, idBytes(card.transactionKey), member, "transaction");
  writeKeyOwner(view, card.encryptionKey, member, "encryption");
}
