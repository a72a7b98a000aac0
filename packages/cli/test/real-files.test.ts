import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import { CliError, type CliErrorDetails } from "../src/errors.ts";
import { chooseForm, draftSchema } from "../src/input/form.ts";
import { inferRowCountMax } from "../src/input/infer.ts";
import { proposeFacets } from "../src/input/propose-facets.ts";
import { checkInput, type InputPlan } from "../src/input/rows.ts";
import { openSource } from "../src/input/source.ts";
import { timeFieldOf } from "../src/input/time-column.ts";

const guide = join(import.meta.dirname, "../../../docs/guides/files.md");
const nowMs = Date.UTC(2026, 10, 22);

/** What one file needs beside its name: a line of the guide's table. */
async function lineOf(file: string): Promise<string> {
  const path = dataPath(...file.split("/"));
  await using source = await openSource(path, { stdin: nothing() });
  const wish = { format: null, encoding: null, delimiter: null, fields: null };
  const chosen = await chooseForm(source, wish).catch((error: unknown) => error);
  if (chosen instanceof CliError) {
    const { found } = chosen.detail as CliErrorDetails["CLI_FORMAT_UNKNOWN"];
    return row(file, found, "", "`--documents`", "`--file`");
  }
  const { form } = chosen as Awaited<ReturnType<typeof chooseForm>>;
  const named = { name: "press-3", zone: "UTC", rowCountMax: inferRowCountMax };
  const { schema: draft, misfits } = await draftSchema(source, form, named);
  expect(misfits).toEqual([]);
  const schema = proposeFacets(draft);
  const column = timeFieldOf(schema.fields);
  const time = { zone: "UTC", localZone: "UTC", nowMs };
  const plan = (flags: readonly string[]): InputPlan => ({
    ...{ source, form, schema, renames: new Map() },
    misfits: flags.includes("--skip-invalid") ? "skip" : "refuse",
    time: {
      ...time,
      source: column === null ? { type: "submission" } : { type: "column", column, unit: "text" },
      backfill: flags.includes("--backfill"),
    },
  });
  for (const flags of [[], ["--backfill"], ["--backfill", "--skip-invalid"]]) {
    try {
      const { rowCount, misfitCount } = await checkInput(plan(flags));
      const said = flags.map((flag) => `\`${flag}\``).join(" ") || "none";
      const left = misfitCount === 0 ? "" : `, ${misfitCount} left out`;
      return row(file, form.format, `${rowCount}${left}`, "none", said);
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== "CLI_ROWS_REFUSED") throw error;
    }
  }
  throw new Error(`${file} needs a flag that is not listed`);
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

test.skipIf(sharedData === null)(
  "every real file becomes a stream and its rows, with the flags that the guide lists and no others",
  async () => {
    const files = globSync("{design,events,quality,telemetry}/**/*.*", { cwd: dataPath() })
      .map((path) => path.replaceAll("\\", "/"))
      .sort();
    const lines: string[] = [];
    for (const file of files) lines.push(await lineOf(file));
    const rows = lines.filter((line) => !line.includes("--documents"));
    const documents = lines.length - rows.length;
    const flags = (text: string): number => rows.filter((line) => line.includes(text)).length;
    const sum = `${files.length} files: ${rows.length} hold rows and ${documents} are documents. No stream of rows needs a flag. ${flags("| none | none |")} files of rows are submitted without one, ${flags("--backfill")} are older than a week and need \`--backfill\`, ${flags("--skip-invalid")} of these have damaged lines or assets and need \`--skip-invalid\`.`;
    const text = readFileSync(guide, "utf8");
    const listed = text
      .split("\n")
      .filter((line) => /^\| (?:design|events|quality|telemetry)\//.test(line));
    expect(listed).toEqual(lines);
    expect(text).toContain(sum);
  },
  60_000,
);
