import { type MemberState, memberShape } from "@tegata/ledger/chain";
import {
  bytes,
  fixedBytes,
  flag,
  fromBytes,
  hexOf,
  LedgerError,
  list,
  type MemberId,
  nullable,
  type PublicKey,
  record,
  type Shape,
  text,
  toBytes,
  type UnionOf,
  uint,
  union,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { NetworkMember } from "../network/network.ts";
import { joinLimits } from "./limits.ts";

/** Bytes of the number that makes every greeting another. */
export const nonceBytes = 32;

const serverCases = {
  greeting: [0, record({ networkName: text(256), nonce: fixedBytes(nonceBytes) })],
  accepted: [2, record({})],
  refused: [9, record({ code: text(64) })],
  chunk: [10, record({ last: flag, bytes: bytes(joinLimits.chunkBytes) })],
  answer: [11, record({ code: nullable(text(64)) })],
} as const;

const strangerCases = {
  proof: [1, record({ invitationKey: hexOf<PublicKey>(32), signature: fixedBytes(64) })],
  genesis: [3, record({})],
  apply: [4, record({ application: bytes(joinLimits.applicationBytesMax) })],
  standing: [5, record({})],
  members: [6, record({})],
  carry: [7, record({ bodies: list(bytes(joinLimits.carriedBytesMax), joinLimits.carriedMax) })],
  registered: [8, record({})],
} as const;

/** What the listener says. Source: docs/PROTOCOL.md section 8. */
export type ServerMessage = UnionOf<"type", typeof serverCases>;

/** What a company that joins says. Source: docs/PROTOCOL.md section 8. */
export type StrangerMessage = UnionOf<"type", typeof strangerCases>;

const serverShape = union("type", serverCases);
const strangerShape = union("type", strangerCases);

/** How the application of an invited company stands. */
export type JoinState = "invited" | "applied" | "approved" | "rejected" | "expired";

/** The words of a standing by their number on the wire. */
const states: readonly JoinState[] = ["invited", "applied", "approved", "rejected", "expired"];

/** What an invited company may know of the vote about it. */
export interface JoinStanding {
  readonly state: JoinState;
  /** Votes for it, and how many it takes. */
  readonly yes: number;
  readonly needed: number;
  /** Names of the companies that voted for it. */
  readonly approvers: readonly string[];
}

const standingShape = record({
  state: uint(states.length - 1),
  yes: uint(0xffff),
  needed: uint(0xffff),
  approvers: list(text(256), 300),
});

const networkMemberShape: Shape<NetworkMember> = record({
  memberId: hexOf<MemberId>(32),
  networkKey: hexOf<PublicKey>(32),
  addresses: list(text(128), 4),
});

const membersShape = list(networkMemberShape, 300);

/** A member as the ledger knows it. */
export interface Registered {
  readonly memberId: MemberId;
  readonly state: MemberState;
}

const registeredShape: Shape<Registered> = record({
  memberId: hexOf<MemberId>(32),
  state: memberShape,
});

function decoded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    throw new NodeError("NODE_JOIN_BROKEN", "a message that cannot be read", null, cause);
  }
}

/** Body of a frame of the listener. */
export function encodeServerMessage(message: ServerMessage): Uint8Array {
  return toBytes(serverShape, message);
}

/** @throws NODE_JOIN_BROKEN */
export function decodeServerMessage(body: Uint8Array): ServerMessage {
  return decoded(() => fromBytes(serverShape, body));
}

/** Body of a frame of a company that joins. */
export function encodeStrangerMessage(message: StrangerMessage): Uint8Array {
  return toBytes(strangerShape, message);
}

/** @throws NODE_JOIN_BROKEN */
export function decodeStrangerMessage(body: Uint8Array): StrangerMessage {
  return decoded(() => fromBytes(strangerShape, body));
}

/** The answer to `standing`, sent in chunks. */
export function encodeStanding(standing: JoinStanding): Uint8Array {
  return toBytes(standingShape, { ...standing, state: states.indexOf(standing.state) });
}

/** @throws NODE_JOIN_BROKEN */
export function decodeStanding(received: Uint8Array): JoinStanding {
  const standing = decoded(() => fromBytes(standingShape, received));
  return { ...standing, state: states[standing.state] ?? "invited" };
}

/** The answer to `members`, sent in chunks. */
export function encodeMembers(members: readonly NetworkMember[]): Uint8Array {
  return toBytes(membersShape, members);
}

/** @throws NODE_JOIN_BROKEN */
export function decodeMembers(received: Uint8Array): readonly NetworkMember[] {
  return decoded(() => fromBytes(membersShape, received));
}

/** The answer to `registered`, sent in chunks. */
export function encodeRegistered(registered: Registered): Uint8Array {
  return toBytes(registeredShape, registered);
}

/** @throws NODE_JOIN_BROKEN */
export function decodeRegistered(received: Uint8Array): Registered {
  return decoded(() => fromBytes(registeredShape, received));
}
