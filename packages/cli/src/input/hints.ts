import { readingsOf } from "./date-order.ts";
import type { FieldType } from "./schema.ts";
import { readTime } from "./time-text.ts";

/** What a cell that does not fit looks like, where that has a remedy of its own. */
export type Hint = "number-comma" | "number-wide" | "no-value" | "time-serial" | "time-order";

const comma = /^[+-]?(?:\d+,\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+)$/;
const wide = /^[+-−－＋]?(?=.*[０-９])[0-9０-９]+(?:[.．][0-9０-９]+)?$/u;
const spreadsheetError = /^#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)$/i;
const emptyWord =
  /^(?:-+|－|ー|―|…|\?+|n\/?a|nan|nil|null|none|[+-]?inf(?:inity)?|なし|無し|無|空|欠測|欠損|未測定|測定不能)$/iu;
const serial = /^\d{5}(?:\.\d+)?$/;
const yearLast = /^\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?!\d)/;
const dotted = /^\d{4}\.\d{1,2}\.\d{1,2}(?!\d)/;

/** True for what people and spreadsheets write where there is no value. */
export function isEmptyWord(text: string): boolean {
  return (
    text.length <= 12 && (text.trim() === "" || spreadsheetError.test(text) || emptyWord.test(text))
  );
}

/** True for a number that only its writing keeps from being read. */
export function isForeignNumber(text: string): boolean {
  return text.length <= 40 && (comma.test(text) || wide.test(text));
}

/** A spreadsheet's day of the years 1982 to 2119. */
export function isSerialDay(text: string): boolean {
  return serial.test(text) && Number(text) >= 30_000 && Number(text) < 80_500;
}

/** Names the remedy for a cell that does not fit a field of this type; null: there is none of its own. */
export function hintOf(text: string, type: FieldType): Hint | null {
  if (type === "text" || type === "bytes") return null;
  if (isEmptyWord(text)) return "no-value";
  if (type === "time") {
    if (isSerialDay(text)) return "time-serial";
    const isDate = yearLast.test(text) || dotted.test(text) || readingsOf(text).length > 0;
    return isDate && readTime(text) === null ? "time-order" : null;
  }
  if (type === "boolean" || text.length > 40) return null;
  if (comma.test(text)) return "number-comma";
  return wide.test(text) ? "number-wide" : null;
}
