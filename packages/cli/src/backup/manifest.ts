import { LedgerError } from "@tegata/ledger/primitives";
import type { BackupItem } from "@tegata/ledger/storage";

/** What a backup says of itself, in its last record. */
export interface BackupManifest {
  readonly format: "tegata-backup/2";
  readonly createdMs: number;
  /** Of the program that made it. */
  readonly version: string;
  readonly network: string;
  /** Handle and id of the company. */
  readonly company: string;
  readonly member: string;
  readonly holds: readonly BackupItem[];
  /** What a restored company gets elsewhere. */
  readonly lacks: readonly ("chain" | "guard")[];
}

function malformed(reason: string): LedgerError {
  return new LedgerError("LEDGER_BACKUP_MALFORMED", `not a backup: ${reason}`, { reason });
}

/**
 * Reads a manifest and compares it with what stood before it.
 * @throws LEDGER_BACKUP_MALFORMED
 */
export function readManifest(text: string, found: readonly BackupItem[]): BackupManifest {
  let manifest: Partial<BackupManifest>;
  try {
    manifest = JSON.parse(text) as Partial<BackupManifest>;
  } catch {
    throw malformed("its manifest is no JSON");
  }
  const { format, createdMs, version, network, company, member, holds, lacks } = manifest;
  const texts = [version, network, company, member].every((one) => typeof one === "string");
  const isWhole = format === "tegata-backup/2" && texts && Number.isSafeInteger(createdMs);
  if (!isWhole || !Array.isArray(lacks)) throw malformed("its manifest has other fields");
  if (JSON.stringify(holds) !== JSON.stringify(found)) {
    throw malformed("its manifest names something else than it holds");
  }
  return manifest as BackupManifest;
}
