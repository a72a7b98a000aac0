import { defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { acceptGenesis, foundGenesis, readGenesis } from "../founding/genesis.ts";
import { homePaths } from "../founding/home.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata init`: makes the genesis of a network, or takes the one another founder made. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { usage } = words();
  const cards = given.list("found");
  const file = given.text("genesis");
  if (file !== null && cards.length > 0) throw usageOf(usage.together("--found", "--genesis"));
  if (file === null && cards.length === 0) {
    throw usageOf(usage.either("--found CARD…", "--genesis FILE", "init"));
  }
  const within = (path: string): string => context.path(path);
  const genesis =
    file === null
      ? await foundGenesis({
          home: context.home,
          cardFiles: cards.map(within),
          parameters: defaultParameters,
          timeMs: context.world.nowMs(),
        })
      : await readGenesis(within(file));
  await acceptGenesis(context.home, genesis, { dryRun: context.dryRun });
  await tell(context, genesis, file === null);
}

async function tell(context: Context, genesis: Genesis, isFounder: boolean): Promise<void> {
  const { founding } = words();
  const path = homePaths(context.home).genesis;
  const columns = [founding.company, founding.handle, founding.address].map((title) => {
    return { title, align: "left" } as const;
  });
  const rows = genesis.cards.map((card) => [card.name, card.handle, card.addresses[0] ?? ""]);
  const document = {
    schema: "tegata.init/1",
    network: { id: genesis.networkId, name: genesis.networkName },
    companies: genesis.cards.map(({ name, handle, memberId }) => ({
      name,
      handle,
      member: memberId,
    })),
    genesis: context.dryRun ? null : path,
    dryRun: context.dryRun,
  } as const;
  await context.result(document, [
    founding.network(genesis.networkName),
    founding.networkId(genesis.networkId),
    ...(context.dryRun ? [] : [founding.genesisWritten(path)]),
    "",
    ...context.table(columns, rows),
  ]);
  if (context.dryRun) {
    context.say(founding.initDry);
    return;
  }
  // What the others say, they say about folders of their own.
  context.sayAsIs(isFounder ? founding.foundNext(path) : founding.joinNext);
  context.say(founding.startNext);
}
