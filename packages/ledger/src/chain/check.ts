import { assert } from "../primitives/assert.ts";
import { accepted } from "../primitives/errors.ts";
import { taggedHash } from "../primitives/hash.ts";
import { hashId, idBytes, type MemberId, type PublicKey, publicKey } from "../primitives/ids.ts";
import type { BlockContext } from "./context.ts";
import { applyKind, checkKind, kindLanes, payloadCount } from "./kinds/rules.ts";
import { limits } from "./limits.ts";
import { refuseTransaction, type TransactionVerdict } from "./refusal.ts";
import {
  currentKey,
  keyOfVersion,
  readLane,
  readMember,
  readParameters,
  readQuota,
  readWriter,
  servesAt,
  writeLane,
  writeQuota,
} from "./state-values.ts";
import type { StateReader, StateView } from "./state-view.ts";
import {
  CONTROL_LANE,
  payloadBytes,
  type Transaction,
  type TransactionFrame,
} from "./transaction.ts";

const dayMs = 86_400_000;
const zeroHash = new Uint8Array(32);

/**
 * The key of the version that a transaction names, or null where the member has none such. Whether it still
 * serves is for {@link checkTransaction} to say: a version never stands for another key.
 */
export function transactionKey(
  reader: StateReader,
  { memberId, keyVersion }: Pick<TransactionFrame, "memberId" | "keyVersion">,
): PublicKey | null {
  const state = readMember(reader, memberId);
  const key = state === null ? null : keyOfVersion(state, "transaction", keyVersion);
  return key === null ? null : publicKey(key.key);
}

/**
 * Whether the ledger accepts a transaction on this state, in the order of a block. On the state of the
 * head, with the next height and a time of now, it says whether the next block could take it.
 * Reads the state only. Signatures are a separate question: they are verified once, at the door, by the key
 * that {@link transactionKey} gives.
 */
export function checkTransaction(
  view: StateReader,
  transaction: Transaction,
  context: BlockContext,
): TransactionVerdict {
  const verdicts = [checkSender, checkLane, checkWriter, checkExpiry, checkPayloads, checkKind];
  for (const check of verdicts) {
    const verdict = check(view, transaction, context);
    if (!verdict.ok) return verdict;
  }
  return accepted;
}

function checkSender(
  view: StateReader,
  transaction: Transaction,
  { timeMs }: BlockContext,
): TransactionVerdict {
  const { memberId, keyVersion } = transaction;
  const member = readMember(view, memberId);
  if (member === null) return refuseTransaction("LEDGER_TX_MEMBER_UNKNOWN", { memberId });
  const { leftHeight } = member;
  if (leftHeight !== null) {
    return refuseTransaction("LEDGER_TX_MEMBER_LEFT", { memberId, leftHeight });
  }
  const key = keyOfVersion(member, "transaction", keyVersion);
  if (key !== null && servesAt(key, timeMs)) return accepted;
  const expected = currentKey(member, "transaction").version;
  return refuseTransaction("LEDGER_TX_KEY_VERSION", { expected, actual: keyVersion });
}

function checkLane(view: StateReader, transaction: Transaction): TransactionVerdict {
  const { memberId, lane, sequence, kind } = transaction;
  const place = lane === CONTROL_LANE ? "control" : "stream";
  const allowed = kindLanes[kind];
  if (allowed !== "any" && allowed !== place) {
    return refuseTransaction("LEDGER_TX_LANE", { kind, expected: allowed });
  }
  const expected = (readLane(view, memberId, lane)?.sequence ?? 0) + 1;
  const detail = { expected, actual: sequence };
  if (sequence > expected) return refuseTransaction("LEDGER_TX_SEQUENCE_GAP", detail);
  if (sequence < expected) return refuseTransaction("LEDGER_TX_SEQUENCE_USED", detail);
  return accepted;
}

