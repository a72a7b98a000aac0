import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { pack } from "../../scripts/pack.ts";
import { processesNaming } from "./left-behind.ts";
import { until } from "./waiting.ts";

const repository = resolve(import.meta.dirname, "../..");

/** Runs a program to its end and gives what it said; one that fails is an error. */
export async function must(
  command: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<string> {
  const { code, stdout, stderr } = await ran(command, words, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${words.join(" ")} ended with ${code}\n${stdout}${stderr}`);
}

/** Runs a program to its end and gives how it ended. */
export async function ran(
  command: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { child, said } = start(command, words, options);
  const [code] = await once(child, "close");
  return { code: code as number, ...said };
}

function start(
  command: string,
  words: readonly string[],
  { cwd, env = process.env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
) {
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  const child = spawn(command, words, { cwd, env, stdio, detached: true });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  return { child, said };
}

/** Makes the tarball in `folder` and gives its path. */
export function packedIn(folder: string): string {
  return pack(folder).file;
}

/** Installs a tarball below `folder` without a network: what it needs is what this repository has. */
export async function installLinked(tarball: string, folder: string): Promise<string> {
  const modules = join(folder, "node_modules");
  const place = join(modules, "tegata");
  mkdirSync(place, { recursive: true });
  await must("tar", ["xzf", tarball, "-C", place, "--strip-components=1"], { cwd: folder });
  for (const name of readdirSync(join(repository, "node_modules"))) {
    if (name.startsWith(".") || name === "tegata" || name === "@tegata") continue;
    symlinkSync(join(repository, "node_modules", name), join(modules, name));
  }
  return place;
}

interface Dev {
  readonly companies: readonly { readonly home: string }[];
}

/**
 * Starts `tegata dev` with the given command and goes on until a record is committed and read back; nothing of
 * it runs or lies around at the end.
 */
export async function tryInstalled(
  [command, ...first]: readonly [string, ...string[]],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const around = { cwd: folder, env: { ...env, NO_COLOR: "1" } };
  const place = join(folder, "try");
  const { child, said } = start(
    command,
    [...first, "dev", "--members", "2", "--dir", "try", "--json"],
    around,
  );
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  try {
    await until("the network runs", () => said.stdout.includes("\n") || isOver(), 120_000);
    expect(isOver(), said.stderr).toBe(false);
    const [company] = (JSON.parse(said.stdout) as Dev).companies;
    const { home = "" } = company ?? {};
    const tegata = (...words: readonly string[]) =>
      must(command, [...first, ...words, "--home", home], around);
    const isReady = async (): Promise<boolean> => {
      const { stdout } = await ran(command, [...first, "status", "--json", "--home", home], around);
      return stdout.includes('"state":"ready"');
    };
    await until("the node takes part", isReady, 60_000);
    writeFileSync(join(folder, "rows.csv"), "press,force [kN]\n3,1840.50\n");
    await tegata("streams", "create", "press-3", "--from", "rows.csv");
    const steps = ["--time-start", new Date(Date.now() - 5_000).toISOString(), "--time-step", "1s"];
    const submitted = JSON.parse(
      await tegata("submit", "press-3", "rows.csv", ...steps, "--json"),
    ) as { readonly rows: number };
    expect(submitted.rows).toBe(1);
    expect(await tegata("query", "press-3", "-o", "csv")).toContain(",3,1840.50");
  } finally {
    // As Ctrl-C does: to all that it started. npx hands nothing on.
    if (!isOver() && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    if (!isOver()) await once(child, "close");
  }
  await until("no process is left", () => processesNaming(place).length === 0);
}
