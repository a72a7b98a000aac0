import type { Field } from "./schema.ts";

const exact = /^(?:time|timestamp|ts|date|datetime|date[ _-]time|日時|時刻|日付|年月日)$/iu;
const part = /(?:[ _-](?:at|time|ts|timestamp|date|datetime)|日時|時刻|日付)$/iu;

/** True for a name that people give to the column with the time of a row. */
export function isTimeName(name: string): boolean {
  return exact.test(name.trim()) || part.test(name.trim()) || /^(?:time|date)[ _-]?/i.test(name);
}

/** True for a name that says time and nothing else. */
export function isPlainTimeName(name: string): boolean {
  return exact.test(name.trim());
}

/**
 * The field with the time of a row where nobody said which: the only one of type time, or the only one
 * of them whose name says so and nothing else. Null where that leaves none, or several.
 */
export function timeFieldOf(fields: readonly Pick<Field, "name" | "type">[]): string | null {
  const times = fields.filter(({ type }) => type === "time");
  const candidates = times.length > 1 ? times.filter(({ name }) => isPlainTimeName(name)) : times;
  return candidates.length === 1 ? (candidates[0]?.name ?? null) : null;
}
