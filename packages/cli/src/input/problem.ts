import type { Reading } from "./date-order.ts";

/** What can be wrong with a line, a field or a file, each with the data its words need (`null`: none). */
export interface ProblemDetails {
  readonly text: null;
  readonly integer: null;
  readonly decimal: null;
  readonly boolean: null;
  readonly time: null;
  readonly bytes: null;
  /** A number with a comma: a decimal comma, or thousands that are parted. */
  readonly "number-comma": null;
  /** A number with a point in a file of decimal commas. */
  readonly "number-point": null;
  /** A number in full-width digits, as a Japanese keyboard gives them. */
  readonly "number-wide": null;
  /** A word where there is no value, such as `#N/A` or `NaN`; `type`: of the field. */
  readonly "no-value": { readonly type: "integer" | "decimal" | "boolean" | "time" };
  /** A day counted by a spreadsheet where a time is expected. */
  readonly "time-serial": null;
  /** A date that does not begin with its year, and the ways to read it. */
  readonly "time-order": { readonly readings: readonly Reading[] };
  /** A row has another number of cells than the header has names. */
  readonly "cell-count": { readonly expected: number };
  readonly "row-size": { readonly bytesMax: number };
  readonly "line-size": { readonly bytesMax: number };
  readonly encoding: { readonly encoding: string };
  /** A line in UTF-8 in a file that is CP932. */
  readonly "encoding-mixed": { readonly encoding: string };
  readonly "nul-byte": null;
  /** A quote in the wrong place of a CSV row. */
  readonly quote: null;
  /** A quoted CSV field that never ends. */
  readonly "open-quote": null;
  readonly "no-header": null;
  readonly "no-object": null;
  readonly "column-count": { readonly countMax: number };
  readonly "column-name": { readonly position: number };
  readonly "column-twice": null;
  readonly "column-unknown": { readonly known: readonly string[] };
  readonly "column-missing": null;
  readonly json: null;
  readonly "json-object": null;
  readonly "json-key-twice": null;
  readonly "json-nested": null;
  readonly "field-unknown": { readonly known: readonly string[] };
  /** An SHDR line without an observation. */
  readonly observation: null;
  readonly "observation-pair": null;
  readonly "observation-item": null;
  /** An SHDR asset, which may span lines; it is no observation. */
  readonly asset: null;
  readonly "time-missing": null;
  readonly "time-nonexistent": { readonly zone: string };
  readonly "time-ambiguous": { readonly zone: string };
  readonly "unix-time": { readonly unit: "s" | "ms" | "excel" };
  /** `zone`: the local zone whose offset explains the lead, or null. */
  readonly "time-ahead": {
    readonly aheadMs: number;
    readonly zone: string | null;
    readonly marked: boolean;
    /** Whether some local zone is as far ahead of UTC. */
    readonly mayBeLocal: boolean;
  };
  readonly "time-old": { readonly ageMs: number; readonly ageMsMax: number };
  readonly "time-before-1970": null;
}

/** The closed union of what can be wrong. */
export type ProblemKind = keyof ProblemDetails;

/**
 * One thing wrong with the input: where, what was expected (by kind), and what stood there.
 * `line` counts from 1 and names the first line of a row; `got` is outside text, at most
 * {@link gotLengthMax} characters, to be made printable before it is shown.
 */
export type InputProblem = {
  readonly [Kind in ProblemKind]: {
    readonly line: number;
    /** Name of the field or column, or null when the whole line is meant. */
    readonly field: string | null;
    readonly kind: Kind;
    readonly detail: ProblemDetails[Kind];
    readonly got: string;
  };
}[ProblemKind];

/** Characters of outside text that a problem keeps. */
export const gotLengthMax = 60;

/** Builds a problem and cuts what stood there to a length that can be kept and shown. */
export function problem<Kind extends ProblemKind>(
  line: number,
  field: string | null,
  kind: Kind,
  detail: ProblemDetails[Kind],
  got: string,
): InputProblem {
  const place = field === null ? null : shortened(field);
  // The parameters tie kind and detail together; the union cannot express it for a free Kind.
  return { line, field: place, kind, detail, got: shortened(got) } as InputProblem;
}

/** Outside text as far as it is kept and shown. */
export function shortened(text: string): string {
  const letters = [...text.slice(0, 2 * gotLengthMax)];
  if (letters.length <= gotLengthMax && text.length <= 2 * gotLengthMax) return text;
  return `${letters.slice(0, gotLengthMax - 1).join("")}…`;
}
