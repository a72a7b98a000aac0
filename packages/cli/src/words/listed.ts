import { nearest } from "../program/nearest.ts";

const listedMax = 12;

/** The first of some names, and in the reader's language how many more there are. */
export function listed(names: readonly string[], more: (count: number) => string): string {
  const shown = names.slice(0, listedMax).join(", ");
  return names.length > listedMax ? `${shown}${more(names.length - listedMax)}` : shown;
}

/** What to say of the name that was probably meant, else something else. */
export function meant(
  text: string,
  known: readonly string[],
  ask: (name: string) => string,
  otherwise: string,
): string {
  const name = nearest(text, known);
  return name === null ? otherwise : ask(name);
}
