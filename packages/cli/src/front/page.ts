import { createGatewayClient, type Status, type Stream } from "@tegata/gateway/client";
import { ownCard } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";
import { companiesNear } from "../founding/lookout.ts";
import { shellWord } from "../print/shell.ts";
import { supervisorOf } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import { type StatusView, viewReader } from "../status/view.ts";

/** A company by the name of its card. */
export interface Who {
  readonly name: string;
  readonly handle: string;
  readonly network: string;
}

/** What a person needs to know first, by how far the company of this folder has come. */
export type FrontPage =
  | { readonly state: "empty"; readonly near: readonly string[] }
  | { readonly state: "card" | "stopped" | "silent"; readonly who: Who }
  | {
      readonly state: "running";
      readonly who: Who;
      readonly status: Status;
      readonly streams: readonly Stream[];
      readonly toDo: StatusView["toDo"];
      /** Whether somebody can read something of ours. */
      readonly isSharing: boolean;
    };

/** How long the page waits for programs that start or are busy. */
const patienceMs = 3_000;

/** Reads the page; changes nothing, and never waits long for a program. */
export async function readFrontPage(context: Context): Promise<FrontPage> {
  const { home } = context;
  const paths = homePaths(home);
  if (!(await exists(paths.card))) {
    return { state: "empty", near: await companiesNear(home, context.world.folder) };
  }
  const { name, handle, networkName: network } = await ownCard(home);
  const who = { name, handle, network };
  if (!(await exists(paths.genesis))) return { state: "card", who };
  const gateway = createGatewayClient({ socketPath: paths.gatewaySocket });
  try {
    const asked = Promise.all([
      viewReader(home, context.world.nowMs)(gateway),
      gateway.streams(),
      gateway.access(),
    ]);
    asked.catch(() => undefined);
    const [view, streams, access] = await Promise.race([asked, tooLate()]);
    const isSharing = access.mine.some(({ readers }) =>
      readers.some(({ ended }) => ended === null),
    );
    return { state: "running", who, status: view.status, streams, toDo: view.toDo, isSharing };
  } catch {
    // Asked first: the programs of `tegata dev` have no supervisor.
    if (supervisorOf(home) === "none") return { state: "stopped", who };
    // Programs that start, or stop, answer soon or never: the page says which command tells more.
    return { state: "silent", who };
  } finally {
    gateway.close();
  }
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("too late")), patienceMs).unref();
  });
}

/** The command that goes on from here. */
export function nextCommand(page: FrontPage): string {
  switch (page.state) {
    case "empty":
      return "tegata dev";
    case "card":
      return "tegata init --genesis FILE";
    case "stopped":
      return "tegata start";
    case "silent":
      return "tegata doctor";
    case "running":
      return nextOf(page);
  }
}

function nextOf({ toDo, streams, isSharing }: Extract<FrontPage, { state: "running" }>): string {
  const [first] = toDo;
  if (first !== undefined) return first.next;
  const mine = streams.filter((stream) => stream.mine);
  // One that holds something says more than one that was made to try.
  const own = mine.find(({ batches }) => batches > 0) ?? mine[0];
  const other = streams.find((stream) => !stream.mine && stream.name !== null);
  if (own === undefined && other !== undefined) {
    return `tegata query ${shellWord(`${other.owner.handle}/${other.name ?? ""}`)}`;
  }
  if (own === undefined) return "tegata streams create NAME --from FILE";
  const name = shellWord(own.name ?? own.id);
  if (own.batches === 0) return `tegata submit ${name} FILE`;
  if (isSharing) return "tegata access";
  const facet = shellWord(own.facets[0]?.name ?? "FACET");
  return `tegata grant ${name} --to COMPANY --facet ${facet} --until 90d`;
}
