import { setTimeout as pause } from "node:timers/promises";
import { CliError } from "../errors.ts";
import { ownCard } from "../founding/genesis.ts";
import { supervisorLog } from "../process/background.ts";
import { supervisorOf } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";

const patienceMs = 60_000;
const pollMs = 50;
const exitMsMax = 2_000;

/** `tegata stop`: ends both programs of a company and waits until they are gone. */
export async function run(context: Context): Promise<undefined> {
  const { running } = words();
  const { home, dryRun } = context;
  const card = await ownCard(home);
  const pid = supervisorOf(home);
  if (pid === "none" || pid === null) throw new CliError("CLI_NOT_RUNNING", { home });
  const document = { schema: "tegata.stop/1", company: card.handle, pid, dryRun } as const;
  if (dryRun) {
    await context.result(document, [running.stopDry(card.name, pid)]);
    return;
  }
  context.say(running.stopping);
  process.kill(pid, "SIGTERM");
  const deadline = performance.now() + patienceMs;
  while (supervisorOf(home) === pid) {
    if (performance.now() > deadline) {
      const detail = { program: "supervisor", waitedMs: patienceMs } as const;
      throw new CliError("CLI_PROGRAM_SILENT", { ...detail, log: supervisorLog(home) });
    }
    await pause(pollMs);
  }
  // It has let go of the folder; a moment later it is gone, unless nobody collects dead processes here.
  const lastMs = performance.now() + exitMsMax;
  while (isRunning(pid) && performance.now() < lastMs) await pause(pollMs);
  await context.result(document, [running.stopped(card.name)]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
