import { decode, LedgerError } from "@tegata/ledger/primitives";
import { type Coder, type Door, verdictOf } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";

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

/** Lines of text that hold canonical bytes behind a prefix, as people hand them on; `headBytes` are a checksum. */
export function lineCoder(
  prefix: string,
  headBytes = 0,
  headOf: (body: Uint8Array) => Uint8Array = () => new Uint8Array(0),
): Coder {
  return {
    read: (sample) => {
      const bytes = Buffer.from(textOf(sample).trim().slice(prefix.length), "base64url");
      return bytes.subarray(headBytes).toString("base64");
    },
    write: (tree) => {
      if (typeof tree !== "string") return null;
      const body = Buffer.from(tree, "base64");
      const bytes = Buffer.concat([headOf(Uint8Array.from(body)), body]);
      return textBytes(`${prefix}${bytes.toString("base64url")}\n`);
    },
  };
}
