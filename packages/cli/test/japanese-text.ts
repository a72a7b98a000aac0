/** A Japanese sign. */
export const japanese = /[\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]/u;
/** Three words of a sentence in a row; commands, options and names in capitals are none. */
export const englishSentence =
  /(?<![\w/.$<@-])(?!(?:tegata|npm|sudo|chmod|jq)\b)[a-z]{2,} [a-z]{2,} [a-z]{2,}\b/;

/** Everything that is in numbers in a text, as written. */
function numbersIn(text: string): string[] {
  return text.match(/\d[\d,.:]*\d|\d/g) ?? [];
}

/** Numbers of the English text that do not stand in the Japanese one. */
export function missingNumbers(english: string, translated: string): string[] {
  return [...new Set(numbersIn(english))].filter((number) => !translated.includes(number));
}

/** All texts of an object, a line each. */
export function textOf(said: object): string {
  return Object.values(said)
    .filter((value) => typeof value === "string")
    .join("\n");
}
