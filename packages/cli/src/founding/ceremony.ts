import { randomInt } from "node:crypto";
import { CliError } from "../errors.ts";
import type { Dialog } from "../program/dialog.ts";
import { words } from "../words/catalogue.ts";

const askedBack = 3;
const roundsMax = 3;
const columns = 4;

/**
 * Shows recovery words once, takes them off the screen and asks three of them back at random places. A
 * wrong one shows them all again.
 * @throws CLI_WORDS_WRONG after three rounds
 */
export async function showRecoveryWords(list: readonly string[], dialog: Dialog): Promise<void> {
  const { founding } = words();
  for (let round = 0; round < roundsMax; round += 1) {
    const shown = ["", ...founding.wordsIntro, "", ...wordLines(list), ""];
    for (const line of shown) dialog.show(line);
    await dialog.ask(founding.wordsWritten);
    dialog.erase(shown.length + 1);
    if (await knowsWords(list, dialog)) {
      dialog.show(founding.wordsRight);
      return;
    }
    if (round < roundsMax - 1) dialog.show(founding.wordWrong);
  }
  throw new CliError("CLI_WORDS_WRONG", null);
}

async function knowsWords(list: readonly string[], dialog: Dialog): Promise<boolean> {
  for (const place of randomPlaces(list.length)) {
    const answer = await dialog.ask(words().founding.wordsAsk(place + 1));
    if (answer.toLowerCase() !== list[place]) return false;
  }
  return true;
}

/** Three different places in ascending order. */
function randomPlaces(count: number): readonly number[] {
  const places = new Set<number>();
  while (places.size < Math.min(askedBack, count)) places.add(randomInt(count));
  return [...places].sort((a, b) => a - b);
}

/** Words with their numbers in columns, read downwards. */
export function wordLines(list: readonly string[]): readonly string[] {
  const height = Math.ceil(list.length / columns);
  return Array.from({ length: height }, (_, row) => {
    const cells = Array.from({ length: columns }, (__, column) => {
      const index = column * height + row;
      const word = list[index];
      return word === undefined ? "" : `${String(index + 1).padStart(4)}  ${word.padEnd(10)}`;
    });
    return cells.join("").trimEnd();
  });
}
