import { join } from "node:path";
import { readCredentialFile, readSecretFile } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { words } from "../words/catalogue.ts";

const lengthMin = 8;
const lengthMax = 1024;
const inputBytesMax = 8192;

/**
 * The passphrase of the keystores: from a file, standard input (`-`), the service manager's folder for
 * credentials, or a question. A new one is asked twice.
 * @throws CLI_PASSPHRASE_MISSING, CLI_PASSPHRASE_REFUSED, LEDGER_SECRET_FILE_EXPOSED
 */
export async function takePassphrase(
  context: Context,
  file: string | null,
  use: "new" | "known",
): Promise<string> {
  const passphrase = await find(context, file, use);
  if (use === "known") return passphrase;
  checkLength(passphrase);
  return passphrase;
}

/** @throws CLI_PASSPHRASE_REFUSED */
function checkLength(passphrase: string): void {
  if (passphrase.length < lengthMin) {
    throw new CliError("CLI_PASSPHRASE_REFUSED", { reason: "short" });
  }
  if (passphrase.length > lengthMax) {
    throw new CliError("CLI_PASSPHRASE_REFUSED", { reason: "long" });
  }
}

async function find(context: Context, file: string | null, use: "new" | "known"): Promise<string> {
  const { world } = context;
  const credentials = world.env.CREDENTIALS_DIRECTORY ?? "";
  if (file === "-") return firstLine(await readInput(world.stdin));
  if (file !== null) return firstLine(await readSecretFile(file));
  if (credentials !== "")
    return firstLine(await readCredentialFile(join(credentials, "passphrase")));
  if (!context.isInteractive) throw new CliError("CLI_PASSPHRASE_MISSING", null);
  const dialog = openDialog(world);
  try {
    const { founding } = words();
    const passphrase = await dialog.askHidden(founding.askPassphrase);
    // Nobody types a passphrase twice that is refused.
    if (use === "new") checkLength(passphrase);
    if (use === "new" && (await dialog.askHidden(founding.askPassphraseAgain)) !== passphrase) {
      throw new CliError("CLI_PASSPHRASE_REFUSED", { reason: "different" });
    }
    return passphrase;
  } finally {
    dialog.close();
  }
}

/** Editors end a file with a line end that nobody types. */
function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}

async function readInput(stdin: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > inputBytesMax) throw new CliError("CLI_PASSPHRASE_REFUSED", { reason: "long" });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
