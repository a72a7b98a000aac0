import type { MetricValue } from "./sparkplug-payload.ts";

/** Bits of the signed types, by their number. Source: Sparkplug 3.0.0, 6.4.16. */
const signedBits: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64 };
const dateTime = 13;

/** The text of a metric's value; null for none, `undefined` in words for kinds that are no single value. */
export type MetricText =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "null" }
  | { readonly type: "other" };

/** What a value reads like under its datatype. */
export function metricText(value: MetricValue, datatype: number | null): MetricText {
  switch (value.type) {
    case "null":
    case "other":
      return { type: value.type };
    case "int":
    case "long":
      return text(integerText(BigInt(value.value), datatype));
    case "float":
      return text(floatText(value.value));
    case "double":
    case "boolean":
    case "string":
    case "bytes":
      return text(String(value.value));
  }
}

function text(of: string): MetricText {
  return { type: "text", text: of };
}

/** Signed numbers travel as the unsigned ones of the same bits. */
function integerText(unsigned: bigint, datatype: number | null): string {
  const bits = signedBits[datatype ?? 0];
  if (bits !== undefined) return String(BigInt.asIntN(bits, unsigned));
  if (datatype !== dateTime || unsigned > 8_640_000_000_000_000n) return String(unsigned);
  return new Date(Number(unsigned)).toISOString();
}

/** The shortest text that is the same number in 32 bits: 0.1, not 0.10000000149011612. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
