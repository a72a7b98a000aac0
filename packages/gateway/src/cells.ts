import type { Cell, SchemaField } from "@tegata/ledger/chain";
import { limits } from "@tegata/ledger/chain";
import { fromBase64, toBase64 } from "@tegata/ledger/primitives";
import type { JsonCell } from "./api/schemas.ts";

const integerText = /^-?\d+$/;
const decimalText = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const timeLengthMax = 64;

/** A field that a row does not have. */
export const absentCell: Cell = Object.freeze([]) as readonly [];

/** A cell of a submission, or what it should have been. */
export type CellVerdict =
  | { readonly ok: true; readonly cell: Cell }
  | { readonly ok: false; readonly expected: string };

const expectedOf: Readonly<Record<SchemaField["type"], string>> = Object.freeze({
  text: "text",
  integer: "a whole number",
  decimal: 'a decimal as {"decimal":"1.50"} of at most 128 characters',
  boolean: "true or false",
  time: "a time as text",
  bytes: 'bytes as {"bytes":"base64"}',
});

/** Reads a JSON cell as a field of this type; null fits every type. */
export function readCell(json: JsonCell, type: SchemaField["type"]): CellVerdict {
  const cell = json === null ? null : typed(json, type);
  if (cell === undefined) return { ok: false, expected: expectedOf[type] };
  return { ok: true, cell };
}

function typed(json: Exclude<JsonCell, null>, type: SchemaField["type"]): Cell | undefined {
  switch (type) {
    case "text":
      return typeof json === "string" && json.isWellFormed() ? json : undefined;
    case "time":
      return typeof json === "string" && isTime(json) ? json : undefined;
    case "boolean":
      return typeof json === "boolean" ? json : undefined;
    case "integer":
      return number(json, integerText);
    case "decimal":
      return number(json, decimalText);
    case "bytes":
      if (typeof json !== "object" || !("bytes" in json)) return undefined;
      return fromBase64(json.bytes) ?? undefined;
  }
}

function isTime(text: string): boolean {
  return text.length <= timeLengthMax && text.isWellFormed() && /\d/.test(text);
}

/** A number that JSON can carry exactly, or its source text. */
function number(json: Exclude<JsonCell, null>, pattern: RegExp): Cell | undefined {
  if (typeof json === "number") return json === 0 ? 0 : json;
  if (typeof json !== "object" || !("decimal" in json)) return undefined;
  const { decimal } = json;
  const fits = decimal.length <= limits.decimalBytesMax && pattern.test(decimal);
  return fits ? [decimal] : undefined;
}

/** A cell as JSON; undefined for a field that the row does not have. */
export function toJsonCell(cell: Cell): JsonCell | undefined {
  if (cell instanceof Uint8Array) return { bytes: toBase64(cell) };
  if (!Array.isArray(cell)) return cell as JsonCell;
  const [decimal] = cell as readonly string[];
  return decimal === undefined ? undefined : { decimal };
}

/** About how many bytes a cell takes when it is sealed. */
export function cellBytes(cell: Cell): number {
  if (typeof cell === "string") return Buffer.byteLength(cell) + 5;
  if (cell instanceof Uint8Array) return cell.length + 5;
  if (Array.isArray(cell)) return ((cell as readonly string[])[0]?.length ?? 0) + 3;
  return 9;
}

/** A value of a request in a few characters, for messages to whoever sent it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
