import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createGatewayClient } from "@tegata/gateway/client";
import { createNodeClient } from "@tegata/node/client";
import type { Settings } from "@tegata/settings";
import { CliError, type ProgramName } from "../errors.ts";
import { homePaths } from "../founding/home.ts";
import { endingOf } from "./ending.ts";
import { type RunningProgram, startProgram } from "./program.ts";

/** What starts a company. */
export interface CompanyRequest {
  readonly home: string;
  readonly passphrase: string;
  readonly settings: Settings;
  readonly copyTo: NodeJS.WritableStream | null;
  /** Told of every program as soon as it runs, so that whoever is interrupted can end it. */
  readonly onStart: (running: RunningProgram) => void;
}

/** How long a program may take until it answers. */
const answerMsMax = 120_000;
const pollMs = 50;
const graceMs = 20_000;

/** Path of a program's log. */
export function logFileOf(home: string, program: ProgramName): string {
  return join(homePaths(home).log, `${program}.log`);
}

/** Starts one program of a company. */
export function startOne(
  program: ProgramName,
  request: CompanyRequest,
  more: readonly string[] = [],
): RunningProgram {
  const { home, passphrase, settings, copyTo } = request;
  const logFile = logFileOf(home, program);
  const running = startProgram({ program, home, passphrase, settings, copyTo, logFile, more });
  request.onStart(running);
  return running;
}

/**
 * Starts node and gateway, each once the one before answers.
 * @throws the error that the program logged before it ended, with its exit code; CLI_PROGRAM_ENDED,
 * CLI_PROGRAM_SILENT. Nothing runs any more then.
 */
export async function startBoth(
  request: CompanyRequest,
): Promise<{ readonly node: RunningProgram; readonly gateway: RunningProgram }> {
  const node = startOne("node", request);
  let gateway: RunningProgram | null = null;
  try {
    await untilAnswers(node, request.home);
    gateway = startOne("gateway", request);
    await untilAnswers(gateway, request.home);
    return { node, gateway };
  } catch (error) {
    await endPrograms([gateway, node].filter((program) => program !== null));
    throw error;
  }
}

/**
 * Waits until a program answers at its socket.
 * @throws as {@link startBoth}
 */
export async function untilAnswers(running: RunningProgram, home: string): Promise<void> {
  const deadline = performance.now() + answerMsMax;
  const log = logFileOf(home, running.program);
  while (!running.hasEnded()) {
    if (await answers(running.program, home)) return;
    if (performance.now() > deadline) {
      const { program } = running;
      throw new CliError("CLI_PROGRAM_SILENT", { program, waitedMs: answerMsMax, log });
    }
    await Promise.race([pause(pollMs), running.ended]);
  }
  throw endingOf(running, await running.ended, { home, log });
}

/** Whether a program answers at its socket now. */
export async function answers(program: ProgramName, home: string): Promise<boolean> {
  const paths = homePaths(home);
  try {
    if (program === "node") {
      const client = createNodeClient({ socketPath: paths.nodeSocket });
      await client.status().finally(() => client.close());
    } else {
      const client = createGatewayClient({ socketPath: paths.gatewaySocket });
      await client.status().finally(() => client.close());
    }
    return true;
  } catch {
    return false;
  }
}

/** Ends programs in the given order, one after the other; one that does not listen is killed. */
export async function endPrograms(programs: readonly RunningProgram[]): Promise<void> {
  for (const running of programs) {
    if (running.hasEnded()) continue;
    running.signal("SIGTERM");
    const patience = new AbortController();
    const late = pause(graceMs, "late", { signal: patience.signal }).catch(() => "ended");
    if ((await Promise.race([running.ended, late])) === "late") running.signal("SIGKILL");
    patience.abort();
    await running.ended;
  }
}
