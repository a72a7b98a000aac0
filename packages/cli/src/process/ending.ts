import { statfsSync } from "node:fs";
import { CliError } from "../errors.ts";
import { exitCodes } from "../print/exit-codes.ts";
import { lastLoggedError } from "./log-tail.ts";
import type { RunningProgram } from "./program.ts";

/** Exit codes from here on name the signal that ended a program. */
const signalled = 128;
/** With less room than this a program cannot say why it ended. */
const roomBytesMin = 65_536;

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < roomBytesMin;
  } catch {
    return false;
  }
}

/**
 * Why a program ended: what it logged; else that the disk is full, on which it could log nothing; else its exit
 * code alone. `exit` of the error is what a service manager goes by: whatever a signal ended may be started again.
 */
export function endingOf(
  { program, logStart }: Pick<RunningProgram, "program" | "logStart">,
  exit: number,
  { home, log }: { readonly home: string; readonly log: string },
): Error {
  const logged = lastLoggedError(log, logStart);
  if (logged !== null) {
    const { code, message, detail } = logged;
    return Object.assign(new Error(message), { code, detail, exit });
  }
  if (isFull(home)) return new CliError("CLI_DISK_FULL", { path: home });
  const error = new CliError("CLI_PROGRAM_ENDED", { program, exit, log });
  return Object.assign(error, { exit: exit > signalled ? exitCodes.tryLater : exit });
}
