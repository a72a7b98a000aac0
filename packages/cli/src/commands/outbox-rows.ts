import type { GatewayClient } from "@tegata/gateway/client";
import { fromJsonCells } from "../input/api-cells.ts";
import type { Cell } from "../input/cells.ts";
import { headerText } from "../input/header.ts";
import { dateTime } from "../print/human.ts";
import { type OutputColumn, type OutputFormat, printRows } from "../print/rows.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { outboxPages } from "./outbox.ts";

/** How rows of the outbox are written. */
export interface OutboxOutput {
  readonly format: OutputFormat;
  readonly bom: boolean;
  /** Zone of the times that people read. */
  readonly zone: string;
}

/** Writes the rows of a submission as they were acknowledged, and counts them. */
export async function printOutboxRows(
  context: Context,
  gateway: GatewayClient,
  submission: string,
  { format, bom, zone }: OutboxOutput,
): Promise<number> {
  const { data } = words();
  const pages = outboxPages(gateway, submission);
  const first = await pages.next();
  const { fields, items } = first.done === true ? { fields: [], items: [] } : first.value;
  const columns: readonly OutputColumn[] = [
    { key: "time", title: data.time, align: "left" },
    ...fields.map((field): OutputColumn => {
      const align = field.type === "integer" || field.type === "decimal" ? "right" : "left";
      return { key: field.name, title: headerText(field), align };
    }),
  ];
  const line = ({ timeMs, cells }: (typeof items)[number]): readonly Cell[] => {
    const time = format === "table" ? dateTime(timeMs, zone) : new Date(timeMs).toISOString();
    return [time, ...fromJsonCells(fields, cells)];
  };
  const rows = async function* (): AsyncGenerator<readonly Cell[]> {
    for (const item of items) yield line(item);
    for await (const page of pages) for (const item of page.items) yield line(item);
  };
  return printRows(context.out, columns, rows(), {
    ...{ format, bom, widthMax: context.widthMax, schema: "tegata.outbox-rows/1" },
    dress: (text) => context.paint("title", text),
  });
}
