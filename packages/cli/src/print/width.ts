const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

// Ranges that Unicode gives two columns (East Asian Width W and F), joined where nothing else is drawn.
// Source: Unicode Standard Annex 11.
const wide: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];
const emoji = /^\p{Emoji_Presentation}|\ufe0f/u;
const ascii = /^[\x20-\x7e]*$/;

/** Columns that printable text takes on a terminal. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += segmentWidth(segment);
  return width;
}

/** The text, or its beginning and `…`, within `widthMax` columns. Never cuts inside a character. */
export function truncate(text: string, widthMax: number): string {
  if (displayWidth(text) <= widthMax) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += segmentWidth(segment);
    if (width > widthMax - 1) break;
    kept += segment;
  }
  return widthMax < 1 ? "" : `${kept}…`;
}

/** Fills with spaces up to `width` columns. */
export function pad(text: string, width: number, align: "left" | "right"): string {
  const spaces = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "left" ? text + spaces : spaces + text;
}

function segmentWidth(segment: string): number {
  if (emoji.test(segment)) return 2;
  const code = segment.codePointAt(0) ?? 0;
  if (/^[\p{Mn}\p{Me}\p{Cf}]/u.test(segment)) return 0;
  return wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
