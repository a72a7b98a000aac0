import { type Bodies, bodyShapes } from "@tegata/ledger/chain";
import { fromBytes, LedgerError, type MemberId, type Shape } from "@tegata/ledger/primitives";

/**
 * Whether bodies are rotations of this member's keys, signed by its root: without that signature the company
 * that carries them would change keys of its own.
 */
export function isCarriable(bodies: readonly Uint8Array[], member: MemberId): boolean {
  const shape = bodyShapes["rotate-key"] as Shape<Bodies["rotate-key"]>;
  try {
    return bodies.every((body) => {
      const { member: of, rootSignature } = fromBytes(shape, body);
      return of === member && rootSignature !== null;
    });
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}
