import type { Company } from "../helpers/company.ts";
import { untilAllSee } from "../helpers/exports.ts";
import { compareChains } from "./chain-watch.ts";
import type { RowLoad } from "./row-load.ts";

/** What everybody has of what was acknowledged; rows, unless it says otherwise. */
export interface Counts {
  readonly acknowledged: number;
  /** As the gateway that acknowledged them says of each submission. */
  readonly committed: number;
  /** Read by their owner and by the company they were granted to, each with its content. */
  readonly readable: number;
  /** Acknowledged, and missing at their owner or at whoever was granted them. */
  readonly lost: number;
  /** Read more often than they were acknowledged, and transactions that stand on a chain twice. */
  readonly doubled: number;
  /** Read before what the same hand had been told earlier is safe. */
  readonly misplaced: number;
  /** Different chains among the members. */
  readonly chains: number;
  readonly height: number;
}

/** The end of a campaign. */
export interface Settled {
  readonly counts: Counts;
  /** The first acknowledgement of which rows are missing, by its number; null when none are. */
  readonly firstLost: number | null;
}

/** Whether everything acknowledged is there once, and all members hold one chain. */
export function isWhole({ acknowledged, committed, readable, ...others }: Counts): boolean {
  const { lost, doubled, misplaced, chains } = others;
  const isThere = committed === acknowledged && readable === acknowledged && lost === 0;
  return isThere && doubled === 0 && misplaced === 0 && chains === 1;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Ends the loads, of which each company reads the one of the company before it, and counts what everybody has. */
export async function settle(
  companies: readonly Company[],
  loads: readonly RowLoad[],
  patienceMs: number,
): Promise<Settled> {
  await Promise.all(loads.map((load) => load.end(patienceMs)));
  const { height } = await (companies[0] as Company).askNode((node) => node.status());
  await Promise.all(companies.map((company) => company.untilReady(height, patienceMs)));
  const pairs = await Promise.all(
    loads.map(async (load, index) => {
      const reader = companies[(index + 1) % companies.length] ?? load.company;
      const committed = await load.committedRows();
      await untilAllSee([load.company, reader], load.company, load.stream);
      return {
        committed,
        own: await load.account(load.company),
        other: await load.account(reader),
      };
    }),
  );
  const chains = await compareChains(companies);
  const accounts = pairs.flatMap(({ own, other }) => [own, other]);
  const firsts = accounts.flatMap(({ firstLost }) => firstLost ?? []);
  const counts = {
    acknowledged: sum(pairs.map(({ own }) => own.acknowledged)),
    committed: sum(pairs.map(({ committed }) => committed)),
    readable: sum(pairs.map(({ own, other }) => Math.min(own.readable, other.readable))),
    lost: sum(accounts.map(({ lost }) => lost)),
    doubled: sum(accounts.map(({ doubled }) => doubled)) + chains.repeated,
    misplaced: sum(accounts.map(({ misplaced }) => misplaced)),
    chains: chains.count,
    height: chains.height,
  };
  return { counts, firstLost: firsts.length === 0 ? null : Math.min(...firsts) };
}
