import { CliError } from "../errors.ts";
import { ownCard } from "../founding/genesis.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { settingsOf } from "../founding/settings.ts";
import { endPrograms, logFileOf, startOne } from "../process/company.ts";
import { endingOf } from "../process/ending.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { lockCompany } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata keys recover-sign-state`: makes the signer guard anew from what every other validator holds. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { backup } = words();
  const { home, dryRun } = context;
  const card = await ownCard(home);
  if (!given.flag("from-network")) throw new CliError("CLI_USAGE", backup.recoverFrom);
  const document = { schema: "tegata.recover-sign-state/1", company: card.handle, dryRun } as const;
  const { settings } = settingsOf(context, []);
  const lock = lockCompany(home);
  try {
    if (dryRun) {
      await context.result(document, [backup.recoverDry]);
      return;
    }
    const passphrase = await takePassphrase(context, given.text("passphrase-file"), "known");
    context.say(backup.recovering);
    const request = { home, passphrase, settings, copyTo: null, onStart: () => undefined };
    const node = startOne("node", request, ["--recover-sign-state"]);
    stopSignal().addEventListener("abort", () => void endPrograms([node]), { once: true });
    const exit = await node.ended;
    if (exit !== 0) throw endingOf(node, exit, { home, log: logFileOf(home, "node") });
    await context.result(document, [backup.recovered]);
  } finally {
    lock.release();
  }
}
