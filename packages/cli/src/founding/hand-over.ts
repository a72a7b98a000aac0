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

/** Who takes recovery words: a new file, the person at the terminal, or nobody for throw-away keys. */
export type WordsTaker =
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "person" | "nobody" };

/** Who takes the words of a command with `--words-file` and, where it makes throw-away keys, `--dev-keys`. */
export function wordsTaker(context: Context, given: Given, isThrowAway: boolean): WordsTaker {
  const file = given.text("words-file");
  if (file !== null) return { type: "file", path: context.path(file) };
  return { type: isThrowAway ? "nobody" : "person" };
}

/**
 * Gives the recovery words to whoever takes them.
 * @throws CLI_WORDS_UNSEEN, CLI_WORDS_WRONG
 */
export async function handOverWords(
  context: Context,
  taker: WordsTaker,
  rootSecret: Uint8Array,
): Promise<void> {
  const { founding } = words();
  if (taker.type === "file") {
    await createSecretFile(taker.path, wordsText(rootSecret));
    context.warn(context.paintMessage("warning", founding.wordsInFile(taker.path)));
    return;
  }
  if (taker.type === "nobody") {
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
