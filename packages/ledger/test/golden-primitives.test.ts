import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../test/helpers/shared-data.ts";
import {
  decode,
  encode,
  fromHex,
  inclusionProof,
  merkleRoot,
  type NetworkId,
  signBytes,
  taggedHash,
  toHex,
  type Value,
} from "../src/primitives/index.ts";

/** A value as JSON can say it: byte strings are `{"bytes": hex}`. */
type Written = null | boolean | number | string | { readonly bytes: string } | readonly Written[];

interface Golden {
  readonly taggedHash: readonly {
    readonly tag: string;
    readonly parts: readonly string[];
    readonly hash: string;
  }[];
  readonly signBytes: readonly {
    readonly tag: string;
    readonly network: string;
    readonly era: number;
    readonly hash: string;
    readonly bytes: string;
  }[];
  readonly codec: readonly { readonly value: Written; readonly bytes: string }[];
  readonly merkle: readonly {
    readonly leaves: readonly string[];
    readonly root: string;
    readonly paths: readonly (readonly string[])[];
  }[];
}

function read(written: Written): Value {
  if (typeof written !== "object" || written === null) return written;
  return "bytes" in written ? fromHex(written.bytes) : written.map(read);
}

const golden = readJson<Golden>(join(import.meta.dirname, "golden", "primitives.json"));

describe("golden vectors of the protocol", () => {
  test.each(golden.taggedHash)("tagged hash $tag", ({ tag, parts, hash }) => {
    expect(toHex(taggedHash(tag, ...parts.map(fromHex)))).toBe(hash);
  });

  test.each(golden.signBytes)("sign bytes $tag", ({ tag, network, era, hash, bytes }) => {
    expect(toHex(signBytes(tag, network as NetworkId, era, fromHex(hash)))).toBe(bytes);
  });

  test.each(golden.codec)("canonical bytes $bytes", ({ value, bytes }) => {
    expect(toHex(encode(read(value)))).toBe(bytes);
    expect(decode(fromHex(bytes))).toStrictEqual(read(value));
  });

  test.each(golden.merkle)("Merkle tree with root $root", ({ leaves, root, paths }) => {
    const entries = leaves.map(fromHex);
    expect(toHex(merkleRoot(entries))).toBe(root);
    const made = entries.map((_, index) => inclusionProof(entries, index).map(toHex));
    expect(made).toEqual(paths);
  });
});
