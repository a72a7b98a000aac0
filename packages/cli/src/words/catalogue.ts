import { en } from "./en.ts";
import { ja } from "./ja.ts";

/** The message catalogue: keys to texts, or to functions of typed parameters that give texts. */
export type Words = typeof en;

/** Languages people can choose. */
export type Language = "en" | "ja";

const catalogues: Readonly<Record<Language, Words>> = { en, ja };

/** English, for what programs read: JSON stays the same in every language. */
export const englishWords: Words = en;

let current: Words = en;

/** The words of the language that was chosen at the start, English until then. */
export function words(): Words {
  return current;
}

/** What `make` gives while the words are English, for what programs read. */
export function inEnglish<Made>(make: () => Made): Made {
  const own = current;
  current = en;
  try {
    return make();
  } finally {
    current = own;
  }
}

/** The language that was chosen. */
export function language(): Language {
  return current === catalogues.ja ? "ja" : "en";
}

/**
 * Chooses the language of this process: `--lang`, else LC_ALL, LC_MESSAGES or LANG, in that order. A
 * language without a catalogue gives English, and so does a terminal that does not show UTF-8.
 */
export function chooseLanguage(
  lang: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Language {
  const set = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => (value ?? "") !== "");
  const charset = /\.([^@]*)/.exec(set ?? "")?.[1] ?? "utf-8";
  const shown = /^utf-?8$/i.test(charset) ? set : "en";
  const wanted = (lang ?? shown ?? "en").split(/[_.@-]/, 1)[0]?.toLowerCase() ?? "en";
  const chosen = Object.keys(catalogues).find((known) => known === wanted) ?? "en";
  current = catalogues[chosen as Language];
  return chosen as Language;
}
