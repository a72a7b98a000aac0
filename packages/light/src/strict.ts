import { LedgerError } from "@tegata/ledger/primitives";

/** Runs a strict decoder over a stranger's bytes; what it refuses is a null here. */
export function readOrNull<T>(decoder: () => T): T | null {
  try {
    return decoder();
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}
