import { en } from "./en.ts";

/** The message catalogue: keys to texts, or to functions of typed parameters that give texts. */
export type Words = typeof en;

/** Languages people can choose. */
export type Language = "en";

const catalogues: Readonly<Record<Language, Words>> = { en };

/** English, for what programs read: JSON stays the same in every language. */
export const englishWords: Words = en;

let current: Words = en;

/** The words of the language that was chosen at the start, English until then. */
export function words(): Words {
  return current;
}

/**
 * Chooses the language of this process: `--lang`, else LC_ALL, LC_MESSAGES or LANG, in that order. A
 * language without a catalogue gives English.
 */
export function chooseLanguage(
  lang: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Language {
  const set = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => (value ?? "") !== "");
  const wanted = (lang ?? set ?? "en").split(/[_.@-]/, 1)[0]?.toLowerCase() ?? "en";
  const chosen = Object.keys(catalogues).find((known) => known === wanted) ?? "en";
  current = catalogues[chosen as Language];
  return chosen as Language;
}
