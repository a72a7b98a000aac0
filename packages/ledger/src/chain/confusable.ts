/**
 * Characters that are drawn alike, each line under the one it is folded to. Chosen from the scripts that
 * company names here are written in: Latin, Cyrillic, Greek, Japanese. Not complete: other scripts, and
 * words that merely sound alike, are left to the people who compare cards.
 */
export const lookAlikes: Readonly<Record<string, string>> = Object.freeze({
  a: "\u0430\u03b1\u0251",
  b: "\u0432\u03b2\u044c",
  c: "\u0441",
  d: "\u0501\u0111\u00f0",
  e: "\u0435\u03b5\u0454\u0259",
  f: "\u03dd\u0192",
  g: "\u0261\u050d",
  h: "\u04bb\u043d",
  j: "\u0458\u03f3",
  k: "\u043a\u03ba\u049b",
  // Upper-case i, lower-case L, the digit and the bar cannot be told apart in many fonts.
  l: "i1|!\u0131\u0456\u04cf\u03b9\u0142\u01c0",
  m: "\u043c",
  n: "\u03b7\u043f\u0578",
  // The last sigma of a word too, so that no skeleton depends on where a word ends.
  o: "0\u043e\u03bf\u03c3\u03c2\u00f8\u0585",
  p: "\u0440\u03c1\u00fe",
  q: "\u051b",
  r: "\u0433",
  s: "5\u0455",
  t: "\u0442\u03c4\u0167",
  u: "\u03c5\u057d\u03bc",
  v: "\u03bd\u0475",
  w: "\u051d\u03c9\u0448",
  x: "\u0445\u03c7\u00d7",
  y: "\u0443\u03b3\u04af",
  z: "2",
  \u4e8c: "\u30cb",
  \u529b: "\u30ab",
  \u53e3: "\u30ed\u56d7",
  \u5de5: "\u30a8",
  \u5915: "\u30bf",
  \u516b: "\u30cf",
  \u535c: "\u30c8",
  \u30fc: "\u4e00",
  \u30d8: "\u3078",
  \u30ea: "\u308a",
});

const folds: ReadonlyMap<string, string> = new Map(
  Object.entries(lookAlikes).flatMap(([to, from]) => [...from].map((character) => [character, to])),
);

/** The lunate sigmas, which look like c; compatibility would make common sigmas of them. */
const lunateSigmas = /[\u03f2\u03f9]/g;

/** Greek capitals that look Latin, while their small letters look like another one or like none. */
export const latinCapitals: Readonly<Record<string, string>> = Object.freeze({
  \u0396: "z",
  \u0397: "h",
  \u039c: "m",
  \u039d: "n",
  \u03a5: "y",
});

/**
 * What a name looks like: two names with one skeleton are confusable. Compatibility forms (full width), case,
 * accents, spaces, punctuation, what is not drawn and the common look-alikes are folded; kana keep their
 * voicing marks. Source: docs/PROTOCOL.md, Names.
 */
export function skeleton(name: string): string {
  const plain = name
    .replace(lunateSigmas, "c")
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "");
  const folded = [...plain].map((character) => folds.get(character) ?? character).join("");
  return folded
    .replace(/[^\p{L}\p{N}\p{M}]|\p{DI}/gu, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w");
}

/** All that a name may be taken for: its skeleton, and that of its Greek capitals read as Latin. */
export function skeletons(name: string): readonly string[] {
  const latin = name
    .replace(lunateSigmas, "c")
    .normalize("NFKD")
    .replace(/[\u0396\u0397\u039c\u039d\u03a5]/g, (capital) => latinCapitals[capital] ?? capital);
  return [...new Set([skeleton(name), skeleton(latin)])];
}
