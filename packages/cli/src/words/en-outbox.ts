import { count, counted } from "../print/human.ts";

const goOn = (submission: string): string =>
  `tegata outbox show ${submission}, then outbox retry, outbox export or outbox discard`;

/** English words of what the commands about the outbox answer. */
export const enOutbox = {
  columns: ["Submission", "Stream", "Rows", "State", "Accepted", "Code"],
  states: { refused: "refused", waiting: "waits" },
  empty: "Nothing waits and nothing was refused: every accepted row is with the others.",
  noRows: "No row waits and none was refused.",
  changes: (changes: number): string =>
    `${counted(changes, "change", "changes")} of streams, grants or membership ${changes === 1 ? "waits" : "wait"} for the others too.`,
  more: (hidden: number): string =>
    `and ${counted(hidden, "submission", "submissions")} more: tegata outbox list --json`,
  cause: (code: string, why: string): string => `${code}: ${why}`,
  remedy: (next: string): string => `  next: ${next}`,
  next: (submission: string): string => `Next     ${goOn(submission)}`,
  nothingOf: (submission: string): string =>
    `Nothing of ${submission} waits or was refused: it is with the others, or was let go of.`,
  retried: (submissions: number, dryRun: boolean): string => {
    const what = counted(submissions, "refused submission", "refused submissions");
    return dryRun ? `Would send ${what} again.` : `${what} on the way again.`;
  },
  discarded: (rows: number, submission: string, dryRun: boolean): string => {
    const what = `${counted(rows, "refused row", "refused rows")} of ${submission}`;
    return dryRun ? `Would let go of ${what}.` : `Let go of ${what}.`;
  },
  askDiscard: (rows: number): string =>
    `Nobody else has ${rows === 1 ? "this row" : `these ${count(rows)} rows`}. Let go for ever? [y/N] `,
  notDiscarded: {
    text: "nothing was let go of",
    next: "export the rows first with tegata outbox export, then say --yes",
  },
};
