import { utf8Length } from "#machine";
import { LedgerError } from "./errors.ts";

/** What the canonical encoding can say. Integers only, within the safe range; no maps, tags or floats. */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[];

/** Bounds on what is encoded or decoded; part of the protocol wherever a hash or a vote depends on it. */
export interface DecodeLimits {
  /** Arrays within arrays; a lone number has depth 0. */
  readonly depthMax: number;
  /** Values in all, arrays included. */
  readonly itemsMax: number;
}

/** The limits of the protocol unless a format states its own. */
export const decodeLimits: DecodeLimits = Object.freeze({ depthMax: 16, itemsMax: 65_536 });

/** Major types and simple values of RFC 8949 section 3, as the high bits of the first byte. */
const UINT = 0x00;
const NINT = 0x20;
const BYTES = 0x40;
const TEXT = 0x60;
const ARRAY = 0x80;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

const TWO_32 = 0x1_0000_0000;
/** Text and byte strings up to this length are copied by hand, which beats a native call. */
const shortBytesMax = 32;
const scratchBytesKept = 1 << 20;

const utf8 = new TextEncoder();
/** `ignoreBOM` keeps a leading U+FEFF as text; without it two byte strings would give one value. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function refused(offset: number, reason: string): LedgerError<"LEDGER_NOT_CANONICAL"> {
  const message = `not canonical at byte ${offset}: ${reason}`;
  return new LedgerError("LEDGER_NOT_CANONICAL", message, { offset, reason });
}

/** The buffer of the writer, kept between calls; encoding is synchronous, so it is never shared. */
let scratch = new Uint8Array(4_096);

