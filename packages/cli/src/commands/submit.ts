import { createHash } from "node:crypto";
import type { GatewayClient, Stream, SubmitRowsBody } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { toJsonCells } from "../input/api-cells.ts";
import type { EpochLength } from "../input/batches.ts";
import { checkTimeSaid } from "../input/counted-time.ts";
import { chooseForm } from "../input/form.ts";
import { headerLineMax } from "../input/header-line.ts";
import { checkInput, type InputPlan, type InputSummary, readBatches } from "../input/rows.ts";
import { type InputSource, openSource, stdinPath } from "../input/source.ts";
import { checkTimeWhole } from "../input/split-time.ts";
import { localZone, parseStepOption } from "../input/time.ts";
import { causeLine, reportCause } from "../print/error.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { dateTime } from "../print/human.ts";
import { startProgress } from "../print/progress.ts";
import { interruptible } from "../process/interruption.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { schemaOfStream } from "./own-schema.ts";
import { openRejects } from "./rejects.ts";
import { rowsToldBy } from "./settling.ts";
import { tellDateOrders, tellHeader } from "./stream-draft.ts";
import {
  type Ending,
  type Load,
  type Published,
  type PublishOptions,
  publish,
} from "./submissions.ts";
import { submitDocument } from "./submit-document.ts";
import { renamesOf, timeChoice, writingOf, writingWish } from "./submit-options.ts";
import { isPipe, submitPipe } from "./submit-pipe.ts";
import { rowsZoneOf } from "./times.ts";

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
  // Awaited here: the file is closed when this function is left.
  return await withGateway(context, async (gateway) => {
    const stream = await gateway.stream(given.argument("stream"));
    return given.flag("file")
      ? submitDocument(context, given, gateway, { stream, source })
      : submitRows(context, given, gateway, stream, source);
  });
}

async function submitRows(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  stream: Stream,
  source: InputSource,
): Promise<ExitCode> {
  const { data } = words();
  const startMs = performance.now();
  const plan = await planOf(context, given, stream, source);
  const { summary, content } = await checkedInput(context, given, plan);
  tellCheck(context, summary, plan);
  const name = given.argument("stream");
  if (context.dryRun || summary.rowCount === 0) {
    const { rowCount } = summary;
    const said = context.dryRun ? data.submitDry(rowCount, name) : data.nothingToPublish;
    const { dryRun } = context;
    const document = { schema: "tegata.submit/1", dryRun, stream: name, rows: rowCount } as const;
    await context.result(document, [said]);
    return exitCodes.done;
  }
  const wait = !given.flag("no-wait");
  const isTimed = plan.time.source.type !== "submission";
  const timeoutMs = parseStepOption("--timeout", given.text("timeout") ?? "30s");
  const once = (again: number): Promise<Ending> => {
    const loads = loadsOf(plan, stream, { content: isTimed ? null : content, again });
    const asksTwice = !isTimed || again > 0;
    return publishTold(context, gateway, name, { loads, wait, timeoutMs, asksTwice });
  };
  const ending = given.flag("again") ? await anew(once) : await once(0);
  if (ending.type === "before") throw sentBefore(name, ending);
  const how = { wait, ms: performance.now() - startMs };
  if (ending.type === "stopped") return tellStopped(context, { path: source.path, name }, ending);
  await tellPublished(context, name, ending.published, how);
  return exitCodes.done;
}

/** A repetition that was cut off goes on; the next one begins only where all of the last was sent. */
async function anew(once: (again: number) => Promise<Ending>): Promise<Ending> {
  for (let again = 1; ; again += 1) {
    const ending = await once(again);
    if (ending.type !== "before") return ending;
  }
}

/** Publishes and shows how far it is; Ctrl-C ends the waiting in order. */
async function publishTold(
  context: Context,
  gateway: GatewayClient,
  name: string,
  {
    loads,
    ...options
  }: { readonly loads: AsyncGenerator<Load> } & Pick<
    PublishOptions,
    "wait" | "timeoutMs" | "asksTwice"
  >,
): Promise<Ending> {
  const { stderr } = context.world;
  const progress = startProgress({
    stream: stderr,
    isTty: stderr.isTTY === true && !context.settings.quiet,
    now: () => performance.now(),
  });
  const report = (rows: number): void => {
    if (!context.settings.quiet) progress.report(words().data.progress(rows));
  };
  const say = (text: string): void => {
    progress.end();
    context.say(text);
  };
  return interruptible((signal) => {
    const publishing = publish(gateway, name, loads, { ...options, report, signal });
    return options.wait ? rowsToldBy(say, gateway, publishing) : publishing;
  }).finally(() => progress.end());
}

