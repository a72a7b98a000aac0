import type { OutboxItem } from "@tegata/gateway/client";
import { ago, count } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { causeLines, outboxItems, shortName } from "./outbox.ts";

const shownMax = 100;

/** `tegata outbox list`: acknowledged rows that the others do not have yet, or that the network refused. */
export async function run(context: Context): Promise<undefined> {
  const { outbox } = words();
  const items: OutboxItem[] = [];
  const changes = await withGateway(context, async (gateway) => {
    for await (const item of outboxItems(gateway)) items.push(item);
    return (await gateway.status()).outbox.changes;
  });
  const nowMs = context.world.nowMs();
  const rows = items
    .slice(0, shownMax)
    .map((item) => [
      shortName(item.submission),
      printable(item.stream),
      count(item.rows),
      outbox.states[item.state],
      ago(item.acknowledgedMs, nowMs),
      item.code ?? "",
    ]);
  const columns = outbox.columns.map(
    (title, index) => ({ title, align: index === 2 ? "right" : "left" }) as const,
  );
  const told = changes === 0 ? [] : [outbox.changes(changes)];
  const lines =
    rows.length === 0
      ? [changes === 0 ? outbox.empty : outbox.noRows, ...told]
      : [...context.table(columns, rows), ...told, ...(context.json ? [] : await after(items))];
  await context.result({ schema: "tegata.outbox/1", items, changes }, lines);
}

/** Why, what to do about it, and where to go on. */
async function after(items: readonly OutboxItem[]): Promise<readonly string[]> {
  const { outbox } = words();
  const hidden = Math.max(0, items.length - shownMax);
  const causes = await causeLines(items.flatMap(({ code }) => code ?? []));
  const refused = items.find(({ state }) => state === "refused");
  return [
    ...(hidden === 0 ? [] : [outbox.more(hidden)]),
    ...(causes.length === 0 ? [] : ["", ...causes]),
    ...(refused === undefined ? [] : ["", outbox.next(shortName(refused.submission))]),
  ];
}
