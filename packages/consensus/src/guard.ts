// The signer guard, as far as it is pure: what may be signed after what, and how that lies on disk. The
// file, its syncing and the key are the host's.
import {
  type BlockId,
  concat,
  equalBytes,
  fixedBytes,
  fromBytes,
  hexOf,
  type Infer,
  LedgerError,
  literal,
  type NetworkId,
  nullable,
  record,
  taggedHash,
  toBytes,
  uint,
} from "@tegata/ledger/primitives";
import { ConsensusError, type ConsensusRefusal } from "./errors.ts";
import { type Draft, oneOf, roundMax, validRoundShape } from "./messages.ts";
import type { Lock } from "./round.ts";
import { validatorsMax } from "./validator-set.ts";

const blockIdShape = hexOf<BlockId>(32);

const guardedShape = record({
  era: uint(0xffff_ffff),
  height: uint(),
  round: uint(roundMax),
  step: oneOf("proposal", "prevote", "precommit"),
  blockId: nullable(blockIdShape),
  validRound: validRoundShape,
  /** Index of the validator. */
  index: uint(validatorsMax - 1),
});

const guardShape = record({
  format: literal(1),
  /** How often the guard was written; the next one goes to slot `written mod 2`. */
  written: uint(),
  network: hexOf<NetworkId>(32),
  message: nullable(guardedShape),
  signature: nullable(fixedBytes(64)),
  lock: nullable(record({ height: uint(), round: uint(roundMax), blockId: blockIdShape })),
});

/** The last message signed, in every field its signature covers. */
export type GuardedMessage = Infer<typeof guardedShape>;

/** What the guard remembers. */
export type GuardState = Infer<typeof guardShape>;

/** `reuse`: this very message was signed before, and this is its signature. */
export type GuardAnswer =
  | { readonly ok: true; readonly state: GuardState }
  | { readonly ok: true; readonly reuse: Uint8Array }
  | { readonly ok: false; readonly code: ConsensusRefusal };

/** Bytes of one slot; two never share a sector, so a torn write spoils one of them at most. */
export const guardSlotBytes = 4_096;

/** The guard of a new consensus key; made together with the key, never by a start. */
export function newGuard(network: NetworkId): GuardState {
  return { format: 1, written: 0, network, message: null, signature: null, lock: null };
}

/** What the guard compares of an own message. */
export function guardedMessage(draft: Draft, era: number): GuardedMessage {
  if (draft.kind === "vote") {
    const { type, height, round, blockId, voter } = draft.vote;
    return { era, height, round, step: type, blockId, validRound: -1, index: voter };
  }
  const { height, round, blockId, validRound, proposer } = draft.proposal;
  return { era, height, round, step: "proposal", blockId, validRound, index: proposer };
}

const order: readonly GuardedMessage["step"][] = ["proposal", "prevote", "precommit"];

/** Negative, zero or positive: the place of a message in (era, height, round, step). */
function compare(a: GuardedMessage, b: GuardedMessage): number {
  return (
    a.era - b.era ||
    a.height - b.height ||
    a.round - b.round ||
    order.indexOf(a.step) - order.indexOf(b.step)
  );
}

function isSame(a: GuardedMessage, b: GuardedMessage): boolean {
  const sameValue = a.blockId === b.blockId && a.validRound === b.validRound;
  return compare(a, b) === 0 && sameValue && a.index === b.index;
}

/**
 * Whether a message may be signed: above everything signed before, or the last one once more. The new
 * state gets the signature by {@link withSignature} and must be synced before that signature leaves.
 */
export function guardAllows(
  state: GuardState,
  draft: Draft,
  network: NetworkId,
  era: number,
  lock: Lock | null,
): GuardAnswer {
  if (state.network !== network) return { ok: false, code: "CONSENSUS_GUARD_OTHER_NETWORK" };
  const message = guardedMessage(draft, era);
  const last = state.message;
  if (last !== null && isSame(message, last)) {
    const { signature } = state;
    return signature === null ? { ok: true, state } : { ok: true, reuse: signature };
  }
  const place = last === null ? 1 : compare(message, last);
  if (place < 0) return { ok: false, code: "CONSENSUS_GUARD_BEHIND" };
  if (place === 0) return { ok: false, code: "CONSENSUS_GUARD_CONFLICT" };
  const { height } = message;
  const next: GuardState = {
    ...state,
    written: state.written + 1,
    message,
    signature: null,
    lock: lock === null ? null : { height, round: lock.round, blockId: lock.blockId },
  };
  return { ok: true, state: next };
}

/** The guard with the signature of its message. */
export function withSignature(state: GuardState, signature: Uint8Array): GuardState {
  return { ...state, signature };
}

/** Whether somebody holds an own message that this guard does not know: it was lost or copied. */
export function isBeyondGuard(state: GuardState, draft: Draft, era: number): boolean {
  const message = guardedMessage(draft, era);
  const last = state.message;
  if (last === null) return true;
  const place = compare(message, last);
  return place > 0 || (place === 0 && !isSame(message, last));
}

/** Bytes of the slot this state is written to, at `guardSlotBytes * (written mod 2)` of the file. */
export function encodeGuardSlot(state: GuardState): Uint8Array {
  const payload = toBytes(guardShape, state);
  const slot = new Uint8Array(guardSlotBytes);
  new DataView(slot.buffer).setUint32(0, payload.length);
  slot.set(concat(taggedHash("guard", payload), payload), 4);
  return slot;
}

function decodeSlot(slot: Uint8Array): GuardState | null {
  if (slot.length !== guardSlotBytes) return null;
  const length = new DataView(slot.buffer, slot.byteOffset, slot.length).getUint32(0);
  if (length > guardSlotBytes - 36) return null;
  const payload = slot.subarray(36, 36 + length);
  if (!equalBytes(slot.subarray(4, 36), taggedHash("guard", payload))) return null;
  try {
    return fromBytes(guardShape, payload);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/**
 * Reads the file of two slots: the intact one that was written last. A torn slot is no loss, its message
 * never left.
 * @throws CONSENSUS_GUARD_CORRUPT if neither slot is intact
 */
export function decodeGuard(bytes: Uint8Array): GuardState {
  const slots = [0, 1].map((index) =>
    decodeSlot(bytes.subarray(index * guardSlotBytes, (index + 1) * guardSlotBytes)),
  );
  const intact = slots.filter((slot) => slot !== null).sort((a, b) => b.written - a.written);
  const last = intact[0];
  if (last !== undefined) return last;
  throw new ConsensusError("CONSENSUS_GUARD_CORRUPT", "no slot of the guard is intact", null);
}
