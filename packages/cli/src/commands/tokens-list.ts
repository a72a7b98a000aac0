import type { PlantFacts } from "@tegata/gateway/client";
import { dateTime } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { zoneOf } from "./times.ts";

/** `tegata tokens list`: machines of the plant that may hand in rows. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { plant } = words();
  const zone = zoneOf(given);
  const answer = await withGateway(context, (gateway) => gateway.tokens());
  const rows = answer.items.map(({ name, stream, createdMs, untilMs, usedMs, isExpired }) => {
    const until = untilMs === null ? plant.always : dateTime(untilMs, zone);
    return [
      printable(name),
      printable(stream),
      dateTime(createdMs, zone),
      isExpired ? plant.expired(until) : until,
      usedMs === null ? plant.never : dateTime(usedMs, zone),
    ];
  });
  const columns = plant.columns.map((title) => ({ title, align: "left" }) as const);
  const lines = rows.length === 0 ? [plant.noTokens] : context.table(columns, rows);
  const open = context.json || answer.plant === null ? [] : ["", ...openLines(answer.plant)];
  await context.result({ schema: "tegata.tokens/1", ...answer }, [...lines, ...open]);
}

function openLines({ url, tokens, certificate }: PlantFacts): readonly string[] {
  const { plant } = words();
  return [plant.open(url, tokens), plant.fingerprint(certificate.fingerprint)];
}
