/**
 * The known word that was probably meant, or null when none is close: it differs in a third of its signs at
 * most, and in no more than `distanceMax`.
 */
export function nearest(
  word: string,
  known: readonly string[],
  distanceMax = Number.POSITIVE_INFINITY,
): string | null {
  const wanted = plain(word);
  let best: string | null = null;
  let bestDistance = Math.min(distanceMax, Math.max(1, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of known) {
    const distance = distanceOf(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** A word however wide its signs are, as Japanese keyboards write letters and digits. */
function plain(word: string): string {
  return word.normalize("NFKC").toLowerCase();
}

/** Insertions, deletions, changes and swaps of neighbours between two words. */
function distanceOf(a: string, b: string): number {
  const [from, to] = [[...a], [...b]];
  if (Math.abs(from.length - to.length) > 8) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, sign] of from.entries()) {
    const row = [i + 1];
    for (const [j, other] of to.entries()) {
      const change = (last[j] ?? 0) + (sign === other ? 0 : 1);
      const swapped = sign === to[j - 1] && other === from[i - 1];
      const swap = i > 0 && j > 0 && swapped ? (before[j - 1] ?? 0) + 1 : change;
      row.push(Math.min(change, swap, (last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    before = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
