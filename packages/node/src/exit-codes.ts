import { LedgerError } from "@tegata/ledger/primitives";
import { NodeError } from "./errors.ts";

/** How the process ends. Source: sysexits.h for 70, 75 and 78; docs/ERRORS.md for the others. */
export const exitCodes = Object.freeze({
  stopped: 0,
  /** A fault of this program. */
  fault: 70,
  /** The machine or the moment: may work at the next start. */
  temporary: 75,
  /** The chain here and the chain of the network differ: a person must look. */
  diverged: 76,
  /** It is not known what was signed: a person must look. */
  signStateUnsafe: 77,
  /** Files in the home folder are wrong: starting again does not help. */
  configuration: 78,
});

const diverged: ReadonlySet<string> = new Set(["NODE_DIVERGED", "NODE_TWO_DECISIONS"]);

const configuration: ReadonlySet<string> = new Set([
  "NODE_CONFIG_INVALID",
  "NODE_HOME_MISMATCH",
  "NODE_BAD_MEMBER",
  "LEDGER_STORE_OTHER_NETWORK",
  "LEDGER_STORE_OTHER_FORMAT",
]);

const configurationPrefixes = ["LEDGER_KEYSTORE_", "LEDGER_SECRET_FILE_", "LEDGER_GENESIS_"];

/** Exit code for an error that ended the node. */
export function exitCodeOf(error: unknown): number {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (typeof code !== "string") return exitCodes.fault;
  if (diverged.has(code)) return exitCodes.diverged;
  if (code.startsWith("CONSENSUS_GUARD_")) return exitCodes.signStateUnsafe;
  const isConfiguration =
    configuration.has(code) || configurationPrefixes.some((prefix) => code.startsWith(prefix));
  if (isConfiguration) return exitCodes.configuration;
  if (error instanceof NodeError) return exitCodes.temporary;
  if (!(error instanceof LedgerError)) return exitCodes.fault;
  return code.startsWith("LEDGER_STORE_") ? exitCodes.temporary : exitCodes.configuration;
}
