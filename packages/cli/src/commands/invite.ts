import { localZone, parseStepOption } from "../input/time.ts";
import { dateTime } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

const waitMs = 60_000;

/** `tegata invite`: an invitation for one company, to join once or to come back with its words. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { membership } = words();
  const company = given.argument("company");
  const ttlMs = parseStepOption("--ttl", given.text("ttl") ?? "72h");
  const { dryRun } = context;
  const answer = await withGateway(context, (gateway) =>
    gateway.invite({ company, ttlMs }, { waitMs: dryRun ? 0 : waitMs, dryRun }),
  );
  const document = { schema: "tegata.invite/1", ...answer } as const;
  const until = dateTime(answer.expiresMs, localZone());
  if (answer.token === null) {
    await context.result(document, [
      answer.recovers
        ? membership.inviteBackDry(answer.company, until)
        : membership.inviteDry(answer.company, until),
    ]);
    return;
  }
  if (answer.recovers) {
    context.say(membership.invitedBack(answer.company, until));
    await context.result(document, [`tegata keys recover ${answer.token}`]);
    context.say(membership.invitedBackNext);
    return;
  }
  context.say(membership.invited(answer.company, until));
  await context.result(document, [`tegata join ${answer.token}`]);
  context.say(membership.invitedNext);
}
