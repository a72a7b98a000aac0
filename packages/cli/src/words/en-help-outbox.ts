import type { CommandWords } from "./command-words.ts";

/** English help of the commands about accepted rows that are not with the others yet. */
export const enHelpOutbox = {
  "outbox list": {
    summary: "accepted rows that wait, or that the network refused",
    examples: ["tegata outbox list"],
    text: [
      "Every row that was accepted is on this disk until all companies have it. This names those that",
      "are still on their way, and those that the network refused, with the cause and what to do.",
    ],
    options: {},
  },
  "outbox show": {
    summary: "the rows of one submission that are not with the others",
    examples: ["tegata outbox show 3f2a"],
    text: ["Any beginning of a submission's name will do that fits only one."],
    options: { tz: "zone of times shown (this machine's)" },
  },
  "outbox retry": {
    summary: "send rows that were refused again",
    examples: ["tegata outbox retry 3f2a", "tegata outbox retry --all"],
    text: [
      "Once the cause is gone: the same rows go out again, in the stream they were meant for.",
    ],
    options: {
      all: "all that were refused",
      "dry-run": "say what would be sent and send nothing",
    },
  },
  "outbox export": {
    summary: "write rows that wait or were refused to a file",
    examples: ["tegata outbox export 3f2a > rows.csv", "tegata outbox export 3f2a -o ndjson"],
    text: [
      "The rows as they were accepted, in a form that tegata submit takes again with --time time.",
    ],
    options: { bom: "CSV for spreadsheets: with the mark of UTF-8, and no text runs as a formula" },
  },
  "outbox discard": {
    summary: "let go of rows that were refused",
    examples: ["tegata outbox discard 3f2a --yes"],
    text: ["Nobody else has these rows: export them first if they may be needed."],
    options: {
      yes: "do not ask",
      "dry-run": "say what would go and change nothing",
    },
  },
} satisfies Readonly<Record<string, CommandWords>>;
