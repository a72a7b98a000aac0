import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  scrypt,
} from "node:crypto";
import { type Role, roleShape } from "../chain/roles.ts";
import {
  checkLength,
  concat,
  fixedBytes,
  fromBytes,
  LedgerError,
  list,
  literal,
  toBytes,
  tuple,
} from "../primitives/index.ts";

/** A working key that came after the first one of its role, or is to come. */
export interface LaterSeed {
  readonly role: Role;
  /** 32 bytes. */
  readonly seed: Uint8Array;
}

/** Later keys that a keystore takes: sixteen versions of each role. */
export const laterSeedsMax = 64;

/** Secret keys of the node: its identity on the network and its vote. 32 bytes each. */
export interface NodeSecret {
  readonly role: "node";
  readonly networkSeed: Uint8Array;
  readonly consensusSeed: Uint8Array;
  /** Oldest first; the ledger says which of them serves. */
  readonly laterSeeds?: readonly LaterSeed[];
}

/** Secret keys of the gateway: its signature, its encryption and its own files. 32 bytes each. */
export interface GatewaySecret {
  readonly role: "gateway";
  readonly transactionSeed: Uint8Array;
  readonly encryptionSeed: Uint8Array;
  readonly localKey: Uint8Array;
  /** Oldest first; the ledger says which of them serves. */
  readonly laterSeeds?: readonly LaterSeed[];
}

/** What a keystore file holds. */
export type KeystoreSecret = NodeSecret | GatewaySecret;
/** Which process a keystore is for. */
export type KeystoreRole = KeystoreSecret["role"];
/** The secret of a role. */
export type SecretOf<Role extends KeystoreRole> = Extract<KeystoreSecret, { role: Role }>;

/** What sealing takes; storage draws no randomness, so salt and nonce come from the caller, fresh each time. */
export interface KeystoreSealing {
  readonly secret: KeystoreSecret;
  readonly passphrase: string;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** {@link scryptCost}, or {@link scryptCostThrowAway} for keys that protect nothing. */
  readonly N: number;
}

/** scrypt's N for keys that matter: 128 MiB and about half a second. Source: docs/PROTOCOL.md section 3. */
export const scryptCost = 131_072;
/** scrypt's N for the throw-away keys of a demonstration. */
export const scryptCostThrowAway = 4_096;

const FORMAT = "tegata-keystore/1";
const blockSize = 8;
const parallelism = 1;
const keyBytes = 32;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
/** A later key with its role in the canonical encoding. */
const laterSeedBytes = 1 + 1 + 34;
/** An array of a version and two or three keys in the canonical encoding, and the tag. */
const ciphertextBytes = Object.freeze({
  node: 2 + 2 * 34 + tagBytes,
  gateway: 2 + 3 * 34 + tagBytes,
});
/** A keystore file is about 400 characters. */
const textLengthMax = 16_384;
const passphraseLengthMax = 1_024;
/** What a reader grants at most. Source: docs/PROTOCOL.md section 3. */
const costMax = Object.freeze({ N: 2 ** 20, r: 32, p: 16, memoryBytes: 2 ** 30 });

/** What one key from a passphrase costs. Source: RFC 7914. */
export interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

