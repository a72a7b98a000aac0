import { CliError } from "../errors.ts";
import { type InputPlan, readRows } from "./rows.ts";
import { isPlainTimeName } from "./time-column.ts";

/** A day in one column, and the time of day in another. */
export interface SplitTime {
  readonly day: string;
  readonly clock: string;
  /** A time of day as it stands there. */
  readonly example: string;
}

/** Rows from which it is told. */
const rowCountMax = 20;
const clockText = /^(?:午[前後] ?)?\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?$/u;
const clockName = /(?:時刻|^時間|^clock|^uhrzeit|^zeit)$/iu;

/**
 * Finds the column that holds the time of day, where the column of the rows' times holds days alone: read by
 * themselves, all rows of a day would get its midnight. `texts`: filled cells by column.
 */
export function splitTime(
  day: string,
  texts: ReadonlyMap<string, readonly string[]>,
): SplitTime | null {
  const days = texts.get(day) ?? [];
  if (days.length === 0 || days.some((text) => /[:時]/u.test(text))) return null;
  for (const [clock, [example = "", ...rest]] of texts) {
    const isNamed = isPlainTimeName(clock) || clockName.test(clock.trim());
    const isClock = isNamed && [example, ...rest].every((text) => clockText.test(text));
    if (clock !== day && isClock) return { day, clock, example };
  }
  return null;
}

/** Refuses rows whose time of day stands beside their day. @throws CLI_TIME_SPLIT */
export async function checkTimeWhole(
  { source, form, renames }: Pick<InputPlan, "source" | "form" | "renames">,
  day: string,
): Promise<void> {
  let columns: readonly string[] = [];
  const texts = new Map<string, string[]>();
  let rows = 0;
  for await (const event of readRows(source.read(), form)) {
    if (event.type === "columns") columns = event.columns.map((name) => renames.get(name) ?? name);
    if (event.type !== "row") continue;
    for (const [index, cell] of event.row.cells.entries()) {
      const name = columns[index];
      if (name === undefined || typeof cell !== "string" || cell === "") continue;
      texts.set(name, [...(texts.get(name) ?? []), cell]);
    }
    rows += 1;
    if (rows === rowCountMax) break;
  }
  const found = splitTime(day, texts);
  if (found !== null) throw new CliError("CLI_TIME_SPLIT", { path: source.path, ...found });
}
