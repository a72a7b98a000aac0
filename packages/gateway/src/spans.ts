import { type EpochLength, epochLengthMs, limits } from "@tegata/ledger/chain";

/** Epochs from first to last, both included. */
export type EpochSpan = readonly [first: number, last: number];

/** The same spans, joined where they touch, ascending. */
export function joinSpans(spans: readonly EpochSpan[]): readonly EpochSpan[] {
  const joined: [number, number][] = [];
  for (const [first, last] of [...spans].sort((a, b) => a[0] - b[0])) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** A span as times; `until` is exclusive, null: without end on that side. */
export function spanTimes(
  [first, last]: EpochSpan,
  length: EpochLength,
): { readonly from: number | null; readonly until: number | null } {
  const lengthMs = epochLengthMs(length);
  return {
    from: first <= 0 ? null : first * lengthMs,
    until: last >= limits.epochMax ? null : (last + 1) * lengthMs,
  };
}

/** Whether two spans have an epoch in common. */
export function overlap(a: EpochSpan, b: EpochSpan): boolean {
  return a[0] <= b[1] && b[0] <= a[1];
}
