import type { Genesis } from "@tegata/ledger/chain";
import { createSigner, type Signer } from "@tegata/ledger/primitives";
import { readSecretFile } from "@tegata/ledger/storage";
import { deriveRootKeys, recoverySeedOf } from "@tegata/ledger/vault";
import type { Registered } from "@tegata/node/join";
import { CliError } from "../errors.ts";
import { rootSecretOf, wordsIn } from "../founding/recovery-words.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { words } from "../words/catalogue.ts";

/** What the 24 words give, without the words. */
export interface Root {
  readonly signer: Signer;
  /** X-Wing public key to which secrets are sealed. */
  readonly recoveryKey: Uint8Array;
  /** Opens what was sealed to it: 32 bytes. */
  readonly recoverySeed: Uint8Array;
}

/**
 * The root secret of the words of a person or a file.
 * @throws CLI_USAGE, LEDGER_SECRET_FILE_*
 */
export async function askRootSecret(context: Context, file: string | null): Promise<Uint8Array> {
  const secret = rootSecretOf(wordsIn(await askText(context, file)));
  if (secret === null) throw new CliError("CLI_USAGE", words().backup.badWords);
  return secret;
}

async function askText(context: Context, file: string | null): Promise<string> {
  if (file !== null) return await readSecretFile(context.path(file));
  if (!context.isInteractive) throw new CliError("CLI_USAGE", words().backup.noWords);
  const dialog = openDialog(context.world);
  try {
    return await dialog.askHidden(words().backup.askWords);
  } finally {
    dialog.close();
  }
}

/**
 * The root of the company that an invitation lets back in, by its words.
 * @throws CLI_USAGE, CLI_RECOVER_WORDS
 */
export async function askRoot(
  context: Context,
  file: string | null,
  { state }: Registered,
  genesis: Genesis,
): Promise<Root> {
  const secret = await askRootSecret(context, file);
  const { signingSeed, recovery } = deriveRootKeys(secret);
  const recoverySeed = recoverySeedOf(secret);
  secret.fill(0);
  const signer = createSigner(signingSeed);
  signingSeed.fill(0);
  if (signer.publicKey !== state.rootKey) {
    const card = genesis.cards.find(({ rootKey }) => rootKey === signer.publicKey);
    throw new CliError("CLI_RECOVER_WORDS", { company: state.name, other: card?.name ?? null });
  }
  return { signer, recoveryKey: recovery.publicKey.bytes, recoverySeed };
}
