import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { causeLines, outboxItems, shortName, submissionOf } from "./outbox.ts";
import { printOutboxRows } from "./outbox-rows.ts";
import { zoneOf } from "./times.ts";

/** `tegata outbox show`: the rows of a submission that the others do not have, and why. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { outbox } = words();
  await withGateway(context, async (gateway) => {
    const submission = await submissionOf(gateway, given.argument("submission"));
    const codes: string[] = [];
    let isRefused = false;
    for await (const item of outboxItems(gateway)) {
      if (item.submission !== submission) continue;
      if (item.code !== null) codes.push(item.code);
      isRefused ||= item.state === "refused";
    }
    const output = { format: context.format, bom: false, zone: zoneOf(given) };
    const rows = await printOutboxRows(context, gateway, submission, output);
    if (context.json) return;
    if (rows === 0) context.say(outbox.nothingOf(shortName(submission)));
    for (const line of await causeLines(codes)) context.say(line);
    if (isRefused) context.say(outbox.next(shortName(submission)));
  });
}
