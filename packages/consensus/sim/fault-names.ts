// Names of faults on a command line.

/** Numbers as ranges: `0-7+9`. */
function ranges(numbers: readonly number[]): string {
  const found: [first: number, last: number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const open = found.at(-1);
    if (open !== undefined && open[1] === number - 1) open[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join("+");
}

/** Names of faults in few letters; `partitions:0-2+5` for several of one kind. */
export function shortNames(names: readonly string[]): readonly string[] {
  const places = new Map<string, number[]>();
  for (const name of names) {
    const [kind = name, place] = name.split(":");
    const known = places.get(kind) ?? [];
    places.set(kind, place === undefined ? known : [...known, Number(place)]);
  }
  return [...places].map(([kind, numbers]) =>
    numbers.length === 0 ? kind : `${kind}:${ranges(numbers)}`,
  );
}

/** The names that a short one stands for. */
export function longNames(name: string): readonly string[] {
  const [kind = name, places] = name.split(":");
  if (places === undefined) return [name];
  return places.split("+").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from(
      { length: Math.max(0, last - first + 1) },
      (_, at) => `${kind}:${first + at}`,
    );
  });
}
