import type { Submission } from "@tegata/gateway/client";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { outboxItems, submissionOf } from "./outbox.ts";

/** `tegata outbox retry`: what was refused goes out again. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { outbox, usage } = words();
  const wanted = given.maybeArgument("submission");
  const all = given.flag("all");
  if (all && wanted !== null) throw usageOf(usage.together("--all", wanted));
  if (!all && wanted === null) throw usageOf(usage.either("SUBMISSION", "--all", "outbox retry"));
  await withGateway(context, async (gateway) => {
    const submissions: string[] = [];
    if (wanted !== null) submissions.push(await submissionOf(gateway, wanted));
    else {
      for await (const { state, submission } of outboxItems(gateway)) {
        if (state === "refused") submissions.push(submission);
      }
    }
    const items: Submission[] = [];
    if (!context.dryRun) {
      for (const submission of submissions) items.push(await gateway.retryRefused(submission));
    }
    const { dryRun } = context;
    const document = { schema: "tegata.outbox-retry/1", dryRun, submissions, items } as const;
    await context.result(document, [outbox.retried(submissions.length, dryRun)]);
  });
}
