import { decode, LedgerError } from "@tegata/ledger/primitives";
import { type Door, verdictOf } from "../door.ts";

/** Whether the bytes are one value in the one form it has, within the limits of the protocol. */
export function isCanonical(bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}

/** A door whose bytes are one value in the canonical encoding, read by a function that throws its refusals. */
export function canonicalDoor(
  door: Pick<Door, "name" | "what" | "limit" | "samples"> & {
    readonly read: (bytes: Uint8Array) => unknown;
    readonly errors?: Parameters<typeof verdictOf>[1];
    readonly nullCode?: string;
  },
): Door {
  const { errors = [LedgerError], nullCode = null, ...rest } = door;
  return {
    ...rest,
    form: "canonical",
    isOuter: isCanonical,
    read: (bytes) => verdictOf(() => door.read(bytes), errors, nullCode),
  };
}
