import { z } from "zod";
import { CliError } from "../errors.ts";
import { columnCountMax } from "./csv.ts";
import {
  checkSchema,
  type Field,
  facetCountMax,
  fieldTypes,
  refused,
  type StreamSchema,
} from "./schema.ts";

/** What a person says about a schema: facets on the command line, or a whole file. */
export type SchemaSpec =
  | { readonly type: "facets"; readonly facets: readonly string[] }
  | { readonly type: "file"; readonly path: string; readonly text: string };

/** Fields that are named where none of their facets is. */
const namesShownMax = 20;

/** A facet option: a name and the fields it takes; `*` takes every field no other facet names. */
export interface FacetSpec {
  readonly name: string;
  readonly fields: readonly string[];
}

/** The version mark of schema files. */
export const schemaFileMark = "tegata.schema/1";

const schemaFile = z.strictObject({
  schema: z.literal(schemaFileMark),
  name: z.string().optional(),
  zone: z.string().optional(),
  facets: z.array(z.string()).max(facetCountMax),
  fields: z
    .array(
      z.strictObject({
        name: z.string(),
        type: z.enum(fieldTypes),
        facet: z.string(),
        unit: z.string().nullable().optional(),
      }),
    )
    .max(columnCountMax),
});

/**
 * The schema a person asked for. Facet options regroup the fields of `base`, the schema drawn from the
 * data; a file replaces the fields and may replace name and zone.
 * @throws CLI_SCHEMA_REFUSED, CLI_COLUMN_UNKNOWN
 */
export function parseSchemaSpec(spec: SchemaSpec, base: StreamSchema): StreamSchema {
  if (spec.type === "file") return parseSchemaFile(spec.path, spec.text, base);
  if (spec.facets.length === 0) return base;
  return applyFacets(base, spec.facets.map(parseFacetOption));
}

/**
 * Reads `status=air_temp,process_temp`. Names of fields with a comma need a schema file.
 * @throws CLI_SCHEMA_REFUSED
 */
export function parseFacetOption(text: string): FacetSpec {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trim();
  const fields = text.slice(at + 1).split(",");
  const names = fields.map((field) => field.trim());
  if (name === "" || names.includes("")) throw refused("facet-form", "--facet", text);
  return { name, fields: names };
}

/**
 * Puts every field into the facet that names it. A field that no facet names is refused, so that
 * nothing is shared by oversight.
 * @throws CLI_SCHEMA_REFUSED, CLI_COLUMN_UNKNOWN
 */
export function applyFacets(schema: StreamSchema, specs: readonly FacetSpec[]): StreamSchema {
  if (specs.length > facetCountMax) throw refused("facet-count", "--facet", `${specs.length}`);
  const facets = schema.fields.map((): number | null => null);
  let rest: number | null = null;
  for (const [index, { name, fields }] of specs.entries()) {
    for (const wanted of fields) {
      if (wanted === "*") {
        if (rest !== null) throw refused("field-in-two-facets", name, "*");
        rest = index;
        continue;
      }
      const found = findField(schema.fields, wanted, name);
      if ((facets[found] ?? null) !== null) throw refused("field-in-two-facets", name, wanted);
      facets[found] = index;
    }
  }
  const without = schema.fields.filter((_, index) => (facets[index] ?? rest) === null);
  if (without.length > 0) {
    const names = without.map(({ name }) => name);
    const more = names.length - namesShownMax;
    const shown = names.slice(0, namesShownMax).join(", ") + (more > 0 ? `, … +${more}` : "");
    throw new CliError("CLI_SCHEMA_REFUSED", { rule: "field-in-no-facet", place: shown, got: "" });
  }
  const fields = schema.fields.map((field, index): Field => {
    return { ...field, facet: facets[index] ?? rest ?? 0 };
  });
  return checkSchema({ ...schema, facets: specs.map((spec) => spec.name), fields });
}

/** `air_temperature` finds `Air temperature` when no other field reads alike. */
function findField(fields: readonly Field[], wanted: string, facet: string): number {
  const exact = fields.findIndex((field) => field.name === wanted);
  if (exact !== -1) return exact;
  const alike = fields.flatMap((field, index) => {
    return loose(field.name) === loose(wanted) ? [index] : [];
  });
  const [only] = alike;
  if (only === undefined) {
    const known = fields.map((field) => field.name);
    const option = `--facet ${facet}`;
    throw new CliError("CLI_COLUMN_UNKNOWN", { option, column: wanted, known });
  }
  if (alike.length > 1) throw refused("field-ambiguous", facet, wanted);
  return only;
}

function loose(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s_-]+/gu, " ")
    .trim();
}

/**
 * Reads a schema file; name and zone come from `base` where the file has none.
 * @throws CLI_SCHEMA_REFUSED
 */
export function parseSchemaFile(
  path: string,
  text: string,
  base: Pick<StreamSchema, "name" | "zone">,
): StreamSchema {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused("json", path, "");
  }
  const parsed = schemaFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused("shape", issue?.path.join(".") || path, issue?.message ?? "");
  }
  const { name = base.name, zone = base.zone, facets, fields } = parsed.data;
  return checkSchema({
    name,
    zone,
    kind: "rows",
    facets,
    fields: fields.map(({ facet, unit = null, ...field }): Field => {
      const index = facets.indexOf(facet);
      if (index === -1) throw refused("facet-unknown", field.name, facet);
      return { ...field, facet: index, unit };
    }),
  });
}

/** The text of a schema file that gives this schema back. */
export function schemaFileText(schema: StreamSchema): string {
  const { name, zone, facets } = schema;
  const fields = schema.fields.map((field) => {
    return { ...field, facet: facets[field.facet] ?? "" };
  });
  return `${JSON.stringify({ schema: schemaFileMark, name, zone, facets, fields }, null, 2)}\n`;
}