class Writer {
  readonly #limits: DecodeLimits;
  #items = 0;
  #length = 0;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
  }

  finish(): Uint8Array {
    const bytes = scratch.slice(0, this.#length);
    if (scratch.length > scratchBytesKept) scratch = new Uint8Array(4_096);
    return bytes;
  }

  value(value: Value, depth: number): void {
    this.#items += 1;
    if (this.#items > this.#limits.itemsMax) throw refused(this.#length, "too many items");
    if (typeof value === "number") this.#integer(value);
    else if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (Array.isArray(value)) this.#array(value, depth + 1);
    else if (value === null) this.#simple(NULL);
    else if (value === true) this.#simple(TRUE);
    else if (value === false) this.#simple(FALSE);
    else throw refused(this.#length, "a type that has no canonical form");
  }

  #room(size: number): void {
    const needed = this.#length + size;
    if (needed <= scratch.length) return;
    const grown = new Uint8Array(Math.max(needed, scratch.length * 2));
    grown.set(scratch.subarray(0, this.#length));
    scratch = grown;
  }

  #simple(byte: number): void {
    this.#room(1);
    scratch[this.#length] = byte;
    this.#length += 1;
  }

  /** First byte and argument in the shortest form. Source: RFC 8949 section 4.2.1. */
  #head(major: number, argument: number): void {
    this.#room(9);
    const at = this.#length;
    if (argument < 24) {
      scratch[at] = major | argument;
      this.#length = at + 1;
    } else if (argument < 0x100) {
      scratch[at] = major | 24;
      scratch[at + 1] = argument;
      this.#length = at + 2;
    } else if (argument < 0x1_0000) {
      scratch[at] = major | 25;
      scratch[at + 1] = argument >>> 8;
      scratch[at + 2] = argument;
      this.#length = at + 3;
    } else if (argument < TWO_32) {
      scratch[at] = major | 26;
      this.#fourBytes(at + 1, argument);
    } else {
      scratch[at] = major | 27;
      this.#fourBytes(at + 1, Math.floor(argument / TWO_32));
      this.#fourBytes(at + 5, argument % TWO_32);
    }
  }

  /** Big-endian; the array keeps the low eight bits of what it is given. */
  #fourBytes(at: number, number: number): void {
    scratch[at] = number >>> 24;
    scratch[at + 1] = number >>> 16;
    scratch[at + 2] = number >>> 8;
    scratch[at + 3] = number;
    this.#length = at + 4;
  }

  #integer(number: number): void {
    if (!Number.isSafeInteger(number)) throw refused(this.#length, "not a safe integer");
    if (Object.is(number, -0)) throw refused(this.#length, "negative zero");
    if (number >= 0) this.#head(UINT, number);
    else this.#head(NINT, -1 - number);
  }

  #bytes(bytes: Uint8Array): void {
    this.#head(BYTES, bytes.length);
    this.#room(bytes.length);
    scratch.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #text(text: string): void {
    if (text.length <= shortBytesMax && this.#ascii(text)) return;
    if (!text.isWellFormed()) throw refused(this.#length, "lone surrogate");
    const size = utf8Length(text);
    this.#head(TEXT, size);
    this.#room(size);
    utf8.encodeInto(text, scratch.subarray(this.#length, this.#length + size));
    this.#length += size;
  }

  /** Writes short text of ASCII alone; otherwise takes back what it wrote and answers false. */
  #ascii(text: string): boolean {
    const start = this.#length;
    this.#head(TEXT, text.length);
    this.#room(text.length);
    const at = this.#length;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.#length = start;
        return false;
      }
      scratch[at + index] = code;
    }
    this.#length = at + text.length;
    return true;
  }

  #array(items: readonly Value[], depth: number): void {
    if (depth > this.#limits.depthMax) throw refused(this.#length, "too deep");
    this.#head(ARRAY, items.length);
    // An indexed loop meets the holes of a sparse array and refuses them as undefined.
    for (let index = 0; index < items.length; index += 1) {
      this.value(items[index] as Value, depth);
    }
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #limits: DecodeLimits;
  #offset = 0;
  /** Counted when an array announces them, so that arrays within arrays cannot claim more in all. */
  #items = 1;

  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    // A plain view: `slice` of a Buffer would share the caller's memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = limits;
    if (limits.itemsMax < 1) throw refused(0, "too many items");
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw refused(this.#offset, "trailing bytes");
  }

  value(depth: number): Value {
    const at = this.#offset;
    const first = this.#byte();
    switch (first & 0xe0) {
      case UINT:
        return this.#argument(first, at, Number.MAX_SAFE_INTEGER);
      case NINT:
        return -1 - this.#argument(first, at, Number.MAX_SAFE_INTEGER - 1);
      case BYTES:
        return this.#byteString(this.#length(first, at));
      case TEXT:
        return this.#text(this.#length(first, at), at);
      case ARRAY:
        return this.#array(this.#length(first, at), at, depth + 1);
      default:
        if (first === NULL) return null;
        if (first === TRUE) return true;
        if (first === FALSE) return false;
        throw refused(at, "a type outside the canonical subset");
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw refused(this.#offset, "truncated");
    this.#offset += 1;
    return byte;
  }

  #argument(first: number, at: number, max: number): number {
    const info = first & 0x1f;
    if (info < 24) return info;
    if (info > 27) throw refused(at, "reserved or indefinite length");
    let argument = 0;
    for (let left = 1 << (info - 24); left > 0; left -= 1) argument = argument * 256 + this.#byte();
    // The smallest argument that needs 1, 2, 4 and 8 bytes.
    const least = info === 24 ? 24 : info === 25 ? 0x100 : info === 26 ? 0x1_0000 : TWO_32;
    if (argument < least) throw refused(at, "not the shortest form");
    if (argument > max) throw refused(at, "not a safe integer");
    return argument;
  }

  /** A length or count; every byte and every item takes at least one byte of what is left. */
  #length(first: number, at: number): number {
    const length = this.#argument(first, at, Number.MAX_SAFE_INTEGER);
    if (length > this.#bytes.length - this.#offset) throw refused(at, "longer than the input");
    return length;
  }

  #byteString(length: number): Uint8Array {
    const start = this.#offset;
    this.#offset = start + length;
    return this.#bytes.slice(start, this.#offset);
  }

  #text(length: number, at: number): string {
    const start = this.#offset;
    this.#offset = start + length;
    if (length <= shortBytesMax) {
      let text = "";
      for (let index = start; index < this.#offset; index += 1) {
        const byte = this.#bytes[index] as number;
        if (byte > 0x7f) return this.#unicode(start, at);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return this.#unicode(start, at);
  }

  #unicode(start: number, at: number): string {
    try {
      return strictUtf8.decode(this.#bytes.subarray(start, this.#offset));
    } catch {
      throw refused(at, "not UTF-8");
    }
  }

  #array(count: number, at: number, depth: number): Value[] {
    if (depth > this.#limits.depthMax) throw refused(at, "too deep");
    this.#items += count;
    if (this.#items > this.#limits.itemsMax) throw refused(at, "too many items");
    const items = new Array<Value>(count);
    for (let index = 0; index < count; index += 1) items[index] = this.value(depth);
    return items;
  }
}

/**
 * Encodes a value in its only form; equal to the core deterministic encoding of RFC 8949 section 4.2.1.
 * The limits are those of {@link decode}, so that what is encoded can be decoded. The caller owns the result.
 * @throws LEDGER_NOT_CANONICAL for what has no canonical form: fractions, unsafe integers, -0, lone
 * surrogates, undefined, objects, sparse arrays, or more than the limits allow
 */
export function encode(value: Value, limits: DecodeLimits = decodeLimits): Uint8Array {
  const writer = new Writer(limits);
  writer.value(value, 0);
  return writer.finish();
}

/**
 * Decodes exactly one value that fills the input; every value has one accepted byte string.
 * Byte strings are copies, so the input may be overwritten afterwards.
 * @throws LEDGER_NOT_CANONICAL for anything {@link encode} would not have written, or beyond the limits
 */
export function decode(bytes: Uint8Array, limits: DecodeLimits = decodeLimits): Value {
  const reader = new Reader(bytes, limits);
  const value = reader.value(0);
  reader.end();
  return value;
}
