import { accepted } from "../../primitives/errors.ts";
import {
  checkEncryptionKey,
  checkSigningKey,
  encryptionKeyBytes,
} from "../../primitives/key-admission.ts";
import { readKeyOwner } from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { StateReader } from "../state-view.ts";

/** Admission takes milliseconds and a waiting transaction is judged again after every block. */
const known = new WeakMap<Uint8Array, boolean>();

function isAdmissible(key: Uint8Array): boolean {
  const before = known.get(key);
  if (before !== undefined) return before;
  const check = key.length === encryptionKeyBytes ? checkEncryptionKey : checkSigningKey;
  const answer = (key.length === encryptionKeyBytes || key.length === 32) && check(key).ok;
  known.set(key, answer);
  return answer;
}

/** Whether a key may serve, in whatever role its length is of. */
export function checkAdmission(key: Uint8Array): TransactionVerdict {
  return isAdmissible(key) ? accepted : refuseTransaction("LEDGER_KEY_REFUSED");
}

/** Whether a key was never seen on this ledger. */
export function checkNew(view: StateReader, key: Uint8Array): TransactionVerdict {
  const owner = readKeyOwner(view, key);
  if (owner === null) return accepted;
  return refuseTransaction("LEDGER_KEY_USED", { member: owner.member, use: owner.use });
}
