import { listed, meant } from "./listed.ts";

/** `a, b and 3 more`. */
export function enListed(names: readonly string[]): string {
  return listed(names, (count) => ` and ${count} more`);
}

/** `did you mean "press-3"?`, or something else where no name is near. */
export function enMeant(text: string, known: readonly string[], otherwise: string): string {
  return meant(text, known, (name) => `did you mean "${name}"?`, otherwise);
}
