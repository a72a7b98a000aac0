// The signer guard, as far as it is pure: what may be signed after what, and how that lies on disk. The
// file, its syncing and the key are the host's.
import {
  assert,
  type BlockId,
  concat,
  equalBytes,
  fixedBytes,
  fromBytes,
  hexOf,
  type Infer,
  LedgerError,
  list,
  literal,
  type NetworkId,
  nullable,
  record,
  taggedHash,
  toBytes,
  uint,
} from "@tegata/ledger/primitives";
import { ConsensusError, type ConsensusRefusal } from "./errors.ts";
import type { Input, SignedMessage } from "./inputs.ts";
import { type Answer, type Draft, oneOf, roundMax, validRoundShape } from "./messages.ts";
import { validatorsMax } from "./validator-set.ts";

const blockIdShape = hexOf<BlockId>(32);

/** Messages the guard remembers: the log never lacks more of them than the very last ones. */
const saidMax = 6;

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
  /** The last messages of the last height, in the order they were signed. */
  said: list(record({ message: guardedShape, signature: nullable(fixedBytes(64)) }), saidMax),
  /** The newest precommit for a block at that height. */
  lock: nullable(record({ height: uint(), round: uint(roundMax), blockId: blockIdShape })),
});

/** A signed message, in every field its signature covers. */
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
  return { format: 1, written: 0, network, said: [], lock: null };
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

const steps: readonly GuardedMessage["step"][] = ["proposal", "prevote", "precommit"];

/** Negative, zero or positive: the place of a message in (era, height, round, step). */
function compare(a: GuardedMessage, b: GuardedMessage): number {
  return (
    a.era - b.era ||
    a.height - b.height ||
    a.round - b.round ||
    steps.indexOf(a.step) - steps.indexOf(b.step)
  );
}

function isSame(a: GuardedMessage, b: GuardedMessage): boolean {
  const sameValue = a.blockId === b.blockId && a.validRound === b.validRound;
  return compare(a, b) === 0 && sameValue && a.index === b.index;
}

/** A precommit for a block is what locks (L36-38); nothing else does. */
function lockOf({ height, round, step, blockId }: GuardedMessage): GuardState["lock"] {
  return step === "precommit" && blockId !== null ? { height, round, blockId } : null;
}

/**
 * Whether a message may be signed: above everything signed before, or one of the last once more. The new
 * state gets the signature by {@link withSignature} and must be synced before that signature leaves.
 */
export function guardAllows(
  state: GuardState,
  draft: Draft,
  network: NetworkId,
  era: number,
): GuardAnswer {
  if (state.network !== network) return { ok: false, code: "CONSENSUS_GUARD_OTHER_NETWORK" };
  const message = guardedMessage(draft, era);
  const known = state.said.find((one) => isSame(one.message, message));
  if (known !== undefined) {
    const { signature } = known;
    return signature === null ? { ok: true, state } : { ok: true, reuse: signature };
  }
  const last = state.said.at(-1)?.message;
  const order = last === undefined ? 1 : compare(message, last);
  if (order < 0) return { ok: false, code: "CONSENSUS_GUARD_BEHIND" };
  if (order === 0) return { ok: false, code: "CONSENSUS_GUARD_CONFLICT" };
  const { height } = message;
  const before = state.said.filter(
    (one) => one.message.era === era && one.message.height === height,
  );
  const next: GuardState = {
    ...state,
    written: state.written + 1,
    said: [...before, { message, signature: null }].slice(-saidMax),
    lock: lockOf(message) ?? (before.length > 0 ? state.lock : null),
  };
  return { ok: true, state: next };
}

/** The guard with the signature of its last message. */
export function withSignature(state: GuardState, signature: Uint8Array): GuardState {
  const last = state.said.at(-1);
  assert(last !== undefined, "a signature belongs to a message");
  return { ...state, said: state.said.with(-1, { ...last, signature }) };
}

/** Whether somebody holds an own message that this guard does not know: it was lost or copied. */
export function isBeyondGuard(state: GuardState, draft: Draft, era: number): boolean {
  const message = guardedMessage(draft, era);
  const last = state.said.at(-1)?.message;
  if (last === undefined) return true;
  const order = compare(message, last);
  return order > 0 || (order === 0 && !isSame(message, last));
}

/**
 * Whether a message under the own signature was never signed with this guard. It remembers the last few of
 * its last height: of what lies before them it cannot say so.
 */
export function isForeignToGuard(state: GuardState, draft: Draft, era: number): boolean {
  const message = guardedMessage(draft, era);
  const first = state.said[0]?.message;
  const last = state.said.at(-1)?.message;
  if (first === undefined || last === undefined) return true;
  const isOtherHeight = message.era !== last.era || message.height !== last.height;
  if (isOtherHeight) return compare(message, last) > 0;
  if (state.said.some((one) => isSame(one.message, message))) return false;
  return state.said.length < saidMax || compare(message, first) > 0;
}

function signedAgain(message: GuardedMessage, signature: Uint8Array): SignedMessage | null {
  const { height, round, step, blockId, validRound, index } = message;
  if (step !== "proposal") {
    const vote = { type: step, height, round, blockId, voter: index, signature };
    return { kind: "vote", vote };
  }
  if (blockId === null) return null;
  const proposal = { height, round, blockId, validRound, proposer: index, signature, polka: null };
  return { kind: "proposal", proposal };
}

/**
 * What the guard remembers of a height, to be fed to consensus after each start: the log may have lost
 * its very last records, the guard then still knows what was signed and what the lock was.
 */
export function guardMemory(
  state: GuardState,
  era: number,
  height: number,
): Extract<Input, { type: "resume" }> {
  const said = state.said.flatMap(({ message, signature }) => {
    const isHere = message.era === era && message.height === height && signature !== null;
    return isHere ? (signedAgain(message, signature) ?? []) : [];
  });
  const lock = state.lock?.height === height && said.length > 0 ? state.lock : null;
  return {
    type: "resume",
    said,
    lock: lock === null ? null : { round: lock.round, blockId: lock.blockId },
  };
}

/**
 * The guard of a key whose guard was lost, from what every other validator holds of it: it signs above
 * everything named and keeps the newest lock. Sound only if all others answered for the height above
 * their head, and verified; deciding that is the caller's part.
 */
export function recoverGuard(
  network: NetworkId,
  era: number,
  answers: readonly Answer[],
): GuardState {
  const places = new Map<string, { readonly message: GuardedMessage; signature: Uint8Array }>();
  for (const { votes, proposals } of answers) {
    const words = [
      ...votes.map((vote) => [{ kind: "vote", vote }, vote.signature] as const),
      ...proposals.map((proposal) => [{ kind: "proposal", proposal }, proposal.signature] as const),
    ];
    for (const [draft, signature] of words) {
      const message = guardedMessage(draft, era);
      places.set(`${message.height} ${message.round} ${message.step}`, { message, signature });
    }
  }
  const named = [...places.values()].sort((a, b) => compare(a.message, b.message));
  const height = named.at(-1)?.message.height;
  const said = named.filter(({ message }) => message.height === height).slice(-saidMax);
  const locks = named.filter(
    ({ message }) => message.height === height && message.step === "precommit",
  );
  const lock = locks.flatMap(({ message: { height: at, round, blockId } }) =>
    blockId === null ? [] : [{ height: at, round, blockId }],
  );
  return { format: 1, written: 1, network, said, lock: lock.at(-1) ?? null };
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
