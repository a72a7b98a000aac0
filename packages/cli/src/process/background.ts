import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { extname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createGatewayClient } from "@tegata/gateway/client";
import { ordersText, type Settings } from "@tegata/settings";
import { CliError, type CliErrorCode } from "../errors.ts";
import { homePaths } from "../founding/home.ts";
import { supervisorOf } from "./supervisor.ts";

/** What a supervisor in the background says to whoever started it. */
export type SupervisorMessage =
  | { readonly type: "running" }
  | {
      readonly type: "failed";
      readonly code: string;
      readonly message: string;
      readonly detail: unknown;
      readonly exit: number;
    };

/** Beside this file, and compiled when this file is. */
const script = fileURLToPath(
  new URL(`./supervisor-main${extname(import.meta.url)}`, import.meta.url),
);

/** Path of the supervisor's own log. */
export function supervisorLog(home: string): string {
  return join(homePaths(home).log, "tegata.log");
}

/**
 * Starts a supervisor that outlives this process, and waits until both programs answer.
 * @throws the error that kept it from running
 */
export async function startInBackground(
  home: string,
  passphrase: string,
  settings: Settings,
): Promise<void> {
  const log = openSync(supervisorLog(home), "a", 0o600);
  const child = spawn(process.execPath, [script, home], {
    stdio: ["pipe", log, log, "ipc"],
    detached: true,
    cwd: home,
  });
  closeSync(log);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(ordersText(passphrase, settings));
  const ended = new Promise<number>((resolve) => {
    child.once("exit", (code) => resolve(code ?? 1));
    child.once("error", () => resolve(127));
  });
  const answer = await new Promise<SupervisorMessage | null>((resolve) => {
    child.once("message", (message) => resolve(message as SupervisorMessage));
    // Comes after the last message, which the exit itself does not.
    child.once("disconnect", () => resolve(null));
    child.once("error", () => resolve(null));
  });
  if (child.connected) child.disconnect();
  if (answer?.type === "running") {
    child.stdin?.destroy();
    child.unref();
    return;
  }
  // Whoever is told that nothing started may start something else at once.
  const exit = await ended;
  if (answer !== null) throw relayed(answer);
  const path = supervisorLog(home);
  throw new CliError("CLI_PROGRAM_ENDED", { program: "node", exit, log: path });
}

const patienceMs = 120_000;
const pollMs = 250;

/**
 * Has the company run: starts it, or waits for what an interrupted command began to start.
 * @throws the error that kept it from running, GATEWAY_UNREACHABLE
 */
export async function startUnlessRunning(
  home: string,
  passphrase: string,
  settings: Settings,
): Promise<void> {
  const gateway = createGatewayClient({ socketPath: homePaths(home).gatewaySocket });
  const endMs = performance.now() + patienceMs;
  try {
    while (supervisorOf(home) !== "none") {
      const refused = await gateway.status().then(
        () => null,
        (error: unknown) => error,
      );
      if ((refused as { readonly code?: unknown } | null)?.code !== "GATEWAY_UNREACHABLE") return;
      if (performance.now() > endMs) throw refused;
      await pause(pollMs);
    }
  } finally {
    gateway.close();
  }
  await startInBackground(home, passphrase, settings);
}

/** An error as the supervisor met it: ours in our words, any other with its own. */
function relayed(failure: Extract<SupervisorMessage, { type: "failed" }>): Error {
  const { code, message, detail, exit } = failure;
  const ours = code.startsWith("CLI_");
  const error = ours ? new CliError(code as CliErrorCode, detail as never) : new Error(message);
  return Object.assign(error, ours ? { exit } : { code, detail, exit });
}
