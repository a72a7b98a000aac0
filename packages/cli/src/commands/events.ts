import type { GatewayClient, StreamEvent } from "@tegata/gateway/client";
import { fromJsonCells } from "../input/api-cells.ts";
import { fromCells } from "../input/cells.ts";
import { localZone } from "../input/time.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { dateTime } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import { stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { type FollowedEvent, followed } from "./following.ts";
import { withGateway } from "./gateway.ts";
import { streamLabel, untilText } from "./stream-text.ts";

/** Everything that is told; blocks and records only where they are asked for. */
const kinds = [
  ...(["record", "grant", "closed", "deleted"] as const),
  ...(["stream", "membership", "block", "gap"] as const),
];
const usual = ["grant", "closed", "deleted", "stream", "membership", "gap"];

/** `tegata events`: what happens on the ledger, as it happens, until Ctrl-C or `--count`. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  return withGateway(context, (gateway) => tell(context, given, gateway));
}

async function tell(context: Context, given: Given, gateway: GatewayClient): Promise<ExitCode> {
  const stream = given.maybeArgument("stream");
  const from = given.text("from");
  const types = kindsOf(given);
  const query = {
    ...{ types: types.join(",") },
    ...(stream === null ? {} : { stream }),
    ...(from === null ? {} : { cursor: from }),
  };
  const stop = stopSignal();
  const ended = new AbortController();
  const signal = AbortSignal.any([stop, ended.signal]);
  let left = given.count("count", 1, 1e9) ?? Number.POSITIVE_INFINITY;
  let last = from;
  for await (const placed of followed(context, gateway, query, signal)) {
    last = placed.cursor;
    // A gap was told as a warning already; programs find it among the lines.
    if (placed.event.type === "gap" && !context.json) continue;
    left -= 1;
    if (!(await context.out.write(`${lineOf(context, placed)}\n`)) || left <= 0) ended.abort();
  }
  if (stop.aborted && last !== null) {
    const rest = given.list("type").map((type) => ` --type ${type}`);
    const of = stream === null ? "" : ` ${stream}`;
    context.say(words().data.goOn(`tegata events${of}${rest.join("")} --from ${last}`));
  }
  return stop.aborted ? exitCodes.interrupted : exitCodes.done;
}

/** What is to be told of; a gap always is. */
function kindsOf(given: Given): readonly string[] {
  const asked = given.list("type").flatMap((text) => text.split(","));
  for (const kind of asked) {
    if (!(kinds as readonly string[]).includes(kind)) {
      throw usageOf(words().usage.choice("--type", kind, kinds));
    }
  }
  return asked.length === 0 ? usual : [...new Set([...asked, "gap"])];
}

function lineOf(context: Context, { cursor, event }: FollowedEvent): string {
  if (context.json) return JSON.stringify({ schema: "tegata.event/1", cursor, ...event });
  return printable(eventText(event));
}

/** One line of an event for people. */
export function eventText(event: StreamEvent): string {
  const { data, following } = words();
  const zone = localZone();
  switch (event.type) {
    case "record": {
      const { record, timeMs, cells } = event.record;
      const names = Object.keys(cells);
      const texts = fromCells(
        fromJsonCells(
          names.map((name) => ({ name })),
          cells,
        ),
      );
      const values = texts.map((text, index) => `${names[index]}=${text}`);
      return following.record(event.stream, record, dateTime(timeMs, zone), values);
    }
    case "grant": {
      const { to, facets, until } = event.grant;
      return following.grant(event.stream, to.name, facets, untilText(until, zone));
    }
    case "closed": {
      const companies = event.ended.map(({ grant, reason }) => {
        return following.ended[reason](grant.to.name);
      });
      return following.closed(event.stream, companies);
    }
    case "deleted":
      return words().purging.deletedEvent(event.stream, event.batches, event.height);
    case "stream": {
      const { name, owner } = event.stream;
      return following.stream(owner.name, name === null ? null : streamLabel(event.stream));
    }
    case "membership":
      return following.membership(membershipText(event), event.height);
    case "block":
      return following.block(event.height, dateTime(event.timeMs, zone));
    case "gap":
      return data.gap;
  }
}

function membershipText(event: Extract<StreamEvent, { readonly type: "membership" }>): string {
  const { following, membership } = words();
  const { change, detail } = event;
  const [about, by] = [event.company?.name ?? `${detail.name ?? ""}`, event.by?.name ?? ""];
  switch (change) {
    case "requested": {
      const { action, name: _, ...values } = detail;
      const titles: Readonly<Record<string, (name: string, rest: readonly string[]) => string>> =
        membership.actions;
      const rest = Object.entries(values).map(([name, value]) => `${name} ${value}`);
      return following.requested(by, titles[`${action}`]?.(about, rest) ?? `${action}`);
    }
    case "voted":
      return following.voted(by, Number(detail.request), detail.approve === true);
    case "key-rotated":
      return following.rotated(about, `${detail.role}`, detail.isCompromised === true);
    case "addresses-changed":
      return following.addresses(about, `${detail.addresses}`);
    case "version-decided":
      return following.version(Number(detail.version), Number(detail.height));
    default:
      return following.changes[change](about);
  }
}
