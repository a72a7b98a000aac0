import { accepted } from "../../primitives/errors.ts";
import type { TransactionVerdict } from "../refusal.ts";

/**
 * Takes up the sequence of an entry that was refused for good. The rules of all transactions suffice,
 * and it changes nothing beside its lane.
 */
export function checkVoid(): TransactionVerdict {
  return accepted;
}
