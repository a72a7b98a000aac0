import { LineOutput } from "@tegata/ledger/storage";
import type { LogLevel } from "@tegata/settings";
import { type DestinationStream, type Logger, pino } from "pino";

export type { LogLevel };

/** Writes one JSON object a line. */
export type Log = Logger;

/**
 * Names under which something could slip in that a log must never hold: secrets, ciphertext, names of
 * streams. They are blanked wherever they stand on the first two levels.
 */
export const redactedNames: readonly string[] = Object.freeze([
  "seed",
  "networkSeed",
  "consensusSeed",
  "secret",
  "secrets",
  "passphrase",
  "token",
  "payload",
  "payloads",
  "plaintext",
  "body",
  "bytes",
  "transaction",
  "stream",
  "streamName",
  "sealed",
]);

/** A logger to a stream, or to stdout; `name` says which program of the house speaks. */
export function createLog(level: LogLevel, stream: DestinationStream | null): Log {
  const paths = redactedNames.flatMap((name) => [name, `*.${name}`]);
  const target = stream ?? new LineOutput(1);
  return pino({ level, base: { name: "node" }, redact: { paths, censor: "[redacted]" } }, target);
}
