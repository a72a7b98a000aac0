import { localZone, parseStepOption } from "../input/time.ts";
import { describeError, renderError } from "../print/error.ts";
import type { ExitCode } from "../print/exit-codes.ts";
import { dateTime } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { notFinal, patientlyTold } from "./settling.ts";

const waitMs = 60_000;

/** `tegata invite`: an invitation for one company, to join once or to come back with its words. */
export async function run(context: Context, given: Given): Promise<ExitCode | undefined> {
  const { membership } = words();
  const company = given.argument("company");
  const ttlMs = parseStepOption("--ttl", given.text("ttl") ?? "72h");
  const { dryRun } = context;
  const startMs = performance.now();
  const { answer, unsettled } = await withGateway(context, async (gateway) => {
    const sent = gateway.invite({ company, ttlMs }, { waitMs: dryRun ? 0 : waitMs, dryRun });
    const made = await patientlyTold(context, gateway, sent);
    if (dryRun || made.height !== null) return { answer: made, unsettled: null };
    const waitedMs = performance.now() - startMs;
    return { answer: made, unsettled: await notFinal(gateway, { kind: "invitation" }, waitedMs) };
  });
  const committed = answer.height !== null;
  const document = { schema: "tegata.invite/1", ...answer, committed } as const;
  const until = dateTime(answer.expiresMs, localZone());
  if (answer.token === null) {
    await context.result(document, [
      answer.recovers
        ? membership.inviteBackDry(answer.company, until)
        : membership.inviteDry(answer.company, until),
    ]);
    return;
  }
  const { recovers, token } = answer;
  context.say((recovers ? membership.invitedBack : membership.invited)(answer.company, until));
  await context.resultAsIs(document, [`tegata ${recovers ? "keys recover" : "join"} ${token}`]);
  context.say(recovers ? membership.invitedBackNext : membership.invitedNext);
  if (unsettled === null) return;
  // The line is told nowhere else: it is given, and with it that it does not work yet.
  const report = describeError(unsettled, words());
  context.warn(renderError(report, words(), context.paintMessage));
  return report.exit;
}
