import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "@tegata/ledger/storage";
import { type BlocksElsewhere, blocksElsewhere } from "../backup/blocks-elsewhere.ts";
import { CliError } from "../errors.ts";
import { ownCard, readGenesis } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";
import { lockCompany } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/**
 * `tegata reset --chain`: takes the blocks away, which come again from the others; keys and guard stay. Blocks
 * that nobody else has stay too, and blocks that cannot be read are moved and never deleted.
 */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { backup } = words();
  const { home, dryRun } = context;
  const card = await ownCard(home);
  if (!given.flag("chain")) throw new CliError("CLI_USAGE", backup.resetWhat);
  const { networkId } = await readGenesis(homePaths(home).genesis);
  const from = join(home, "node");
  const stamp = new Date(context.world.nowMs()).toISOString().replace(/[-:]|\.\d+/g, "");
  const lock = lockCompany(home);
  try {
    const isThere = await exists(from);
    const elsewhere: BlocksElsewhere = isThere
      ? await blocksElsewhere(from, networkId, card.memberId)
      : { type: "others" };
    if (elsewhere.type === "nowhere") throw new CliError("CLI_RESET_ALONE", { home });
    const unread = elsewhere.type === "unknown" ? elsewhere.code : null;
    const isDeleted = given.flag("yes") && unread === null;
    const to = isDeleted ? null : `${from}.before-${stamp}`;
    if (isThere && !dryRun) {
      // What cannot be opened may be held all the same.
      takeLock(join(from, "lock")).release();
      if (to === null) await rm(from, { recursive: true });
      else await rename(from, to);
    }
    const document = {
      schema: "tegata.reset/1",
      dryRun,
      company: card.handle,
      movedTo: isThere ? to : null,
      unread,
    } as const;
    const done = isThere ? backup.reset(to, dryRun) : backup.resetNothing;
    const kept = unread === null ? [] : [backup.resetUnread(unread)];
    await context.result(document, [done, ...kept, backup.resetKeeps]);
  } finally {
    lock.release();
  }
}
