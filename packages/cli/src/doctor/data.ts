import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { backupAgeMsMax, lastBackup } from "../backup/last.ts";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

const waitMsMax = 600_000;

/** Whether what was submitted leaves. */
export function checkOutbox({ gateway, nowMs }: Facts): readonly Finding[] {
  const found = findingsOf("outbox");
  if (gateway === null) return [found.skip("outbox-unknown")];
  const { rows, changes, refused, oldestMs, parked } = gateway.outbox;
  const list = parked.map(({ stream, code }) => found.warn("parked", { stream, code }));
  if (refused > 0) list.push(found.warn("refused", { count: refused }));
  const isOld = oldestMs !== null && nowMs - oldestMs > waitMsMax;
  if (isOld) list.push(found.warn("waits-long", { rows, changes, oldestMs }));
  return list.length > 0 ? list : [found.pass("outbox", { rows, changes })];
}

/** Whether a backup was made and is not old, and whether the next one has a place. */
export async function checkBackup({ settings, card, paths, nowMs }: Facts): Promise<Finding> {
  const found = findingsOf("backup");
  if (settings === null || card === null) return found.skip("backup-unknown");
  if (settings.dev) return found.skip("backup-dev");
  const folder = settings["backup.folder"];
  const reason = folder === null ? null : await unwritable(folder);
  if (reason !== null) return found.fail("backup-unwritable", { folder, reason });
  const lastMs = (await lastBackup(paths.home))?.timeMs ?? null;
  if (lastMs === null) return found.warn(folder === null ? "backup-unset" : "backup-none");
  return nowMs - lastMs > backupAgeMsMax
    ? found.warn("backup-old", { lastMs })
    : found.pass("backup", { lastMs });
}

/** Why nothing can be written into a folder, or null. */
async function unwritable(folder: string): Promise<string | null> {
  try {
    await access(join(folder, "."), constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}
