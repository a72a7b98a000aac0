// The process behind `tegata start`: takes a home folder, and the passphrase on standard input.
import type { SupervisorMessage } from "./background.ts";
import { stopSignal } from "./stop-signal.ts";
import { supervise } from "./supervisor.ts";

const home = process.argv[2] ?? "";

async function readPassphrase(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8").split("\n", 1)[0] ?? "";
}

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

try {
  const passphrase = await readPassphrase();
  const request = { home, passphrase, copyTo: null, onStart: () => undefined };
  process.exitCode = await supervise(request, stopSignal(), (event) => {
    log(event);
    if (event.type === "running") void tell({ type: "running" });
  });
} catch (error) {
  const {
    code = "",
    message,
    detail = null,
    exit = 1,
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
