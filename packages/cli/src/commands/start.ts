import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { restoreMark } from "../backup/restore.ts";
import { CliError } from "../errors.ts";
import { ownCard } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { settingsOf } from "../founding/settings.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { startInBackground } from "../process/background.ts";
import { isBorrowedNode } from "../process/borrowed-node.ts";
import { tellServiceManager } from "../process/service-manager.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { type SupervisorEvent, supervise, supervisorOf } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { showFront } from "./front.ts";

/** `tegata start`: both programs of a company, in the background or in front. */
export async function run(context: Context, given: Given): Promise<ExitCode | undefined> {
  const { running } = words();
  const { home } = context;
  const card = await ownCard(home);
  const paths = homePaths(home);
  if (await exists(restoreMark(home))) throw new CliError("CLI_RESTORE_UNFINISHED", { home });
  if (!(await exists(paths.genesis))) throw new CliError("CLI_HOME_NOT_FOUNDED", { home });
  const { settings } = settingsOf(context, settingWords(given));
  const pid = supervisorOf(home);
  if (pid !== "none") throw new CliError("CLI_ALREADY_RUNNING", { home, pid });
  const passphrase = await takePassphrase(context, given.text("passphrase-file"), "known");
  if (!settings.dev && isBorrowedNode()) {
    context.say(context.paintMessage("warning", running.borrowedNode));
  }
  if (context.dryRun) {
    await openKeystore(await readSecretFile(paths.nodeKeystore), "node", passphrase);
    const document = { schema: "tegata.start/1", dryRun: true, company: card.handle } as const;
    await context.result(document, [running.startDry(card.name)]);
    return;
  }
  const tell = async (): Promise<void> => {
    const document = {
      schema: "tegata.start/1",
      company: card.handle,
      network: card.networkName,
      socket: paths.gatewaySocket,
      apiPort: settings["api.port"],
    } as const;
    await context.result(document, [
      running.started(card.name, card.networkName),
      running.startedApi(paths.gatewaySocket, settings["api.port"]),
    ]);
  };
  if (!given.flag("foreground")) {
    await startInBackground(home, passphrase, settings);
    await tell();
    if (!context.json) await showFront(context);
    return;
  }
  const tellManager = async (): Promise<void> => {
    const states = ["READY=1", `STATUS=${running.started(card.name, card.networkName)}`];
    if (!(await tellServiceManager(context.world.env, states))) context.warn(running.notTold);
  };
  const told = { copyTo: context.world.stderr, onStart: () => undefined };
  const request = { home, passphrase, settings, ...told };
  const exit = await supervise(request, stopSignal(), (event) => {
    if (event.type === "running") void tell().then(tellManager);
    else context.warn(eventText(event));
  });
  return exit === 0 ? exitCodes.done : (exit as ExitCode);
}

/** `--listen` is a short way to say one of the settings. */
function settingWords(given: Given): readonly string[] {
  const listen = given.text("listen");
  return [...given.list("set"), ...(listen === null ? [] : [`plant.listen=${listen}`])];
}

function eventText(event: Exclude<SupervisorEvent, { type: "running" }>): string {
  const { running } = words();
  return event.type === "restart"
    ? running.programBack(event.program, event.exit, event.pauseMs)
    : running.programLost(event.program, event.exit);
}