interface KeystoreFile extends Cost {
  readonly role: string;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const seed = fixedBytes(32);
const later = list(tuple(roleShape, seed), laterSeedsMax);
const nodeShape = tuple(literal(1), seed, seed);
const gatewayShape = tuple(literal(1), seed, seed, seed);
const laterNodeShape = tuple(literal(2), seed, seed, later);
const laterGatewayShape = tuple(literal(2), seed, seed, seed, later);

/** Without later keys the bytes are those that every version of the program reads. */
function encodeSecret(secret: KeystoreSecret): Uint8Array {
  const more = (secret.laterSeeds ?? []).map((one) => [one.role, one.seed] as const);
  if (secret.role === "node") {
    const { networkSeed, consensusSeed } = secret;
    return more.length === 0
      ? toBytes(nodeShape, [1, networkSeed, consensusSeed])
      : toBytes(laterNodeShape, [2, networkSeed, consensusSeed, more]);
  }
  const { transactionSeed, encryptionSeed, localKey } = secret;
  return more.length === 0
    ? toBytes(gatewayShape, [1, transactionSeed, encryptionSeed, localKey])
    : toBytes(laterGatewayShape, [2, transactionSeed, encryptionSeed, localKey, more]);
}

function decodeSecret(role: KeystoreRole, plaintext: Uint8Array): KeystoreSecret {
  const isFirst = plaintext.length + tagBytes === ciphertextBytes[role];
  const seedsOf = (more: readonly (readonly [Role, Uint8Array])[]): readonly LaterSeed[] =>
    more.map(([of, bytes]) => ({ role: of, seed: bytes }));
  if (role === "node") {
    if (isFirst) {
      const [, networkSeed, consensusSeed] = fromBytes(nodeShape, plaintext);
      return { role, networkSeed, consensusSeed };
    }
    const [, networkSeed, consensusSeed, more] = fromBytes(laterNodeShape, plaintext);
    return { role, networkSeed, consensusSeed, laterSeeds: seedsOf(more) };
  }
  if (isFirst) {
    const [, transactionSeed, encryptionSeed, localKey] = fromBytes(gatewayShape, plaintext);
    return { role, transactionSeed, encryptionSeed, localKey };
  }
  const [, transactionSeed, encryptionSeed, localKey, more] = fromBytes(
    laterGatewayShape,
    plaintext,
  );
  return { role, transactionSeed, encryptionSeed, localKey, laterSeeds: seedsOf(more) };
}

function additionalData(role: string): Uint8Array {
  return Buffer.from(`${FORMAT}/${role}`, "utf8");
}

/** One text has one key, however its accents were typed. Runs outside the main thread. */
export function derivePassphraseKey(
  passphrase: string,
  salt: Uint8Array,
  { N, r, p }: Cost,
): Promise<KeyObject> {
  const text = Buffer.from(passphrase.normalize("NFKC"), "utf8");
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) + 1_048_576 };
  return new Promise((resolve, reject) => {
    scrypt(text, salt, keyBytes, options, (error, key) => {
      if (error === null) resolve(createSecretKey(key));
      else reject(error);
    });
  });
}

/**
 * Seals secret keys under a passphrase, as the text of a keystore file.
 * @throws LEDGER_BAD_LENGTH, LEDGER_BAD_SHAPE, LEDGER_KEYSTORE_TOO_COSTLY
 * @throws LEDGER_TOO_LARGE for a passphrase of more than 1,024 characters, which no reader would try
 */
export async function sealKeystore(sealing: KeystoreSealing): Promise<string> {
  const { secret, passphrase, salt, nonce, N } = sealing;
  checkLength(salt, saltBytes, "keystore salt");
  checkLength(nonce, nonceBytes, "keystore nonce");
  if (passphrase.length > passphraseLengthMax) {
    const detail = {
      what: "characters in a passphrase",
      actual: passphrase.length,
      max: passphraseLengthMax,
    };
    throw new LedgerError("LEDGER_TOO_LARGE", "the passphrase is too long", detail);
  }
  const cost: Cost = { N, r: blockSize, p: parallelism };
  checkCost(cost);
  const plaintext = encodeSecret(secret);
  const key = await derivePassphraseKey(passphrase, salt, cost);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(additionalData(secret.role));
  const ciphertext = concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  plaintext.fill(0);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const file = {
    format: FORMAT,
    role: secret.role,
    kdf: { name: "scrypt", ...cost, salt: base64(salt) },
    cipher: "aes-256-gcm",
    nonce: base64(nonce),
    ciphertext: base64(ciphertext),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Opens the text of a keystore file. Nothing is computed before the parameters are known to be cheap
 * enough; a wrong passphrase and an altered file cannot be told apart.
 * @throws LEDGER_KEYSTORE_MALFORMED, LEDGER_KEYSTORE_OTHER_ROLE, LEDGER_KEYSTORE_TOO_COSTLY,
 * LEDGER_KEYSTORE_WRONG_PASSPHRASE
 */
export async function openKeystore<Role extends KeystoreRole>(
  text: string,
  role: Role,
  passphrase: string,
): Promise<SecretOf<Role>> {
  const file = readFile(text);
  if (file.role !== role) {
    const message = `the keystore holds the keys of the ${file.role}, not of the ${role}`;
    throw new LedgerError("LEDGER_KEYSTORE_OTHER_ROLE", message, {
      expected: role,
      actual: file.role,
    });
  }
  checkCost(file);
  if (passphrase.length > passphraseLengthMax) throw wrongPassphrase();
  const key = await derivePassphraseKey(passphrase, file.salt, file);
  const plaintext = decrypt(key, file);
  try {
    return decodeSecret(role, plaintext) as SecretOf<Role>;
  } catch (error) {
    throw malformed("the sealed keys are not those of this format", error);
  } finally {
    plaintext.fill(0);
  }
}

function decrypt(key: KeyObject, { role, nonce, ciphertext }: KeystoreFile): Uint8Array {
  const end = ciphertext.length - tagBytes;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(additionalData(role));
  decipher.setAuthTag(ciphertext.subarray(end));
  const plaintext = decipher.update(ciphertext.subarray(0, end));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    throw wrongPassphrase();
  }
  return plaintext;
}

function wrongPassphrase(): LedgerError<"LEDGER_KEYSTORE_WRONG_PASSPHRASE"> {
  const message = "the passphrase does not open the keystore";
  return new LedgerError("LEDGER_KEYSTORE_WRONG_PASSPHRASE", message, null);
}

function malformed(reason: string, cause?: unknown): LedgerError<"LEDGER_KEYSTORE_MALFORMED"> {
  const message = `not a keystore file: ${reason}`;
  return new LedgerError("LEDGER_KEYSTORE_MALFORMED", message, { reason }, cause);
}

/**
 * Refuses what no reader grants, before anything is computed.
 * @throws LEDGER_KEYSTORE_TOO_COSTLY
 */
export function checkCost({ N, r, p }: Cost): void {
  const tooMuch = N > costMax.N || r > costMax.r || p > costMax.p;
  if (!tooMuch && 128 * N * r <= costMax.memoryBytes) return;
  const message = "the keystore asks for more computation than a reader grants";
  throw new LedgerError("LEDGER_KEYSTORE_TOO_COSTLY", message, { N, r, p });
}

type Fields = Readonly<Record<string, unknown>>;

function readFields(value: unknown, names: readonly string[], what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(`${what} is no object`);
  }
  const found = Object.keys(value).sort().join();
  if (found !== [...names].sort().join()) throw malformed(`${what} has other fields`);
  return value as Fields;
}

