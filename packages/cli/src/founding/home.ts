import { open, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";

/** Where everything of one company lies. Source: docs/PROTOCOL.md section 9. */
export interface HomePaths {
  readonly home: string;
  /** The settings, unless they lie in the folder that the system has for them. */
  readonly config: string;
  readonly card: string;
  readonly genesis: string;
  readonly keys: string;
  readonly nodeKeystore: string;
  readonly gatewayKeystore: string;
  /** There, sealed, until somebody has the recovery words of a founder. */
  readonly unseenWords: string;
  readonly guard: string;
  readonly log: string;
  /** What is kept of collecting: what was heard and not yet handed over, and which files were. */
  readonly collect: string;
  readonly gatewaySocket: string;
  readonly nodeSocket: string;
  /** Process id of the running `tegata start`. */
  readonly supervisor: string;
}

/** Paths in a home folder. */
export function homePaths(home: string): HomePaths {
  return {
    home,
    config: join(home, "config.toml"),
    card: join(home, "card"),
    genesis: join(home, "genesis"),
    keys: join(home, "keys"),
    nodeKeystore: join(home, "keys", "node.keystore"),
    gatewayKeystore: join(home, "keys", "gateway.keystore"),
    unseenWords: join(home, "keys", "words"),
    guard: join(home, "guard"),
    log: join(home, "log"),
    collect: join(home, "collect"),
    gatewaySocket: join(home, "run", "gateway.sock"),
    nodeSocket: join(home, "run", "node.sock"),
    supervisor: join(home, "run", "tegata.pid"),
  };
}

/** Bytes of a socket's path that every system takes, without the end mark. Source: unix(7), sun_path. */
const socketPathBytesMax = process.platform === "linux" ? 107 : 103;

/**
 * Checks that keys can be made in a folder; it need not be there.
 * @throws CLI_HOME_TAKEN when keys lie there, CLI_HOME_TOO_LONG
 */
export async function checkHomeFree(home: string): Promise<void> {
  const paths = homePaths(home);
  if (await exists(paths.nodeKeystore)) throw new CliError("CLI_HOME_TAKEN", { home });
  if (Buffer.byteLength(paths.gatewaySocket) > socketPathBytesMax) {
    const bytesMax = socketPathBytesMax - Buffer.byteLength("/run/gateway.sock");
    throw new CliError("CLI_HOME_TOO_LONG", { home, bytesMax });
  }
}

/**
 * Makes the folders of a company that has no keys yet.
 * @throws CLI_HOME_TAKEN when keys lie there, CLI_HOME_TOO_LONG
 */
export async function createHome(home: string): Promise<HomePaths> {
  const paths = homePaths(home);
  await checkHomeFree(home);
  for (const folder of [home, paths.keys, paths.log]) makeFolder(folder);
  return paths;
}

/** Whether a file or folder is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Writes a file whole or not at all, synced, readable by its owner only. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.new-${process.pid}`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text, "utf8");
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** Makes the names in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

/**
 * Writes a new file for a person; never over one that is there.
 * @throws CLI_FILE_NOT_WRITTEN
 */
export async function createFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason }, cause);
  }
}

/**
 * Reads a file of one line that a person gave or the program keeps.
 * @throws CLI_FILE_UNREADABLE
 */
export async function readLine(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError("CLI_FILE_UNREADABLE", { path, reason }, cause);
  }
}
