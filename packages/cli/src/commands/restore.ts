import { readBackup } from "../backup/read.ts";
import { restoreBackup } from "../backup/restore.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { lockCompany } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata restore`: makes a home folder from a backup, whole or not at all. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { backup } = words();
  const { home, dryRun } = context;
  const file = context.path(given.argument("file"));
  const replace = given.flag("replace");
  const passphrase = await takePassphrase(context, given.text("passphrase-file"), "known");
  if (dryRun) {
    const manifest = await readBackup(file, passphrase, () => undefined);
    const document = { schema: "tegata.restore/1", dryRun, home, manifest } as const;
    await context.result(document, [backup.restoreDry(manifest.company, home)]);
    return;
  }
  const lock = lockCompany(home);
  try {
    const nowMs = context.world.nowMs();
    const restored = await restoreBackup({ file, home, passphrase, replace, nowMs });
    const { manifest, guardKept, hasChain, setAside } = restored;
    const document = { schema: "tegata.restore/1", dryRun, home, ...restored } as const;
    await context.result(document, [
      backup.restored(manifest.company, home, manifest.createdMs, nowMs),
      ...setAside.map((path) => backup.setAside(path)),
      guardKept ? backup.guardKept : backup.guardMissing,
      ...(hasChain ? [] : [backup.chainMissing]),
      backup.restoreNext,
    ]);
  } finally {
    lock.release();
  }
}
