import { DateOrderFinder, type FoundOrder, readingsOf, withYearFirst } from "./date-order.ts";
import type { RowFormat } from "./detect.ts";
import { isEmptyWord, isForeignNumber } from "./hints.ts";
import { JsonNumber, type SourceCell } from "./row.ts";
import type { FieldType } from "./schema.ts";
import { isTimeText, readTime } from "./time-text.ts";

// A leading zero is a part number or a postcode more often than a quantity.
const integerLike = /^-?(?:0|[1-9]\d*)$/;
const decimalLike = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const clock = /(?:^|[ T])\d{1,2}[:h]\d{2}(?::\d{2})?(?:$|[ .,Z+-])/;

/** A date in one of the ways to write it. Numbers alone are dates by their year or their separators. */
function isDate(text: string): boolean {
  return /\d{4}|[/:]|[A-Za-z]{3}/.test(text) && readingsOf(text).length > 0;
}

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
  /** Dates that do not begin with their year, and can be read. */
  dates: number;
  /** Numbers in a writing that is not read, such as `1,5`. */
  foreign: number;
  /** Words where there is no value, such as `#N/A`. */
  words: number;
  example: string;
  odd: SeenCell | null;
  /** The first date of which its place alone does not tell day and month. */
  unclear: SeenCell | null;
  /** The first text with a time of day. */
  timely: SeenCell | null;
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
  /** The order of its dates, where some tell it and the others fit. */
  readonly dateOrder: FoundOrder | null;
  /** Of a text column: the first value with a time of day. */
  readonly timely: SeenCell | null;
}

/** Finds the type of one column cell by cell, in constant memory. */
export class ColumnGuesser {
  readonly #format: RowFormat;
  readonly #orders = new DateOrderFinder();
  readonly #seen: Seen = {
    ...{ filled: 0, integers: 0, decimals: 0, booleans: 0, times: 0, zoned: 0 },
    ...{ foreign: 0, words: 0, dates: 0, example: "", odd: null, unclear: null, timely: null },
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
    } else if (!isNumber && isDate(text)) {
      seen.dates += 1;
      this.#orders.see(text);
      if (withYearFirst(text, null) === null) seen.unclear ??= { line, text };
    } else if (!isJson) this.#seeOdd(line, text);
    if (seen.timely === null && !isNumber && clock.test(text)) seen.timely = { line, text };
  }

  /** The narrowest type that fits; where few cells do not and have a remedy, the type of the others. */
  guess(): ColumnGuess {
    const seen = this.#seen;
    const { filled, integers, decimals, booleans, times, dates, foreign, words } = seen;
    const rest = {
      ...{ example: seen.example, isZoned: seen.zoned === times && dates === 0 },
      ...{ dateOrder: null, timely: null },
    };
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
    if (times + dates + words === filled && times + dates >= words) {
      const dateOrder = this.#orders.found;
      const unclear = dateOrder === null ? seen.unclear : null;
      return { type: "time", ...rest, dateOrder, odd: unclear ?? seen.odd };
    }
    return { ...fits("text"), timely: seen.timely };
  }

  #seeOdd(line: number, text: string): void {
    const seen = this.#seen;
    if (isForeignNumber(text)) seen.foreign += 1;
    else if (isEmptyWord(text)) seen.words += 1;
    seen.odd ??= { line, text };
  }
}
