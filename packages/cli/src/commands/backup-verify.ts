import { readBackup } from "../backup/read.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata backup verify`: reads a backup to its end and says what it holds; writes nothing. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { backup } = words();
  const path = context.path(given.argument("file"));
  const passphrase = await takePassphrase(context, given.text("passphrase-file"), "known");
  const manifest = await readBackup(path, passphrase, () => undefined);
  const { company, createdMs, holds, lacks } = manifest;
  await context.result({ schema: "tegata.backup-verify/1", path, manifest }, [
    backup.intact(path, company, createdMs, context.world.nowMs()),
    ...holds.map(({ name, kind, entries, bytes }) => backup.holds(name, kind, entries, bytes)),
    backup.lacks(lacks.includes("chain")),
  ]);
}
