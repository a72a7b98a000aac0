// The process behind `tegata start`: takes a home folder; passphrase and settings on standard input.
import { readOrders } from "@tegata/settings";
import { exitCodeOf } from "../print/exit-codes.ts";
import type { SupervisorMessage } from "./background.ts";
import { stopSignal } from "./stop-signal.ts";
import { supervise } from "./supervisor.ts";

const home = process.argv[2] ?? "";

/** Tells whoever started this process, if it still listens. */
function tell(message: SupervisorMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}

function log(entry: object): void {
  process.stdout.write(`${JSON.stringify({ time: Date.now(), name: "supervisor", ...entry })}\n`);
}

// A log that finds no room must not end a company that runs.
for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);

/** What the system says of a full disk passes as the code it has for people does. */
function exitOf(code: string): number {
  return exitCodeOf(code === "ENOSPC" || code === "EDQUOT" ? "CLI_DISK_FULL" : code, null);
}

try {
  const { passphrase, settings } = await readOrders(process.stdin);
  const request = { home, passphrase, settings, copyTo: null, onStart: () => undefined };
  process.exitCode = await supervise(request, stopSignal(), (event) => {
    log(event);
    if (event.type === "running") void tell({ type: "running" });
  });
} catch (error) {
  const {
    code = "",
    message,
    detail = null,
    exit = exitOf(code),
  } = error as Partial<SupervisorMessage> & {
    readonly code?: string;
    readonly message: string;
    readonly detail?: unknown;
    readonly exit?: number;
  };
  log({ code, message, detail, exit });
  await tell({ type: "failed", code, message, detail, exit });
  process.exitCode = exit;
}
if (process.connected) process.disconnect();
