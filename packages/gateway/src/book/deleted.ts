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

/** Ranges with one more among them: ascending, disjoint, and joined where they touch. */
export function withRange(
  ranges: readonly OrdinalRange[],
  added: OrdinalRange,
): readonly OrdinalRange[] {
  if (added.from >= added.until) return ranges;
  let { from, until } = added;
  const apart: OrdinalRange[] = [];
  for (const range of ranges) {
    if (range.until < from || range.from > until) apart.push(range);
    else {
      from = Math.min(from, range.from);
      until = Math.max(until, range.until);
    }
  }
  return [...apart, { from, until }].sort((a, b) => a.from - b.from);
}

/** How many batches lie in some ranges. */
export function countIn(ranges: readonly OrdinalRange[]): number {
  return ranges.reduce((sum, { from, until }) => sum + until - from, 0);
}

/** Whether the owner had a batch deleted. */
export function isDeleted({ deleted }: Pick<StreamFacts, "deleted">, ordinal: number): boolean {
  let low = 0;
  let high = deleted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((deleted[middle] as OrdinalRange).until <= ordinal) low = middle + 1;
    else high = middle;
  }
  return (deleted[low]?.from ?? Number.POSITIVE_INFINITY) <= ordinal;
}
