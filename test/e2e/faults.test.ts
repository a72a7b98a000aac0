import { expect, test } from "vitest";
import { runCampaign } from "../chaos/campaign.ts";
import { statusesOf } from "../chaos/chain-watch.ts";
import { faults } from "../chaos/faults.ts";
import type { Company } from "../helpers/company.ts";
import { until } from "../helpers/waiting.ts";

/** Blocks that the others commit meanwhile. */
const blocksMeanwhile = 5;

const names = [
  "SIGSTOP of the node",
  "bytes flipped in a table, stopped",
  "CURRENT of state deleted",
  "power cut of all four",
];

async function heightOf(companies: readonly Company[]): Promise<number> {
  const statuses = await statusesOf(companies);
  return Math.max(0, ...statuses.map((status) => status?.height ?? 0));
}

/** While a member is stopped the others go on. */
async function othersGoOn(companies: readonly Company[]): Promise<void> {
  const before = await heightOf(companies);
  await until("the others commit", async () => {
    return (await heightOf(companies)) >= before + blocksMeanwhile;
  });
}

test("four companies under load suffer one fault after the other: one chain, no row lost, none doubled", async () => {
  const drawn = names.map((name) => faults.find((fault) => fault.name === name));
  const result = await runCampaign({
    faults: drawn.filter((fault) => fault !== undefined),
    seed: 1,
    lasting: (companies) => ({
      stopped: () => othersGoOn(companies),
      held: () => othersGoOn(companies),
    }),
    hasRooms: false,
    clockLibrary: null,
    keep: null,
    say: () => undefined,
  });
  const { recoveries, acknowledged, committed, readable, lost, doubled, chains } = result;
  expect(recoveries.map(({ fault }) => fault)).toEqual(names);
  expect(recoveries.filter(({ human }) => human)).toEqual([]);
  expect(acknowledged).toBeGreaterThan(0);
  expect({ committed, readable, lost, doubled, chains }).toEqual({
    committed: acknowledged,
    readable: acknowledged,
    lost: 0,
    doubled: 0,
    chains: 1,
  });
});
