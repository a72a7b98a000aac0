import { accepted } from "../../primitives/errors.ts";
import { limits } from "../limits.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { release } from "../retained.ts";
import { readQuota, writeQuota } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";
import { ownStream } from "./own-stream.ts";

/**
 * The owner names batches that are on the ledger already, of any generation. The first transaction of the
 * lane stays: it holds what the stream is called and how it is read.
 */
export function checkPurge(
  view: StateReader,
  transaction: TransactionOf<"purge">,
): TransactionVerdict {
  const own = ownStream(view, transaction);
  if (!own.ok) return own;
  const { sequenceFirst, sequenceLast } = transaction.body;
  const count = sequenceLast - sequenceFirst + 1;
  const isRange = sequenceFirst >= 2 && count >= 1 && sequenceLast < transaction.sequence;
  if (isRange && count <= limits.purgedSequencesMax) return accepted;
  const max = limits.purgedSequencesMax;
  return refuseTransaction("LEDGER_TX_PURGE_RANGE", { sequenceFirst, sequenceLast, max });
}

/** The payloads are gone from the head's state, and their bytes are the member's again. */
export function applyPurge(view: StateView, transaction: TransactionOf<"purge">): void {
  const { memberId, lane, body } = transaction;
  const released = release(view, lane, body.sequenceFirst, body.sequenceLast);
  if (released === 0) return;
  const quota = readQuota(view, memberId);
  const retainedPayloadBytes = quota.retainedPayloadBytes - released;
  writeQuota(view, memberId, { ...quota, retainedPayloadBytes });
}
