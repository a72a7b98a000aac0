import {
  bytes,
  flag,
  type Infer,
  list,
  nullable,
  record,
  text,
  uint,
} from "../primitives/shape.ts";
import { limits } from "./limits.ts";
import { addressesShape } from "./membership-body.ts";
import { keyUseShape, roleShape } from "./roles.ts";
import {
  blockIdShape,
  hashShape,
  listOf,
  memberIdShape,
  networkIdShape,
  ordinalShape,
  publicKeyShape,
} from "./wire-shapes.ts";

const nameBytesMax = limits.nameCodePointsMax * 4;

/** Table 1. */
export const memberShape = record({
  name: text(nameBytesMax),
  handle: text(31),
  rootKey: publicKeyShape,
  recoveryKey: bytes(1_216),
  /** Working keys, by role and version; of each role the last {@link limits.keyVersionsMax}. */
  keys: list(
    record({
      role: roleShape,
      version: ordinalShape,
      key: bytes(1_216),
      /** Height of the block that registered it. */
      height: uint(),
      /** Block time from which it serves no more; null for the current one of its role. */
      endMs: nullable(uint()),
      /** Others may have it; declared by the block that ended it. */
      isCompromised: flag,
    }),
    4 * limits.keyVersionsMax,
  ),
  addresses: addressesShape,
  joinedHeight: uint(),
  /** Ascends whenever the member gives its vote back; what it signed before counts no more. */
  admission: ordinalShape,
  /** Height of the block with which it left the network; null for a member. */
  leftHeight: nullable(uint()),
});

const invitationShape = record({
  invitationKey: publicKeyShape,
  companyName: text(nameBytesMax),
  expiresMs: uint(),
});

/** Table 16. */
export const openingsShape = record({
  invitations: list(invitationShape, limits.invitationsMax),
  /** Numbers of the undecided requests that the member opened, ascending. */
  requests: list(ordinalShape, limits.requestsMax),
});

/** Table 17. */
export const requestShape = record({
  /** What is to be done, see {@link decodeAction}. */
  actionBytes: bytes(limits.applicationBytesMax + 16),
  hash: hashShape,
  /** Whom it is about, who has no say in it. */
  subject: nullable(memberIdShape),
  proposer: memberIdShape,
  height: uint(),
  expiresMs: uint(),
  /** Ascending by member; the next vote drops those of whoever has no say any more. */
  votes: list(record({ member: memberIdShape, approve: flag }), limits.membersMax),
});

/** Table 18. */
export const countersShape = record({
  /** Number of the last request. */
  requests: uint(2 ** 32 - 1),
  /** Members that have not left. */
  members: uint(limits.membersMax),
});

/** Table 19. */
export const keyOwnerShape = record({ member: memberIdShape, use: keyUseShape });

/** Table 20. */
export const nameOwnerShape = record({ member: memberIdShape });

/** Table 21. */
export const milestoneShape = record({
  blockId: blockIdShape,
  timeMs: uint(),
  /** Lowest height with a row when this one was written. */
  oldestHeight: uint(),
});

/** Table 22, ascending. */
export const protocolVersionsShape = listOf(
  record({ version: ordinalShape, height: uint() }),
  1,
  limits.protocolVersionsMax,
);

/** Table 23. */
export const networkShape = record({ networkId: networkIdShape, networkName: text(nameBytesMax) });

/** Table 24. */
export const barredShape = record({
  /** Height of the block that accused or suspended the member. */
  height: uint(),
});

/** A member company as the ledger knows it. */
export type MemberState = Infer<typeof memberShape>;
/** A working key and the block that registered it. */
export type KeyState = MemberState["keys"][number];
/** An invitation that nobody has used yet. */
export type Invitation = Infer<typeof invitationShape>;
/** What a member has under way: invitations, and requests that it opened. */
export type Openings = Infer<typeof openingsShape>;
/** A request that the members decide on. */
export type RequestState = Infer<typeof requestShape>;
/** A member's word on a request. */
export type RequestVote = RequestState["votes"][number];
/** What the state counts. */
export type Counters = Infer<typeof countersShape>;
/** Who brought a key to the ledger, and what for. */
export type KeyOwner = Infer<typeof keyOwnerShape>;
/** A block that the state remembers for `ready`. */
export type Milestone = Infer<typeof milestoneShape>;
/** A version of the protocol and the first height at which it is in force. */
export type ProtocolActivation = Infer<typeof protocolVersionsShape>[number];
/** Which network the state is of. */
export type NetworkIdentity = Infer<typeof networkShape>;
