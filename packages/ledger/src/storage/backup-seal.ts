// The sealed file of a backup: a line of JSON, then chunks of one size under AES-256-GCM, each bound to
// its place and to whether it is the last. Source: docs/PROTOCOL.md section 9; the construction is STREAM,
// https://eprint.iacr.org/2015/189.
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { assert, checkLength, concat, LedgerError } from "../primitives/index.ts";
import { type Cost, checkCost, derivePassphraseKey } from "./keystore.ts";

/** Bytes of every chunk but the last, before sealing. */
export const backupChunkBytes = 262_144;

/** Changes with the databases that a backup holds, so that none is put where it would not be opened. */
const format = "tegata-backup/2";
/** The format of any version of this program. */
const formatPattern = /^tegata-backup\/[0-9]{1,6}$/;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytesMax = 1_024;
const lineEnd = 0x0a;
const chunksMax = 0xffff_ffff;

/** What sealing takes; storage draws no randomness, so the salt comes from the caller, fresh each time. */
export interface BackupSealing {
  readonly passphrase: string;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** As for keystores. */
  readonly N: number;
}

function malformed(reason: string, cause?: unknown): LedgerError {
  const message = `not a backup: ${reason}`;
  return new LedgerError("LEDGER_BACKUP_MALFORMED", message, { reason }, cause);
}

function damaged(chunk: number): LedgerError {
  const message = `the backup was altered or its end is missing (chunk ${chunk})`;
  return new LedgerError("LEDGER_BACKUP_DAMAGED", message, { chunk });
}

function nonceOf(index: number, isLast: boolean): Uint8Array {
  assert(index < chunksMax, "a backup has fewer than 2^32 chunks");
  const nonce = new Uint8Array(nonceBytes);
  new DataView(nonce.buffer).setUint32(nonceBytes - 5, index);
  nonce[nonceBytes - 1] = isLast ? 1 : 0;
  return nonce;
}

function headerOf({ N, r, p }: Cost, salt: Uint8Array): Uint8Array {
  const kdf = { name: "scrypt", N, r, p, salt: Buffer.from(salt).toString("base64") };
  const header = { format, kdf, cipher: "aes-256-gcm", chunkBytes: backupChunkBytes };
  return Buffer.from(`${JSON.stringify(header)}\n`, "utf8");
}

function readHeader(line: Uint8Array): { readonly cost: Cost; readonly salt: Uint8Array } {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(line).toString("utf8"));
  } catch (error) {
    throw malformed("its first line is no JSON", error);
  }
  const { kdf, format: found } = (value ?? {}) as {
    readonly kdf?: Readonly<Record<string, unknown>>;
    readonly format?: unknown;
  };
  if (typeof found === "string" && found !== format && formatPattern.test(found)) {
    throw malformed(`it is of format ${found}, and this program reads ${format}`);
  }
  const { N, r, p, salt } = kdf ?? {};
  const isCost = [N, r, p].every((one) => Number.isSafeInteger(one) && (one as number) >= 1);
  if (!isCost || typeof salt !== "string") throw malformed("its first line has other fields");
  const cost: Cost = { N: N as number, r: r as number, p: p as number };
  if (cost.N < 2 || !Number.isInteger(Math.log2(cost.N))) throw malformed("N is no power of two");
  if (Math.log2(cost.N) >= 16 * cost.r) throw malformed("N is too large for r");
  const read = { cost, salt: Uint8Array.from(Buffer.from(salt, "base64")) };
  // One file has one first line: whatever else stands there was not written by this program.
  if (read.salt.length !== saltBytes || !Buffer.from(line).equals(headerOf(cost, read.salt))) {
    throw malformed("its first line has other fields");
  }
  return read;
}

/** Cuts what arrives into pieces of one size; the last one may be shorter and is told apart. */
async function* cut(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly piece: Uint8Array; readonly isLast: boolean }> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of source) {
    held.push(part);
    bytes += part.length;
    if (bytes <= size) continue;
    let joined = concat(...held);
    for (; joined.length > size; joined = joined.subarray(size)) {
      yield { piece: joined.subarray(0, size), isLast: false };
    }
    held = [joined];
    bytes = joined.length;
  }
  yield { piece: concat(...held), isLast: true };
}

/**
 * Seals a stream of bytes as the file of a backup.
 * @throws LEDGER_BAD_LENGTH, LEDGER_KEYSTORE_TOO_COSTLY, and what the source throws
 */
export async function* sealBackup(
  source: AsyncIterable<Uint8Array>,
  { passphrase, salt, N }: BackupSealing,
): AsyncGenerator<Uint8Array> {
  checkLength(salt, saltBytes, "backup salt");
  const cost: Cost = { N, r: 8, p: 1 };
  checkCost(cost);
  const header = headerOf(cost, salt);
  const key = await derivePassphraseKey(passphrase, salt, cost);
  yield header;
  let index = 0;
  for await (const { piece, isLast } of cut(source, backupChunkBytes)) {
    yield seal(key, header, piece, nonceOf(index, isLast));
    index += 1;
  }
}

/**
 * Opens the file of a backup and gives its bytes; nothing is given of a chunk that is not intact. Whoever
 * reads to the end has the whole.
 * @throws LEDGER_BACKUP_MALFORMED, LEDGER_BACKUP_WRONG_PASSPHRASE, LEDGER_BACKUP_DAMAGED,
 * LEDGER_KEYSTORE_TOO_COSTLY, and what the source throws
 */
export async function* openBackup(
  source: AsyncIterable<Uint8Array>,
  passphrase: string,
): AsyncGenerator<Uint8Array> {
  const { header, rest } = await takeHeader(source);
  const { cost, salt } = readHeader(header);
  checkCost(cost);
  const key = await derivePassphraseKey(passphrase, salt, cost);
  let index = 0;
  for await (const { piece, isLast } of cut(rest, backupChunkBytes + tagBytes)) {
    const opened = open(key, header, piece, nonceOf(index, isLast));
    if (opened === null && index === 0) {
      const message = "the passphrase does not open the backup";
      throw new LedgerError("LEDGER_BACKUP_WRONG_PASSPHRASE", message, null);
    }
    if (opened === null) throw damaged(index);
    yield opened;
    index += 1;
  }
}

async function takeHeader(source: AsyncIterable<Uint8Array>): Promise<{
  readonly header: Uint8Array;
  readonly rest: AsyncIterable<Uint8Array>;
}> {
  const iterator = source[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  for (;;) {
    const end = held.indexOf(lineEnd);
    if (end !== -1 && end < headerBytesMax) {
      const rest = held.subarray(end + 1);
      return { header: held.subarray(0, end + 1), rest: from(rest, iterator) };
    }
    if (held.length > headerBytesMax) throw malformed("its first line is too long");
    const next = await iterator.next();
    if (next.done === true) throw malformed("it has no first line");
    held = concat(held, next.value);
  }
}

async function* from(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    yield next.value;
  }
}

function seal(key: KeyObject, aad: Uint8Array, plain: Uint8Array, nonce: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(aad);
  return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

function open(
  key: KeyObject,
  aad: Uint8Array,
  sealed: Uint8Array,
  nonce: Uint8Array,
): Uint8Array | null {
  const end = sealed.length - tagBytes;
  if (end < 0) return null;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    return null;
  }
  return plain;
}
