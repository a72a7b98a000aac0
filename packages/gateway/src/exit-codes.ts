import { LedgerError } from "@tegata/ledger/primitives";
import { SettingsError } from "@tegata/settings";
import { GatewayError } from "./errors.ts";

/** How the process ends. Source: sysexits.h for 70, 75 and 78; docs/ERRORS.md for 77. */
export const exitCodes = Object.freeze({
  stopped: 0,
  /** A fault of this program. */
  fault: 70,
  /** The machine or the moment: may work at the next start. */
  temporary: 75,
  /** Another gateway writes for this company: a person must look. */
  overtaken: 77,
  /** Files in the home folder are wrong: starting again does not help. */
  configuration: 78,
});

const configuration: ReadonlySet<string> = new Set([
  "GATEWAY_CONFIG_INVALID",
  "GATEWAY_HOME_MISMATCH",
  "GATEWAY_STORE_DAMAGED",
  "LEDGER_STORE_OTHER_FORMAT",
]);

/** Exit code for an error that ended the gateway. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof GatewayError) {
    if (error.code === "GATEWAY_OVERTAKEN") return exitCodes.overtaken;
    return configuration.has(error.code) ? exitCodes.configuration : exitCodes.temporary;
  }
  if (error instanceof SettingsError) return exitCodes.configuration;
  if (!(error instanceof LedgerError)) return exitCodes.fault;
  if (configuration.has(error.code)) return exitCodes.configuration;
  return error.code.startsWith("LEDGER_STORE_") ? exitCodes.temporary : exitCodes.configuration;
}
