import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { withGateway } from "./gateway.ts";
import { submissionOf } from "./outbox.ts";
import { printOutboxRows } from "./outbox-rows.ts";

/** `tegata outbox export`: the rows of a submission as a file that can be corrected and submitted again. */
export async function run(context: Context, given: Given): Promise<undefined> {
  await withGateway(context, async (gateway) => {
    const submission = await submissionOf(gateway, given.argument("submission"));
    const output = { format: context.format, bom: given.flag("bom"), zone: "UTC" };
    await printOutboxRows(context, gateway, submission, output);
  });
}
