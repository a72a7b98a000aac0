import { utf8Length } from "#machine";
import { assert } from "./assert.ts";
import { type DecodeLimits, decode, encode, type Value } from "./codec.ts";
import { LedgerError } from "./errors.ts";
import { fromHex, toHex } from "./ids.ts";

/**
 * How a typed value lies in the canonical encoding. Both directions check everything, so nothing is
 * written that the other side would refuse; `path` names the place in errors (`value.parts[2].hash`).
 */
export interface Shape<T> {
  /** @throws LEDGER_BAD_SHAPE */
  encode(value: T, path?: string): Value;
  /** @throws LEDGER_BAD_SHAPE */
  decode(value: Value, path: string): T;
}

/** The type of the values of a shape: `type Vote = Infer<typeof voteShape>`. */
export type Infer<S> = S extends Shape<infer T> ? T : never;

/** Path of the outermost value. */
const ROOT = "value";

function mismatch(path: string, expected: string): LedgerError<"LEDGER_BAD_SHAPE"> {
  const message = `${path} is not ${expected}`;
  return new LedgerError("LEDGER_BAD_SHAPE", message, { path, expected });
}

/** A shape whose memory and wire forms are the same; the check runs in both directions. */
function same<T extends Value>(expected: string, fits: (value: Value) => value is T): Shape<T> {
  function check(value: Value, path: string = ROOT): T {
    if (!fits(value)) throw mismatch(path, expected);
    return value;
  }
  return { encode: check, decode: check };
}

function integerBetween(min: number, max: number): Shape<number> {
  return same(
    `an integer from ${min} to ${max}`,
    (value): value is number =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max,
  );
}

/** An integer from 0 to max. */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return integerBetween(0, max);
}

