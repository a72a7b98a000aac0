import type { SpanQuery } from "../commands/record-pages.ts";

/** The command that writes all rows of a span to a file that a spreadsheet opens. */
export function queryCommand(label: string, { from, until }: SpanQuery): string {
  const span = [
    ...(from === undefined ? [] : ["--since", new Date(from).toISOString()]),
    ...(until === undefined ? [] : ["--until", new Date(until).toISOString()]),
  ];
  return ["tegata", "query", label, ...span, "--all", "-o", "csv", "--bom"]
    .map(shellWord)
    .join(" ")
    .concat(" > rows.csv");
}

/** The command that checks a proof file; it is run where the page lies. */
export function verifyCommand(folder: string, file: string, network: string): string {
  return ["tegata", "verify", `./${folder}/${file}`, "--network", network].map(shellWord).join(" ");
}

/** A word as a shell takes it, whatever stands in it. Source: POSIX.1-2024, Shell Command Language, 2.2.2 */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
