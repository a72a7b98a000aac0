import type { StreamFacts } from "./facts.ts";

/** Batches of a stream that lie together, by their ordinals; `until` excluded. */
export interface OrdinalRange {
  readonly from: number;
  readonly until: number;
}

/** Sequences of a lane that follow one another, both ends included. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** Adds the next sequence to ascending ranges. */
export function addSequence(ranges: SequenceRange[], sequence: number): void {
  const end = ranges.at(-1);
  if (end === undefined || end.last + 1 !== sequence) {
    ranges.push({ first: sequence, last: sequence });
  } else ranges[ranges.length - 1] = { first: end.first, last: sequence };
}

/** Batches of a stream up to a sequence (included): all its sequences hold one but those that are listed. */
export function batchesUpTo({ others }: Pick<StreamFacts, "others">, sequence: number): number {
  let count = 0;
  for (const { first, last } of others) {
    if (first > sequence) break;
    count += Math.min(last, sequence) - first + 1;
  }
  return Math.max(0, sequence - count);
}

/** Sequence of a batch in its stream's lane. */
export function sequenceOf({ others }: Pick<StreamFacts, "others">, ordinal: number): number {
  let sequence = ordinal + 1;
  for (const { first, last } of others) {
    if (first > sequence) break;
    sequence += last - first + 1;
  }
  return sequence;
}

/** What one more range changed. */
export interface RangeChange {
  /** Beginnings of ranges that are no more, because they are part of the new one. */
  readonly gone: readonly number[];
  /** The range that there is now; null: nothing changed. */
  readonly range: OrdinalRange | null;
  /** Batches that are in it and were in none before. */
  readonly batches: number;
}

/**
 * Batches of one stream that its owner had deleted: ascending, disjoint and apart from one another. Two numbers
 * are held for each, and one more touches only its neighbours.
 */
export class DeletedRanges {
  readonly #froms: number[] = [];
  readonly #untils: number[] = [];
  #batches = 0;

  /** How many batches there are in all. */
  get batches(): number {
    return this.#batches;
  }

  has(ordinal: number): boolean {
    return (this.#froms[this.#endingAfter(ordinal)] ?? Number.POSITIVE_INFINITY) <= ordinal;
  }

  /** The first range that ends after an ordinal, or null. */
  after(ordinal: number): OrdinalRange | null {
    const at = this.#endingAfter(ordinal);
    const [from, until] = [this.#froms[at], this.#untils[at]];
    return from === undefined || until === undefined ? null : { from, until };
  }

  /** Adds a range, joined with those that it meets. */
  add(added: OrdinalRange): RangeChange {
    if (added.from >= added.until) return { gone: [], range: null, batches: 0 };
    // One that ends where this one begins is met as well.
    const first = this.#endingAfter(added.from - 1);
    let { from, until } = added;
    let held = 0;
    let end = first;
    for (; (this.#froms[end] ?? Number.POSITIVE_INFINITY) <= added.until; end += 1) {
      const [start, stop] = [this.#froms[end] as number, this.#untils[end] as number];
      from = Math.min(from, start);
      until = Math.max(until, stop);
      held += stop - start;
    }
    const batches = until - from - held;
    if (batches === 0) return { gone: [], range: null, batches };
    const gone = this.#froms.splice(first, end - first, from).filter((start) => start !== from);
    this.#untils.splice(first, end - first, until);
    this.#batches += batches;
    return { gone, range: { from, until }, batches };
  }

  /** Index of the first range that ends after an ordinal. */
  #endingAfter(ordinal: number): number {
    let low = 0;
    let high = this.#untils.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#untils[middle] as number) <= ordinal) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
