import type { CommandGroup } from "../program/spec.ts";

interface Usage {
  readonly text: string;
  readonly next: string;
}

function helpOf(command: string | null): string {
  return command === null ? "tegata help" : `tegata help ${command}`;
}

function meantOr(meant: string | null, command: string | null): string {
  return meant === null ? `see ${helpOf(command)}` : `did you mean ${meant}?`;
}

/** English words about the command line itself. */
export const enUsage = {
  usageLabel: "usage:",
  meaningLabel: "meaning: ",
  remedyLabel: "what to do:",
  exitLabel: "exit code:",
  globalHint: "Options of every command: tegata help options",
  overviewHint:
    "More: tegata help COMMAND, tegata help TOPIC (config, exit-codes, grants, options, time), tegata help CODE",
  groupHint: (group: string): string => `More: tegata help ${group} COMMAND`,
  examples: [
    "tegata dev                                               four companies to try things with",
    "tegata submit press-3 readings.csv                       publish rows",
    "tegata grant press-3 --to aoki --facet quality --until 2027-03-31",
  ],
  groups: {
    everyday: "Everyday",
    line: "From the machines of a line",
    sharing: "Sharing",
    members: "Members",
    company: "Your company",
    try: "Try it",
    help: "Help",
  } satisfies Record<CommandGroup, string>,
  options: {
    home: "folder of the company ($TEGATA_HOME; else ~/.local/share/tegata)",
    output: "form of the result: table, json, and for rows ndjson or csv",
    json: "the result as one JSON document, the same as -o json",
    quiet: "only results and errors",
    debug: "with errors: where in the program they happened",
    "no-input": "never ask anything",
    "no-color": "no colours ($NO_COLOR)",
    lang: "language of messages: en or ja ($LANG)",
    help: "help of the command",
  } as Readonly<Record<string, string>>,
  missing: (what: string, command: string): Usage => ({
    text: `${what} is missing`,
    next: `see ${helpOf(command)}`,
  }),
  missingFacet: (names: readonly string[]): Usage => ({
    text: "--facet is missing",
    next:
      names.length === 0
        ? "no facet of the stream is open to you"
        : `it is one of ${names.join(", ")}`,
  }),
  choice: (option: string, got: string, choices: readonly string[]): Usage => ({
    text: `${option} cannot be ${got === "" ? "empty" : got}`,
    next: `it is one of ${choices.join(", ")}`,
  }),
  user: (got: string): Usage => ({
    text: `--user cannot be ${got === "" ? "empty" : got}`,
    next: "a user has 1 to 32 of a-z, 0-9, _ and -, and no digit first",
  }),
  folder: (got: string): Usage => ({
    text: `the folder ${got} has a line end or another control character in its name`,
    next: "name another folder with --home",
  }),
  number: (option: string, got: string, min: number, max: number): Usage => ({
    text: `${option} cannot be ${got === "" ? "empty" : got}`,
    next: `give a whole number from ${min} to ${max}`,
  }),
  unknownCommand: (word: string, meant: string | null): Usage => ({
    text: `there is no command ${word}`,
    next: meantOr(meant === null ? null : `tegata ${meant}`, null),
  }),
  noDeleting: {
    text: "streams cannot be deleted: what is on the ledger stays",
    next: "leave it empty and unshared; tegata revoke STREAM --from COMPANY closes what is to come",
  } as Usage,
  unknownOption: (option: string, meant: string | null, command: string | null): Usage => ({
    text: `${command === null ? "tegata" : `tegata ${command}`} has no option ${option}`,
    next: meantOr(meant, command),
  }),
  valueMissing: (option: string, command: string | null): Usage => ({
    text: `${option} needs a value`,
    next: `see ${helpOf(command)}`,
  }),
  tooMany: (command: string | null): Usage => ({
    text: "there are more words than the command takes",
    next: `put words with spaces in quotes; see ${helpOf(command)}`,
  }),
  /** Two options that exclude each other, or one that needs the other. */
  together: (first: string, second: string): Usage => ({
    text: `${first} and ${second} do not go together`,
    next: "leave one of them out",
  }),
  either: (first: string, second: string, command: string): Usage => ({
    text: `say ${first} or ${second}`,
    next: `see ${helpOf(command)}`,
  }),
  needs: (option: string, other: string): Usage => ({
    text: `${option} needs ${other} too`,
    next: `add ${other}`,
  }),
  badPort: (option: string, got: string): Usage => ({
    text: `${option} cannot be ${got}`,
    next: "give a port from 1 to 65535, or none",
  }),
  networkId: (got: string): Usage => ({
    text: `--network cannot be ${got === "" ? "empty" : got}`,
    next: "give the whole id: 64 digits and letters a to f",
  }),
  unknownTopic: (topic: string, meant: string | null): Usage => ({
    text: `there is no help on ${topic}`,
    next: meantOr(meant === null ? null : `tegata help ${meant}`, null),
  }),
};
