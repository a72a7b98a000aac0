import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** One way in which a text may stand in a file. */
interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A text that was found where it must not, or must, be. */
export interface Sighting {
  readonly canary: string;
  readonly form: string;
  /** File, or what the text was read from. */
  readonly place: string;
}

/** Something to search. */
export interface Haystack {
  readonly place: string;
  readonly bytes: Buffer;
}

/** Something that must not stand anywhere: a text, or bytes that have a name. */
export type Canary = string | { readonly name: string; readonly bytes: Buffer };

function nameOf(canary: Canary): string {
  return typeof canary === "string" ? canary : canary.name;
}

/** Bytes by their forms: as they are, in hex, base64, and as numbers. */
function formsOfBytes(bytes: Buffer): readonly Form[] {
  return [
    { name: "bytes", bytes },
    { name: "numbers", bytes: Buffer.from([...bytes].join(",")) },
    { name: "hex", bytes: Buffer.from(bytes.toString("hex")) },
    { name: "HEX", bytes: Buffer.from(bytes.toString("hex").toUpperCase()) },
    ...base64Forms("bytes", bytes),
  ];
}

/** Bytes of a text by their forms: encodings of characters, then base64 and hex of the common ones. */
function formsOf(canary: Canary): readonly Form[] {
  if (typeof canary !== "string") return formsOfBytes(canary.bytes);
  const utf8 = Buffer.from(canary, "utf8");
  const utf16le = Buffer.from(canary, "utf16le");
  const utf16be = Buffer.from(utf16le).swap16();
  const escaped = canary.replaceAll(/[^ -~]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  const plain: Form[] = [
    { name: "utf-8", bytes: utf8 },
    { name: "utf-16le", bytes: utf16le },
    { name: "utf-16be", bytes: utf16be },
    { name: "json-escaped", bytes: Buffer.from(escaped, "latin1") },
  ];
  const coded = [
    { name: "utf-8", bytes: utf8 },
    { name: "utf-16le", bytes: utf16le },
  ].flatMap(({ name, bytes }) => [
    { name: `hex of ${name}`, bytes: Buffer.from(bytes.toString("hex")) },
    { name: `HEX of ${name}`, bytes: Buffer.from(bytes.toString("hex").toUpperCase()) },
    ...base64Forms(name, bytes),
  ]);
  const seen = new Set<string>();
  return [...plain, ...coded].filter(({ bytes }) => {
    const key = bytes.toString("latin1");
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Base64 depends on where in a group of three bytes a text begins; its last characters on what follows. */
function base64Forms(name: string, bytes: Buffer): readonly Form[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    // Characters that hold bits of the bytes before or behind the text say nothing about it.
    const first = Math.ceil((shift * 8) / 6);
    const end = Math.floor(((shift + bytes.length) * 8) / 6);
    const text = whole.slice(first, end);
    const url = text.replaceAll("+", "-").replaceAll("/", "_");
    return [
      { name: `base64 of ${name}`, bytes: Buffer.from(text) },
      { name: `base64url of ${name}`, bytes: Buffer.from(url) },
    ];
  });
}

interface Needle extends Form {
  readonly canary: string;
}

/** Bytes at the start of a needle that are looked up at every place of a haystack. */
const headBytes = 4;
const tableBits = 20;

function slotOf(head: number): number {
  return Math.imul(head, 0x9e3779b1) >>> (32 - tableBits);
}

/** Looks for every form of every canary in one pass. */
export class CanarySearch {
  readonly canaries: readonly string[];
  readonly #needles: readonly Needle[];
  /** Which needles begin with these bytes, as a little-endian number. */
  readonly #byHead: ReadonlyMap<number, readonly Needle[]>;
  /** 1 where a needle may begin with bytes of this slot. */
  readonly #slots = new Uint8Array(2 ** tableBits);

  /** @param canaries of at least 6 bytes: shorter ones stand in any large file by chance */
  constructor(canaries: Iterable<Canary>) {
    const distinct = [...new Set(canaries)];
    this.canaries = distinct.map(nameOf);
    for (const canary of distinct) {
      const length = typeof canary === "string" ? Buffer.byteLength(canary) : canary.bytes.length;
      if (length < 6) throw new Error(`too short for a canary: ${nameOf(canary)}`);
    }
    this.#needles = distinct.flatMap((canary) =>
      formsOf(canary).map((form) => ({ canary: nameOf(canary), ...form })),
    );
    this.#byHead = Map.groupBy(this.#needles, ({ bytes }) => bytes.readInt32LE(0));
    for (const head of this.#byHead.keys()) this.#slots[slotOf(head)] = 1;
  }

  /** Number of byte strings that are looked for. */
  get formCount(): number {
    return this.#needles.length;
  }

  /** All forms of a canary, to plant them. */
  forms(canary: string): readonly Form[] {
    return this.#needles.filter((needle) => needle.canary === canary);
  }

  /** What stands in a haystack, each form once. */
  in({ place, bytes }: Haystack): readonly Sighting[] {
    const found = new Map<Needle, Sighting>();
    let head = 0;
    for (let end = 0; end < bytes.length; end += 1) {
      head = (head >>> 8) | ((bytes[end] as number) << 24);
      if (this.#slots[slotOf(head)] === 0) continue;
      const start = end + 1 - headBytes;
      for (const needle of this.#byHead.get(head) ?? []) {
        const stop = start + needle.bytes.length;
        if (start < 0 || stop > bytes.length) continue;
        if (bytes.compare(needle.bytes, 0, undefined, start, stop) !== 0) continue;
        found.set(needle, { canary: needle.canary, form: needle.name, place });
      }
    }
    return [...found.values()];
  }
}

/** Every file below a folder, and its own path as a haystack too: names can tell as much as bytes. */
export function* filesBelow(folder: string): Generator<Haystack> {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    yield { place: `the name of ${path}`, bytes: Buffer.from(name) };
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) yield* filesBelow(path);
    else if (stat?.isFile() === true) yield { place: path, bytes: readFileSync(path) };
  }
}
