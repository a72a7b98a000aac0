import type { RevokeAnswer } from "@tegata/gateway/client";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { facetList } from "./grant.ts";
import { onLedger, patientlyTold } from "./settling.ts";

const waitMs = 30_000;

/** `tegata revoke`: closes the records to come to a company and says what it keeps. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const name = given.argument("stream");
  const company = given.required("from");
  const facets = facetList(given);
  const { dryRun } = context;
  const body = { from: company, facets: facets.length === 0 ? null : [...facets] };
  const answer = await withGateway(context, async (gateway) => {
    if (dryRun) return gateway.revoke(name, body, { waitMs: 0, dryRun });
    const startMs = performance.now();
    const sent = gateway.revoke(name, body, { waitMs, dryRun });
    const made = await patientlyTold(context, gateway, sent);
    await onLedger(gateway, made.height, { kind: "revocation" }, startMs);
    return made;
  });
  const committed = answer.height !== null;
  const document = { schema: "tegata.revoke/1", stream: name, ...answer, committed } as const;
  await context.result(document, revokeLines(answer, company));
}

function revokeLines(answer: RevokeAnswer, asked: string): readonly string[] {
  const { sharing } = words();
  const company = answer.ended[0]?.to.name ?? asked;
  const others = [...new Set(answer.regranted.map((grant) => grant.to.name))];
  return [
    answer.submitted ? sharing.revoked(company, answer.height) : sharing.revokeDry(company),
    sharing.keeps(company, answer.keeps.batches),
    ...(others.length === 0 ? [] : [sharing.othersStay(others)]),
  ];
}
