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
  /** The members went on to a version of the protocol that this program does not follow: update it. */
  outdated: 79,
});

const diverged: ReadonlySet<string> = new Set([
  "NODE_DIVERGED",
  "NODE_TWO_DECISIONS",
  "NODE_TRUSTED_BLOCK",
]);

const signStateUnsafe: ReadonlySet<string> = new Set([
  "NODE_SIGN_STATE_SHARED",
  "NODE_GUARD_FOREIGN",
]);

const configuration: ReadonlySet<string> = new Set([
  "NODE_CONFIG_INVALID",
  "NODE_HOME_MISMATCH",
  "NODE_BAD_MEMBER",
  "LEDGER_STORE_OTHER_NETWORK",
  "LEDGER_STORE_OTHER_FORMAT",
  "LEDGER_STORE_DAMAGED",
]);

/** Exit code for an error that ended the node. */
export function exitCodeOf(error: unknown): number {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (typeof code !== "string") return exitCodes.fault;
  if (code === "NODE_OUTDATED") return exitCodes.outdated;
  if (diverged.has(code)) return exitCodes.diverged;
  if (signStateUnsafe.has(code)) return exitCodes.signStateUnsafe;
  if (configuration.has(code)) return exitCodes.configuration;
  const [house, family] = code.split("_");
  if (house === "CONSENSUS") {
    return family === "GUARD" ? exitCodes.signStateUnsafe : exitCodes.fault;
  }
  if (house === "SETTINGS") return exitCodes.configuration;
  if (house === "NODE") return exitCodes.temporary;
  // What the ledger cannot read of genesis, keystore and secret files is wrong for good.
  if (house === "LEDGER") return family === "STORE" ? exitCodes.temporary : exitCodes.configuration;
  return exitCodes.fault;
}
