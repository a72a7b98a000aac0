import { listed, meant } from "./listed.ts";

/** `a, b ほか 3 件`. */
export function jaListed(names: readonly string[]): string {
  return listed(names, (count) => ` ほか ${count} 件`);
}

/** `「press-3」ではありませんか。`, or something else where no name is near. */
export function jaMeant(text: string, known: readonly string[], otherwise: string): string {
  return meant(text, known, (name) => `「${name}」ではありませんか。`, otherwise);
}
