import { createHash } from "node:crypto";
import type { GatewayClient, Stream } from "@tegata/gateway/client";
import { toJsonCells } from "../input/api-cells.ts";
import type { EpochLength } from "../input/batches.ts";
import { checkTimeSaid } from "../input/counted-time.ts";
import { chooseForm } from "../input/form.ts";
import { headerLineMax } from "../input/header-line.ts";
import { checkInput, type InputPlan, type InputSummary, readBatches } from "../input/rows.ts";
import { type InputSource, openSource, stdinPath } from "../input/source.ts";
import { localZone, parseStepOption } from "../input/time.ts";
import { problemLine, reportProblem } from "../print/error.ts";
import type { ExitCode } from "../print/exit-codes.ts";
import { dateTime } from "../print/human.ts";
import { startProgress } from "../print/progress.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { schemaOfStream } from "./own-schema.ts";
import { openRejects } from "./rejects.ts";
import { rowsToldBy } from "./settling.ts";
import { tellHeader } from "./stream-draft.ts";
import { type Load, type Published, publish } from "./submissions.ts";
import { submitDocument } from "./submit-document.ts";
import { renamesOf, timeChoice } from "./submit-options.ts";
import { isPipe, submitPipe } from "./submit-pipe.ts";

/** Numbers of the lengths that a stream says in words. */
export const epochLengths: Readonly<Record<Stream["epochLength"], EpochLength>> = {
  "1h": 0,
  "1d": 1,
  "30d": 2,
};

/** `tegata submit`: publishes the rows of a file, or a file as a document. */
export async function run(context: Context, given: Given): Promise<ExitCode | undefined> {
  const file = given.argument("file");
  if (given.flag("follow") && file !== stdinPath) throw usageOf(words().collect.onlyPipe);
  if (file === stdinPath && isPipe(given)) {
    return withGateway(context, (gateway) => submitPipe(context, given, gateway));
  }
  const path = file === stdinPath ? file : context.path(file);
  await using source = await openSource(path, { stdin: context.world.stdin });
  await withGateway(context, async (gateway) => {
    const stream = await gateway.stream(given.argument("stream"));
    if (given.flag("file")) await submitDocument(context, given, gateway, { stream, source });
    else await submitRows(context, given, gateway, stream, source);
  });
  return undefined;
}

async function submitRows(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  stream: Stream,
  source: InputSource,
): Promise<void> {
  const { data } = words();
  const startMs = performance.now();
  const plan = await planOf(context, given, stream, source);
  const summary = await checkedInput(context, given, plan);
  tellCheck(context, summary, plan);
  const name = given.argument("stream");
  if (context.dryRun || summary.rowCount === 0) {
    const { rowCount } = summary;
    const said = context.dryRun ? data.submitDry(rowCount, name) : data.nothingToPublish;
    const { dryRun } = context;
    const document = { schema: "tegata.submit/1", dryRun, stream: name, rows: rowCount } as const;
    await context.result(document, [said]);
    return;
  }
  const { stderr } = context.world;
  const progress = startProgress({
    stream: stderr,
    isTty: stderr.isTTY === true && !context.settings.quiet,
    now: () => performance.now(),
  });
  const wait = !given.flag("no-wait");
  const publishing = publish(gateway, name, loadsOf(plan, stream), {
    wait,
    timeoutMs: parseStepOption("--timeout", given.text("timeout") ?? "30s"),
    report: (rows) => {
      if (!context.settings.quiet) progress.report(data.progress(rows));
    },
  }).finally(() => progress.end());
  const say = (text: string): void => {
    progress.end();
    context.say(text);
  };
  const published = await (wait ? rowsToldBy(say, gateway, publishing) : publishing);
  await tellPublished(context, name, published, { wait, ms: performance.now() - startMs });
}

