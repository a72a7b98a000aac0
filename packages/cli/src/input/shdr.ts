import { broken, readLines } from "./lines.ts";
import { type InputProblem, problem } from "./problem.ts";
import type { Chunks, ReadEvent } from "./row.ts";

/** The columns of every SHDR stream. */
export const shdrColumns: readonly string[] = Object.freeze(["time", "item", "value"]);

const assetEnd = /^--multiline--/;
const timeStart = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const conditionLevels = new Set(["normal", "warning", "fault", "unavailable"]);

/**
 * Observations of an MTConnect adapter stream, one row each: `time|item|value[|item|value…]`. A line
 * with several observations gives several rows with one line number. A condition
 * (`time|item|level|code|severity|qualifier|text`) is one row whose value is everything from the
 * level on, bars included. Values stay text, `UNAVAILABLE` too. Assets, adapter commands (`*`) and torn
 * lines are problems and the next line goes on.
 * Source: MTConnect agent adapter protocol (SHDR).
 * @throws CLI_INPUT_BROKEN for a bad encoding or line, or an asset that never ends
 */
export async function* readShdr(chunks: Chunks): AsyncGenerator<ReadEvent> {
  yield { type: "columns", line: 1, columns: shdrColumns };
  let asset: { readonly mark: string; readonly line: number } | null = null;
  for await (const { line, text } of readLines(chunks, "utf-8")) {
    if (asset !== null) {
      // Everything up to the same mark is the asset's document; its first line was reported.
      if (text.trim() === asset.mark) asset = null;
      continue;
    }
    if (text.trim() === "") continue;
    const fields = text.split("|");
    const mark = fields.at(-1)?.trim() ?? "";
    if (fields[1]?.startsWith("@") === true && assetEnd.test(mark)) asset = { mark, line };
    yield* observationsOf(fields, line, text);
  }
  if (asset !== null) throw broken(asset.line, null, "asset", null, asset.mark);
}

/** What one line holds, its fields taken apart at the bars. */
export function* observationsOf(
  fields: readonly string[],
  line: number,
  text: string,
): Generator<ReadEvent> {
  const found = faultOf(fields, line, text);
  if (found !== null) {
    yield { type: "problem", problem: found };
    return;
  }
  const [time = "", ...rest] = fields;
  if (isCondition(rest)) {
    const [item = "", ...condition] = rest;
    yield { type: "row", row: { line, cells: [time, item, condition.join("|")] } };
    return;
  }
  for (let index = 0; index < rest.length; index += 2) {
    const cells = [time, rest[index] ?? "", rest[index + 1] ?? ""];
    yield { type: "row", row: { line, cells } };
  }
}

function faultOf(fields: readonly string[], line: number, text: string): InputProblem | null {
  const [time = "", ...rest] = fields;
  if (rest.length === 0 || !timeStart.test(time)) {
    return problem(line, null, "observation", null, text);
  }
  if (rest[0]?.startsWith("@") === true) return problem(line, null, "asset", null, text);
  if (isCondition(rest)) return null;
  if (rest.length % 2 === 1) return problem(line, null, "observation-pair", null, text);
  const nameless = rest.some((field, index) => index % 2 === 0 && field.trim() === "");
  return nameless ? problem(line, null, "observation-item", null, text) : null;
}

/**
 * Without the device's model, six fields may be a condition or three observations. They are a
 * condition when the first value is a level and the pairs would need a nameless item, or when the
 * qualifier is one of the two words the standard has for it.
 */
function isCondition(rest: readonly string[]): boolean {
  const [item = "", level = "", code = "", , qualifier = ""] = rest;
  if (rest.length !== 6 || item === "" || !conditionLevels.has(level.toLowerCase())) return false;
  if (code === "" || qualifier === "") return true;
  return /^(?:warning|fault)$/i.test(level) && /^(?:high|low)$/i.test(qualifier);
}
