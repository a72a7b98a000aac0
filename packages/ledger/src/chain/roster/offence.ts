import type { MemberId, PublicKey } from "../../primitives/ids.ts";
import { limits } from "../limits.ts";

/** Two signatures of one key that exclude each other, both verified. */
export interface Offence {
  readonly key: PublicKey;
  readonly height: number;
}

/** What the state says about an offence. */
export interface OffenceFacts {
  /** The member whose vote the key was at a height, or null if it had none then. */
  readonly ownerOf: (key: PublicKey, height: number) => MemberId | null;
  /** Whether a block carried evidence for this key and height. */
  readonly isRecorded: (key: PublicKey, height: number) => boolean;
  readonly isSuspended: (member: MemberId) => boolean;
}

/** Why a piece of evidence is not allowed in a block. */
export type EvidenceRefusal =
  | "not-proven"
  | "future"
  | "too-old"
  | "no-vote"
  | "recorded"
  | "suspended";

/** Whom an offence accuses, or why it does not count. */
export type OffenceVerdict =
  | { readonly ok: true; readonly member: MemberId }
  | { readonly ok: false; readonly reason: EvidenceRefusal };

/** Whether a block of this height may carry the offence. Source: docs/PROTOCOL.md 5.10, step 1. */
export function checkOffence(
  offence: Offence,
  blockHeight: number,
  facts: OffenceFacts,
): OffenceVerdict {
  const { key, height } = offence;
  if (height > blockHeight) return { ok: false, reason: "future" };
  if (blockHeight - height > limits.evidenceHeightsMax) return { ok: false, reason: "too-old" };
  const member = facts.ownerOf(key, height);
  if (member === null) return { ok: false, reason: "no-vote" };
  if (facts.isRecorded(key, height)) return { ok: false, reason: "recorded" };
  if (facts.isSuspended(member)) return { ok: false, reason: "suspended" };
  return { ok: true, member };
}
