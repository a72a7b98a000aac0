import { importKey, type MachineKey, signerOf, verifies } from "#machine";
import { assert } from "./assert.ts";
import { isAdmissiblePoint, isCanonicalScalar } from "./curve-points.ts";
import { tagPrefix } from "./hash.ts";
import { checkLength, concat, idBytes, type NetworkId, type PublicKey, publicKey } from "./ids.ts";

/** Importing a key costs a third of a verification; the bound holds every key of a large network. */
const cachedKeysMax = 4_096;
const cachedKeys: Map<PublicKey, MachineKey> = new Map();

/** The network id of what is signed before a network exists, such as member cards. */
export const ZERO_NETWORK = "00".repeat(32) as NetworkId;

/** Signs with one Ed25519 key; the key itself cannot be read back. */
export interface Signer {
  readonly publicKey: PublicKey;
  /** Deterministic signature of 64 bytes. Source: RFC 8032 section 5.1.6. */
  sign(message: Uint8Array): Uint8Array;
}

/** The key as this machine uses it, or null where the bytes may not stand for a key; the least recently used makes room. */
function machineKey(key: PublicKey): MachineKey | null {
  const known = cachedKeys.get(key);
  if (known !== undefined) {
    cachedKeys.delete(key);
    cachedKeys.set(key, known);
    return known;
  }
  const point = idBytes(key);
  if (!isAdmissiblePoint(point)) return null;
  const imported = importKey(point);
  if (imported === null) return null;
  if (cachedKeys.size >= cachedKeysMax) {
    for (const oldest of cachedKeys.keys()) {
      cachedKeys.delete(oldest);
      break;
    }
  }
  cachedKeys.set(key, imported);
  return imported;
}

/**
 * Verifies an Ed25519 signature under the rule *strict cofactorless*: 64 bytes, S < L, A and R canonical
 * and of no small-order encoding, all checked here so that no library can widen it, and then
 * [S]B - [k]A encodes exactly to R. Answers false to anything a stranger may send.
 * Source: RFC 8032 section 5.1.7 without the cofactor; docs/PROTOCOL.md, Signatures.
 */
export function verifySignature(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64) return false;
  if (!isCanonicalScalar(signature.subarray(32))) return false;
  if (!isAdmissiblePoint(signature.subarray(0, 32))) return false;
  const imported = machineKey(key);
  return imported !== null && verifies(imported, message, signature);
}

/**
 * Makes a signer from the 32-byte seed, which the caller may overwrite afterwards.
 * @throws LEDGER_BAD_LENGTH
 */
export function createSigner(seed: Uint8Array): Signer {
  checkLength(seed, 32, "signing seed");
  const { point, sign } = signerOf(seed);
  return Object.freeze({ publicKey: publicKey(point), sign });
}

interface SignHead {
  readonly network: NetworkId;
  readonly era: number;
  readonly bytes: Uint8Array;
}

/** The last beginning of each tag: a program signs for one network and one era at a time. */
const signHeads: Map<string, SignHead> = new Map();

/** What is signed before the hash. */
function signHead(tag: string, network: NetworkId, era: number): Uint8Array {
  const known = signHeads.get(tag);
  if (known?.network === network && known.era === era) return known.bytes;
  assert(Number.isInteger(era) && era >= 0 && era <= 0xffff_ffff, "an era fits four bytes");
  const networkBytes = idBytes(network);
  checkLength(networkBytes, 32, "network id");
  const eraBytes = new Uint8Array(4);
  new DataView(eraBytes.buffer).setUint32(0, era);
  const bytes = concat(tagPrefix(`sign/${tag}`), networkBytes, eraBytes);
  signHeads.set(tag, { network, era, bytes });
  return bytes;
}

/**
 * What is signed: the tag's prefix (`tegata/1/sign/` + tag), the network, the era as four big-endian bytes
 * and the hash. A signature can thus never serve in another network, era or role.
 * Source: docs/PROTOCOL.md, Signatures.
 * @throws LEDGER_BAD_LENGTH unless the hash has 32 bytes
 */
export function signBytes(
  tag: string,
  network: NetworkId,
  era: number,
  hash: Uint8Array,
): Uint8Array {
  checkLength(hash, 32, "signed hash");
  return concat(signHead(tag, network, era), hash);
}
