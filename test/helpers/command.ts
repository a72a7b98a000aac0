import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../..");
const launcher = join(repository, "packages/cli/bin/tegata.mjs");

/** Loaded into everything that is started here. */
export const endWithParent = new URL("./end-with-parent.ts", import.meta.url);
const patienceMs = 120_000;

/** Folder with the commands that npm links, `tegata` among them. */
export const commandFolder: string = join(repository, "node_modules", ".bin");

/** Where and with what a command runs. */
export interface Surroundings {
  /** Working folder. */
  readonly folder: string;
  /** Home folder of the company, given as TEGATA_HOME; null gives none. */
  readonly home: string | null;
  /** What stands on standard input; null: nothing. */
  readonly input: string | Uint8Array | null;
  /** Set in the environment beside what every user has. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** How a command ended. */
export interface Ended {
  /** 128 + 9 when it was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Environment of a user who has nothing set up; what is written aside lands in the working folder. */
export function userEnvironment({
  folder,
  home,
  variables = {},
}: Omit<Surroundings, "input">): NodeJS.ProcessEnv {
  return {
    PATH: [dirname(process.execPath), commandFolder, process.env.PATH].join(":"),
    HOME: folder,
    TMPDIR: folder,
    LANG: "C.UTF-8",
    NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
    ...(home === null ? {} : { TEGATA_HOME: home }),
    ...variables,
  };
}

/** Starts `tegata` with the given words. */
export function startTegata(words: readonly string[], around: Surroundings): RunningCommand {
  return startScript([launcher, ...words], around);
}

/** Starts a script on the Node of the tests. */
export function startScript(words: readonly string[], around: Surroundings): RunningCommand {
  const child = spawn(process.execPath, ["--import", endWithParent.href, ...words], {
    cwd: around.folder,
    env: userEnvironment(around),
    stdio: ["pipe", "pipe", "pipe", "ipc"],
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(around.input ?? "");
  return { process: child, ended: endOf(child) };
}

/** Runs `tegata` with the given words to its end. */
export async function tegata(words: readonly string[], around: Surroundings): Promise<Ended> {
  const running = startTegata(words, around);
  const patience = setTimeout(() => running.process.kill("SIGKILL"), patienceMs);
  return running.ended.finally(() => clearTimeout(patience));
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number>((done, fail) => {
    child.once("error", fail);
    child.once("close", (exit, signal) => done(exit ?? (signal === "SIGKILL" ? 137 : 128)));
  });
  return {
    code,
    stdout: Buffer.concat(stdout).toString("utf8"),
    stderr: Buffer.concat(stderr).toString("utf8"),
  };
}
