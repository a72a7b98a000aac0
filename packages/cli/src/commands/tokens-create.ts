import type { TokenAnswer } from "@tegata/gateway/client";
import { dateTime } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { momentOf, zoneOf } from "./times.ts";

const yearMs = 365 * 86_400_000;

/** `tegata tokens create`: leave for a machine of the plant to hand in rows of one stream. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { plant } = words();
  const { dryRun } = context;
  const body = {
    name: given.required("name"),
    stream: given.argument("stream"),
    untilMs: untilOf(context, given),
  };
  const answer = await withGateway(context, (gateway) => gateway.createToken(body, { dryRun }));
  const { name, stream, untilMs } = answer.item;
  const until = untilMs === null ? null : dateTime(untilMs, zoneOf(given));
  const document = { schema: "tegata.token/1", dryRun, ...answer } as const;
  const told = [printable(name), printable(stream), until] as const;
  if (answer.token === null) {
    await context.result(document, [plant.createDry(...told)]);
    return;
  }
  context.say(plant.created(...told));
  await context.result(document, [answer.token]);
  for (const line of linesOf(answer)) context.say(line);
}

/** What a person copies to the machine. */
function linesOf({ plant }: TokenAnswer): readonly string[] {
  const said = words().plant;
  if (plant === null) return [said.closed, said.senders];
  const { path, fingerprint } = plant.certificate;
  const facts = [said.where(plant.url), said.certificate(path), said.sha256(fingerprint)];
  return [...facts, said.senders];
}

/** A time, a length as everywhere, or years. */
function untilOf(context: Context, given: Given): number | null {
  const [, years = null] = /^(\d{1,2})y$/.exec(given.text("until") ?? "") ?? [];
  if (years === null) return momentOf(context, given, "until", "ahead");
  return context.world.nowMs() + Number(years) * yearMs;
}
