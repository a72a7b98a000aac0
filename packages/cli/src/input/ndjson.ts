import { CliError } from "../errors.ts";
import { columnCountMax } from "./csv.ts";
import { broken, readLines } from "./lines.ts";
import { type InputProblem, problem } from "./problem.ts";
import { absent, type Chunks, JsonNumber, type ReadEvent, type SourceCell } from "./row.ts";

/** A flat JSON object in the order of its keys. */
export type JsonRow = ReadonlyMap<string, SourceCell>;

/** What a line holds, or what is wrong with it. */
export type JsonLine =
  | { readonly ok: true; readonly row: JsonRow }
  | { readonly ok: false; readonly problem: InputProblem };

/** One JSON object a line. `fields`: the columns to give; a key outside them is a problem. */
export interface NdjsonOptions {
  readonly fields: readonly string[];
}

/**
 * Rows of newline-delimited JSON: flat objects of scalars, each key once, numbers as their source
 * text. A missing key gives an absent cell; blank lines are skipped.
 * Source: RFC 8259; RFC 7493 (I-JSON) for unique keys.
 * @throws CLI_INPUT_BROKEN for a bad encoding or line
 */
export async function* readNdjson(
  chunks: Chunks,
  { fields }: NdjsonOptions,
): AsyncGenerator<ReadEvent> {
  yield { type: "columns", line: 1, columns: fields };
  const known = new Set(fields);
  for await (const { line, text } of readLines(chunks, "utf-8")) {
    if (isBlank(text)) continue;
    const parsed = parseJsonLine(text, line);
    if (!parsed.ok) {
      yield { type: "problem", problem: parsed.problem };
      continue;
    }
    const unknown = [...parsed.row.keys()].find((key) => !known.has(key));
    if (unknown !== undefined) {
      const found = problem(line, unknown, "field-unknown", { known: fields }, unknown);
      yield { type: "problem", problem: found };
      continue;
    }
    const cells = fields.map((field) => parsed.row.get(field) ?? missing(parsed.row, field));
    yield { type: "row", row: { line, cells } };
  }
}

/** A key whose value is null is there; `??` alone cannot tell it from one that is not. */
function missing(row: JsonRow, field: string): SourceCell {
  return row.has(field) ? null : absent;
}

/**
 * The keys of the first rows in order of appearance: the columns of a sample.
 * @throws CLI_INPUT_BROKEN for a bad line, for no key at all, or for more keys than a stream has fields
 */
export async function ndjsonFields(chunks: Chunks, rowCountMax: number): Promise<string[]> {
  const fields = new Set<string>();
  let rows = 0;
  let wrong: InputProblem | null = null;
  for await (const { line, text } of readLines(chunks, "utf-8")) {
    if (rows === rowCountMax) break;
    if (isBlank(text)) continue;
    rows += 1;
    const parsed = parseJsonLine(text, line);
    if (!parsed.ok) {
      wrong ??= parsed.problem;
      continue;
    }
    for (const key of parsed.row.keys()) fields.add(key);
    if (fields.size > columnCountMax) {
      throw broken(line, null, "column-count", { countMax: columnCountMax }, `${fields.size}`);
    }
  }
  if (fields.size > 0) return [...fields];
  throw new CliError("CLI_INPUT_BROKEN", {
    problem: wrong ?? problem(1, null, "no-object", null, ""),
  });
}

/** Reads one line as a flat JSON object. */
export function parseJsonLine(text: string, line: number): JsonLine {
  let value: unknown;
  try {
    value = JSON.parse(text, keepNumbers);
  } catch {
    return { ok: false, problem: problem(line, null, "json", null, text) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, problem: problem(line, null, "json-object", null, text) };
  }
  if (value instanceof JsonNumber) {
    return { ok: false, problem: problem(line, null, "json-object", null, text) };
  }
  const row = new Map<string, SourceCell>();
  for (const [key, cell] of Object.entries(value)) {
    if (!isScalar(cell)) {
      const got = Array.isArray(cell) ? "[…]" : "{…}";
      return { ok: false, problem: problem(line, key, "json-nested", null, got) };
    }
    row.set(key, cell);
  }
  const twice = keyGivenTwice(text, row.size);
  if (twice === null) return { ok: true, row };
  return { ok: false, problem: problem(line, twice, "json-key-twice", null, twice) };
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}

function isScalar(value: unknown): value is SourceCell {
  return value === null || typeof value !== "object" || value instanceof JsonNumber;
}

function keepNumbers(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? new JsonNumber(context?.source ?? `${value}`) : value;
}

/**
 * JSON.parse keeps the last of two equal keys. In a valid flat object a string before a colon is a
 * key, so counting those finds a second one. Null: every key stands once.
 */
function keyGivenTwice(text: string, keyCount: number): string | null {
  const keys: string[] = [];
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon !== undefined) keys.push(token.slice(0, token.length - colon.length));
  }
  if (keys.length === keyCount) return null;
  const seen = new Set<string>();
  for (const key of keys) {
    const name = JSON.parse(key) as string;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}
