import type { Grant, GrantAnswer, Stream } from "@tegata/gateway/client";
import { assert } from "@tegata/ledger/primitives";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";
import { fromText, streamLabel, untilText } from "./stream-text.ts";
import { momentOf, zoneOf } from "./times.ts";

const waitMs = 30_000;

/** `tegata grant`: opens facets of a stream to a company for a span of time. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const name = given.argument("stream");
  const facets = facetList(given);
  const from = momentOf(context, given, "from", "ago");
  const until = momentOf(context, given, "until", "ahead");
  assert(until !== null, "--until is required");
  const { dryRun } = context;
  const body = { to: given.required("to"), facets: [...facets], from, until };
  const asked = await withGateway(context, async (gateway): Promise<Asked> => {
    const stream = await gateway.stream(name);
    const before = await gateway.grants(name);
    if (dryRun) {
      return { stream, before, answer: await gateway.grant(name, body, { waitMs: 0, dryRun }) };
    }
    const startMs = performance.now();
    const sent = gateway.grant(name, body, { waitMs, dryRun });
    const answer = await patientlyTold(context, gateway, sent);
    await onLedger(gateway, answer.height, { kind: "grant" }, startMs);
    return { stream, before, answer };
  });
  const { stream, answer } = asked;
  const committed = answer.height !== null;
  const label = { schema: "tegata.grant/1", stream: streamLabel(stream) } as const;
  const document = { ...label, ...answer, committed };
  const moment = { nowMs: context.world.nowMs(), zone: zoneOf(given), from, until };
  await context.result(document, grantLines(asked, moment));
}

interface Asked {
  readonly stream: Stream;
  /** The grants of the stream so far. */
  readonly before: readonly Grant[];
  readonly answer: GrantAnswer;
}

/** When it was asked, and for which span. */
interface Moment {
  readonly nowMs: number;
  readonly zone: string;
  readonly from: number | null;
  readonly until: number;
}

/** `--facet a,b --facet c` names three. */
export function facetList(given: Given): readonly string[] {
  const names = given.list("facet").flatMap((text) => text.split(","));
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ""))];
}

function grantLines({ stream, before, answer }: Asked, asked: Moment): readonly string[] {
  const { sharing } = words();
  const [first] = answer.grants;
  if (first === undefined) return [];
  const { nowMs, zone } = asked;
  const opened = [...new Set(answer.grants.flatMap((grant) => grant.facets))];
  const live = before.filter((grant) => {
    return grant.to.member === first.to.member && grant.state === "live" && grant.until > nowMs;
  });
  const readable = new Set([...opened, ...live.flatMap((grant) => grant.facets)]);
  const names = stream.facets.flatMap((facet) => (facet.name === null ? [] : [facet.name]));
  const closed = names.filter((facet) => !readable.has(facet));
  const from = Math.min(...answer.grants.map((grant) => grant.from));
  const until = Math.max(...answer.grants.map((grant) => grant.until));
  const company = first.to.name;
  const label = streamLabel(stream);
  const isRounded = until !== asked.until || (asked.from !== null && from !== asked.from);
  const end = untilText(until, zone);
  return [
    answer.submitted
      ? sharing.granted(company, opened, label, answer.height)
      : sharing.grantDry(company, opened, label),
    sharing.span(from <= 0 ? null : fromText(from, zone), end),
    ...(isRounded ? [sharing.rounded] : []),
    until <= nowMs ? sharing.spanPast(end, answer.batches) : sharing.inSpan(answer.batches),
    ...(closed.length === 0 ? [] : [sharing.notShown(closed), sharing.namesSeen(company)]),
    sharing.grantVisible(company),
  ];
}
