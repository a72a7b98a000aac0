const distanceMax = 3;
/** How many names are listed beside the one that was probably meant. */
const listedMax = 12;

/** What there is, where somebody named what there is not. */
export interface Alternatives {
  /** The name that was probably meant; null where none is near. */
  readonly suggestion: string | null;
  /** The first of the names there are. */
  readonly known: readonly string[];
  /** How many more there are. */
  readonly more: number;
}

/** The nearest of the names that are understood, and the beginning of those that are shown. */
export function alternatives(
  text: string,
  shown: readonly string[],
  understood: Iterable<string> = shown,
): Alternatives {
  const known = shown.slice(0, listedMax);
  return { suggestion: nearest(text, understood), known, more: shown.length - known.length };
}

/** Edits that turn one text into the other: insert, delete, change, swap of neighbours. */
function distance(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let best = Math.min(
        (above[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (above[column - 1] as number) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) {
        best = Math.min(best, (before[column - 2] as number) + 1);
      }
      current.push(best);
    }
    before = above;
    above = current;
  }
  return above[right.length] as number;
}

/** A name however wide its signs are, as Japanese keyboards write letters and digits. */
function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The known name that somebody most probably meant, or null where none is near. */
export function nearest(text: string, known: Iterable<string>): string | null {
  const wanted = plain(text).slice(0, 128);
  let best: { readonly name: string; readonly edits: number } | null = null;
  for (const name of known) {
    const candidate = plain(name);
    if (Math.abs(candidate.length - wanted.length) > distanceMax) {
      if (best === null && wanted.length >= 3 && candidate.includes(wanted)) {
        best = { name, edits: distanceMax };
      }
      continue;
    }
    const edits = distance(wanted, candidate);
    const near = edits <= Math.min(distanceMax, Math.ceil(wanted.length / 3));
    if (near && edits < (best?.edits ?? distanceMax + 1)) best = { name, edits };
  }
  return best?.name ?? null;
}