/** The same rows without times came before: whether they were measured twice only a person knows. */
function sentBefore(
  stream: string,
  { rows, submissions }: Extract<Ending, { type: "before" }>,
): CliError<"CLI_ROWS_BEFORE"> {
  const states = submissions.map(({ state }) => state);
  const state = states.includes("refused")
    ? "refused"
    : states.includes("waiting")
      ? "waiting"
      : "committed";
  const heightLast = submissions.reduce((max, { heightLast: at }) => Math.max(max, at ?? 0), 0);
  return new CliError("CLI_ROWS_BEFORE", { stream, rowCount: rows, state, heightLast });
}

async function tellStopped(
  context: Context,
  { path, name }: { readonly path: string; readonly name: string },
  { waitingRows, isWhole, published }: Extract<Ending, { type: "stopped" }>,
): Promise<ExitCode> {
  const { data } = words();
  if (context.json) {
    const document = {
      ...({ schema: "tegata.submit/1", stream: name } as const),
      ...{ ...published, committed: false, interrupted: true, waitingRows, whole: isWhole },
    };
    await context.result(document, []);
  }
  context.warn(isWhole ? data.stoppedWhole(waitingRows) : data.stoppedPart(published.rows, path));
  return exitCodes.interrupted;
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
  const isFound = time.type === "column" && given.text("time") === null;
  if (isFound) await checkTimeWhole({ source, form, renames }, time.column);
  const writing = await writingOf(writingWish(given), source, form);
  tellDateOrders(context, given, schema, writing);
  return {
    ...{ source, form, schema, renames, writing },
    misfits: given.flag("skip-invalid") ? "skip" : "refuse",
    time: {
      source: time,
      zone: rowsZoneOf(given, schema),
      localZone: localZone(),
      nowMs: context.world.nowMs(),
      backfill: given.flag("backfill"),
    },
  };
}

/** First pass: what it found, and the digest of the file's bytes; `--rejects` lists what is left out. */
async function checkedInput(
  context: Context,
  given: Given,
  plan: InputPlan,
): Promise<{ readonly summary: InputSummary; readonly content: string }> {
  const { drafting, usage } = words();
  const hash = createHash("sha256");
  const read = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of plan.source.read()) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const hashed = { ...plan, source: { ...plan.source, read } };
  const file = given.text("rejects");
  if (file === null) {
    const summary = await checkInput(hashed);
    return { summary, content: hash.digest("hex") };
  }
  if (plan.misfits !== "skip") throw usageOf(usage.needs("--rejects", "--skip-invalid"));
  const path = context.path(file);
  const list = await openRejects(path);
  try {
    const summary = await checkInput(hashed, list.add);
    await list.end(summary.misfitCount > 0);
    if (summary.misfitCount > 0) context.say(drafting.rejects(summary.misfitCount, path));
    return { summary, content: hash.digest("hex") };
  } catch (error) {
    await list.end(false);
    throw error;
  }
}

/** What makes a submission of a file this one, beside its rows. */
interface Identity {
  /** Digest of a file whose rows have no times of their own: their times differ whenever they are sent. */
  readonly content: string | null;
  /** Number of a repetition that is meant; 0: it is none. */
  readonly again: number;
}

/** One submission for each batch of rows; its key follows from what is in it. */
async function* loadsOf(plan: InputPlan, stream: Stream, identity: Identity): AsyncGenerator<Load> {
  const options = { epochLength: epochLengths[stream.epochLength] };
  let index = 0;
  for await (const batch of readBatches(plan, options)) {
    const rows = batch.rows.map(({ timeMs, cells }) => {
      return { timeMs, cells: toJsonCells(plan.schema.fields, cells) };
    });
    const body = { rows, backfill: plan.time.backfill };
    yield { body, key: keyOf(stream.id, index, body, identity) };
    index += 1;
  }
}

/** The same rows in the same place of a file give the same key, whenever they are sent. */
function keyOf(
  stream: string,
  index: number,
  body: SubmitRowsBody,
  { content, again }: Identity,
): string {
  // Rows do not become others by --backfill, which a file that was sent days ago needs by now.
  const same = { ...body, backfill: false };
  const what = content === null ? same : [content, body.rows.map(({ cells }) => cells)];
  const parts = [stream, index, what, ...(again === 0 ? [] : [`again ${again}`])];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function tellCheck(context: Context, summary: InputSummary, plan: InputPlan): void {
  const { data } = words();
  if (summary.misfitCount > 0) {
    context.warn(data.skipped(summary.misfitCount));
    for (const cause of summary.causes) {
      context.warn(`  ${causeLine(reportCause(cause, words()), words())}`);
    }
  }
  const { timeFirstMs, timeLastMs } = summary;
  if (plan.time.source.type === "submission") context.say(data.timedNow);
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
