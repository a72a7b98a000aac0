import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type BackupRecord,
  BackupTally,
  encodeBackupRecord,
  sealBackup,
} from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import type { BackupManifest } from "./manifest.ts";

/** What a backup is written from. */
export interface BackupRequest {
  readonly path: string;
  readonly passphrase: string;
  /** scrypt's N, as of the keystores. */
  readonly cost: number;
  readonly records: AsyncIterable<BackupRecord>;
  readonly about: Omit<BackupManifest, "format" | "holds">;
}

/** A backup that lies on the disk, whole. */
export interface WrittenBackup {
  readonly path: string;
  readonly bytes: number;
  readonly manifest: BackupManifest;
}

const draftName = /\.new-(\d+)$/;

/**
 * Writes a backup whole or not at all, synced, readable by its owner only, and never over a file.
 * @throws CLI_FILE_NOT_WRITTEN, CLI_DISK_FULL, and what reading its parts throws
 */
export async function writeBackup(request: BackupRequest): Promise<WrittenBackup> {
  const { path, passphrase, cost } = request;
  const made: { manifest: BackupManifest | null } = { manifest: null };
  const draft = `${path}.new-${process.pid}`;
  await removeDrafts(path);
  const file = await open(draft, "wx", 0o600).catch((cause) => refuse(path, cause));
  try {
    let bytes = 0;
    try {
      const source = bytesOf(request, (manifest) => {
        made.manifest = manifest;
      });
      const salt = Uint8Array.from(randomBytes(16));
      for await (const part of sealBackup(source, { passphrase, salt, N: cost })) {
        await file.writeFile(part).catch((cause) => refuse(path, cause));
        bytes += part.length;
      }
      await file.sync().catch((cause) => refuse(path, cause));
    } finally {
      await file.close();
    }
    // Unlike a renaming this never takes the place of a file.
    await link(draft, path).catch((cause) => refuse(path, cause));
    await syncFolder(dirname(path));
    const { manifest } = made;
    if (manifest === null)
      throw new CliError("CLI_UNEXPECTED", { text: "a backup without an end" });
    return { path, bytes, manifest };
  } finally {
    await rm(draft, { force: true });
  }
}

async function* bytesOf(
  { records, about }: BackupRequest,
  tell: (manifest: BackupManifest) => void,
): AsyncGenerator<Uint8Array> {
  const tally = new BackupTally();
  for await (const record of records) {
    tally.add(record);
    yield encodeBackupRecord(record);
  }
  const manifest: BackupManifest = { format: "tegata-backup/2", ...about, holds: tally.items() };
  tell(manifest);
  yield encodeBackupRecord({ type: "end", manifest: JSON.stringify(manifest) });
}

function refuse(path: string, cause: unknown): never {
  throw notWritten(path, cause);
}

/** The error of a file that the system did not take; a full disk is one to try again on. */
export function notWritten(path: string, cause: unknown): CliError {
  const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
  return reason === "ENOSPC" || reason === "EDQUOT"
    ? new CliError("CLI_DISK_FULL", { path }, cause)
    : new CliError("CLI_FILE_NOT_WRITTEN", { path, reason }, cause);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

/** What backups that were killed left of themselves. */
async function removeDrafts(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = basename(path).replace(/\d{8}T\d{6}Z\.backup$/, "");
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(draftName.exec(name)?.[1] ?? Number.NaN);
    if (!name.startsWith(prefix) || Number.isNaN(pid) || isAlive(pid)) continue;
    await rm(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** `tegata-kato-20261122T074500Z.backup`: names that sort by time. */
export function backupName(company: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  return `tegata-${company}-${time}.backup`;
}

/** Removes the oldest backups of a company in a folder but the last `keep`. */
export async function prune(folder: string, company: string, keep: number): Promise<string[]> {
  const pattern = new RegExp(`^tegata-${company}-\\d{8}T\\d{6}Z\\.backup$`);
  const names = (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  const old = names.slice(0, Math.max(0, names.length - keep));
  for (const name of old) await rm(join(folder, name));
  return old;
}

/**
 * Makes a folder for backups where there is none.
 * @throws CLI_FILE_NOT_WRITTEN
 */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => refuse(folder, cause));
}
