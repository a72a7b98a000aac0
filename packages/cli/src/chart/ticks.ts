/** Where an axis of values begins and ends, and what is marked on it. */
export interface ValueAxis {
  readonly low: number;
  readonly high: number;
  /** Ascending. */
  readonly ticks: readonly number[];
}

/** What binary fractions are off by, in steps. */
const dust = 1e-9;
/** Digits by which marks differ. */
const tickDigits = 12;

/** An axis that holds the values from `low` to `high`, with about `wanted` round marks. */
export function valueAxis(low: number, high: number, wanted: number): ValueAxis {
  const [from, to] = low === high ? around(low) : [low, high];
  const step = roundStep(from, to, wanted);
  const [first, last] = [Math.ceil(from / step - dust), Math.floor(to / step + dust)];
  // Where the digits of a number do not tell round marks apart, the ends are marked.
  const isTold = Math.max(Math.abs(first), Math.abs(last)) < 10 ** tickDigits / 10;
  if (!isTold) return { low: from, high: to, ticks: [from, to] };
  const ticks: number[] = [];
  for (let mark = first; mark <= last; mark += 1) {
    ticks.push(rounded(mark * step));
  }
  return { low: from, high: to, ticks };
}

/** How far up the axis a value stands, from 0 to 1. */
export function heightOn({ low, high }: Pick<ValueAxis, "low" | "high">, value: number): number {
  const range = high - low;
  if (Number.isFinite(range)) return (value - low) / range;
  // The whole of a range may be more than the largest number.
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}

/** A mark as people read it. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e15 || size < 1e-5)) return value.toExponential();
  return value.toLocaleString("en-US", { maximumSignificantDigits: 15 });
}

/** Below this a twentieth of a number may be nothing. */
const tiny = 1e-300;

function around(value: number): readonly [number, number] {
  const half = Math.abs(value) < tiny ? 1 : Math.abs(value) * 0.05;
  return [value - half, value + half].map(finite) as unknown as readonly [number, number];
}

function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

/** 1, 2 or 5 times a power of ten. */
function roundStep(low: number, high: number, wanted: number): number {
  const rough = high / wanted - low / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = rough / power;
  // The nearest of them, on a scale of powers.
  const factor = times < Math.SQRT2 ? 1 : times < 3.16 ? 2 : times < 7.07 ? 5 : 10;
  return factor * power;
}

/** Without the dust of binary fractions. */
function rounded(value: number): number {
  return Number(value.toPrecision(tickDigits));
}
