import type { EntryId } from "@tegata/ledger/primitives";
import type { SealedStore } from "../store/sealed-store.ts";
import type { EntryHead } from "./entry.ts";
import { markOf, spanOf } from "./entry-id.ts";

/**
 * What an outbox that was restored does not know of itself: since the backup its entries may have been sent
 * and committed, by any copy of it. An id on the ledger names them, whatever this copy would have sent together.
 */
export class Past {
  readonly #store: SealedStore;
  /** Numbers by ordinal, by the mark of their stream and life. */
  readonly #numbers = new Map<string, ReadonlyMap<number, number>>();

  /** `kept`: all that waits or was refused, when the outbox is opened. */
  constructor(store: SealedStore, kept: readonly EntryHead[]) {
    this.#store = store;
    for (const entries of Map.groupBy(kept, ({ lane, life }) => `${lane}/${life}`).values()) {
      const [{ lane, life }] = entries as [EntryHead];
      const numbers = entries.map(({ ordinal, number }) => [ordinal, number] as const);
      this.#numbers.set(markOf(store, lane, life), new Map(numbers));
    }
  }

  /** Numbers of the entries that an id names, as far as this copy ever had them; most ids name none. */
  namedBy(entryId: EntryId): readonly number[] {
    const { mark, ordinal, count } = spanOf(this.#store, entryId);
    const numbers = this.#numbers.get(mark);
    if (numbers === undefined) return [];
    return Array.from({ length: count }, (_, index) => numbers.get(ordinal + index) ?? []).flat();
  }
}
