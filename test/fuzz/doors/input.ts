import { followPipe } from "@tegata/collect";
import { encode, type Value } from "@tegata/ledger/primitives";
import { SettingsError } from "@tegata/settings";
import { jsonLineReader } from "../../../packages/cli/src/collecting/line-reader.ts";
import { CliError } from "../../../packages/cli/src/errors.ts";
import {
  type DocumentRow,
  documentChunkBytes,
  joinDocument,
  safeFileName,
} from "../../../packages/cli/src/input/document.ts";
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
import { accepted, type Door, refusalIn, refused, type Verdict, verdictOf } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";
import { canonicalIn } from "../make-input.ts";
import { isCanonical } from "./canonical.ts";

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

/** One table as Excel, old programs and Unix write it. */
const encoded = [
  Buffer.from(`\ufeff${csv[0]}`, "utf16le"),
  Buffer.from(`\ufeff${csv[1]}`),
  Buffer.concat([
    Buffer.from([0x93, 0xfa, 0x8e, 0x9e]),
    Buffer.from(",force\n2026/11/22 8:00,1\n"),
  ]),
].map((bytes) => new Uint8Array(bytes));

const schema = {
  ...{ name: "press", zone: "Asia/Tokyo", kind: "rows" as const, facets: ["data"] },
  fields: [
    { name: "force", type: "decimal" as const, facet: 0, unit: "kN" },
    { name: "state", type: "text" as const, facet: 0, unit: null },
  ],
};

/** Lines as `tegata submit STREAM - --follow` takes them, up to the rows that would be sent. */
async function follow(bytes: Uint8Array): Promise<Verdict> {
  const heard: string[] = [];
  const ears = {
    hear: (text: string) => void heard.push(text),
    commit: async () => undefined,
    room: async () => undefined,
  };
  const chunks = sourceOf("pipe", bytes).read();
  await followPipe({ chunks, form: "ndjson" }, ears, new AbortController().signal);
  const read = jsonLineReader({
    ...{ schema, zone: "Asia/Tokyo", renames: new Map(), backfill: true },
    time: { column: "ts", unit: "text" },
  });
  const readings = heard.flatMap((text) => read({ heardMs: nowMs, text }));
  return readings.some(({ type }) => type === "row") ? accepted : refused("no row");
}

/** Rows of documents; the last number is how many bytes a piece has. */
const documents = [
  [
    ["ab".repeat(16), "epcis.json", 0, 0, documentChunkBytes],
    ["ab".repeat(16), null, 1, 1, 9],
  ],
  [["cd".repeat(16), "../empty", 0, 1, 0]],
];

const longest = new Uint8Array(2 * documentChunkBytes);

function rowOf(value: Value): DocumentRow | null {
  const [document, name, index, last, size] = Array.isArray(value) ? value : [];
  const isRow = typeof document === "string" && (name === null || typeof name === "string");
  if (!isRow || typeof index !== "number" || typeof size !== "number") return null;
  if (size < 0 || size > longest.length) return null;
  return { document, name, index, last: last === 1, content: longest.subarray(0, size) };
}

/** What is written to a disk of the document that these rows are. */
async function put(bytes: Uint8Array): Promise<Verdict> {
  const value = canonicalIn(bytes);
  const rows = Array.isArray(value) ? value.map(rowOf) : [null];
  async function* read(): AsyncGenerator<DocumentRow> {
    for (const row of rows) if (row !== null) yield row;
  }
  if (rows.includes(null)) return refused("no rows");
  try {
    for await (const piece of joinDocument(read())) void piece;
    const name = safeFileName(rows[0]?.name ?? "");
    if (/[/\\]|^\.|\p{Cc}/u.test(name)) throw new Error(`a name that leads away: ${name}`);
    return accepted;
  } catch (error) {
    return refusalIn(error, [CliError]);
  }
}

/** Files of readings and what is typed beside them. */
export const inputDoors: readonly Door[] = [
  rowsDoor("csv", "tables, in any encoding and with any separator", csv),
  rowsDoor("ndjson", "a JSON object a line", ndjson),
  {
    ...rowsDoor("csv", "tables as bytes, in encodings of all kinds", []),
    name: "input.bytes",
    form: "bytes",
    samples: encoded,
  },
  rowsDoor("shdr", "what an adapter says, in a file or through a pipe", shdr),
  {
    name: "input.follow",
    what: "lines of JSON through a pipe that does not end",
    limit: "a line, before it is kept",
    form: "text",
    samples: ndjson.map(textBytes),
    isOuter: (bytes) => bytes.includes(10),
    read: follow,
  },
  {
    name: "input.document",
    what: "the pieces of a document that a dishonest owner published, put together",
    limit: "1,000,000 bytes a piece",
    form: "canonical",
    samples: documents.map((rows) => encode(rows)),
    isOuter: isCanonical,
    read: put,
  },
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
