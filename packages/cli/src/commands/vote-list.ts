import { requestTitle, requestWords, tallyText } from "../membership/request-lines.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata vote list`: what the members have to decide on. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { membership } = words();
  const { requests } = await withGateway(context, (gateway) => gateway.agenda());
  const shown = given.flag("mine") ? requests.filter(({ waitsForMe }) => waitsForMe) : requests;
  const nowMs = context.world.nowMs();
  const rows = shown.map((request) => [
    `r-${request.request}`,
    requestTitle(request),
    request.proposer.name,
    tallyText(request),
    membership.myVote(request.mine, request.mayVote),
    words().ago(request.expiresMs, nowMs),
  ]);
  const columns = membership.voteColumns.map((title) => ({ title, align: "left" }) as const);
  const items = shown.map((request) => ({ ...request, words: requestWords(request) }));
  const lines = rows.length === 0 ? [membership.noRequests] : context.table(columns, rows);
  await context.result({ schema: "tegata.votes/1", items }, lines);
}
