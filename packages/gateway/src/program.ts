import { parseArgs } from "node:util";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { type Handed, readOrders, readPassphrase } from "@tegata/settings";
import { type GatewayConfig, gatewayConfig, gatewayPaths, readConfig } from "./config.ts";
import { GatewayError } from "./errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { createLog } from "./log.ts";
import type { TableReader } from "./plant/table.ts";
import { startGateway } from "./start.ts";

const usage = "usage: node main.ts --home DIR [--passphrase-file FILE | --handed]";
/** How often it is looked whether the parent is still the same. */
const parentPeriodMs = 500;

/** What the person at the keyboard can do, by exit code. */
const advice: Readonly<Record<number, string>> = {
  [exitCodes.fault]: "report this with the log",
  [exitCodes.temporary]: "look into the log, then start again",
  [exitCodes.overtaken]: "do not start again before it is known which gateway is the right one",
  [exitCodes.configuration]: "correct the home folder, then start again",
};

/** Three lines on stderr: what happened, why, what to do. */
function explain(error: unknown): void {
  const { message, cause } = error as Error;
  const code = (error as { readonly code?: unknown }).code ?? "GATEWAY_UNEXPECTED";
  const detail = error instanceof GatewayError ? JSON.stringify(error.detail) : null;
  const because = detail ?? (cause instanceof Error ? cause.message : "see docs/ERRORS.md");
  process.stderr.write(`error: ${message} (${String(code)})\n`);
  process.stderr.write(`why:   ${because}\n`);
  process.stderr.write(`next:  ${advice[exitCodeOf(error)] ?? "look into the log"}\n`);
}

/** The passphrase from a file, where no starter is to be watched, or from standard input. */
async function passphraseFrom(file: string | undefined): Promise<Handed> {
  if (file === undefined) return readPassphrase(process.stdin);
  const text = await readSecretFile(file);
  return { passphrase: text.replace(/\r?\n$/, ""), gone: new Promise<void>(() => undefined) };
}

/** Resolves when another process has become the parent: the old one is dead. */
function orphaned(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve();
    }, parentPeriodMs);
    timer.unref();
  });
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}

async function run(
  config: GatewayConfig,
  { passphrase, gone }: Handed,
  reader: TableReader | null,
): Promise<number> {
  const readSecret = async () =>
    openKeystore(await readSecretFile(gatewayPaths(config.home).keystore), "gateway", passphrase);
  const secret = await readSecret();
  const log = createLog(config.logLevel, null);
  const gateway = await startGateway(config, secret, log, { readSecret, reader });
  const end = await Promise.race([
    gateway.failed.then((error: unknown) => ({ error })),
    Promise.race([signalled(), orphaned(), gone]).then(() => ({ error: null })),
  ]);
  await gateway.stop();
  log.flush();
  if (end.error === null) return exitCodes.stopped;
  explain(end.error);
  return exitCodeOf(end.error);
}

/**
 * The process of a gateway: takes the words of its command line, works until it is told to stop, and answers its
 * exit code. `reader` reads files of rows for machines of the plant.
 */
export async function gatewayProgram(reader: TableReader | null): Promise<number> {
  // What a library creates, such as the files of a database, is its user's alone as well.
  process.umask(0o077);
  // Last words that a full disk does not take change neither the end nor its exit code.
  process.stderr.on("error", () => undefined);
  try {
    const { values } = parseArgs({
      options: {
        home: { type: "string" },
        "passphrase-file": { type: "string" },
        handed: { type: "boolean" },
      },
    });
    const { home, handed = false, "passphrase-file": file } = values;
    if (home === undefined || (handed && file !== undefined)) {
      process.stderr.write(`${usage}\n`);
      return exitCodes.configuration;
    }
    if (handed) {
      const { settings, ...orders } = await readOrders(process.stdin);
      return await run(gatewayConfig(home, settings), orders, reader);
    }
    const config = readConfig(home);
    return await run(config, await passphraseFrom(file), reader);
  } catch (error) {
    explain(error);
    return exitCodeOf(error);
  }
}
