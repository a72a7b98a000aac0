import { setTimeout as pause } from "node:timers/promises";
import type { Status } from "@tegata/gateway/client";
import { ownCard } from "../founding/genesis.ts";
import { printable } from "../print/printable.ts";
import { displayWidth, pad } from "../print/width.ts";
import { stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

const watchMs = 1000;

/** `tegata status`: how the company and the network stand. */
export async function run(context: Context, given: Given): Promise<undefined> {
  await ownCard(context.home);
  if (!given.flag("watch")) {
    await show(context, await withGateway(context, (gateway) => gateway.status()));
    return;
  }
  const stop = stopSignal();
  while (!stop.aborted) {
    const status = await withGateway(context, (gateway) => gateway.status());
    if (context.world.stdout.isTTY === true) await context.out.write("\u001b[H\u001b[2J");
    await show(context, status);
    await pause(watchMs, null, { signal: stop }).catch(() => null);
  }
}

async function show(context: Context, status: Status): Promise<void> {
  const document = { schema: "tegata.status/1", ...status } as const;
  await context.result(document, statusLines(context, status));
}

function statusLines(context: Context, status: Status): readonly string[] {
  const { running } = words();
  const { node, outbox, streams } = status;
  const nowMs = context.world.nowMs();
  const title = running.statusTitle(status.network.name, status.company.name, status.version);
  const rows: [label: string, text: string][] = [
    [running.stateLabel, stateText(context, node?.state ?? "unreachable")],
  ];
  if (node !== null) {
    const online = node.members.filter((member) => member.connected || member.self).length;
    const away = node.members
      .filter((member) => !member.connected && !member.self)
      .map((member) => awayText(member, nowMs));
    rows.push(
      [running.blockLabel, running.block(node.height, node.headTimeMs, nowMs)],
      [running.membersLabel, running.connected(online, node.members.length, node.quorum)],
      ...[...away, ...standingTexts(node.members)].map((text): [string, string] => ["", text]),
    );
    if (node.payloadsMissing > 0) rows.push(["", running.payloadsMissing(node.payloadsMissing)]);
  }
  const waiting = outbox.waiting + outbox.inFlight;
  rows.push([
    running.outboxLabel,
    waiting === 0 ? running.outboxEmpty : running.outbox(waiting, outbox.oldestMs, nowMs),
  ]);
  if (outbox.refused > 0) rows.push(["", running.refused(outbox.refused)]);
  for (const { stream, code } of outbox.parked) {
    rows.push(["", running.parked(printable(stream), code)]);
  }
  rows.push([running.dataLabel, running.data(streams.mine, streams.sharedWithMe)]);
  const width = Math.max(...rows.map(([label]) => displayWidth(label)));
  const lines = rows.map(([label, text]) => `${pad(label, width, "left")}  ${text}`);
  return [context.paint("title", printable(title)), ...lines];
}

/** How a company that has no connection with ours is missed. */
function awayText(
  { name, reach, lastSeenMs, dialFailure }: NonNullable<Status["node"]>["members"][number],
  nowMs: number,
): string {
  const { running, reach: texts } = words();
  if (reach === "through-others") return texts.throughOthers(printable(name));
  const away = running.away(printable(name), lastSeenMs, nowMs);
  if (dialFailure === null) return away;
  return `${away}: ${printable(texts.failure(dialFailure.reason, dialFailure.address))}`;
}

/** Who does not take part as usual, oneself first. */
function standingTexts(members: NonNullable<Status["node"]>["members"]): readonly string[] {
  const { running } = words();
  const ownFirst = [...members].sort((one, other) => Number(other.self) - Number(one.self));
  return ownFirst.flatMap(({ self, standing, sinceHeight, name }) => {
    if (standing !== "sidelined" && standing !== "suspended") return [];
    return self
      ? running[`${standing}Self`](sinceHeight)
      : running[standing](printable(name), sinceHeight);
  });
}

function stateText(
  context: Context,
  state: keyof ReturnType<typeof words>["running"]["state"],
): string {
  const style = state === "ready" ? "good" : "warning";
  return context.paint(style, words().running.state[state]);
}
