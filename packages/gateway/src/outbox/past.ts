import type { EntryId, StreamId } from "@tegata/ledger/primitives";
import { gatewayLimits } from "../limits.ts";
import type { EntryHead } from "./entry.ts";

/** Gives so many entries that travel together their entry id: always the same one, whatever run sends them. */
export type EntryIdOf = (lane: StreamId, first: EntryHead, count: number) => EntryId;

/**
 * What an outbox that was restored does not know of itself: since the backup its entries may have been sent
 * and committed. The ids say which, because they follow from the entries that travelled together.
 */
export class Past {
  /**
   * Entries with this number and later ones were accepted after the restoring: nothing of them was ever sent, and an
   * id on the ledger that fits them too is that of others.
   */
  readonly end: number;
  readonly #entryIdOf: EntryIdOf;
  readonly #lanes = new Map<StreamId, ReadonlyMap<EntryId, readonly number[]>>();

  constructor(end: number, entryIdOf: EntryIdOf) {
    this.end = end;
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

  /**
   * Every run of entries that one batch can have taken: in the order in which they were acknowledged, and behind
   * the last one those that were acknowledged since the backup.
   */
  *#runs(
    lane: StreamId,
    waiting: readonly EntryHead[],
  ): Generator<readonly [EntryId, readonly number[]]> {
    const { batchRowsMax } = gatewayLimits;
    for (const head of waiting) {
      if (head.entryId !== null) yield [head.entryId, [head.number]];
      if (head.alone) yield [this.#entryIdOf(lane, head, 1), [head.number]];
    }
    const joined = waiting.filter(({ alone }) => !alone);
    for (const [index, first] of joined.entries()) {
      const numbers: number[] = [];
      let rows = 0;
      for (const { number, rowCount } of joined.slice(index, index + batchRowsMax)) {
        rows += rowCount;
        if (numbers.length > 0 && rows > batchRowsMax) break;
        numbers.push(number);
        yield [this.#entryIdOf(lane, first, numbers.length), [...numbers]];
      }
      if (index + numbers.length < joined.length) continue;
      for (let more = 1; rows + more <= batchRowsMax; more += 1) {
        yield [this.#entryIdOf(lane, first, numbers.length + more), numbers];
      }
    }
  }
}
