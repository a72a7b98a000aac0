import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LedgerError } from "@tegata/ledger/primitives";
import { type FolderLock, lockHolder, takeLock } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import { homePaths, writeWhole } from "../founding/home.ts";
import { type CompanyRequest, endPrograms, startBoth, startOne } from "./company.ts";
import type { RunningProgram } from "./program.ts";

/** What a supervisor tells of itself. */
export type SupervisorEvent =
  | { readonly type: "running" }
  | {
      readonly type: "restart";
      readonly program: string;
      readonly exit: number;
      readonly pauseMs: number;
    }
  | { readonly type: "lost"; readonly program: string; readonly exit: number };

/** Exit codes after which a program must not be started again by itself. */
const finalExits: ReadonlySet<number> = new Set([76, 77, 78, 79]);
const pauseMsMin = 500;
const pauseMsMax = 30_000;
/** A program that lived this long has recovered from whatever ended it before. */
const healthyMs = 60_000;

/**
 * Runs a company until `signal` is aborted: starts both programs, starts one again that ended, and ends
 * both when one may not be started again. Answers with the exit code to pass on.
 * @throws CLI_ALREADY_RUNNING, and what {@link startBoth} throws
 */
export async function supervise(
  request: CompanyRequest,
  signal: AbortSignal,
  tell: (event: SupervisorEvent) => void,
): Promise<number> {
  const lock = lockCompany(request.home);
  const { supervisor } = homePaths(request.home);
  try {
    await writeWhole(supervisor, `${process.pid}\n`);
    const { node, gateway } = await startBoth(request);
    tell({ type: "running" });
    const stop = new AbortController();
    const stopNode = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    // The gateway ends first, so that the node it talks to is there to its end.
    const gatewayExit = keep(gateway, request, stopped, tell).finally(() => stopNode.abort());
    const nodeExit = keep(node, request, stopNode.signal, tell).finally(() => stop.abort());
    return Math.max(await gatewayExit, await nodeExit);
  } finally {
    await rm(supervisor, { force: true });
    lock.release();
  }
}

/** Keeps one program running; answers 0 when it was told to stop, else the code that must be passed on. */
async function keep(
  first: RunningProgram,
  request: CompanyRequest,
  stopped: AbortSignal,
  tell: (event: SupervisorEvent) => void,
): Promise<number> {
  let running = first;
  let pauseMs = pauseMsMin;
  const { program } = first;
  while (true) {
    const startMs = performance.now();
    const exit = await endOf(running, stopped);
    if (exit === null) return 0;
    if (finalExits.has(exit)) {
      tell({ type: "lost", program, exit });
      return exit;
    }
    if (performance.now() - startMs > healthyMs) pauseMs = pauseMsMin;
    tell({ type: "restart", program, exit, pauseMs });
    await pause(pauseMs, null, { signal: stopped }).catch(() => null);
    if (stopped.aborted) return 0;
    pauseMs = Math.min(pauseMs * 2, pauseMsMax);
    running = startOne(program, request);
  }
}

/** The exit code of a program that ended by itself; null after it was ended because of the signal. */
async function endOf(running: RunningProgram, stopped: AbortSignal): Promise<number | null> {
  const told = new Promise<null>((resolve) => {
    if (stopped.aborted) resolve(null);
    stopped.addEventListener("abort", () => resolve(null), { once: true });
  });
  const exit = await Promise.race([running.ended, told]);
  if (exit === null) await endPrograms([running]);
  return exit;
}

/**
 * Holds the home folder of a company for this process.
 * @throws CLI_ALREADY_RUNNING
 */
export function lockCompany(home: string): FolderLock {
  try {
    return takeLock(lockFolder(home));
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "LEDGER_STORE_LOCKED") throw error;
    const { pid } = (error as LedgerError<"LEDGER_STORE_LOCKED">).detail;
    throw new CliError("CLI_ALREADY_RUNNING", { home, pid }, error);
  }
}

/** The process that runs the company of a home folder, or `none`. @throws LEDGER_STORE_FAILED */
export function supervisorOf(home: string): number | "none" {
  return lockHolder(lockFolder(home)) ?? "none";
}

/** Whether what holds the home folder is a supervisor, which runs the company, and no command at work on it. */
export async function isSupervised(home: string): Promise<boolean> {
  const text = await readFile(homePaths(home).supervisor, "utf8").catch(() => "");
  return text.trim() === `${supervisorOf(home)}`;
}

function lockFolder(home: string): string {
  return join(home, "run", "lock");
}
