import {
  bytes,
  fixedBytes,
  flag,
  type Infer,
  list,
  nullable,
  record,
  text,
  uint,
} from "../primitives/shape.ts";
import { actionShape } from "./action.ts";
import { limits } from "./limits.ts";
import { roleShape } from "./roles.ts";
import {
  blockIdShape,
  hashShape,
  memberIdShape,
  ordinalShape,
  publicKeyShape,
  where,
} from "./wire-shapes.ts";

/** Size of a sealed encryption seed: encapsulation 1,120, plaintext 32, tag 16. */
export const seedSealBytes = 1_120 + 32 + 16;

const signatureShape = fixedBytes(64);

/** Addresses of a member, whether they are any is a rule. */
export const addressesShape = list(text(limits.addressBytesMax), limits.addressesMax);

const inviteShape = record({
  /** Ed25519 key whose seed is in the token that the invited company gets. */
  invitationKey: publicKeyShape,
  /** Whom the inviter means; the company names itself in its card. */
  companyName: text(limits.nameCodePointsMax * 4),
  expiresMs: uint(),
  /** By the invitation's key, see {@link invitationSignBytes}. */
  possession: signatureShape,
});

const applyShape = record({
  /** Bytes of the application, see {@link decodeApplication}. */
  application: bytes(limits.applicationBytesMax),
});

const proposeShape = record({ action: actionShape });

const voteShape = record({
  /** Number of the request. */
  request: ordinalShape,
  /** What the voter saw: the request's hash. */
  requestHash: hashShape,
  approve: flag,
  /** For people; it counts for nothing. */
  reason: where(
    text(limits.reasonCodePointsMax * 4),
    `at most ${limits.reasonCodePointsMax} characters`,
    (reason) => [...reason].length <= limits.reasonCodePointsMax,
  ),
});

const readyShape = record({
  /** The member's admission that it is ready for. */
  admission: ordinalShape,
  /** A milestone of the state, which shows how far the member has followed. */
  height: uint(),
  blockId: blockIdShape,
  /** By the member's consensus key, see {@link readySignBytes}. */
  signature: signatureShape,
});

const rotateKeyShape = record({
  member: memberIdShape,
  role: roleShape,
  /** The last version of the role and one. */
  version: ordinalShape,
  key: bytes(1_216),
  /** The seed of an encryption key, sealed to the recovery key; empty for other roles. */
  seal: bytes(seedSealBytes),
  /** By the new key; empty for an encryption key, which cannot sign. */
  possession: bytes(64),
  /** By the member's root key; null where the member's own transaction key suffices. */
  rootSignature: nullable(signatureShape),
  /** Others may have the old key: it ends at once. */
  isCompromised: flag,
});

/** A new working key, as a member registers it. */
export type KeyRotation = Infer<typeof rotateKeyShape>;

/** Bodies of the kinds that change who the members are. Source: docs/PROTOCOL.md, Membership. */
export const membershipShapes = Object.freeze({
  invite: inviteShape,
  apply: applyShape,
  propose: proposeShape,
  vote: voteShape,
  ready: readyShape,
  leave: record({}),
  "rotate-key": rotateKeyShape,
  addresses: record({ addresses: addressesShape }),
  "stand-down": record({}),
});
