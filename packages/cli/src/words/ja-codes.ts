import type { ErrorWords, ForeignDetail } from "./error-words.ts";

/** Meaning and remedy of each code that has no words of its own. */
export const jaCodes: Readonly<Record<string, readonly [meaning: string, remedy: string]>> = {};

/** An error told by the page about its code; null for a code without one. */
export function jaCode(code: string, detail: ForeignDetail): ErrorWords | null {
  const page = Object.hasOwn(jaCodes, code) ? jaCodes[code] : undefined;
  if (page === undefined) return null;
  const [message, next] = page;
  const given = Object.entries(detail).filter(([name]) => name !== "message");
  const why = given.map(([name, value]) => `${name} = ${String(value)}`).join("、");
  return { message, why: why === "" ? `説明は tegata help ${code} にあります。` : why, next };
}
