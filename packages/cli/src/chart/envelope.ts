import { chartLimits } from "./limits.ts";

/** A value that was observed. */
export interface Point {
  readonly timeMs: number;
  readonly value: number;
  /** The value as it was written. */
  readonly text: string;
  /** The record it stands in. */
  readonly record: string;
}

/** The lowest and the highest value of a piece of time. */
interface Piece {
  low: Point | null;
  high: Point | null;
  /** When a row had no value. */
  missingMs: number | null;
}

/** What a slot of a picture shows. */
export interface Slot {
  /** In the order of their times; the same point twice where there is one value. */
  readonly first: Point;
  readonly second: Point;
}

/** Slots that follow each other without a break, by their places from the left. */
export type Run = readonly (readonly [place: number, slot: Slot])[];

/** A silence breaks the line when it is so many times as long as rows usually lie apart. */
const silenceFactor = 10;

/**
 * A column over time in constant memory: of every piece of time the lowest and the highest value, so that no
 * peak is lost, however many rows there are and in whatever order they come.
 */
export class Envelope {
  readonly #pieces = new Map<number, Piece>();
  #pieceMs = 1;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Rows with a value that can be drawn. */
  valueCount = 0;
  /** Rows without a value. */
  missingCount = 0;
  /** Rows whose value is beyond what a machine number holds. */
  beyondCount = 0;
  lowest: Point | null = null;
  highest: Point | null = null;

  /** Takes the cell of a row; null: the row has no value. */
  add(timeMs: number, text: string | null, record: string): void {
    const value = text === null ? Number.NaN : Number(text);
    if (text === null || !Number.isFinite(value)) {
      if (text === null) this.missingCount += 1;
      else this.beyondCount += 1;
      this.#piece(timeMs).missingMs ??= timeMs;
    } else {
      const point = { timeMs, value, text, record };
      widen(this.#piece(timeMs), point);
      this.valueCount += 1;
      this.#firstMs = Math.min(this.#firstMs, timeMs);
      this.#lastMs = Math.max(this.#lastMs, timeMs);
      if (this.lowest === null || value < this.lowest.value) this.lowest = point;
      if (this.highest === null || value > this.highest.value) this.highest = point;
    }
    while (this.#pieces.size > chartLimits.piecesMax) this.#coarsen();
  }

  /** From the first to the last value; null while there is none. */
  get span(): { readonly fromMs: number; readonly untilMs: number } | null {
    return this.valueCount === 0 ? null : { fromMs: this.#firstMs, untilMs: this.#lastMs };
  }

  /** The values in `places` slots of the same length, broken where values are missing. */
  runs(places: number): readonly Run[] {
    const { span } = this;
    if (span === null) return [];
    const lengthMs = Math.max(1, span.untilMs - span.fromMs);
    const placeOf = (timeMs: number): number => {
      return Math.min(places - 1, Math.floor(((timeMs - span.fromMs) / lengthMs) * places));
    };
    const slots = new Map<number, Slot>();
    const missing = new Set<number>();
    for (const { low, high, missingMs } of this.#pieces.values()) {
      if (missingMs !== null) missing.add(placeOf(missingMs));
      if (low === null || high === null) continue;
      for (const point of [low, high]) place(slots, placeOf(point.timeMs), point);
    }
    const silenceMs = (silenceFactor * lengthMs) / Math.max(1, this.valueCount - 1);
    return broken(slots, missing, silenceMs);
  }

  #piece(timeMs: number): Piece {
    const key = Math.floor(timeMs / this.#pieceMs);
    const found = this.#pieces.get(key) ?? { low: null, high: null, missingMs: null };
    this.#pieces.set(key, found);
    return found;
  }

  /** Joins pieces in twos. */
  #coarsen(): void {
    const fine = [...this.#pieces];
    this.#pieces.clear();
    const factor = 2;
    this.#pieceMs *= factor;
    for (const [key, { low, high, missingMs }] of fine) {
      const joined = Math.floor(key / factor);
      const piece = this.#pieces.get(joined) ?? { low: null, high: null, missingMs: null };
      this.#pieces.set(joined, piece);
      piece.missingMs ??= missingMs;
      if (low !== null) widen(piece, low);
      if (high !== null) widen(piece, high);
    }
  }
}

function widen(piece: Piece, point: Point): void {
  if (piece.low === null || point.value < piece.low.value) piece.low = point;
  if (piece.high === null || point.value > piece.high.value) piece.high = point;
}

function place(slots: Map<number, Slot>, at: number, point: Point): void {
  const { first, second } = slots.get(at) ?? { first: point, second: point };
  const [low, high] = first.value <= second.value ? [first, second] : [second, first];
  const lowest = point.value < low.value ? point : low;
  const highest = point.value > high.value ? point : high;
  const inOrder = lowest.timeMs <= highest.timeMs;
  slots.set(at, inOrder ? { first: lowest, second: highest } : { first: highest, second: lowest });
}

/** A slot alone that holds no value ends a run, and so does a long silence. */
function broken(
  slots: ReadonlyMap<number, Slot>,
  missing: ReadonlySet<number>,
  silenceMs: number,
): readonly Run[] {
  const runs: [number, Slot][][] = [];
  let before: readonly [number, Slot] | null = null;
  const holes = [...missing].filter((at) => !slots.has(at)).sort((a, b) => a - b);
  let hole = 0;
  for (const [at, slot] of [...slots].sort(([a], [b]) => a - b)) {
    let isBroken = before === null;
    for (; (holes[hole] ?? at) < at; hole += 1) isBroken = true;
    if (before !== null && at > before[0] + 1) {
      isBroken ||= slot.first.timeMs - before[1].second.timeMs > silenceMs;
    }
    if (isBroken) runs.push([]);
    runs.at(-1)?.push([at, slot]);
    before = [at, slot];
  }
  return runs;
}
