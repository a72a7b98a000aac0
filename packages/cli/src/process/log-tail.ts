import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** An error as a program's log tells it. */
export interface LoggedError {
  readonly code: string;
  readonly message: string;
  readonly detail: unknown;
}

const tailBytesMax = 262_144;
const ourCode = /^(?:LEDGER|SETTINGS|CONSENSUS|NODE|GATEWAY|CLI)_[A-Z0-9_]+$/;
const errorLevel = 50;

/** What a program says on stderr before it ends: `error: MESSAGE (CODE)`, then `why: REASON`. */
const spoken = /^error: (.*) \(([A-Z][A-Z0-9_]+)\)$/;
const reason = /^why: +(\{.*\})$/;

/**
 * The last error that a program wrote into its log since `start`: a line of JSON, or its last words on
 * stderr, with one of our codes; null when there is none.
 */
export function lastLoggedError(path: string, start: number): LoggedError | null {
  let detail: unknown = null;
  for (const line of tail(path, start).split("\n").reverse()) {
    const [, why = null] = reason.exec(line) ?? [];
    if (why !== null) detail = parse(why);
    const found = read(line);
    if (found !== null) return { ...found, detail: found.detail ?? detail };
  }
  return null;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function tail(path: string, start: number): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.max(size < start ? 0 : start, size - tailBytesMax);
    const bytes = Buffer.alloc(size - from);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

function read(line: string): LoggedError | null {
  const [, message = "", code = ""] = spoken.exec(line) ?? [];
  if (ourCode.test(code)) return { code, message, detail: null };
  if (!line.startsWith("{")) return null;
  const entry = parse(line) as Readonly<Record<string, unknown>> | null;
  if (entry === null || typeof entry.level !== "number" || entry.level < errorLevel) return null;
  for (const place of [entry.err, entry.error, entry]) {
    if (typeof place !== "object" || place === null) continue;
    const { code, message, msg, detail } = place as Readonly<Record<string, unknown>>;
    if (typeof code !== "string" || !ourCode.test(code)) continue;
    return { code, message: String(message ?? msg ?? code), detail: detail ?? null };
  }
  return null;
}
