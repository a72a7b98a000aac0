import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const launcherUrl = pathToFileURL(join(root, "packages/cli/bin/node-binary.mjs")).href;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, words, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(child, "close");
  return { code, signal, stdout, stderr };
}

/** Runs a module text that sees what the launchers share as `launcher`. */
function startModule(text: string): ChildProcess {
  const module = `import * as launcher from ${JSON.stringify(launcherUrl)};\n${text}`;
  return start(["--input-type=module", "--eval", module]);
}

/** A launcher around a program, with the launcher's answer as its exit code. */
function startAround(program: string): ChildProcess {
  const words = JSON.stringify(["--eval", program]);
  return startModule(
    `process.exitCode = await launcher.runToEnd(process.execPath, ${words}, { stdio: "inherit" });`,
  );
}

test("a Node is new enough from 24.12 on", async () => {
  const versions = ["18.0.0", "20.20.2", "24.9.0", "24.11.9", "24.12.0", "24.21.0", "26.0.0"];
  const { stdout } = await ended(
    startModule(
      `console.log(JSON.stringify(${JSON.stringify(versions)}.map(launcher.isNodeNewEnough)));`,
    ),
  );
  expect(JSON.parse(stdout)).toEqual([false, false, false, false, true, true, true]);
});

test("the exit code of the program is the exit code of the launcher", async () => {
  expect((await ended(startAround("process.exit(9)"))).code).toBe(9);
});

test("a program ended by a signal gives 128 and the number of the signal", async () => {
  expect((await ended(startAround("process.kill(process.pid, 'SIGKILL')"))).code).toBe(137);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "the launcher hands %s on and waits for the program's own end",
  async (signal) => {
    const child = startAround(
      `process.on("${signal}", () => process.exit(42)); setInterval(() => {}, 1000); console.log("ready")`,
    );
    const end = ended(child);
    if (child.stdout !== null) await once(child.stdout, "data");
    child.kill(signal);
    expect(await end).toMatchObject({ code: 42, signal: null });
  },
);

test("below npm, a launcher that loses its parent ends the program", async () => {
  const program = "setInterval(() => {}, 1000); console.log('ready')";
  const launcher = `import * as launcher from ${JSON.stringify(launcherUrl)};
    await launcher.runToEnd(process.execPath, ["--eval", ${JSON.stringify(program)}]);`;
  const words = JSON.stringify(["--input-type=module", "--eval", launcher]);
  const parent = startModule(`import { spawn } from "node:child_process";
    const env = { ...process.env, npm_lifecycle_event: "demo" };
    spawn(process.execPath, ${words}, { stdio: "inherit", env });`);
  const end = ended(parent);
  if (parent.stdout !== null) await once(parent.stdout, "data");
  parent.kill("SIGKILL");
  // The pipe closes only when the last process that holds it, the program, is gone.
  expect((await end).signal).toBe("SIGKILL");
});

test("a program that cannot be started is reported and is a failure", async () => {
  const { code, stderr } = await ended(
    startModule(`process.exitCode = await launcher.runToEnd("/nowhere/program", []);`),
  );
  expect(code).toBe(127);
  expect(stderr).toContain("/nowhere/program");
});

test("without any Node the user reads three lines with the way out", async () => {
  const { stdout } = await ended(startModule("console.log(launcher.nodeMissingText());"));
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^error: /);
  expect(lines[2]).toMatch(/next: install Node\.js 24 .*code: CLI_NODE_TOO_OLD$/);
});

test("an unknown job is refused on standard error with the list of jobs", async () => {
  const { code, stdout, stderr } = await ended(start(["scripts/run.mjs", "fly"]));
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  expect(stderr).toContain(
    "demo|test|test:page|test:package|sim|sim:broken|sim:mutants|bench|bench:sync|bench:collect|chaos|chaos:faults|chaos:disk|chaos:collect|real-files|fuzz|check|tegata",
  );
});