function readNumber(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw malformed(`${name} is no number from 1`);
}

/** Strict base64 with padding, so that one file has one meaning. */
function readBase64(
  fields: Fields,
  name: string,
  isLength: (length: number) => boolean,
): Uint8Array {
  const text = fields[name];
  if (typeof text !== "string") throw malformed(`${name} is no text`);
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw malformed(`${name} is not base64`);
  if (!isLength(bytes.length)) throw malformed(`${name} has a wrong length`);
  return bytes;
}

/** The first form, or one more list of later keys, whose head takes a byte more from 24 keys on. */
function isCiphertextLength(role: KeystoreRole, length: number): boolean {
  const more = length - ciphertextBytes[role];
  if (more === 0) return true;
  const count = Math.floor(more / laterSeedBytes);
  const isListed = count >= 1 && count <= laterSeedsMax;
  return isListed && more === count * laterSeedBytes + (count < 24 ? 1 : 2);
}

function expectText(fields: Fields, name: string, expected: string): void {
  if (fields[name] !== expected) throw malformed(`${name} is not ${expected}`);
}

function readFile(text: string): KeystoreFile {
  if (text.length > textLengthMax) throw malformed("too long");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed("no JSON", error);
  }
  const names = ["format", "role", "kdf", "cipher", "nonce", "ciphertext"];
  const file = readFields(value, names, "the file");
  expectText(file, "format", FORMAT);
  expectText(file, "cipher", "aes-256-gcm");
  const { role } = file;
  if (role !== "node" && role !== "gateway") throw malformed("role is not known");
  const kdf = readFields(file.kdf, ["name", "N", "r", "p", "salt"], "kdf");
  expectText(kdf, "name", "scrypt");
  const [N, r, p] = [readNumber(kdf, "N"), readNumber(kdf, "r"), readNumber(kdf, "p")];
  if (N < 2 || !Number.isInteger(Math.log2(N))) throw malformed("N is no power of two");
  // Source: RFC 7914 section 2: N is less than 2^(128 r / 8).
  if (Math.log2(N) >= 16 * r) throw malformed("N is too large for r");
  return {
    role,
    N,
    r,
    p,
    salt: readBase64(kdf, "salt", (length) => length === saltBytes),
    nonce: readBase64(file, "nonce", (length) => length === nonceBytes),
    ciphertext: readBase64(file, "ciphertext", (length) => isCiphertextLength(role, length)),
  };
}
