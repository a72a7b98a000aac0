/** Words of the code: an entry of a member's sequence, a split of a batch, a pair of keys. */
const english = /\b(?:lanes?|writers?|epochs?|generations?|sidecars?|parts?|polkas?)\b/i;
const japanese =
  /レーン|ライター|エポック|ジェネレーション|世代|サイドカー|ポルカ|ファセット|パート(?!ナー)/;

/** A path, or a name of a file: what is called so is not ours to choose. */
const fileName = /[^\s`"'(]*\/[^\s`"')]*|[\w-]+\.(?:csv|json|md|qif|txt|xml)\b/g;

/**
 * Lines of what people read that say a word nobody should need, standing alone: `LEDGER_PART_SIZE` is a code
 * and `part-1.csv` a file.
 */
export function innerWordsIn(text: string): readonly string[] {
  return text.split("\n").filter((line) => {
    const said = line.replaceAll(fileName, " ");
    return english.test(said) || japanese.test(said);
  });
}
