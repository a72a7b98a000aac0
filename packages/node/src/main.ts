// The process of a node: node packages/node/src/main.ts --home DIR [--passphrase-file FILE | --handed]
import "./thread-pool.ts";
import { parseArgs } from "node:util";
import { selfTestPrimitives } from "@tegata/ledger/primitives";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { type Handed, readOrders, readPassphrase } from "@tegata/settings";
import { type NodeConfig, nodeConfig, nodePaths, readConfig } from "./config.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { GuardRecovery } from "./host/guard-recovery.ts";
import { createLog } from "./log.ts";
import { recovered } from "./recover.ts";
import { type RunningNode, startNode } from "./start.ts";

const usage =
  "usage: node main.ts --home DIR [--passphrase-file FILE | --handed] [--recover-sign-state]";
/** How often it is looked whether the parent is still the same. */
const parentPeriodMs = 500;

/** What the person at the keyboard can do, by exit code. */
const advice: Readonly<Record<number, string>> = {
  [exitCodes.fault]: "report this with the log",
  [exitCodes.temporary]: "look into the log, then start again",
  [exitCodes.diverged]: "keep a copy of the home folder and talk to the other members",
  [exitCodes.signStateUnsafe]: "do not start again before the signer guard is explained",
  [exitCodes.configuration]: "correct the home folder, then start again",
};

/** What to do about single errors, where the exit code does not say it. */
const cures: Readonly<Record<string, { readonly why: string; readonly next: string }>> = {
  NODE_OUTDATED: {
    why: "the members voted for a newer protocol, which this program does not follow",
    next: "install the new version of the program and start again: it goes on where it stopped",
  },
  NODE_SIGN_STATE_SHARED: {
    why: "this home folder was copied and both copies run, or somebody else has its keys",
    next: "stop one of the two for good and move its home folder away; if you know of none, rotate the consensus key",
  },
  NODE_RECOVERY_SILENT: {
    why: "the one that did not answer may hold what must not be contradicted, so nothing was made",
    next: "try again when all of them run; without it the node votes again once later heights are decided",
  },
  NODE_GUARD_FOREIGN: {
    why: "the file was copied over the one that remembers what this key has signed",
    next: "put the own file back, or move this one away: the node then follows until later heights are decided",
  },
};

const damaged =
  "look at the disk; tegata reset --chain, then start: the others have all of it, unless you are alone";

/** Three lines on stderr: what happened, why, what to do. */
function explain(error: unknown): void {
  const { message, code, cause } = error as Error & { readonly code?: string };
  const cure = cures[code ?? ""];
  const known = cause instanceof Error ? cause.message : "see docs/ERRORS.md for the code";
  const because = cure?.why ?? known;
  const general = code === "LEDGER_STORE_DAMAGED" ? damaged : advice[exitCodeOf(error)];
  const next = cure?.next ?? general;
  process.stderr.write(`error: ${message} (${code ?? "NODE_FAULT"})\n`);
  process.stderr.write(`why:   ${because.split("\n", 1)[0]}\n`);
  process.stderr.write(`next:  ${next ?? "look into the log"}\n`);
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
  config: NodeConfig,
  { passphrase, gone }: Handed,
  recovery: GuardRecovery | null,
): Promise<number> {
  const readSecrets = async () =>
    openKeystore(await readSecretFile(nodePaths(config.home).keystore), "node", passphrase);
  const secrets = await readSecrets();
  selfTestPrimitives();
  const log = createLog(config.logLevel, null);
  const node = await startNode(config, secrets, { log, recovery, readSecrets });
  const stopped = Promise.race([signalled(), orphaned(), gone]);
  const end = await Promise.race([
    node.failed.then((error: unknown) => ({ error })),
    (recovery === null ? stopped : recover(node, recovery, stopped)).then(
      () => ({ error: null }),
      (error: unknown) => ({ error }),
    ),
  ]);
  await node.stop();
  log.flush();
  if (end.error === null) return exitCodes.stopped;
  explain(end.error);
  return exitCodeOf(end.error);
}

/** Says on standard output what the guard was made anew from. */
async function recover(
  node: RunningNode,
  recovery: GuardRecovery,
  stopped: Promise<void>,
): Promise<void> {
  const guard = await recovered(node, recovery, stopped);
  if (guard !== null) process.stdout.write(`${JSON.stringify(guard)}\n`);
}

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      options: {
        home: { type: "string" },
        "passphrase-file": { type: "string" },
        handed: { type: "boolean" },
        "recover-sign-state": { type: "boolean" },
      },
    });
    const { home, handed = false, "passphrase-file": file } = values;
    if (home === undefined || (handed && file !== undefined)) {
      process.stderr.write(`${usage}\n`);
      return exitCodes.configuration;
    }
    const recovery = values["recover-sign-state"] === true ? new GuardRecovery() : null;
    if (handed) {
      const { settings, ...orders } = await readOrders(process.stdin);
      return await run(nodeConfig(home, settings), orders, recovery);
    }
    const config = readConfig(home);
    return await run(config, await passphraseFrom(file), recovery);
  } catch (error) {
    explain(error);
    return exitCodeOf(error);
  }
}

// What a library creates, such as the files of a database, is its user's alone as well.
process.umask(0o077);
// Last words that a full disk does not take change neither the end nor its exit code.
process.stderr.on("error", () => undefined);
process.exit(await main());
