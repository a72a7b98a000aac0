import type { InputProblem } from "./problem.ts";

/** A number of a JSON text, kept as its source text so that it never becomes a float. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** A field that a row does not have. One frozen value, compared by identity or by length 0. */
export type Absent = readonly [];

/** The one absent field. Source: docs/PROTOCOL.md 7.1. */
export const absent: Absent = Object.freeze([]) as Absent;

/** One value as a reader found it: the text of a CSV cell, or a scalar of a JSON object. */
export type SourceCell = string | boolean | null | JsonNumber | Absent;

/**
 * What readers give, in this order: once the columns, then rows and problems as they stand in the
 * file. Damage after which the rest means nothing is thrown instead.
 */
export type ReadEvent =
  | { readonly type: "columns"; readonly line: number; readonly columns: readonly string[] }
  | { readonly type: "row"; readonly row: SourceRow }
  | { readonly type: "problem"; readonly problem: InputProblem };

/** A row with the number of its first line; cells are in the order of the columns. */
export interface SourceRow {
  readonly line: number;
  readonly cells: readonly SourceCell[];
}

/** Pieces of a file in order. */
export type Chunks = AsyncIterable<Uint8Array>;
