import { refuseTransaction, type TransactionRefusal } from "../refusal.ts";
import type { StreamState } from "../state-tables.ts";
import { readStream } from "../state-values.ts";
import type { StateReader } from "../state-view.ts";
import type { TransactionFrame } from "../transaction.ts";

/** The stream whose lane a transaction stands in, or a refusal unless it exists and is the member's own. */
export function ownStream(
  view: StateReader,
  transaction: TransactionFrame,
): { readonly ok: true; readonly stream: StreamState } | TransactionRefusal {
  const stream = readStream(view, transaction.lane);
  if (stream === null) {
    return refuseTransaction("LEDGER_TX_STREAM_UNKNOWN", { stream: transaction.lane });
  }
  if (stream.owner !== transaction.memberId) {
    return refuseTransaction("LEDGER_TX_NOT_OWNER", {
      stream: transaction.lane,
      owner: stream.owner,
    });
  }
  return { ok: true, stream };
}
