import { CliError } from "../errors.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { declinedOf, type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { outboxItems, shortName, submissionOf } from "./outbox.ts";

/** `tegata outbox discard`: lets go of rows that were refused, after a person has said so twice. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { outbox } = words();
  const { dryRun } = context;
  await withGateway(context, async (gateway) => {
    const submission = await submissionOf(gateway, given.argument("submission"));
    let rows = 0;
    let waitingRows = 0;
    for await (const item of outboxItems(gateway)) {
      if (item.submission !== submission) continue;
      if (item.state === "refused") rows += item.rows;
      else waitingRows += item.rows;
    }
    if (rows === 0 && waitingRows > 0) {
      const detail = { submission: shortName(submission), rowCount: waitingRows };
      throw new CliError("CLI_SUBMISSION_WAITS", detail);
    }
    if (rows === 0) {
      throw new CliError("CLI_SUBMISSION_UNKNOWN", { submission, several: false, known: [] });
    }
    if (!dryRun && !given.flag("yes")) await confirm(context, rows);
    if (!dryRun) rows = await gateway.discardRefused(submission);
    const document = { schema: "tegata.outbox-discard/1", dryRun, submission, rows } as const;
    await context.result(document, [outbox.discarded(rows, shortName(submission), dryRun)]);
  });
}

async function confirm(context: Context, rows: number): Promise<void> {
  const { outbox } = words();
  if (!context.isInteractive) throw usageOf(outbox.notDiscarded);
  const dialog = openDialog(context.world);
  try {
    const answer = await dialog.ask(outbox.askDiscard(rows));
    if (!/^(?:y(?:es)?|はい)$/i.test(answer)) throw declinedOf(outbox.notDiscarded);
  } finally {
    dialog.close();
  }
}
