import { readFile } from "node:fs/promises";
import type { CreateStreamBody, Stream } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { ownCard } from "../founding/genesis.ts";
import { checkSchema, documentSchema, type StreamSchema } from "../input/schema.ts";
import { parseSchemaSpec, schemaFileText } from "../input/schema-spec.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";
import { confirmDraft, drawStream } from "./stream-draft.ts";
import { fieldLines } from "./streams-show.ts";
import { zoneOf } from "./times.ts";

const waitMs = 30_000;
const categories = ["equipment-status", "quality", "design", "supply-chain", "other"] as const;
const spans = ["1h", "1d", "30d"] as const;
const disclosures = ["row", "field"] as const;

/** `tegata streams create`: makes a stream from a schema file, a sample, or for documents. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { sharing } = words();
  const category = given.choice("category", categories) ?? "other";
  const epochLength = given.choice("smallest-span", spans) ?? "1h";
  const { schema, told, isDoubtful = false } = await schemaOf(context, given);
  const body = bodyOf(schema, disclosuresOf(given, schema), { category, epochLength });
  const owner = await ownCard(context.home);
  const shown = [
    ...told,
    sharing.othersSee(owner.name, category, body.facets.length),
    sharing.stays,
  ];
  const isAsked = given.text("from") !== null && !given.flag("yes") && !context.dryRun;
  const hasShown = isAsked && context.isInteractive;
  if (hasShown) await confirmDraft(context, shown, isDoubtful);
  else if (isAsked && isDoubtful) {
    for (const line of shown) context.warn(line);
    throw usageOf(words().drafting.doubtful);
  }
  if (!context.dryRun) {
    const stream = await create(context, body);
    const made = sharing.created(schema.name, stream.createdHeight);
    const lines = hasShown ? [made] : [made, ...shown];
    const document = { schema: "tegata.stream/1", stream, grants: [], committed: true } as const;
    await context.result(document, lines);
    return;
  }
  // A schema file as --schema takes it: drawn from a sample, corrected by hand, given again.
  if (context.json) await context.out.write(schemaFileText(schema));
  else await context.result({ schema: "tegata.stream/1" }, shown);
  context.say(sharing.createDry);
}

function create(context: Context, body: CreateStreamBody): Promise<Stream> {
  return withGateway(context, async (gateway) => {
    const startMs = performance.now();
    const stream = await patientlyTold(context, gateway, gateway.createStream(body, { waitMs }));
    await onLedger(gateway, stream.createdHeight, { kind: "stream" }, startMs);
    return stream;
  });
}

/** A schema and the lines that show it. */
interface Wanted {
  readonly schema: StreamSchema;
  readonly told: readonly string[];
  /** Whether a sample as it is would lose its times or be refused whole. */
  readonly isDoubtful?: boolean;
}

async function schemaOf(context: Context, given: Given): Promise<Wanted> {
  const { usage } = words();
  const [file, sample] = [given.text("schema"), given.text("from")];
  const facets = given.list("facet");
  const zone = zoneOf(given);
  const name = given.argument("name");
  const plain = (schema: StreamSchema): Wanted => {
    const fields = bodyOf(schema, new Map(), { category: "other", epochLength: "1h" }).fields;
    return { schema, told: fieldLines(context, { fields: fields.map((field) => ({ ...field })) }) };
  };
  if (given.flag("documents")) {
    if (file !== null) throw usageOf(usage.together("--documents", "--schema"));
    if (sample !== null) throw usageOf(usage.together("--documents", "--from"));
    if (facets.length > 0) throw usageOf(usage.together("--documents", "--facet"));
    return plain(documentSchema(name, zone));
  }
  if (file !== null) {
    if (sample !== null) throw usageOf(usage.together("--schema", "--from"));
    if (facets.length > 0) throw usageOf(usage.together("--schema", "--facet"));
    const text = await readText(context.path(file));
    const base: StreamSchema = { name, zone, kind: "rows", facets: [], fields: [] };
    const schema = parseSchemaSpec({ type: "file", path: file, text }, base);
    const isZoned = given.text("tz") === null;
    return plain(checkSchema({ ...schema, name, zone: isZoned ? schema.zone : zone }));
  }
  if (sample === null) {
    throw usageOf(usage.either("--from FILE", "--schema FILE", "streams create"));
  }
  return drawStream(context, given, { sample, name, zone });
}

/** `--disclosure quality=field`: facets that are not named disclose whole rows. */
function disclosuresOf(given: Given, schema: StreamSchema): ReadonlyMap<string, "row" | "field"> {
  const found = new Map<string, "row" | "field">();
  for (const text of given.list("disclosure")) {
    const at = text.lastIndexOf("=");
    const facet = text.slice(0, Math.max(at, 0));
    const disclosure = disclosures.find((choice) => choice === text.slice(at + 1));
    if (disclosure === undefined || !schema.facets.includes(facet)) {
      const choices = schema.facets.flatMap((name) => disclosures.map((how) => `${name}=${how}`));
      throw usageOf(words().usage.choice("--disclosure", text, choices));
    }
    found.set(facet, disclosure);
  }
  return found;
}

function bodyOf(
  schema: StreamSchema,
  chosen: ReadonlyMap<string, "row" | "field">,
  rest: Pick<Required<CreateStreamBody>, "category" | "epochLength">,
): CreateStreamBody {
  return {
    name: schema.name,
    zone: schema.zone,
    kind: schema.kind,
    ...rest,
    facets: schema.facets.map((name) => ({ name, disclosure: chosen.get(name) ?? "row" })),
    fields: schema.fields.map(({ name, type, unit, facet }) => {
      return { name, type, unit, facet: schema.facets[facet] ?? "" };
    }),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError("CLI_FILE_UNREADABLE", { path, reason }, cause);
  }
}
