import type { Status } from "@tegata/gateway/client";
import type { Painter } from "../print/colour.ts";
import { printable } from "../print/printable.ts";
import { displayWidth, pad } from "../print/width.ts";
import { words } from "../words/catalogue.ts";
import { gathersIn, otherVersions } from "./to-do.ts";
import type { StatusView } from "./view.ts";

type Node = NonNullable<Status["node"]>;
type Row = readonly [label: string, text: string];

/** A status for people: a title, then lines with a label each. */
export function statusLines(view: StatusView, nowMs: number, paint: Painter): readonly string[] {
  const { running } = words();
  const { node, network, company, version } = view.status;
  const own = node?.members.find(({ self }) => self)?.standing ?? null;
  const title = running.statusTitle(network.name, company.name, own, version);
  const state = node?.state ?? "unreachable";
  const style = state === "ready" ? "good" : "warning";
  const rows: readonly Row[] = [
    [running.stateLabel, paint(style, running.state[state])],
    ...(node === null ? [] : nodeRows(node, nowMs)),
    ...outboxRows(view.status.outbox, nowMs),
    ...dataRows(view, nowMs),
    ...plantRows(view.status),
    ...toDoRows(view, paint),
  ];
  const width = Math.max(...rows.map(([label]) => displayWidth(label)));
  const lines = rows.map(([label, text]) => `${pad(label, width, "left")}  ${text}`);
  return [paint("title", printable(title)), ...lines];
}

function nodeRows(node: Node, nowMs: number): readonly Row[] {
  const { running } = words();
  const { members } = node;
  const online = members.filter((member) => member.connected || member.self).length;
  const proposer = members.find(({ member }) => member === node.proposer)?.name ?? null;
  const away = members
    .filter((member) => !member.connected && !member.self)
    .map((member) => awayText(member, nowMs));
  const block = running.block(node.height, node.headTimeMs, nowMs);
  const turn = running.turn(node.round, proposer === null ? null : printable(proposer));
  const connected = running.connected(online, members.length, node.quorum);
  const others = otherVersions(node);
  return [
    [running.blockLabel, `${block}${turn}`],
    [running.membersLabel, `${connected}${others === 0 ? "" : running.otherVersions(others)}`],
    ...[...away, ...standingTexts(members)].map((text): Row => ["", text]),
    ...(node.sync.kind === "none"
      ? []
      : [[running.syncLabel, running.sync(node.sync.kind, node.sync.done, node.sync.of)] as const]),
    ...(node.clockAheadMs === null ? [] : [["", running.clockOff(node.clockAheadMs)] as const]),
    ...(node.payloadsMissing > 0
      ? [["", running.payloadsMissing(node.payloadsMissing)] as const]
      : []),
  ];
}

function outboxRows(outbox: Status["outbox"], nowMs: number): readonly Row[] {
  const { running } = words();
  const { rows, changes, oldestMs } = outbox;
  const isEmpty = rows + changes === 0;
  const told = isEmpty ? running.outboxEmpty : running.outbox(rows, changes, oldestMs, nowMs);
  const { hoursLeft } = outbox;
  const isFilling = hoursLeft !== null && gathersIn(outbox, nowMs);
  return [
    [running.outboxLabel, told],
    ...(isFilling ? [["", running.roomLeft(hoursLeft)] as const] : []),
    ...(outbox.refused > 0 ? [["", running.refused(outbox.refused)] as const] : []),
    ...outbox.parked.map(({ stream, code }): Row => ["", running.parked(printable(stream), code)]),
  ];
}

function dataRows(view: StatusView, nowMs: number): readonly Row[] {
  const { status, grantsEnding, disk, lastBackupMs } = view;
  const { running } = words();
  const { mine, sharedWithMe } = status.streams;
  const ending = (grantsEnding ?? 0) > 0 ? running.grantsEnding(grantsEnding ?? 0) : "";
  const data: Row = [running.dataLabel, `${running.data(mine, sharedWithMe)}${ending}`];
  return disk === null
    ? [data]
    : [data, [running.diskLabel, running.diskFree(disk.freeBytes, lastBackupMs, nowMs)]];
}

function plantRows({ plant: opening }: Status): readonly Row[] {
  const { plant } = words();
  return opening === null ? [] : [[plant.label, plant.open(opening.url, opening.tokens)]];
}

function toDoRows({ toDo }: StatusView, paint: Painter): readonly Row[] {
  const { running } = words();
  return toDo.map((one, index): Row => {
    const text = paint("warning", printable(running.toDo(one)));
    return [index === 0 ? running.toDoLabel : "", running.toDoNext(text, one.next)];
  });
}

/** How a company that has no connection with ours is missed. */
function awayText(
  { name, reach, lastSeenMs, dialFailure }: Node["members"][number],
  nowMs: number,
): string {
  const { running, reach: texts } = words();
  if (reach === "through-others") return texts.throughOthers(printable(name));
  const away = running.away(printable(name), lastSeenMs, nowMs);
  if (dialFailure === null) return away;
  return `${away}: ${printable(texts.failure(dialFailure.reason, dialFailure.address))}`;
}

/** Who does not take part as usual, oneself first. */
function standingTexts(members: Node["members"]): readonly string[] {
  const { running } = words();
  const ownFirst = [...members].sort((one, other) => Number(other.self) - Number(one.self));
  return ownFirst.flatMap(({ self, standing, sinceHeight, name }) => {
    if (standing !== "sidelined" && standing !== "suspended") return [];
    return self
      ? running[`${standing}Self`](sinceHeight)
      : running[standing](printable(name), sinceHeight);
  });
}
