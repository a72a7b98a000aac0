import { fromBase64, toBase64 } from "../primitives/base64.ts";
import { idBytes, type TransactionId } from "../primitives/ids.ts";
import { inclusionProof } from "../primitives/merkle.ts";
import type { FieldProof, LeafProof } from "./disclosure.ts";
import { limits } from "./limits.ts";

const proofSchema = "tegata.proof/1";
/** A tree of 2^40 leaves has no longer path. */
const pathMax = 40;

/** The way from a leaf to the root of its tree. */
export interface TreePath {
  readonly index: number;
  readonly count: number;
  /** Siblings, lowest first. */
  readonly path: readonly Uint8Array[];
}

/** A leaf and its way. */
export interface ProvenLeaf extends TreePath {
  readonly leaf: Uint8Array;
}

/** A height whose block changed the set of validators. */
export interface SetChange {
  readonly header: Uint8Array;
  /** A commit certificate for this block, by the set that decided it. */
  readonly certificate: Uint8Array;
  /** Canonical bytes of the set after this block. */
  readonly nextValidators: Uint8Array;
}

/** A proof file taken apart; nothing in it is verified. Source: docs/PROTOCOL.md, Proof file. */
export interface ProofFile {
  readonly genesis: Uint8Array;
  /** From the founders to the set that decided the header, ascending. */
  readonly steps: readonly SetChange[];
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly transaction: Uint8Array;
  readonly transactionPlace: TreePath;
  readonly facet: number;
  readonly schemaSalt: Uint8Array;
  readonly schemaBytes: Uint8Array;
  readonly row: ProvenLeaf;
  /** The one field that is shown, or null where the whole row of the facet is. */
  readonly field: ProvenLeaf | null;
}

/** What a proof of one row or field is made of. */
export interface ProofSource {
  readonly genesis: Uint8Array;
  /** Every height below that of the block that changed the set of validators, ascending. */
  readonly steps: readonly SetChange[];
  /** Header of the block that holds the transaction. */
  readonly header: Uint8Array;
  /** A commit certificate for this block. */
  readonly certificate: Uint8Array;
  readonly transaction: Uint8Array;
  readonly transactionIndex: number;
  /** All transactions of the block, in order. */
  readonly transactionIds: readonly TransactionId[];
  readonly facet: number;
  readonly schemaSalt: Uint8Array;
  readonly schemaBytes: Uint8Array;
  readonly row: LeafProof;
  readonly field: FieldProof | null;
}

/** Writes a proof file. */
export function encodeProof(source: ProofSource): string {
  const path = inclusionProof(source.transactionIds.map(idBytes), source.transactionIndex);
  const file = {
    schema: proofSchema,
    genesis: toBase64(source.genesis),
    steps: source.steps.map(({ header, certificate, nextValidators }) => ({
      header: toBase64(header),
      certificate: toBase64(certificate),
      nextValidators: toBase64(nextValidators),
    })),
    header: toBase64(source.header),
    certificate: toBase64(source.certificate),
    transaction: toBase64(source.transaction),
    transactionIndex: source.transactionIndex,
    transactionCount: source.transactionIds.length,
    transactionPath: path.map(toBase64),
    facet: source.facet,
    schemaSalt: toBase64(source.schemaSalt),
    schemaBytes: toBase64(source.schemaBytes),
    leafIndex: source.row.leafIndex,
    leafCount: source.row.leafCount,
    leaf: toBase64(source.row.leaf),
    leafPath: source.row.leafPath.map(toBase64),
    ...(source.field === null ? {} : fieldPart(source.field)),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function fieldPart(field: FieldProof): Readonly<Record<string, unknown>> {
  return {
    fieldLeaf: toBase64(field.fieldLeaf),
    fieldIndex: field.fieldIndex,
    fieldCount: field.fieldCount,
    fieldPath: field.fieldPath.map(toBase64),
  };
}

/** Collects what a JSON object lacks, so that each value is read by one short call. */
class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  complete = true;

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object;
  }

  bytes(name: string): Uint8Array {
    return this.#base64(this.#object[name]);
  }

  number(name: string): number {
    const value = this.#object[name];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    this.complete = false;
    return 0;
  }

  path(name: string): readonly Uint8Array[] {
    const value = this.#object[name];
    if (Array.isArray(value) && value.length <= pathMax) {
      return value.map((node) => this.#base64(node));
    }
    this.complete = false;
    return [];
  }

  steps(name: string): readonly SetChange[] {
    const value = this.#object[name];
    if (Array.isArray(value) && value.length <= limits.proofStepsMax) {
      return value.map((step: unknown) => this.#step(step));
    }
    this.complete = false;
    return [];
  }

  #step(value: unknown): SetChange {
    const fields = new Fields(isObject(value) ? value : {});
    const step = {
      header: fields.bytes("header"),
      certificate: fields.bytes("certificate"),
      nextValidators: fields.bytes("nextValidators"),
    };
    this.complete &&= fields.complete;
    return step;
  }

  #base64(value: unknown): Uint8Array {
    const bytes = typeof value === "string" ? fromBase64(value) : null;
    if (bytes !== null) return bytes;
    this.complete = false;
    return new Uint8Array(0);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  if (text.length > limits.proofBytesMax) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Takes a proof file apart, or null where it is none. Fields that the format does not name are ignored. */
export function decodeProof(text: string): ProofFile | null {
  const object = parse(text);
  if (object === null || object.schema !== proofSchema) return null;
  const fields = new Fields(object);
  const file: ProofFile = {
    genesis: fields.bytes("genesis"),
    steps: fields.steps("steps"),
    header: fields.bytes("header"),
    certificate: fields.bytes("certificate"),
    transaction: fields.bytes("transaction"),
    transactionPlace: {
      index: fields.number("transactionIndex"),
      count: fields.number("transactionCount"),
      path: fields.path("transactionPath"),
    },
    facet: fields.number("facet"),
    schemaSalt: fields.bytes("schemaSalt"),
    schemaBytes: fields.bytes("schemaBytes"),
    row: {
      leaf: fields.bytes("leaf"),
      index: fields.number("leafIndex"),
      count: fields.number("leafCount"),
      path: fields.path("leafPath"),
    },
    field: Object.hasOwn(object, "fieldLeaf")
      ? {
          leaf: fields.bytes("fieldLeaf"),
          index: fields.number("fieldIndex"),
          count: fields.number("fieldCount"),
          path: fields.path("fieldPath"),
        }
      : null,
  };
  return fields.complete ? file : null;
}
