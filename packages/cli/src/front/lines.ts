import type { Status, Stream } from "@tegata/gateway/client";
import { streamLabel } from "../commands/stream-text.ts";
import type { Painter } from "../print/colour.ts";
import { printable } from "../print/printable.ts";
import { shellWord } from "../print/shell.ts";
import { displayWidth, pad } from "../print/width.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { type FrontPage, nextCommand } from "./page.ts";

type Row = readonly [label: string, text: string];
type Running = Extract<FrontPage, { state: "running" }>;

const namesMax = 6;

/** The front page for people. */
export function frontLines(page: FrontPage, context: Context): readonly string[] {
  const { front } = words();
  const { paint } = context;
  if (page.state === "empty") return emptyLines(page.near, context);
  const { name, handle, network } = page.who;
  const title = paint("title", printable(front.title(name, handle, network)));
  const next: Row = [front.nextLabel, paint("good", context.own(nextCommand(page)))];
  if (page.state !== "running") {
    // Two who found make two networks, so whoever has a card only is told both ways.
    const other: readonly Row[] =
      page.state === "card" ? [["", front.founds(context.own("tegata init --found CARD…"))]] : [];
    return [title, ...rowLines([["", front.states[page.state]], next, ...other])];
  }
  return [title, ...rowLines([...runningRows(page, paint), next]), "", front.hint];
}

function emptyLines(near: readonly string[], context: Context): readonly string[] {
  const { front } = words();
  const ways = front.ways.map(([command, what]) => [context.own(command), what] as const);
  const beside = ways.filter(([, what]) => what !== "").map(([command]) => displayWidth(command));
  const width = Math.max(...beside);
  return [
    front.empty(context.home),
    ...(near.length === 0 ? [] : [front.near(near.map(shellWord))]),
    "",
    ...ways.map(([command, what]) => `  ${pad(command, width, "left")}  ${what}`.trimEnd()),
    "",
    front.elsewhere,
  ];
}

function runningRows({ status, streams, toDo }: Running, paint: Painter): readonly Row[] {
  const { front, plant, running } = words();
  const mine = streams.filter((stream) => stream.mine);
  const shared = streams.filter((stream) => !stream.mine && stream.name !== null);
  return [
    [front.onlineLabel, onlineText(status)],
    [front.mineLabel, mine.length === 0 ? front.noneMine : namesOf(mine, streamLabel)],
    [front.sharedLabel, shared.length === 0 ? front.noneShared : namesOf(shared, readableLabel)],
    ...(status.plant === null
      ? []
      : [[plant.label, plant.open(status.plant.url, status.plant.tokens)] as const]),
    ...toDo.map((one, index): Row => {
      const text = paint("warning", printable(running.toDo(one)));
      return [index === 0 ? front.needsLabel : "", running.toDoNext(text, one.next)];
    }),
  ];
}

function onlineText({ node }: Status): string {
  const { front } = words();
  if (node === null) return front.nodeAway;
  const others = node.members.filter(({ self }) => !self);
  if (others.length === 0) return front.alone;
  const isHere = ({ connected, reach }: (typeof others)[number]): boolean =>
    connected || reach === "through-others";
  const here = others.filter(isHere);
  const away = others.filter((one) => !isHere(one));
  const online = here.length === 0 ? front.nobody : namesOf(here, ({ name }) => name);
  return away.length === 0
    ? online
    : front.away(
        online,
        namesOf(away, ({ name }) => name),
      );
}

function readableLabel(stream: Stream): string {
  const { sharing } = words();
  const facets = stream.facets.flatMap(({ name, readable, endedHeight }) => {
    if (!readable || name === null) return [];
    return endedHeight === null ? name : sharing.endedFacets(name);
  });
  return facets.length === 0
    ? streamLabel(stream)
    : `${streamLabel(stream)} (${facets.join(", ")})`;
}

function namesOf<T>(items: readonly T[], nameOf: (item: T) => string): string {
  const { front } = words();
  const names = items.slice(0, namesMax).map((item) => printable(nameOf(item)));
  const hidden = items.length - names.length;
  return hidden === 0 ? names.join(", ") : front.andMore(names.join(", "), hidden);
}

function rowLines(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([label]) => displayWidth(label)));
  return rows.map(([label, text]) => `${pad(label, width, "left")}  ${text}`);
}
