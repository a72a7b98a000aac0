import {
  AEAD_AES_256_GCM,
  CipherSuite,
  DecapError,
  KDF_HKDF_SHA256,
  type KEM,
  type Key,
  OpenError,
} from "hpke";
import {
  assert,
  concat,
  encryptionKeyBytes,
  type Refusal,
  refuse,
  sha256,
  toHex,
} from "../primitives/index.ts";
import { tagBytes } from "./aead.ts";
import {
  decapsulateXwing,
  encapsulateXwing,
  encapsulationBytes,
  importXwingKey,
  type XwingKeyPair,
  type XwingPublicKey,
  xwingSeedBytes,
} from "./xwing.ts";

/** What a seal adds to its plaintext: 1,120 bytes of encapsulation and a tag of 16. */
export const sealOverheadBytes: number = encapsulationBytes + tagBytes;

/** Keys of our own under the names the package asks for. */
interface PublicKey extends Key {
  readonly type: "public";
  readonly xwing: XwingPublicKey;
}
interface PrivateKey extends Key {
  readonly type: "private";
  readonly xwing: XwingKeyPair;
}

const algorithm = Object.freeze({ name: "X-Wing" });
const importedKeysMax = 256;
const importedKeys: Map<string, XwingPublicKey> = new Map();

function outsideOfUse(): Promise<never> {
  return Promise.reject(new Error("keys are made and read by the vault alone"));
}

/**
 * X-Wing for the package, on native keys that are imported once. The package's own runs over parts of
 * WebCrypto that the runtime calls experimental, with warnings on standard error, and takes longer.
 * Source: draft-ietf-hpke-pq (KEM 0x647a).
 */
function createKem(): KEM<PublicKey | PrivateKey> {
  return {
    id: 0x647a,
    type: "KEM",
    name: algorithm.name,
    Nsecret: 32,
    Nenc: encapsulationBytes,
    Npk: encryptionKeyBytes,
    Nsk: xwingSeedBytes,
    DeriveKeyPair: outsideOfUse,
    GenerateKeyPair: outsideOfUse,
    SerializePublicKey: outsideOfUse,
    DeserializePublicKey: outsideOfUse,
    SerializePrivateKey: outsideOfUse,
    DeserializePrivateKey: outsideOfUse,
    async Encap(receiver) {
      assert(receiver.type === "public", "a seal is made to a public key");
      const { sharedSecret, encapsulated } = encapsulateXwing(receiver.xwing);
      return { shared_secret: sharedSecret, enc: encapsulated };
    },
    async Decap(encapsulated, receiver) {
      assert(receiver.type === "private", "a seal is opened with a key pair");
      const sharedSecret = decapsulateXwing(receiver.xwing, encapsulated);
      if (sharedSecret === null) throw new Error("no shared secret");
      return sharedSecret;
    },
  };
}

const suite = new CipherSuite(createKem, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

function imported(bytes: Uint8Array): XwingPublicKey {
  const name = toHex(sha256(bytes));
  const known = importedKeys.get(name);
  const key = known ?? importXwingKey(bytes);
  importedKeys.delete(name);
  importedKeys.set(name, key);
  if (importedKeys.size > importedKeysMax) {
    for (const oldest of importedKeys.keys()) {
      importedKeys.delete(oldest);
      break;
    }
  }
  return key;
}

/**
 * Seals to the X-Wing key of 1,216 bytes: HPKE base mode, single shot, HKDF-SHA256, AES-256-GCM, no aad.
 * Gives the encapsulation (1,120 bytes), then the ciphertext (plaintext and 16 bytes); `info` is bound and
 * not sent. Source: RFC 9180 section 6.1; docs/PROTOCOL.md section 3.
 * @throws LEDGER_BAD_ENCRYPTION_KEY unless `checkEncryptionKey` accepts the key
 */
export async function sealTo(
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const key: PublicKey = {
    algorithm,
    extractable: true,
    type: "public",
    xwing: imported(publicKey),
  };
  const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plaintext, { info });
  assert(encapsulatedSecret.length === encapsulationBytes, "an encapsulation has its exact length");
  assert(ciphertext.length === plaintext.length + tagBytes, "a ciphertext has its exact length");
  return concat(encapsulatedSecret, ciphertext);
}

/** A seal's plaintext, or why there is none. */
export type OpenedSeal =
  | { readonly ok: true; readonly plaintext: Uint8Array }
  | Refusal<"LEDGER_SEAL_NOT_OPENED">;

/**
 * Opens what {@link sealTo} made with the same `info`. Refuses anything else with one code, because a seal for
 * another key, another `info` and changed bytes cannot be told apart.
 */
export async function openSealed(
  keyPair: XwingKeyPair,
  info: Uint8Array,
  sealed: Uint8Array,
): Promise<OpenedSeal> {
  if (sealed.length < sealOverheadBytes) return refuse("LEDGER_SEAL_NOT_OPENED");
  const key: PrivateKey = { algorithm, extractable: false, type: "private", xwing: keyPair };
  const encapsulated = sealed.slice(0, encapsulationBytes);
  const ciphertext = sealed.slice(encapsulationBytes);
  try {
    const plaintext = await suite.Open(key, encapsulated, ciphertext, { info });
    return { ok: true, plaintext };
  } catch (error) {
    if (error instanceof DecapError || error instanceof OpenError) {
      return refuse("LEDGER_SEAL_NOT_OPENED");
    }
    throw error;
  }
}
