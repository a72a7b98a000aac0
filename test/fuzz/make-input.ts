import { decode, encode, LedgerError, type Value } from "@tegata/ledger/primitives";
import { decodeBody, encodeBody } from "../../packages/node/src/api/wire.ts";
import { corpusOf } from "./corpus.ts";
import type { Coder, Door, Form } from "./door.ts";
import { changeBytes } from "./mutate-bytes.ts";
import { changeText } from "./mutate-text.ts";
import { type Nesting, type Tree, TreeChanger } from "./mutate-tree.ts";
import type { Edit, Plan } from "./plan.ts";

const wide = { depthMax: 64, itemsMax: 1 << 20 };

/** A value of the canonical encoding, or null where the bytes are none. */
export function canonicalIn(bytes: Uint8Array): Value {
  try {
    return decode(bytes, wide);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** What the byte strings of the samples hold: looked into once, because most hold nothing. */
const opened = new WeakMap<Uint8Array, Tree>();

/** Only lists: a byte string of one number is more likely a value of its own. */
const insideBytes: Nesting = {
  inside: (leaf) => {
    if (!(leaf instanceof Uint8Array) || leaf.length < 3) return null;
    const known = opened.get(leaf);
    if (known !== undefined) return known;
    const value = canonicalIn(leaf);
    const tree = Array.isArray(value) ? (value as readonly Tree[]) : null;
    opened.set(leaf, tree);
    return tree;
  },
  written: (tree) => written(tree),
};

function written(tree: Tree): Uint8Array {
  return encode(tree as Value, wide);
}

/** The texts of the samples come again and again; of the others few are remembered. */
const read = new Map<string, Tree>();
const readMax = 64;

const inBase64: Nesting = {
  inside: (leaf) => {
    if (typeof leaf !== "string" || leaf.length < 8) return null;
    const known = read.get(leaf);
    if (known !== undefined) return known;
    const isBase64 = /^[A-Za-z0-9+/]+=*$/.test(leaf);
    const bytes = isBase64 ? new Uint8Array(Buffer.from(leaf, "base64")) : new Uint8Array(0);
    const tree = insideBytes.inside(bytes);
    if (read.size >= readMax) read.clear();
    read.set(leaf, tree);
    return tree;
  },
  written: (tree, leaf) => {
    try {
      return Buffer.from(written(tree)).toString("base64");
    } catch (error) {
      // What JSON can say and the canonical encoding cannot, put inside by another edit.
      if (error instanceof LedgerError) return leaf;
      throw error;
    }
  },
};

/** Maps cannot stand inside canonical bytes, so nothing is looked for there. */
const nothingInside: Nesting = { inside: () => null, written: (_tree, leaf) => leaf };

const values = new TreeChanger(insideBytes);
const bodies = new TreeChanger(nothingInside);
const objects = new TreeChanger(inBase64);
const utf8 = new TextEncoder();
const lenient = new TextDecoder();

/** The samples themselves, read once. */
const trees = new WeakMap<Uint8Array, Tree>();

function treeOf(sample: Uint8Array, read: () => Tree): Tree {
  const tree = trees.get(sample) ?? read();
  trees.set(sample, tree);
  return tree;
}

function changeValues(sample: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let tree = treeOf(sample, () => decode(sample, wide) as Tree);
  for (const edit of edits) tree = values.change(tree, edit);
  return written(tree);
}

function changeObjects(sample: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let tree = treeOf(sample, () => JSON.parse(lenient.decode(sample)) as Tree);
  for (const edit of edits) tree = objects.change(tree, edit);
  return utf8.encode(JSON.stringify(tree));
}

/** Any CBOR: the node's socket takes maps too. */
function changeBody(sample: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let tree = treeOf(sample, () => decodeBody(sample) as Tree);
  for (const edit of edits) tree = bodies.change(tree, edit);
  return encodeBody(tree);
}

function changeLines(sample: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return utf8.encode(edits.reduce(changeText, lenient.decode(sample)));
}

function changeRaw(sample: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce(changeBytes, sample);
}

function changeFixed(sample: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const changed = Uint8Array.from(sample);
  for (const { at, what, bytes } of edits) {
    const start = at % Math.max(1, changed.length);
    if (bytes.length === 0) changed[start] = (changed[start] ?? 0) ^ (1 << (what & 7));
    else changed.set(bytes.subarray(0, changed.length - start), start);
  }
  return changed;
}

function changeCoded({ read, write }: Coder, sample: Uint8Array, edits: readonly Edit[]) {
  let tree = treeOf(sample, () => read(sample));
  for (const edit of edits) tree = objects.change(tree, edit);
  return write(tree) ?? sample;
}

const changers: Readonly<Record<Exclude<Form, Coder>, typeof changeRaw>> = {
  canonical: changeValues,
  cbor: changeBody,
  json: changeObjects,
  text: changeLines,
  bytes: changeRaw,
  fixed: changeFixed,
};

function changeWell({ form }: Door, sample: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (typeof form === "object") return changeCoded(form, sample, edits);
  return changers[form](sample, edits);
}

/** Nothing of ours: a public test vector of this form, in half of them changed, or else any bytes. */
function foreign({ form }: Door, { sample, edits }: Plan): Uint8Array {
  const vectors = corpusOf(form);
  const vector = vectors[sample % Math.max(1, vectors.length)];
  if (vector === undefined) return changeRaw(new Uint8Array(0), edits);
  return sample % 2 === 0 ? vector : changeRaw(vector, edits);
}

/** The bytes a plan stands for at this door. */
export function makeInput(door: Door, plan: Plan): Uint8Array {
  const sample = door.samples[plan.sample % door.samples.length] as Uint8Array;
  switch (plan.way) {
    case "unchanged":
      return sample;
    case "tree":
      return changeWell(door, sample, plan.edits);
    case "bytes":
      return changeRaw(sample, plan.edits);
    case "foreign":
      return foreign(door, plan);
  }
}
