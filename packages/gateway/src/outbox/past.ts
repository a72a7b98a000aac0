import type { EntryId, StreamId } from "@tegata/ledger/primitives";
import type { SealedStore } from "../store/sealed-store.ts";
import type { EntryHead } from "./entry.ts";
import { entryIdOf, spanOf } from "./entry-id.ts";

/** What waited in one stream at the time of the backup. */
interface Waiting {
  readonly heads: Map<number, EntryHead>;
  /** Numbers of those that may be joined with others, ascending. */
  readonly joined: readonly number[];
  /** By index in `joined`: itself while that one waits, else an index further on, towards the next one that does. */
  readonly next: number[];
  /** Numbers of those that ask for an id of their own, the next one to get it first. */
  readonly named: ReadonlyMap<EntryId, readonly number[]>;
}

/**
 * What an outbox that was restored does not know of itself: since the backup its entries may have been sent
 * and committed. An id on the ledger says which of them, because it names the first and their count.
 */
export class Past {
  /**
   * Entries with this number and later ones were accepted after the restoring: nothing of them was ever sent, and an
   * id on the ledger that fits them too is that of others.
   */
  readonly end: number;
  readonly #store: SealedStore;
  #lanes: ReadonlyMap<StreamId, Waiting> | null = null;

  constructor(end: number, store: SealedStore) {
    this.end = end;
    this.#store = store;
  }

  /**
   * Takes out the waiting entries that the next id of the ledger stands for, and answers their numbers; none where it
   * is of no waiting one. `waiting` is asked once, for all that waits or was refused.
   */
  take(lane: StreamId, entryId: EntryId, waiting: () => Iterable<EntryHead>): readonly number[] {
    this.#lanes ??= lanesOf(waiting(), this.end);
    const known = this.#lanes.get(lane);
    if (known === undefined) return [];
    const named = known.named.get(entryId)?.find((one) => known.heads.has(one));
    if (named !== undefined) return takeFrom(known, named, 1);
    const { number, count } = spanOf(this.#store, entryId);
    const first = known.heads.get(number);
    if (first === undefined || count === 0) return [];
    if (entryIdOf(this.#store, lane, first, count) !== entryId) return [];
    return takeFrom(known, number, count);
  }

  /** These do not wait any more: the ledger holds them under an id that is known. */
  leave(lane: StreamId, numbers: readonly number[]): void {
    const known = this.#lanes?.get(lane);
    if (known === undefined) return;
    for (const number of numbers) if (known.heads.has(number)) takeFrom(known, number, 1);
  }
}

/**
 * What travels together follows one another among what still waits, since every batch begins with the oldest. Behind
 * the last one that is here those went along that were acknowledged since the backup.
 */
function takeFrom(known: Waiting, number: number, count: number): readonly number[] {
  const { heads, joined, next } = known;
  const taken: number[] = [];
  let at = indexOf(joined, number);
  if (joined[at] !== number) {
    heads.delete(number);
    return [number];
  }
  while (taken.length < count && at < joined.length) {
    taken.push(joined[at] as number);
    next[at] = at + 1;
    at = waitingFrom(next, at);
  }
  for (const one of taken) heads.delete(one);
  return taken;
}

/** The first index from here on that still waits; the way there is shortened for those who come later. */
function waitingFrom(next: number[], index: number): number {
  let at = index;
  for (;;) {
    const further = next[at] ?? at;
    if (further === at) return at;
    next[at] = next[further] ?? further;
    at = further;
  }
}

function lanesOf(waiting: Iterable<EntryHead>, end: number): ReadonlyMap<StreamId, Waiting> {
  const lanes = new Map<StreamId, Waiting>();
  const before = [...waiting].filter(({ number }) => number < end);
  for (const [lane, heads] of Map.groupBy(before, (head) => head.lane)) {
    const joined = heads.flatMap(({ alone, number }) => (alone ? [] : [number]));
    joined.sort((a, b) => a - b);
    lanes.set(lane, {
      heads: new Map(heads.map((head) => [head.number, head])),
      joined,
      next: joined.map((_, index) => index),
      named: namedOf(heads),
    });
  }
  return lanes;
}

function namedOf(heads: readonly EntryHead[]): ReadonlyMap<EntryId, readonly number[]> {
  const named = new Map<EntryId, number[]>();
  for (const { entryId, number } of heads) {
    if (entryId === null) continue;
    const others = named.get(entryId);
    if (others === undefined) named.set(entryId, [number]);
    else others.push(number);
  }
  return named;
}

/** Where the first number stands that is not below this one. */
function indexOf(numbers: readonly number[], number: number): number {
  let first = 0;
  let end = numbers.length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((numbers[middle] as number) < number) first = middle + 1;
    else end = middle;
  }
  return first;
}
