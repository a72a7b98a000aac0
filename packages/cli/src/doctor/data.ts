import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

const waitMsMax = 600_000;

/** Whether what was submitted leaves. */
export function checkOutbox({ gateway, nowMs }: Facts): readonly Finding[] {
  const found = findingsOf("outbox");
  if (gateway === null) return [found.skip("outbox-unknown")];
  const { waiting, inFlight, refused, oldestMs, parked } = gateway.outbox;
  const list = parked.map(({ stream, code }) => found.warn("parked", { stream, code }));
  if (refused > 0) list.push(found.warn("refused", { count: refused }));
  const count = waiting + inFlight;
  const isOld = oldestMs !== null && nowMs - oldestMs > waitMsMax;
  if (count > 0 && isOld) list.push(found.warn("waits-long", { count, oldestMs }));
  return list.length > 0 ? list : [found.pass("outbox", { count })];
}

const backupAgeMsMax = 48 * 3_600_000;

/** Whether there is a backup that is not old. */
export async function checkBackup({ settings, card, nowMs }: Facts): Promise<Finding> {
  const found = findingsOf("backup");
  if (settings === null || card === null) return found.skip("backup-unknown");
  if (settings.dev) return found.skip("backup-dev");
  const folder = settings["backup.folder"];
  if (folder === null) return found.warn("backup-unset");
  try {
    const names = await readdir(folder);
    const times = await Promise.all(names.map((name) => writtenMs(join(folder, name))));
    const lastMs = Math.max(0, ...times);
    if (lastMs === 0) return found.warn("backup-none", { folder });
    const isOld = nowMs - lastMs > backupAgeMsMax;
    return isOld ? found.warn("backup-old", { folder, lastMs }) : found.pass("backup", { lastMs });
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    return found.fail("backup-unreadable", { folder, reason: code });
  }
}

async function writtenMs(path: string): Promise<number> {
  const file = await stat(path);
  return file.isFile() && file.size > 0 ? file.mtimeMs : 0;
}
