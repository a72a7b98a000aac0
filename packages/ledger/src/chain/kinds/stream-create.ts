import { accepted } from "../../primitives/errors.ts";
import type { BlockContext } from "../context.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { readStream, writeGeneration, writeStream } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import { streamIdPrefix } from "../stream-id.ts";
import type { TransactionOf } from "../transaction.ts";

/** The lane is the new stream's id, so a stream is created by the first transaction of its lane. */
export function checkStreamCreate(
  view: StateReader,
  transaction: TransactionOf<"stream-create">,
): TransactionVerdict {
  const { kind, memberId, lane, sequence } = transaction;
  const expected = streamIdPrefix(memberId);
  if (!lane.startsWith(expected)) return refuseTransaction("LEDGER_TX_LANE", { kind, expected });
  if (sequence !== 1) return refuseTransaction("LEDGER_TX_STREAM_NOT_FIRST", { sequence });
  // Lanes are a member's own, prefixes almost: two members can be made whose ids begin alike.
  if (readStream(view, lane) !== null) {
    return refuseTransaction("LEDGER_TX_STREAM_EXISTS", { stream: lane });
  }
  return accepted;
}

/** Adds the stream with its first generation. */
export function applyStreamCreate(
  view: StateView,
  transaction: TransactionOf<"stream-create">,
  context: BlockContext,
): void {
  const { lane, body, id } = transaction;
  writeStream(view, lane, {
    owner: transaction.memberId,
    category: body.category,
    epochLength: body.epochLength,
    facets: body.facets,
    generation: 1,
    schemaHash: body.schemaHash,
    transactionId: id,
    height: context.height,
  });
  writeGeneration(view, lane, 1, { heightFirst: context.height, transactionId: id });
}
