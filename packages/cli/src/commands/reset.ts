import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import { ownCard, readGenesis } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";
import { lockCompany } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata reset --chain`: takes the blocks away, which come again from the others; keys and guard stay. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { backup } = words();
  const { home, dryRun } = context;
  const card = await ownCard(home);
  if (!given.flag("chain")) throw new CliError("CLI_USAGE", backup.resetWhat);
  const genesis = await readGenesis(homePaths(home).genesis);
  // Nobody else has the blocks of a network of one.
  if (genesis.cards.length < 2) throw new CliError("CLI_RESET_ALONE", { home });
  const from = join(home, "node");
  const stamp = new Date(context.world.nowMs()).toISOString().replace(/[-:]|\.\d+/g, "");
  const to = given.flag("yes") ? null : `${from}.before-${stamp}`;
  const lock = lockCompany(home);
  try {
    const isThere = await exists(from);
    if (isThere && !dryRun) {
      takeLock(join(from, "lock")).release();
      if (to === null) await rm(from, { recursive: true });
      else await rename(from, to);
    }
    const document = {
      schema: "tegata.reset/1",
      dryRun,
      company: card.handle,
      movedTo: to,
    } as const;
    const done = isThere ? backup.reset(to, dryRun) : backup.resetNothing;
    await context.result(document, [done, backup.resetKeeps]);
  } finally {
    lock.release();
  }
}
