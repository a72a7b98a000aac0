import { LineOutput } from "@tegata/ledger/storage";
import type { LogLevel } from "@tegata/settings";
import { type DestinationStream, type Logger, pino } from "pino";

export type { LogLevel };

/** Writes one JSON object a line. */
export type Log = Logger;

/**
 * Names under which something could slip in that a log must never hold: names of streams, facets and
 * fields, cells and keys. They are blanked wherever they stand on the first two levels.
 */
export const redactedNames: readonly string[] = Object.freeze([
  "authorization",
  "body",
  "bytes",
  "cell",
  "cells",
  "detail",
  "document",
  "facet",
  "facets",
  "field",
  "fields",
  "key",
  "keys",
  "localKey",
  "name",
  "passphrase",
  "payload",
  "path",
  "plaintext",
  "root",
  "rows",
  "schema",
  "secret",
  "seed",
  "stream",
  "streamName",
  "token",
  "url",
]);

/** A logger to a stream, or to stdout. */
export function createLog(level: LogLevel, stream: DestinationStream | null): Log {
  const paths = redactedNames.flatMap((name) => [name, `*.${name}`]);
  const target = stream ?? new LineOutput(1);
  const options = { level, base: { program: "gateway" }, redact: { paths, censor: "[redacted]" } };
  return pino(options, target);
}
