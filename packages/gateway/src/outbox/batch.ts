import { assert } from "@tegata/ledger/primitives";
import { gatewayLimits } from "../limits.ts";
import type { EntryHead } from "./entry.ts";
import { follows } from "./entry-id.ts";

/** Takes the oldest of the rows that wait, joined with those behind them that fit into one batch with them. */
export function takeBatch(waiting: EntryHead[]): readonly EntryHead[] {
  const [first] = waiting;
  assert(first !== undefined, "something waits");
  let last = first;
  let count = 1;
  let rows = first.rowCount;
  let size = first.sizeBytes;
  let items = first.itemCount;
  for (; !first.alone && count < waiting.length; count += 1) {
    const entry = waiting[count] as EntryHead;
    const alike = entry.epoch === first.epoch && entry.backfill === first.backfill;
    rows += entry.rowCount;
    size += entry.sizeBytes;
    items += entry.itemCount;
    const { batchRowsMax, batchFacetBytesMax, batchItemsMax } = gatewayLimits;
    const fits = rows <= batchRowsMax && size <= batchFacetBytesMax && items <= batchItemsMax;
    if (!alike || entry.alone || !fits || !follows(last, entry)) break;
    last = entry;
  }
  return waiting.splice(0, count);
}
