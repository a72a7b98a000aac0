/** Takes out of texts what must not leave the company. */
export interface Scrubber {
  /** Any text: known secrets, names of streams and what looks like a key or a token are blanked. */
  text(text: string): string;
  /** A line of a log, as much of it as is known to be harmless; null: none of it. */
  logLine(line: string): string | null;
}

/** Text that stands for something that was taken out. */
const removed = "[removed]";
/** Names shorter than this are parts of other words. */
const nameLengthMin = 3;
/** Runs of letters and digits as long as a key that are no id: ids are hex, and public. */
const keyLike = /[A-Za-z0-9_-]{32,}={0,2}/g;
const hexOnly = /^[0-9a-f]+$/;
const bearer = /\b(Bearer|Basic)\s+\S+/gi;
const inUrl = /\/\/[^/\s@]+@/g;

/** Fields of a log line that say what happened and hold no word of the business. */
const logFields: ReadonlySet<string> = new Set([
  ...["time", "level", "name", "program", "msg", "code", "type", "event", "exit", "pauseMs"],
  ...["height", "round", "step", "era", "network", "member", "company", "proposer", "self"],
  ...["standing", "sinceHeight", "offenceHeight", "records", "count", "pid", "version"],
  ...["reason", "isDialed", "address", "addresses", "host", "atMs", "strangers", "handshakes"],
  ...["writer", "waiting", "done", "of", "kind", "aheadMs", "writingMs", "transactions", "timeMs"],
]);
const errorFields: ReadonlySet<string> = new Set(["type", "code", "name"]);
const spoken = /^(error|next): .*?(\([A-Z][A-Z0-9_]+\))?$/;
const stackLine = /^\s+at .*$/;

/** A scrubber that knows these words besides what looks like a secret. */
export function createScrubber(known: readonly string[]): Scrubber {
  const names = [...new Set(known)].filter((word) => word.length >= nameLengthMin);
  names.sort((one, other) => other.length - one.length);
  const text = (given: string): string => {
    let clean = given;
    for (const name of names) clean = clean.replaceAll(name, removed);
    return clean
      .replaceAll(bearer, `$1 ${removed}`)
      .replaceAll(inUrl, "//")
      .replaceAll(keyLike, (found) => (hexOnly.test(found) || isWords(found) ? found : removed));
  };
  return { text, logLine: (line) => logLine(line, text) };
}

/** Codes and words that were joined are long, too. */
function isWords(found: string): boolean {
  return /^(?:[A-Z]+|[a-z]+)(?:[_-](?:[A-Z]+|[a-z]+))*$/.test(found) && /[_-]/.test(found);
}

function logLine(line: string, scrub: (text: string) => string): string | null {
  if (line.trim() === "") return null;
  if (!line.startsWith("{")) {
    if (stackLine.test(line)) return scrub(line);
    const [, what, code = ""] = spoken.exec(line) ?? [];
    return what === undefined || code === "" ? removed : `${what}: ${code}`;
  }
  try {
    return scrub(JSON.stringify(harmless(JSON.parse(line) as Readonly<Record<string, unknown>>)));
  } catch {
    return removed;
  }
}

/** The message of an error may quote what a person wrote; its code and its place in the program do not. */
function harmless(entry: Readonly<Record<string, unknown>>): object {
  const fields = Object.entries(entry).filter(([name, value]) => {
    const isPlain = typeof value !== "object" || value === null || isListOfPlain(value);
    return logFields.has(name) && isPlain;
  });
  const { err } = entry;
  if (typeof err !== "object" || err === null) return Object.fromEntries(fields);
  const { stack = "" } = err as { readonly stack?: unknown };
  const places = String(stack)
    .split("\n")
    .filter((line) => stackLine.test(line));
  const told = Object.entries(err).filter(([name]) => errorFields.has(name));
  return { ...Object.fromEntries(fields), err: { ...Object.fromEntries(told), places } };
}

function isListOfPlain(value: object): boolean {
  return Array.isArray(value) && value.every((one) => typeof one !== "object");
}
