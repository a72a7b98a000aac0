import { readSecretFile } from "@tegata/ledger/storage";
import { recoverySeedOf } from "@tegata/ledger/vault";
import { CliError } from "../errors.ts";
import { ownCard } from "../founding/genesis.ts";
import { rootSecretOf } from "../founding/recovery-words.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata keys recover`: what the lost data of the gateway could read, it can read again by the 24 words. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { backup } = words();
  const card = await ownCard(context.home);
  const secret = rootSecretOf(await askWords(context, given.text("words-file")));
  if (secret === null) throw new CliError("CLI_USAGE", backup.badWords);
  // Nothing but the recovery key leaves this process, over the company's own socket.
  const seed = recoverySeedOf(secret);
  secret.fill(0);
  const document = { schema: "tegata.keys-recover/1", company: card.handle } as const;
  if (context.dryRun) {
    await context.result({ ...document, dryRun: true }, [backup.keysDry]);
    return;
  }
  context.say(backup.keysReading);
  const found = await withGateway(context, (gateway) => gateway.recover(seed));
  seed.fill(0);
  const { streams, generations, grants, encryptionKeys, missing } = found;
  await context.result({ ...document, dryRun: false, ...found }, [
    backup.keysBack(streams, generations, grants, encryptionKeys),
    ...(missing > 0 ? [backup.keysMissing(missing)] : []),
  ]);
}

/** The words of a person, in capitals or not, on one line or on many. */
async function askWords(context: Context, file: string | null): Promise<readonly string[]> {
  const split = (text: string): readonly string[] => text.trim().toLowerCase().split(/\s+/);
  if (file !== null) return split(await readSecretFile(context.path(file)));
  if (!context.isInteractive) throw new CliError("CLI_USAGE", words().backup.noWords);
  const dialog = openDialog(context.world);
  try {
    return split(await dialog.askHidden(words().backup.askWords));
  } finally {
    dialog.close();
  }
}
