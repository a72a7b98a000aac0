import type { ProposalBody } from "@tegata/gateway/client";
import { requestTitle, tallyText } from "../membership/request-lines.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";

const waitMs = 60_000;

/** Asks the members to decide on a company; a vote of one's own is not in it. */
export async function propose(
  context: Context,
  given: Given,
  action: Exclude<ProposalBody["action"], "replace-root">,
): Promise<undefined> {
  const { membership } = words();
  const company = given.argument("company");
  const { dryRun } = context;
  const answer = await withGateway(context, async (gateway) => {
    // Who it is about is looked up first: a dry run names it too.
    const { name } = await gateway.member(company);
    const startMs = performance.now();
    const sent = gateway.propose({ action, company }, { waitMs: dryRun ? 0 : waitMs, dryRun });
    const made = await patientlyTold(context, gateway, sent);
    if (!dryRun) await onLedger(gateway, made.height, { kind: "request" }, startMs);
    return { name, ...made, committed: made.height !== null };
  });
  const { name, request, ...said } = answer;
  const lines =
    request === null
      ? [dryRun ? membership.proposeDry(membership.actions[action](name)) : membership.passed]
      : [membership.proposed(request.request, requestTitle(request), tallyText(request))];
  await context.result({ schema: "tegata.proposal/1", action, name, ...said, request }, lines);
}
