import { LedgerError } from "../primitives/errors.ts";
import { taggedHash } from "../primitives/hash.ts";
import { type Hash, hashId } from "../primitives/ids.ts";
import {
  fromBytes,
  type Infer,
  nullable,
  record,
  text,
  toBytes,
  uint,
} from "../primitives/shape.ts";
import { limits } from "./limits.ts";
import { choice, listOf, notA, versioned, where } from "./wire-shapes.ts";

/** Another company chose these names and a terminal may print them: nothing in them steers it. */
const nameShape = where(
  text(limits.nameCodePointsMax * 4),
  `a name of 1 to ${limits.nameCodePointsMax} characters, none of them invisible controls`,
  (name) =>
    name !== "" &&
    [...name].length <= limits.nameCodePointsMax &&
    !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(name),
);

const zoneShape = where(text(limits.zoneBytesMax), "a name of the time zone database", (zone) =>
  /^[A-Za-z0-9_+/-]+$/.test(zone),
);

const schemaShape = versioned(1, {
  /** Name of the stream. */
  name: nameShape,
  /** IANA name of the zone in which times without a zone are read. */
  zone: zoneShape,
  facets: listOf(record({ name: nameShape }), 1, limits.facetsMax),
  fields: listOf(
    record({
      name: nameShape,
      /** An annotation for readers; cells keep what the source said. */
      type: choice("text", "integer", "decimal", "boolean", "time", "bytes"),
      /** Index of the facet the field belongs to. */
      facet: uint(limits.facetsMax - 1),
      unit: nullable(nameShape),
    }),
    1,
    limits.fieldsMax,
  ),
  kind: choice("rows", "documents"),
});

/** Names of a stream, its facets and its fields, which only its readers see. Source: docs/PROTOCOL.md, Streams. */
export type StreamSchema = Infer<typeof schemaShape>;
/** A field of a stream. */
export type SchemaField = StreamSchema["fields"][number];

/** Fields of every stream of documents, in its one facet. */
export const documentFields: StreamSchema["fields"] = Object.freeze([
  { name: "document", type: "text", facet: 0, unit: null },
  { name: "name", type: "text", facet: 0, unit: null },
  { name: "index", type: "integer", facet: 0, unit: null },
  { name: "last", type: "boolean", facet: 0, unit: null },
  { name: "content", type: "bytes", facet: 0, unit: null },
]);

function isRepeated(names: readonly string[]): boolean {
  return new Set(names).size !== names.length;
}

function checkSchema(schema: StreamSchema): void {
  const { facets, fields, kind } = schema;
  if (isRepeated(facets.map(({ name }) => name))) throw notA("names used once", "schema.facets");
  if (isRepeated(fields.map(({ name }) => name))) throw notA("names used once", "schema.fields");
  if (fields.some(({ facet }) => facet >= facets.length)) {
    throw notA("fields of the facets named", "schema.fields");
  }
  if (kind === "rows") return;
  const same =
    facets.length === 1 &&
    fields.length === documentFields.length &&
    documentFields.every(({ name, type }, index) => {
      const field = fields[index];
      return field?.name === name && field.type === type;
    });
  if (!same) throw notA("the fields of a stream of documents", "schema.fields");
}

/**
 * Canonical bytes of a schema, which are sealed and hashed.
 * @throws LEDGER_BAD_SHAPE, LEDGER_TOO_LARGE
 */
export function encodeSchema(schema: StreamSchema): Uint8Array {
  const encoded = toBytes(schemaShape, schema);
  decodeSchema(encoded);
  return encoded;
}

/**
 * Reads a schema: names used once, every field in a facet, the fixed fields where the kind is documents.
 * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE
 */
export function decodeSchema(schemaBytes: Uint8Array): StreamSchema {
  if (schemaBytes.length > limits.schemaBytesMax) {
    const detail = { what: "schema", actual: schemaBytes.length, max: limits.schemaBytesMax };
    throw new LedgerError("LEDGER_TOO_LARGE", "the schema is too large", detail);
  }
  const schema = fromBytes(schemaShape, schemaBytes);
  checkSchema(schema);
  return schema;
}

/** What a stream's transactions say of its schema; the 32-byte salt keeps others from guessing it. */
export function schemaHash(schemaSalt: Uint8Array, schemaBytes: Uint8Array): Hash {
  return hashId(taggedHash("schema", schemaSalt, schemaBytes));
}

/** Fields of one facet, in the order in which they stand in a row behind the observation time. */
export function facetFields(schema: StreamSchema, facet: number): readonly SchemaField[] {
  return schema.fields.filter((field) => field.facet === facet);
}