/** Any safe integer. */
export const int: Shape<number> = integerBetween(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** True or false. */
export const flag: Shape<boolean> = same(
  "true or false",
  (value): value is boolean => typeof value === "boolean",
);

/** Well-formed Unicode text of at most `lengthMax` bytes in UTF-8. */
export function text(lengthMax: number): Shape<string> {
  return same(
    `text of at most ${lengthMax} bytes`,
    (value): value is string => typeof value === "string" && utf8Length(value) <= lengthMax,
  );
}

/** A byte string of at most `lengthMax` bytes. */
export function bytes(lengthMax: number): Shape<Uint8Array> {
  return same(
    `at most ${lengthMax} bytes`,
    (value): value is Uint8Array => value instanceof Uint8Array && value.length <= lengthMax,
  );
}

/** A byte string of exactly `length` bytes. */
export function fixedBytes(length: number): Shape<Uint8Array> {
  return same(
    `${length} bytes`,
    (value): value is Uint8Array => value instanceof Uint8Array && value.length === length,
  );
}

/** An id of `length` bytes: lower-case hex in memory, bytes on the wire. */
export function hexOf<T extends string>(length: number): Shape<T> {
  const expected = `${length} bytes in hex`;
  const wire = fixedBytes(length);
  const digits = /^[0-9a-f]*$/;
  return {
    encode(value, path = ROOT) {
      const fits = typeof value === "string" && value.length === length * 2 && digits.test(value);
      if (!fits) throw mismatch(path, expected);
      return fromHex(value);
    },
    decode(value, path) {
      return toHex(wire.decode(value, path)) as T;
    },
  };
}

/** One fixed value, such as a format version. */
export function literal<const T extends null | boolean | number | string>(expected: T): Shape<T> {
  return same(JSON.stringify(expected), (value): value is T => value === expected);
}

/** A value or null; the item must not itself accept null. */
export function nullable<T>(item: Shape<T>): Shape<T | null> {
  return {
    encode: (value, path = ROOT) => (value === null ? null : item.encode(value, path)),
    decode: (value, path) => (value === null ? null : item.decode(value, path)),
  };
}

function checkArray(value: unknown, path: string, expected: string): readonly Value[] {
  if (!Array.isArray(value)) throw mismatch(path, expected);
  return value;
}

function checkCount(value: unknown, count: number, path: string): readonly Value[] {
  const expected = `an array of ${count}`;
  const items = checkArray(value, path, expected);
  if (items.length !== count) throw mismatch(path, expected);
  return items;
}

/** Any number of items up to `countMax`. */
export function list<T>(item: Shape<T>, countMax: number): Shape<readonly T[]> {
  const expected = `an array of at most ${countMax}`;
  return {
    encode(values, path = ROOT) {
      checkArray(values, path, expected);
      if (values.length > countMax) throw mismatch(path, expected);
      return values.map((value, index) => item.encode(value, `${path}[${index}]`));
    },
    decode(value, path) {
      const items = checkArray(value, path, expected);
      if (items.length > countMax) throw mismatch(path, expected);
      return items.map((element, index) => item.decode(element, `${path}[${index}]`));
    },
  };
}

type Inferred<Shapes> = { readonly [Key in keyof Shapes]: Infer<Shapes[Key]> };

/** A fixed row of items, each with its own shape. */
export function tuple<const Items extends readonly Shape<unknown>[]>(
  ...items: Items
): Shape<Inferred<Items>> {
  const shapes = items as unknown as readonly Shape<unknown>[];
  return {
    encode(values, path = ROOT) {
      const row: readonly unknown[] = checkCount(values, shapes.length, path);
      return shapes.map((shape, index) => shape.encode(row[index], `${path}[${index}]`));
    },
    decode(value, path) {
      const row = checkCount(value, shapes.length, path);
      const decoded = shapes.map((shape, index) =>
        shape.decode(row[index] as Value, `${path}[${index}]`),
      );
      return decoded as unknown as Inferred<Items>;
    },
  };
}

/** The fields of a record by name; the order of declaration is the order on the wire. */
export type Fields = Readonly<Record<string, Shape<unknown>>>;

/** A record with named fields in memory and a positional array of exactly as many on the wire. */
export function record<const F extends Fields>(fields: F): Shape<Inferred<F>> {
  const entries = Object.entries(fields) as unknown as readonly (readonly [
    string,
    Shape<unknown>,
  ])[];
  // JavaScript moves integer-like names to the front, which would silently change the wire order.
  for (const [name] of entries) assert(!/^[0-9]/.test(name), "a field name is no number");
  return {
    encode(value, path = ROOT) {
      if (typeof value !== "object" || value === null) throw mismatch(path, "a record");
      const named = value as Readonly<Record<string, unknown>>;
      return entries.map(([name, shape]) => shape.encode(named[name], `${path}.${name}`));
    },
    decode(value, path) {
      const row = checkCount(value, entries.length, path);
      const decoded: Record<string, unknown> = {};
      entries.forEach(([name, shape], index) => {
        decoded[name] = shape.decode(row[index] as Value, `${path}.${name}`);
      });
      return decoded as Inferred<F>;
    },
  };
}

/** Cases of a union by name: the number on the wire and the shape of the record. */
export type Cases = Readonly<Record<string, readonly [number, Shape<unknown>]>>;

/** The record types of a union, told apart by the discriminant `Tag`. */
export type UnionOf<Tag extends string, C extends Cases> = {
  [Name in keyof C]: Readonly<Record<Tag, Name>> & Infer<C[Name][1]>;
}[keyof C];

/**
 * One of several records, told apart by the field `tag` in memory and by a number on the wire:
 * `[number, record]`. Numbers are never reused for another case.
 */
export function union<Tag extends string, const C extends Cases>(
  tag: Tag,
  cases: C,
): Shape<UnionOf<Tag, C>> {
  const byName = new Map<unknown, readonly [number, Shape<unknown>]>();
  const byNumber = new Map<unknown, readonly [string, Shape<unknown>]>();
  for (const [name, [number, shape]] of Object.entries(cases)) {
    assert(!byNumber.has(number), "each case of a union has its own number");
    byName.set(name, [number, shape as unknown as Shape<unknown>]);
    byNumber.set(number, [name, shape as unknown as Shape<unknown>]);
  }
  const expected = `one of ${[...byName.keys()].join(", ")}`;
  return {
    encode(value, path = ROOT) {
      if (typeof value !== "object" || value === null) throw mismatch(path, "a record");
      const found = byName.get((value as Readonly<Record<string, unknown>>)[tag]);
      if (found === undefined) throw mismatch(`${path}.${tag}`, expected);
      return [found[0], found[1].encode(value, path)];
    },
    decode(value, path) {
      const [number, body] = checkCount(value, 2, path);
      const found = byNumber.get(number);
      if (found === undefined) throw mismatch(`${path}.${tag}`, expected);
      const decoded = found[1].decode(body as Value, path) as object;
      return { [tag]: found[0], ...decoded } as UnionOf<Tag, C>;
    },
  };
}

/**
 * Canonical bytes of a typed value.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL
 */
export function toBytes<T>(shape: Shape<T>, value: T, limits?: DecodeLimits): Uint8Array {
  return encode(shape.encode(value, ROOT), limits);
}

/**
 * The typed value of canonical bytes; the only accepted bytes are those {@link toBytes} writes.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL
 */
export function fromBytes<T>(shape: Shape<T>, bytes: Uint8Array, limits?: DecodeLimits): T {
  return shape.decode(decode(bytes, limits), ROOT);
}
