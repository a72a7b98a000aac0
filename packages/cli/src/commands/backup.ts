import { join } from "node:path";
import { createGatewayClient } from "@tegata/gateway/client";
import { type BackupRecord, openKeystore, readSecretFile } from "@tegata/ledger/storage";
import {
  chainDatabases,
  fileRecords,
  finishPurges,
  gatewayDatabases,
  liveRecords,
  restingRecords,
} from "../backup/contents.ts";
import { noteBackup } from "../backup/last.ts";
import { backupName, makeFolder, prune, writeBackup } from "../backup/write.ts";
import { CliError } from "../errors.ts";
import { ownCard, readGenesis } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { settingsOf } from "../founding/settings.ts";
import { lockCompany, supervisorOf } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { programVersion } from "./version.ts";

/** `tegata backup`: everything of the company that nobody else can give back, in one sealed file. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { backup } = words();
  const { home, dryRun, world } = context;
  const card = await ownCard(home);
  const paths = homePaths(home);
  if (!(await exists(paths.genesis))) throw new CliError("CLI_HOME_NOT_FOUNDED", { home });
  const target = targetOf(context, given, card.handle);
  const withChain = given.flag("with-chain");
  const isRunning = supervisorOf(home) !== "none";
  if (withChain && isRunning) throw new CliError("CLI_BACKUP_CHAIN_IN_USE", { home });
  if (await exists(target.path)) {
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path: target.path, reason: "EEXIST" });
  }
  const passphrase = await takePassphrase(context, given.text("passphrase-file"), "known");
  const keystore = await readSecretFile(paths.nodeKeystore);
  await openKeystore(keystore, "node", passphrase);
  const genesis = await readGenesis(paths.genesis);
  const lacks = withChain ? (["guard"] as const) : (["chain", "guard"] as const);
  if (dryRun) {
    const document = { schema: "tegata.backup/1", dryRun, path: target.path, lacks } as const;
    await context.result(document, [backup.dry(target.path)]);
    return;
  }
  if (target.keep !== null) await makeFolder(target.folder);
  const lock = isRunning ? null : lockCompany(home);
  try {
    const written = await writeBackup({
      path: target.path,
      passphrase,
      cost: (JSON.parse(keystore) as { kdf: { N: number } }).kdf.N,
      records: recordsOf(home, context.settings.settingsFile, isRunning, withChain),
      about: {
        createdMs: world.nowMs(),
        version: programVersion(),
        network: genesis.networkId,
        company: card.handle,
        member: card.memberId,
        lacks,
      },
    });
    const { path, bytes, manifest } = written;
    await noteBackup(home, { timeMs: manifest.createdMs, path, bytes });
    const removed =
      target.keep === null ? [] : await prune(target.folder, card.handle, target.keep);
    const document = { schema: "tegata.backup/1", dryRun, path, bytes, manifest, removed } as const;
    await context.result(document, [
      backup.written(path, bytes),
      ...removed.map((name) => backup.removed(name)),
      backup.lacks(lacks.some((one) => one === "chain")),
      backup.next(path),
    ]);
  } finally {
    lock?.release();
  }
}

/** Everything as of one moment as far as it belongs together; the files do not change while it runs. */
async function* recordsOf(
  home: string,
  settings: string,
  isRunning: boolean,
  withChain: boolean,
): AsyncGenerator<BackupRecord> {
  yield* fileRecords(home, settings);
  if (isRunning) {
    const gateway = createGatewayClient({ socketPath: homePaths(home).gatewaySocket });
    try {
      yield* liveRecords(gateway);
    } finally {
      gateway.close();
    }
    return;
  }
  yield* restingRecords(home, gatewayDatabases);
  if (!withChain) return;
  await finishPurges(home);
  yield* restingRecords(home, chainDatabases);
}

interface Target {
  readonly path: string;
  readonly folder: string;
  /** How many stay in the folder; null for a file that was named. */
  readonly keep: number | null;
}

function targetOf(context: Context, given: Given, company: string): Target {
  const file = given.maybeArgument("file");
  if (file !== null) return { path: context.path(file), folder: "", keep: null };
  const { settings } = settingsOf(context, []);
  const named = given.text("folder");
  const folder = named === null ? settings["backup.folder"] : context.path(named);
  if (folder === null) throw new CliError("CLI_USAGE", words().backup.noTarget);
  const text = given.text("keep");
  const keep = text === null ? settings["backup.keep"] : Number(text);
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new CliError("CLI_USAGE", words().backup.badKeep(text ?? ""));
  }
  return { path: join(folder, backupName(company, context.world.nowMs())), folder, keep };
}
