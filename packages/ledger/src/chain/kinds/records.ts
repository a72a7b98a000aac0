import { accepted } from "../../primitives/errors.ts";
import type { BlockContext } from "../context.ts";
import { limits } from "../limits.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { retain } from "../retained.ts";
import type { StateReader, StateView } from "../state-view.ts";
import { payloadBytes, type TransactionOf } from "../transaction.ts";
import { epochOf } from "../transaction-body.ts";
import { ownStream } from "./own-stream.ts";

/**
 * A batch belongs to the live generation and to the stream's schema, has every facet and stands in an
 * epoch near block time. What it says is no state.
 */
export function checkRecords(
  view: StateReader,
  transaction: TransactionOf<"records">,
  context: BlockContext,
): TransactionVerdict {
  const own = ownStream(view, transaction);
  if (!own.ok) return own;
  const { stream } = own;
  const { generation, epoch, backfill, schemaHash, facets } = transaction.body;
  if (generation !== stream.generation) {
    const detail = { expected: stream.generation, actual: generation };
    return refuseTransaction("LEDGER_TX_GENERATION", detail);
  }
  if (schemaHash !== stream.schemaHash) return refuseTransaction("LEDGER_TX_SCHEMA");
  if (facets.length !== stream.facets.length) {
    const detail = { expected: stream.facets.length, actual: facets.length };
    return refuseTransaction("LEDGER_TX_FACETS", detail);
  }
  const epochLast = epochOf(context.timeMs + limits.epochAheadMsMax, stream.epochLength);
  if (epoch > epochLast) {
    return refuseTransaction("LEDGER_TX_EPOCH_AHEAD", { epoch, epochLast });
  }
  const epochFirst = epochOf(context.timeMs - limits.epochBehindMsMax, stream.epochLength);
  if (!backfill && epoch < epochFirst) {
    return refuseTransaction("LEDGER_TX_EPOCH_BEHIND", { epoch, epochFirst });
  }
  return accepted;
}

/** The batch's payloads are kept from now on, until its owner purges them. */
export function applyRecords(
  view: StateView,
  transaction: TransactionOf<"records">,
  { height }: BlockContext,
): void {
  const { lane, sequence } = transaction;
  retain(view, lane, { sequence, height, payloadBytes: payloadBytes(transaction) });
}
