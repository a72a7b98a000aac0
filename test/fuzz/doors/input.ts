import { SettingsError } from "@tegata/settings";
import { CliError } from "../../../packages/cli/src/errors.ts";
import { chooseForm, draftSchema } from "../../../packages/cli/src/input/form.ts";
import {
  checkInput,
  type InputPlan,
  type TimeChoice,
} from "../../../packages/cli/src/input/rows.ts";
import {
  parseFacetOption,
  parseSchemaFile,
  schemaFileMark,
} from "../../../packages/cli/src/input/schema-spec.ts";
import {
  parseStepOption,
  parseTimeOption,
  parseZoneOption,
} from "../../../packages/cli/src/input/time.ts";
import { timeFieldOf } from "../../../packages/cli/src/input/time-column.ts";
import { accepted, type Door, refusalIn, type Verdict, verdictOf } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";

const nowMs = Date.UTC(2026, 10, 22, 9);
const pieceBytes = 4_096;

/** A file as the program sees it: read from the start as often as it likes. */
function sourceOf(name: string, bytes: Uint8Array) {
  async function* read(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      yield bytes.subarray(start, start + pieceBytes);
    }
  }
  return {
    ...{ path: name, name, sizeBytes: bytes.length, read },
    head: async (bytesMax: number) => bytes.slice(0, bytesMax),
    checkUnchanged: async () => undefined,
  };
}

/** The whole way of a file that nobody has seen before: its form, a schema drawn from it, all its rows. */
async function publish(name: string, bytes: Uint8Array): Promise<Verdict> {
  try {
    const source = sourceOf(name, bytes);
    const wish = { format: null, encoding: null, delimiter: null, fields: null };
    const { form } = await chooseForm(source, wish);
    const options = { name: "stream", zone: "Asia/Tokyo", rowCountMax: 1_000 };
    const { schema } = await draftSchema(source, form, options);
    const column = timeFieldOf(schema.fields);
    const times: TimeChoice =
      column === null ? { type: "submission" } : { type: "column", column, unit: "text" };
    const zones = { zone: "Asia/Tokyo", localZone: "Asia/Tokyo" };
    const time = { source: times, ...zones, nowMs, backfill: true };
    const plan: InputPlan = { source, form, schema, renames: new Map(), time, misfits: "skip" };
    await checkInput(plan);
    return accepted;
  } catch (error) {
    return refusalIn(error, [CliError]);
  }
}

const csv = [
  "ts,force [kN],strokes,state\n2026-11-22 08:00:00,1835.0,38,run\n2026-11-22 08:00:01,,39,\n",
  '日時;"荷重 (kN)";判定\r\n2026/11/22 8:00;1,5;良\r\n2026/11/22 8:01;1,6;"不良\r\n再検"\r\n',
  "Report of line 3\n\ntime\tvalue\n1795132800\t1\n1795132801\t#N/A\n",
];
const ndjson = [
  '{"ts":"2026-11-22T08:00:00Z","force":1835.0,"state":"run"}\n{"ts":null,"force":1e3}\n',
];
const shdr = [
  "2026-11-22T08:00:00.1Z|Xpos|12.5|Ypos|UNAVAILABLE\n2026-11-22T08:00:01Z|c|fault|7|hi|HIGH|hot\n",
];
const schemaFile = JSON.stringify({
  schema: schemaFileMark,
  ...{ name: "press-3", zone: "Asia/Tokyo", facets: ["data"] },
  fields: [{ name: "force", type: "decimal", facet: "data", unit: "kN" }],
});

function rowsDoor(ending: string, what: string, samples: readonly string[]): Door {
  return {
    name: `input.${ending}`,
    what,
    limit: "a line, its cells, and the bytes of a submission; nothing holds the file",
    form: "text",
    samples: samples.map(textBytes),
    isOuter: (bytes) => bytes.length > 0,
    read: (bytes) => publish(`rows.${ending}`, bytes),
  };
}

/** Files of readings and what is typed beside them. */
export const inputDoors: readonly Door[] = [
  rowsDoor("csv", "tables, in any encoding and with any separator", csv),
  rowsDoor("ndjson", "a JSON object a line", ndjson),
  rowsDoor("shdr", "what an adapter says, in a file or through a pipe", shdr),
  {
    name: "input.schema",
    what: "schema files",
    limit: "256 fields in 16 facets",
    form: "json",
    samples: [textBytes(schemaFile)],
    isOuter: (bytes) => textOf(bytes).trimStart().startsWith("{"),
    read: (bytes) =>
      verdictOf(
        () => parseSchemaFile("schema.json", textOf(bytes), { name: "stream", zone: "UTC" }),
        [CliError],
      ),
  },
  {
    name: "input.options",
    what: "times, zones, spans and facets that are typed",
    limit: "what a command line may hold",
    form: "text",
    samples: ["2026-11-22T08:00:00+09:00", "status=force,strokes", "Asia/Tokyo", "250ms"].map(
      textBytes,
    ),
    isOuter: (bytes) => bytes.length > 0,
    read: (bytes) => {
      const text = textOf(bytes);
      const readers = [
        () => parseFacetOption(text),
        () => parseZoneOption(text),
        () => parseStepOption("--step", text),
        () => parseTimeOption("--from", text, "Asia/Tokyo"),
      ];
      const verdicts = readers.map((read) => verdictOf(read, [CliError, SettingsError]));
      return verdicts.find(({ kind }) => kind === "accepted") ?? (verdicts[0] as Verdict);
    },
  },
];