async function planOf(
  context: Context,
  given: Given,
  stream: Stream,
  source: InputSource,
): Promise<InputPlan> {
  const schema = schemaOfStream(stream, "rows");
  const time = timeChoice(given, schema);
  const names = schema.fields.map(({ name }) => name);
  const timeOnly = time.type === "column" && !names.includes(time.column) ? [time.column] : [];
  const header = given.count("header", 1, headerLineMax);
  const { form } = await chooseForm(source, {
    format: given.choice("format", ["csv", "ndjson", "shdr"]),
    encoding: given.choice("encoding", ["utf-8", "cp932"]),
    delimiter: null,
    fields: [...names, ...timeOnly],
    header,
  });
  if (header === null) tellHeader(context, form);
  const renames = renamesOf(given);
  if (time.type === "submission") await checkTimeSaid({ source, form, schema, renames });
  return {
    ...{ source, form, schema, renames },
    misfits: given.flag("skip-invalid") ? "skip" : "refuse",
    time: {
      source: time,
      zone: given.text("tz") ?? schema.zone,
      localZone: localZone(),
      nowMs: context.world.nowMs(),
      backfill: given.flag("backfill"),
    },
  };
}

/** First pass; with `--rejects` what is left out is listed in a file. */
async function checkedInput(
  context: Context,
  given: Given,
  plan: InputPlan,
): Promise<InputSummary> {
  const { drafting, usage } = words();
  const file = given.text("rejects");
  if (file === null) return checkInput(plan);
  if (plan.misfits !== "skip") throw usageOf(usage.needs("--rejects", "--skip-invalid"));
  const path = context.path(file);
  const list = await openRejects(path);
  try {
    const summary = await checkInput(plan, list.add);
    await list.end(summary.misfitCount > 0);
    if (summary.misfitCount > 0) context.say(drafting.rejects(summary.misfitCount, path));
    return summary;
  } catch (error) {
    await list.end(false);
    throw error;
  }
}

/** One submission for each batch of rows; its key follows from what is in it. */
async function* loadsOf(plan: InputPlan, stream: Stream): AsyncGenerator<Load> {
  const options = { epochLength: epochLengths[stream.epochLength] };
  let index = 0;
  for await (const batch of readBatches(plan, options)) {
    const rows = batch.rows.map(({ timeMs, cells }) => {
      return { timeMs, cells: toJsonCells(plan.schema.fields, cells) };
    });
    const body = { rows, backfill: plan.time.backfill };
    yield { body, key: keyOf(stream.id, index, body) };
    index += 1;
  }
}

/** The same rows in the same place of a file give the same key, whenever they are sent. */
function keyOf(stream: string, index: number, body: object): string {
  return createHash("sha256")
    .update(JSON.stringify([stream, index, body]))
    .digest("hex");
}

function tellCheck(context: Context, summary: InputSummary, plan: InputPlan): void {
  const { data } = words();
  if (summary.misfitCount > 0) {
    context.warn(data.skipped(summary.misfitCount));
    for (const problem of summary.problems) {
      context.warn(`  ${problemLine(reportProblem(problem, words()), words())}`);
    }
  }
  const { timeFirstMs, timeLastMs } = summary;
  if (timeFirstMs === null || timeLastMs === null || plan.time.source.type === "submission") return;
  const { zone } = plan.time;
  context.say(data.spanOf(dateTime(timeFirstMs, zone), dateTime(timeLastMs, zone)));
}

async function tellPublished(
  context: Context,
  stream: string,
  published: Published,
  { wait, ms }: { readonly wait: boolean; readonly ms: number },
): Promise<void> {
  const { data } = words();
  const { rows, replayedRows, heightLast } = published;
  const document = {
    schema: "tegata.submit/1",
    stream,
    ...published,
    committed: wait,
    ms: Math.round(ms),
  } as const;
  await context.result(document, [
    wait ? data.published(rows, heightLast, ms) : data.accepted(rows, ms),
    ...(replayedRows === 0 ? [] : [data.before(replayedRows)]),
  ]);
}
