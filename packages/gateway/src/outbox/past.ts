import type { EntryId, StreamId } from "@tegata/ledger/primitives";
import { gatewayLimits } from "../limits.ts";
import type { EntryHead } from "./entry.ts";

/** Gives entries that travel together their entry id: always the same one, whatever run sends them. */
export type EntryIdOf = (lane: StreamId, entries: readonly EntryHead[]) => EntryId;

/**
 * What an outbox that was restored does not know of itself: since the backup its entries may have been sent
 * and committed. The ids say which, because they follow from the entries that travelled together.
 */
export class Past {
  readonly #entryIdOf: EntryIdOf;
  readonly #lanes = new Map<StreamId, ReadonlyMap<EntryId, readonly number[]>>();

  constructor(entryIdOf: EntryIdOf) {
    this.#entryIdOf = entryIdOf;
  }

  /** Numbers of the waiting entries that a committed id stands for; none where it is of no waiting one. */
  entriesOf(
    lane: StreamId,
    entryId: EntryId,
    waiting: () => readonly EntryHead[],
  ): readonly number[] {
    let known = this.#lanes.get(lane);
    if (known === undefined) {
      known = new Map(this.#runs(lane, waiting()));
      this.#lanes.set(lane, known);
    }
    return known.get(entryId) ?? [];
  }

  /** Every run of entries that one batch can have taken. */
  *#runs(
    lane: StreamId,
    waiting: readonly EntryHead[],
  ): Generator<readonly [EntryId, readonly number[]]> {
    const changes = waiting.filter(({ kind }) => kind !== "rows");
    const rows = waiting.filter(({ kind }) => kind === "rows");
    for (const change of changes) yield [this.#entryIdOf(lane, [change]), [change.number]];
    for (const [first, head] of rows.entries()) {
      if (head.entryId !== null) yield [head.entryId, [head.number]];
      let count = 0;
      for (let end = first + 1; end <= rows.length; end += 1) {
        const run = rows.slice(first, end);
        count += rows[end - 1]?.rowCount ?? 0;
        if (run.length > 1 && (count > gatewayLimits.batchRowsMax || head.alone)) break;
        yield [this.#entryIdOf(lane, run), run.map(({ number }) => number)];
      }
    }
  }
}
