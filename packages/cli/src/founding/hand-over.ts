import { createSecretFile } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { showRecoveryWords, wordLines } from "./ceremony.ts";
import { recoveryWords } from "./recovery-words.ts";

/** The recovery words as they stand in a file. */
export function wordsText(rootSecret: Uint8Array): string {
  return `${wordLines(recoveryWords(rootSecret)).join("\n")}\n`;
}

/**
 * Gives the recovery words to a person or a file; throw-away keys have none.
 * @throws CLI_WORDS_UNSEEN, CLI_WORDS_WRONG
 */
export async function handOverWords(
  context: Context,
  given: Given,
  rootSecret: Uint8Array,
): Promise<void> {
  const { founding } = words();
  const file = given.text("words-file");
  if (file !== null) {
    const path = context.path(file);
    await createSecretFile(path, wordsText(rootSecret));
    context.warn(context.paintMessage("warning", founding.wordsInFile(path)));
    return;
  }
  if (given.flag("dev-keys")) {
    context.say(founding.throwAway);
    return;
  }
  if (!context.isInteractive) throw new CliError("CLI_WORDS_UNSEEN", null);
  const dialog = openDialog(context.world);
  try {
    await showRecoveryWords(recoveryWords(rootSecret), dialog);
  } finally {
    dialog.close();
  }
}
