import type { RowFormat } from "./detect.ts";
import { isEmptyWord, isForeignNumber } from "./hints.ts";
import { JsonNumber, type SourceCell } from "./row.ts";
import type { FieldType } from "./schema.ts";
import { isTimeText, readTime } from "./time-text.ts";

// A leading zero is a part number or a postcode more often than a quantity.
const integerLike = /^-?(?:0|[1-9]\d*)$/;
const decimalLike = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A cell with its line. */
export interface SeenCell {
  readonly line: number;
  readonly text: string;
}

/** What the cells of one column have been so far. */
interface Seen {
  filled: number;
  integers: number;
  decimals: number;
  booleans: number;
  times: number;
  /** Times that say their zone. */
  zoned: number;
  /** Numbers in a writing that is not read, such as `1,5`. */
  foreign: number;
  /** Words where there is no value, such as `#N/A`. */
  words: number;
  example: string;
  odd: SeenCell | null;
}

/** The type of a column, and what a person should know of it. */
export interface ColumnGuess {
  readonly type: FieldType;
  /** Its first value; empty where it has none. */
  readonly example: string;
  /** Whether all its times say their zone. */
  readonly isZoned: boolean;
  /** The first cell that does not fit the type, though most do. */
  readonly odd: SeenCell | null;
}

/** Finds the type of one column cell by cell, in constant memory. */
export class ColumnGuesser {
  readonly #format: RowFormat;
  readonly #seen: Seen = {
    ...{ filled: 0, integers: 0, decimals: 0, booleans: 0, times: 0, zoned: 0 },
    ...{ foreign: 0, words: 0, example: "", odd: null },
  };

  constructor(format: RowFormat) {
    this.#format = format;
  }

  see(line: number, cell: SourceCell): void {
    if (cell === null || cell === "" || Array.isArray(cell)) return;
    const seen = this.#seen;
    const isNumber = cell instanceof JsonNumber;
    const text = isNumber ? cell.source : String(cell);
    seen.filled += 1;
    if (seen.example === "") seen.example = text;
    // JSON says itself what is a number or a truth; a string of digits there is meant as text.
    const isJson = this.#format === "ndjson";
    if (typeof cell === "boolean" || (!isJson && /^(?:true|false)$/.test(text))) seen.booleans += 1;
    else if ((isNumber || !isJson) && decimalLike.test(text)) {
      seen.decimals += 1;
      if (integerLike.test(text)) seen.integers += 1;
    } else if (!isNumber && isTimeText(text)) {
      seen.times += 1;
      if (readTime(text)?.offsetMinutes !== null) seen.zoned += 1;
    } else if (!isJson) this.#seeOdd(line, text);
  }

  /** The narrowest type that fits; where few cells do not and have a remedy, the type of the others. */
  guess(): ColumnGuess {
    const seen = this.#seen;
    const { filled, integers, decimals, booleans, times, foreign, words } = seen;
    const rest = { example: seen.example, isZoned: seen.zoned === times };
    const fits = (type: FieldType): ColumnGuess => ({ type, ...rest, odd: null });
    if (filled === 0) return fits("text");
    if (integers === filled) return fits("integer");
    if (decimals === filled) return fits("decimal");
    if (booleans === filled) return fits("boolean");
    if (times === filled) return fits("time");
    const numbers = decimals + foreign;
    if (numbers + words === filled && numbers >= words && numbers > 0) {
      const type = integers === numbers ? "integer" : "decimal";
      return { type, ...rest, odd: seen.odd };
    }
    if (times + words === filled && times >= words) {
      return { type: "time", ...rest, odd: seen.odd };
    }
    return fits("text");
  }

  #seeOdd(line: number, text: string): void {
    const seen = this.#seen;
    if (isForeignNumber(text)) seen.foreign += 1;
    else if (isEmptyWord(text)) seen.words += 1;
    seen.odd ??= { line, text };
  }
}
