import { LedgerError } from "../primitives/errors.ts";
import { sha256 } from "../primitives/hash.ts";
import { toHex } from "../primitives/ids.ts";
import { bytes, type Infer, list, record } from "../primitives/shape.ts";
import { limits } from "./limits.ts";
import { decodeTransaction, type Transaction } from "./transaction.ts";

/** `[transaction bytes, [payload…]]`, as messages carry it. Source: docs/PROTOCOL.md, Transaction. */
export const sidecarShape = record({
  transaction: bytes(limits.transactionBytesMax),
  payloads: list(bytes(limits.payloadBytesMax), limits.payloadsMax),
});

/** A transaction with its payloads as they travel, before anything of it is checked. */
export type SidecarBytes = Infer<typeof sidecarShape>;

/** A transaction together with exactly the payloads that it names. */
export interface Sidecar {
  readonly transaction: Transaction;
  readonly payloads: readonly Uint8Array[];
}

function mismatch(index: number, reason: string): LedgerError<"LEDGER_SIDECAR_MISMATCH"> {
  const message = `payload ${index} is not the one its transaction names: ${reason}`;
  return new LedgerError("LEDGER_SIDECAR_MISMATCH", message, { index, reason });
}

/**
 * Checks that payloads are those a transaction names: their number, lengths and hashes.
 * @throws LEDGER_SIDECAR_MISMATCH
 */
export function checkPayloads(transaction: Transaction, payloads: readonly Uint8Array[]): void {
  if (payloads.length !== transaction.payloads.length) {
    throw mismatch(Math.min(payloads.length, transaction.payloads.length), "count");
  }
  for (const index of payloads.keys()) {
    checkPayload(transaction, index, payloads[index] as Uint8Array);
  }
}

/**
 * Checks that bytes are the payload of this index, such as one that was asked for alone.
 * @throws LEDGER_SIDECAR_MISMATCH
 */
export function checkPayload(transaction: Transaction, index: number, payload: Uint8Array): void {
  const reference = transaction.payloads[index];
  if (reference === undefined) throw mismatch(index, "count");
  if (payload.length !== reference.size) throw mismatch(index, "length");
  if (toHex(sha256(payload)) !== reference.hash) throw mismatch(index, "hash");
}

/**
 * Opens what came over the wire: decodes the transaction and checks its payloads. Nothing is said about
 * the signature or the rules of the ledger.
 * @throws LEDGER_SIDECAR_MISMATCH, and what `decodeTransaction` throws
 */
export function openSidecar(sidecar: SidecarBytes): Sidecar {
  const transaction = decodeTransaction(sidecar.transaction);
  checkPayloads(transaction, sidecar.payloads);
  return { transaction, payloads: sidecar.payloads };
}
