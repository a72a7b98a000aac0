import type { Access } from "@tegata/gateway/client";
import { localZone } from "../input/time.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { fromText, untilText } from "./stream-text.ts";

/** `tegata access`: who can read what of this company, and what it can read of others. */
export async function run(context: Context): Promise<undefined> {
  const access = await withGateway(context, (gateway) => gateway.access());
  await context.result({ schema: "tegata.access/1", ...access }, accessLines(context, access));
}

/** Both tables for people. */
export function accessLines(context: Context, access: Access): readonly string[] {
  const { sharing } = words();
  const mine = mineRows(access);
  const shared = sharedRows(access);
  const columnsOf = (...titles: readonly string[]) => {
    return titles.map((title) => ({ title, align: "left" }) as const);
  };
  const { stream, facet, company, owner, from, until } = sharing;
  return [
    context.paint("title", sharing.mine),
    ...(mine.length === 0
      ? [sharing.nobodyReads]
      : context.table(columnsOf(stream, facet, company, from, until), mine)),
    "",
    context.paint("title", sharing.sharedWithMe),
    ...(shared.length === 0
      ? [sharing.nothingShared]
      : context.table(columnsOf(owner, stream, facet, from, until), shared)),
  ];
}

/** A row for each facet and reader; a facet that nobody reads says so. */
function mineRows({ mine }: Access): readonly (readonly string[])[] {
  const zone = localZone();
  return mine.flatMap(({ stream, facet, readers }) => {
    const rows = readers.flatMap(({ company, spans, ended }) => {
      return spans.map(({ from, until }) => {
        const end = ended === null ? untilText(until, zone) : endText(ended, until, zone);
        return [stream, facet, company.name, fromText(from, zone), end];
      });
    });
    return rows.length > 0 ? rows : [[stream, facet, words().sharing.nobody, "", ""]];
  });
}

function sharedRows({ sharedWithMe }: Access): readonly (readonly string[])[] {
  const zone = localZone();
  return sharedWithMe.flatMap(({ stream, owner, facet, spans, ended }) => {
    return spans.map(({ from, until }) => {
      const end = ended === null ? untilText(until, zone) : endText(ended, until, zone);
      return [owner.name, stream, facet, fromText(from, zone), end];
    });
  });
}

/** Of a grant that the owner ended: since when nothing new comes. */
function endText(
  { height, timeMs }: NonNullable<Access["sharedWithMe"][number]["ended"]>,
  until: number | null,
  zone: string,
): string {
  const { sharing } = words();
  if (timeMs === null) return sharing.endedAtBlock(height);
  // A span that was over before it was ended says more by its own end.
  if (until !== null && until <= timeMs) return untilText(until, zone);
  return sharing.endedAt(untilText(timeMs, zone));
}
