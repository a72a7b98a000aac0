import { basename } from "node:path";
import type { GatewayClient, Stream } from "@tegata/gateway/client";
import { assert } from "@tegata/ledger/primitives";
import { CliError } from "../errors.ts";
import { type Progress, startProgress } from "../print/progress.ts";
import { stoppable } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { networkIdOf } from "../proof/check.ts";
import { closeReport, dropReport, openReport, type ReportFiles } from "../report/files.ts";
import { gather } from "../report/gather.ts";
import { reportLimits } from "../report/limits.ts";
import { accessMatrix } from "../report/matrix.ts";
import { type ReportPage, reportPage } from "../report/page.ts";
import { writeProofs } from "../report/proof-files.ts";
import { proofWishes } from "../report/proof-wishes.ts";
import { queryCommand, verifyCommand } from "../report/shell-words.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { firstPage, recordsFrom, sayDeleted, spanQuery, wantedFields } from "./record-pages.ts";
import { streamLabel } from "./stream-text.ts";
import { zoneOf } from "./times.ts";

/** `tegata report`: a page about a stream, with proofs beside it, that stands alone. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const rowsShown = given.count("rows", 1, reportLimits.rowsShownMax) ?? reportLimits.rowsShown;
  // A zone that is wrong is known before anything is asked.
  zoneOf(given);
  await withGateway(context, async (gateway) => {
    const stream = await gateway.stream(given.argument("stream"));
    if (stream.kind === "documents") {
      throw new CliError("CLI_STREAM_KIND", { stream: streamLabel(stream), kind: "documents" });
    }
    // What is half done holds values in plain: it goes when somebody presses Ctrl-C.
    using work = stoppable();
    const files = await openReport(context.path(given.required("html")));
    const progress = startProgress({
      stream: context.settings.quiet ? { write: () => undefined } : context.world.stderr,
      isTty: context.world.stderr.isTTY === true,
      now: () => performance.now(),
    });
    try {
      const { checkGoingOn } = work;
      const reading = { context, given, gateway, stream, files, progress, rowsShown, checkGoingOn };
      const page = await readPage(reading);
      await closeReport(files, reportPage(page));
      progress.end();
      await answer(context, files, page);
    } finally {
      progress.end();
      await dropReport(files);
    }
  });
}

interface Reading {
  readonly context: Context;
  readonly given: Given;
  readonly gateway: GatewayClient;
  readonly stream: Stream;
  readonly files: ReportFiles;
  readonly progress: Progress;
  readonly rowsShown: number;
  readonly checkGoingOn: () => void;
}

async function readPage(reading: Reading): Promise<ReportPage> {
  const { context, given, gateway, stream, files, progress, rowsShown, checkGoingOn } = reading;
  const asked = given.argument("stream");
  const [query, zone] = [spanQuery(context, given, "asc"), zoneOf(given)];
  const limit = Number.POSITIVE_INFINITY;
  const first = await firstPage(gateway, asked, query, limit);
  const readable = wantedFields(given, first);
  sayDeleted(context, given, query, first);
  const records = recordsFrom(gateway, asked, { query, first, limit, end: { reached: true } });
  const { data, report } = words();
  const gathered = await gather(records, readable, rowsShown, (rows) => {
    checkGoingOn();
    progress.report(data.progress(rows));
  });
  const [{ network, company }, access] = await Promise.all([gateway.status(), gateway.access()]);
  const id = networkIdOf(network.id);
  assert(id !== null, "a gateway names its network by its id");
  const wishes = proofWishes(gathered, stream);
  const place = { gateway, stream, asked, network: id, folder: files.draftFolder };
  const proofs = await writeProofs(place, wishes, (done) => {
    checkGoingOn();
    progress.report(report.proving(done, wishes.length));
  });
  const label = streamLabel(stream);
  const folder = basename(files.folder);
  const [proof] = proofs;
  return {
    ...{ network, company, stream, label, zone, gathered, proofs, folder },
    madeMs: context.world.nowMs(),
    access: accessMatrix(stream, access, label, company),
    allRows: queryCommand(label, query),
    verify: proof === undefined ? null : verifyCommand(folder, proof.file, network.id),
  };
}

async function answer(context: Context, files: ReportFiles, page: ReportPage): Promise<void> {
  const { report } = words();
  const { gathered, proofs, label } = page;
  const document = {
    schema: "tegata.report-file/1",
    stream: label,
    file: files.page,
    rows: gathered.rowCount,
    rowsShown: gathered.first.length + gathered.last.length,
    charts: gathered.charts.length,
    proofs: { folder: files.folder, files: proofs.map(({ file }) => file) },
  } as const;
  await context.result(document, [
    report.written(files.page, gathered.rowCount, gathered.charts.length),
    report.proofsWritten(proofs.length, files.folder),
    report.plainWarning,
  ]);
}
