import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { checkLength } from "@tegata/ledger/primitives";

/** Which local database a key is for. */
export type LocalStore = "outbox" | "index";

/** Keys of one local database. */
export interface LocalKeys {
  readonly store: LocalStore;
  /** Hides the names under which values lie. */
  readonly nameKey: KeyObject;
  /** Turns blocks of 16 bytes into others and back. */
  readonly blockKey: KeyObject;
  /** What the encryption of values starts from. */
  readonly valueKey: KeyObject;
}

/** HMAC-SHA-256 of a text under a key, as a further key. */
function derive(key: KeyObject, label: string): KeyObject {
  return createSecretKey(createHmac("sha256", key).update(label).digest());
}

/**
 * Keys of one database from the gateway's local key. Source: docs/PROTOCOL.md section 9.
 * @throws LEDGER_BAD_LENGTH unless the local key has 32 bytes
 */
export function deriveLocalKeys(localKey: Uint8Array, store: LocalStore): LocalKeys {
  checkLength(localKey, 32, "local key");
  const key = createSecretKey(localKey);
  return {
    store,
    nameKey: derive(key, `tegata/1/local/${store}/names`),
    blockKey: derive(key, `tegata/1/local/${store}/blocks`),
    valueKey: derive(key, `tegata/1/local/${store}/values`),
  };
}
