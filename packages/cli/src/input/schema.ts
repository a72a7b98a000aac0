import { Temporal } from "temporal-polyfill";
import { CliError, type SchemaRule } from "../errors.ts";
import { columnCountMax } from "./csv.ts";
import { shortened } from "./problem.ts";

/** Types of fields; annotations that say how text becomes a value. Source: docs/PROTOCOL.md 5.3. */
export const fieldTypes = ["text", "integer", "decimal", "boolean", "time", "bytes"] as const;

/** One of {@link fieldTypes}. */
export type FieldType = (typeof fieldTypes)[number];

/** One field of a stream. */
export interface Field {
  /** 1 to 64 code points, unique in the stream. */
  readonly name: string;
  readonly type: FieldType;
  /** Index into the stream's facets, from 0. */
  readonly facet: number;
  readonly unit: string | null;
}

/** The schema of a stream as plain data; its canonical bytes are made elsewhere. Source: docs/PROTOCOL.md 5.3. */
export interface StreamSchema {
  readonly name: string;
  /** IANA zone in which times without a zone are read. */
  readonly zone: string;
  readonly kind: "rows" | "documents";
  /** Names of 1 to 16 facets. */
  readonly facets: readonly string[];
  /** 1 to 256 fields in order. */
  readonly fields: readonly Field[];
}

/** Facets of a stream. */
export const facetCountMax = 16;
/** Code points of a name of a stream, facet or field. */
export const nameLengthMax = 64;
/** Code points of a unit. */
export const unitLengthMax = 32;
/** The facet of streams that name none. */
export const defaultFacet = "data";

/**
 * Fields of every stream of documents, in one facet.
 * Source: docs/PROTOCOL.md 5.3 and 7.5.
 */
export function documentSchema(name: string, zone: string): StreamSchema {
  const field = (fieldName: string, type: FieldType): Field => {
    return { name: fieldName, type, facet: 0, unit: null };
  };
  return checkSchema({
    name,
    zone,
    kind: "documents",
    facets: ["document"],
    fields: [
      field("document", "text"),
      field("name", "text"),
      field("index", "integer"),
      field("last", "boolean"),
      field("content", "bytes"),
    ],
  });
}

/**
 * Gives the schema back when it keeps every rule.
 * @throws CLI_SCHEMA_REFUSED
 */
export function checkSchema(schema: StreamSchema): StreamSchema {
  const { fields, facets } = schema;
  if (!isName(schema.name)) throw refused("name", "stream", schema.name);
  if (!isZone(schema.zone)) throw refused("zone", "zone", schema.zone);
  if (facets.length < 1 || facets.length > facetCountMax) {
    throw refused("facet-count", "facets", `${facets.length}`);
  }
  if (fields.length < 1 || fields.length > columnCountMax) {
    throw refused("field-count", "fields", `${fields.length}`);
  }
  checkNames("facet", facets);
  checkNames(
    "field",
    fields.map((field) => field.name),
  );
  for (const { name, facet, unit } of fields) {
    if (facets[facet] === undefined) throw refused("facet-unknown", name, `${facet}`);
    if (unit !== null && !(isName(unit) && [...unit].length <= unitLengthMax))
      throw refused("name", `unit of ${name}`, unit);
  }
  for (const [index, facet] of facets.entries()) {
    if (!fields.some((field) => field.facet === index)) throw refused("facet-empty", facet, facet);
  }
  return schema;
}

/** Builds the error of a schema that breaks `rule` at `place`. */
export function refused(
  rule: SchemaRule,
  place: string,
  got: string,
): CliError<"CLI_SCHEMA_REFUSED"> {
  const detail = { rule, place: shortened(place), got: shortened(got) };
  return new CliError("CLI_SCHEMA_REFUSED", detail);
}

/**
 * True for 1 to 64 code points without control characters or spaces at the ends. One name is refused
 * because JSON readers guard against it as a key.
 */
export function isName(text: string): boolean {
  const length = [...text].length;
  return (
    length >= 1 &&
    length <= nameLengthMax &&
    text === text.trim() &&
    text !== "__proto__" &&
    text.isWellFormed() &&
    !/\p{Cc}/u.test(text)
  );
}

/** True for a name of the IANA zone database that this Node knows. */
export function isZone(zone: string): boolean {
  // Intl takes offsets such as +09:00 too; they are no zones.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    // Stricter than Intl, which takes letters such as JST that no other program knows.
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

function checkNames(what: "facet" | "field", names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (!isName(name)) throw refused("name", what, name);
    if (seen.has(name)) throw refused("name-twice", what, name);
    seen.add(name);
  }
}
