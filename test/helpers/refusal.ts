import type { Ended } from "./command.ts";

/** What a command that failed told a person. */
export interface Refusal {
  readonly exit: number;
  readonly message: string;
  readonly why: string;
  readonly next: string;
  readonly code: string;
  /** Lines between the reason and the next step: one for each problem. */
  readonly problems: readonly string[];
}

/**
 * Takes the three lines with the code apart that every failed command ends its stderr with.
 * @throws Error when one of them is missing or empty, or there is more after them
 */
export function refusalOf({ code: exit, stderr }: Ended): Refusal {
  const lines = stderr.trimEnd().split("\n");
  const at = lines.findLastIndex((line) => line.startsWith("error: "));
  const [message = "", why = "", ...rest] = lines.slice(Math.max(at, 0));
  const code = rest.pop() ?? "";
  const next = rest.pop() ?? "";
  const take = (line: string, form: RegExp): string => {
    const [, text] = form.exec(line) ?? [];
    if (text === undefined) throw new Error(`${form} is not what stands in "${line}":\n${stderr}`);
    return text;
  };
  return {
    exit,
    message: take(message, /^error: (\S.*)$/),
    why: take(why, /^ {2}why: {2}(\S.*)$/),
    next: take(next, /^ {2}next: (\S.*)$/),
    code: take(code, /^ {2}code: ((?:LEDGER|SETTINGS|CONSENSUS|NODE|GATEWAY|CLI)_[A-Z0-9_]+)$/),
    problems: rest.map((line) => line.trim()),
  };
}
