import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { createRequire, getCompileCacheDir } from "node:module";
import { constants } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ordersText, type Settings } from "@tegata/settings";
import type { ProgramName } from "../errors.ts";

/** What starts one of the two programs of a company. */
export interface ProgramRequest {
  readonly program: ProgramName;
  readonly home: string;
  readonly passphrase: string;
  readonly settings: Settings;
  /** File that gets everything the program says. */
  readonly logFile: string;
  /** Also gets what the program says; null: only the file does. */
  readonly copyTo: NodeJS.WritableStream | null;
  /** Further words of its command line. */
  readonly more: readonly string[];
}

/** A program that runs, or has ended. */
export interface RunningProgram {
  readonly program: ProgramName;
  readonly pid: number;
  /** Bytes of the log file before this start. */
  readonly logStart: number;
  /** Exit code; 128 + n when signal n ended it. */
  readonly ended: Promise<number>;
  readonly hasEnded: () => boolean;
  signal(name: "SIGTERM" | "SIGKILL"): void;
}

const logBytesMax = 64 * 1_048_576;

/** Starts a program; passphrase and settings go over its standard input and nowhere else. */
export function startProgram(request: ProgramRequest): RunningProgram {
  const { program, home, logFile, copyTo } = request;
  const logStart = prepareLog(logFile);
  const log = openSync(logFile, "a", 0o600);
  const words = [scriptOf(program), "--home", home, "--handed", ...request.more];
  const child = spawn(process.execPath, words, {
    stdio: ["pipe", copyTo === null ? log : "pipe", log],
    env: environment(),
    // A folder that somebody wants to unmount must not be held by a program that needs none.
    cwd: home,
  });
  closeSync(log);
  if (copyTo !== null) copyOutput(child, logFile, copyTo);
  child.stdin?.on("error", () => undefined);
  // Its end stays open: a program whose standard input closes has lost its supervisor, and ends.
  child.stdin?.write(ordersText(request.passphrase, request.settings));
  let over = false;
  const ended = new Promise<number>((resolve) => {
    const finish = (code: number): void => {
      over = true;
      resolve(code);
    };
    child.once("error", () => finish(127));
    child.once("exit", (code, signal) => {
      finish(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  return {
    program,
    pid: child.pid ?? 0,
    logStart,
    ended,
    hasEnded: () => over,
    signal: (name) => void child.kill(name),
  };
}

function scriptOf(program: ProgramName): string {
  // The gateway reads files for machines of the plant, with what this package knows of their forms.
  if (program === "gateway") {
    return fileURLToPath(new URL(`./gateway-main${extname(import.meta.url)}`, import.meta.url));
  }
  const require = createRequire(import.meta.url);
  const index = require.resolve(`@tegata/${program}`);
  // Compiled like the rest of its package, or like the rest of it not.
  return join(dirname(index), `main${extname(index)}`);
}

/** Programs share the compiled code of this one; what the supervisor was told is not their business. */
function environment(): NodeJS.ProcessEnv {
  const { CREDENTIALS_DIRECTORY: _, NOTIFY_SOCKET: __, ...env } = process.env;
  const cache = getCompileCacheDir();
  return cache === undefined ? env : { ...env, NODE_COMPILE_CACHE: dirname(cache) };
}

/** Begins a new log file where the old one is large; answers how long the file is. */
function prepareLog(path: string): number {
  try {
    const { size } = statSync(path);
    if (size < logBytesMax) return size;
    renameSync(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return 0;
}

function copyOutput(child: ChildProcess, path: string, copyTo: NodeJS.WritableStream): void {
  const file = openSync(path, "a", 0o600);
  child.stdout?.on("data", (chunk: Buffer) => {
    copyTo.write(chunk);
    try {
      writeSync(file, chunk);
    } catch {
      // A full disk loses lines of the log and nothing else.
    }
  });
  child.stdout?.once("close", () => closeSync(file));
}