function checkWriter(view: StateReader, transaction: Transaction): TransactionVerdict {
  const current = readWriter(view, transaction.memberId);
  const expected = transaction.kind === "claim-writer" ? current + 1 : current;
  const detail = { expected, actual: transaction.writer };
  if (transaction.writer > expected) return refuseTransaction("LEDGER_TX_WRITER_AHEAD", detail);
  if (transaction.writer < expected) return refuseTransaction("LEDGER_TX_WRITER_OVERTAKEN", detail);
  return accepted;
}

/** What stands in the control lane expires, so that nobody can keep it back for another day. */
function checkExpiry(
  _view: StateReader,
  transaction: Transaction,
  { timeMs }: BlockContext,
): TransactionVerdict {
  const { lane, expiresMs } = transaction;
  if ((lane === CONTROL_LANE) !== (expiresMs !== null)) {
    return refuseTransaction("LEDGER_TX_EXPIRY", { expected: lane === CONTROL_LANE });
  }
  if (expiresMs === null) return accepted;
  if (expiresMs < timeMs) return refuseTransaction("LEDGER_TX_EXPIRED", { expiresMs, timeMs });
  const expiresMsMax = timeMs + limits.expiryMsMax;
  if (expiresMs <= expiresMsMax) return accepted;
  return refuseTransaction("LEDGER_TX_EXPIRY_TOO_FAR", { expiresMs, expiresMsMax });
}

function checkPayloads(
  view: StateReader,
  transaction: Transaction,
  { timeMs }: BlockContext,
): TransactionVerdict {
  const expected = payloadCount(transaction);
  const actual = transaction.payloads.length;
  if (actual !== expected) {
    return refuseTransaction("LEDGER_TX_PAYLOAD_COUNT", { expected, actual });
  }
  if (actual === 0) return accepted;
  const size = payloadBytes(transaction);
  if (size > limits.blockPayloadBytesMax) {
    const max = limits.blockPayloadBytesMax;
    return refuseTransaction("LEDGER_TX_PAYLOAD_BYTES", { actual: size, max });
  }
  const parameters = readParameters(view);
  const quota = quotaOf(view, transaction.memberId, timeMs);
  const dayMax = parameters.memberDayPayloadBytesMax;
  if (quota.dayPayloadBytes + size > dayMax) {
    return refuseTransaction("LEDGER_TX_QUOTA_DAY", { used: quota.dayPayloadBytes, max: dayMax });
  }
  const retainedMax = parameters.memberRetainedPayloadBytesMax;
  if (quota.retainedPayloadBytes + size > retainedMax) {
    const detail = { used: quota.retainedPayloadBytes, max: retainedMax };
    return refuseTransaction("LEDGER_TX_QUOTA_RETAINED", detail);
  }
  return accepted;
}

/** What the member has used up on the day of a block time. */
function quotaOf(view: StateReader, member: MemberId, timeMs: number) {
  const quota = readQuota(view, member);
  const day = Math.floor(timeMs / dayMs);
  return quota.day === day ? quota : { ...quota, day, dayPayloadBytes: 0 };
}

/** Carries out a transaction that {@link checkTransaction} accepted on this very view. */
export function applyTransaction(
  view: StateView,
  transaction: Transaction,
  context: BlockContext,
): void {
  const { memberId, lane, sequence, id } = transaction;
  const last = readLane(view, memberId, lane);
  assert(sequence === (last?.sequence ?? 0) + 1, "an applied transaction is the next of its lane");
  const previous = last === null ? zeroHash : idBytes(last.head);
  writeLane(view, memberId, lane, sequence, hashId(taggedHash("lane", previous, idBytes(id))));
  const size = payloadBytes(transaction);
  if (size > 0) {
    const quota = quotaOf(view, memberId, context.timeMs);
    writeQuota(view, memberId, {
      day: quota.day,
      dayPayloadBytes: quota.dayPayloadBytes + size,
      retainedPayloadBytes: quota.retainedPayloadBytes + size,
    });
  }
  applyKind(view, transaction, context);
}
