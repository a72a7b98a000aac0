import type { Value } from "../primitives/codec.ts";
import { LedgerError } from "../primitives/errors.ts";
import type {
  BlockId,
  Brand,
  EntryId,
  Hash,
  MemberId,
  NetworkId,
  PublicKey,
  StreamId,
  TransactionId,
} from "../primitives/ids.ts";
import {
  type Fields,
  hexOf,
  type Infer,
  list,
  record,
  type Shape,
  uint,
} from "../primitives/shape.ts";

/** Identity of a grant, derived from its place on the ledger: 16 bytes. */
export type GrantId = Brand<"GrantId">;

/** Block ids on the wire. */
export const blockIdShape: Shape<BlockId> = hexOf<BlockId>(32);
/** Network ids on the wire. */
export const networkIdShape: Shape<NetworkId> = hexOf<NetworkId>(32);
/** Transaction ids on the wire. */
export const transactionIdShape: Shape<TransactionId> = hexOf<TransactionId>(32);
/** Member ids on the wire. */
export const memberIdShape: Shape<MemberId> = hexOf<MemberId>(32);
/** Stream ids, and so lanes, on the wire. */
export const streamIdShape: Shape<StreamId> = hexOf<StreamId>(16);
/** Entry ids on the wire. */
export const entryIdShape: Shape<EntryId> = hexOf<EntryId>(16);
/** Grant ids on the wire. */
export const grantIdShape: Shape<GrantId> = hexOf<GrantId>(16);
/** Hashes on the wire. */
export const hashShape: Shape<Hash> = hexOf<Hash>(32);
/** Ed25519 public keys on the wire. */
export const publicKeyShape: Shape<PublicKey> = hexOf<PublicKey>(32);

/** A value that is not what its format says, for shapes that primitives do not have. */
export function notA(expected: string, path: string): LedgerError<"LEDGER_BAD_SHAPE"> {
  const message = `${path} is not ${expected}`;
  return new LedgerError("LEDGER_BAD_SHAPE", message, { path, expected });
}

/** Narrows a shape by a further condition, in both directions. */
export function where<T>(shape: Shape<T>, expected: string, fits: (value: T) => boolean): Shape<T> {
  return {
    encode(value, path = "value") {
      const encoded = shape.encode(value, path);
      if (!fits(value)) throw notA(expected, path);
      return encoded;
    },
    decode(value, path) {
      const decoded = shape.decode(value, path);
      if (!fits(decoded)) throw notA(expected, path);
      return decoded;
    },
  };
}

/** Numbers from 1: key versions, generations, admissions, requests. */
export const ordinalShape: Shape<number> = where(
  uint(2 ** 32 - 1),
  "a number from 1",
  (number) => number >= 1,
);

/** From `countMin` to `countMax` items. */
export function listOf<T>(item: Shape<T>, countMin: number, countMax: number): Shape<readonly T[]> {
  return where(
    list(item, countMax),
    `an array of ${countMin} to ${countMax}`,
    (items) => items.length >= countMin,
  );
}

/** A word in memory and a number on the wire; numbers are never reused for another word. */
export function word<const Words extends Readonly<Record<string, number>>>(
  words: Words,
): Shape<keyof Words & string> {
  type Word = keyof Words & string;
  const byNumber = new Map<Value, Word>();
  for (const [name, number] of Object.entries(words)) byNumber.set(number, name);
  const expected = `one of ${Object.keys(words).join(", ")}`;
  return {
    encode(value, path = "value") {
      const number = Object.hasOwn(words, value) ? words[value] : undefined;
      if (number === undefined) throw notA(expected, path);
      return number;
    },
    decode(value, path) {
      const name = byNumber.get(value);
      if (name === undefined) throw notA(expected, path);
      return name;
    },
  };
}

/** A record whose first item on the wire is the number of its format, which memory does not repeat. */
export function versioned<const F extends Fields>(
  version: number,
  fields: F,
): Shape<Infer<ReturnType<typeof record<F>>>> {
  const inner = record(fields);
  return {
    encode(value, path = "value") {
      return [version, ...(inner.encode(value, path) as readonly Value[])];
    },
    decode(value, path) {
      if (!Array.isArray(value) || value[0] !== version) throw notA(`format ${version}`, path);
      return inner.decode(value.slice(1), path);
    },
  };
}

/** Anything the canonical encoding can say; another shape reads it later. */
export const anyValue: Shape<Value> = {
  encode: (value) => value,
  decode: (value) => value,
};

/** One of several words, written out on the wire. */
export function choice<const Word extends string>(...words: readonly Word[]): Shape<Word> {
  const expected = `one of ${words.join(", ")}`;
  function check(value: Value, path = "value"): Word {
    const found = words.find((candidate) => candidate === value);
    if (found === undefined) throw notA(expected, path);
    return found;
  }
  return { encode: check, decode: check };
}
