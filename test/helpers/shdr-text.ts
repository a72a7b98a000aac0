/** Time, item and value of one observation, with the line that said it. */
export interface ShdrObservation {
  readonly line: number;
  readonly cells: readonly [time: string, item: string, value: string];
}

/** What an adapter's log holds, taken apart by other code than the one under test. */
export interface ShdrText {
  readonly observations: readonly ShdrObservation[];
  /** Lines that hold no observation, from 1; each begins something that is left out. */
  readonly others: readonly number[];
}

/** Takes a log of lines `time|item|value…` apart. Source: MTConnect agent adapter protocol. */
export function readShdrText(text: string): ShdrText {
  const observations: ShdrObservation[] = [];
  const others: number[] = [];
  let mark: string | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const words = raw.replace(/\r$/, "");
    if (mark !== null) {
      if (words.trim() === mark) mark = null;
    } else if (words.trim() !== "") {
      const said = observationsIn(words);
      if (said === null) others.push(line);
      for (const cells of said ?? []) observations.push({ line, cells });
      mark = /\|@[^|]*@\|.*\|(--multiline--\S*)\s*$/.exec(words)?.[1] ?? null;
    }
  }
  return { observations, others };
}

const condition = /^(NORMAL|WARNING|FAULT|UNAVAILABLE)(\|[^|]*){4}$/i;

function observationsIn(words: string): ShdrObservation["cells"][] | null {
  const [, time = "", rest = ""] = /^(\d{4}-\d\d-\d\dT[^|]*)\|(.*)$/s.exec(words) ?? [];
  if (time === "" || rest.startsWith("@")) return null;
  const bar = rest.indexOf("|");
  const [item, value] = [rest.slice(0, Math.max(bar, 0)), rest.slice(bar + 1)];
  const [level = "", code, , qualifier = ""] = value.split("|");
  const isNamed = /^(?:warning|fault)$/i.test(level) && /^(?:high|low)$/i.test(qualifier);
  const hasGap = code === "" || qualifier === "";
  if (condition.test(value) && (hasGap || isNamed)) return [[time, item, value]];
  const fields = rest.split("|");
  if (fields.length % 2 === 1) return null;
  const found: ShdrObservation["cells"][] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const [name = "", said = ""] = fields.slice(at, at + 2);
    if (name.trim() === "") return null;
    found.push([time, name, said]);
  }
  return found;
}
