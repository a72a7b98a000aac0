import { createReadStream } from "node:fs";
import { LedgerError } from "@tegata/ledger/primitives";
import {
  type BackupRecord,
  BackupTally,
  openBackup,
  readBackupRecords,
} from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import { isBackupDatabase, isBackupFile } from "./contents.ts";
import { type BackupManifest, readManifest } from "./manifest.ts";

/**
 * Reads a backup to its end and hands over its parts; what was handed over counts only once this answers.
 * @throws LEDGER_BACKUP_*, LEDGER_KEYSTORE_TOO_COSTLY, CLI_FILE_UNREADABLE, and what `take` throws
 */
export async function readBackup(
  path: string,
  passphrase: string,
  take: (record: BackupRecord) => Promise<void> | void,
): Promise<BackupManifest> {
  const tally = new BackupTally();
  let manifest: BackupManifest | null = null;
  for await (const record of readBackupRecords(openBackup(bytesOf(path), passphrase))) {
    check(record);
    tally.add(record);
    if (record.type === "end") manifest = readManifest(record.manifest, tally.items());
    else await take(record);
  }
  if (manifest === null) throw malformed("its end is missing");
  return manifest;
}

function malformed(reason: string): LedgerError {
  return new LedgerError("LEDGER_BACKUP_MALFORMED", `not a backup: ${reason}`, { reason });
}

/** Nothing that a backup names may lie anywhere but where this program puts it. */
function check(record: BackupRecord): void {
  if (record.type === "file" && !isBackupFile(record.path)) throw malformed("an unknown file");
  if (record.type === "database" && !isBackupDatabase(record.name)) {
    throw malformed("an unknown database");
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 262_144 });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError("CLI_FILE_UNREADABLE", { path, reason }, cause);
  }
}
