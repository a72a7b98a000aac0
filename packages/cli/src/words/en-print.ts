import { ago, count, duration } from "../print/human.ts";

/** English words around errors, problems and results. */
export const enPrint = {
  errorLabel: "error",
  whyLabel: "why",
  nextLabel: "next",
  codeLabel: "code",
  lineLabel: (line: number): string => `line ${line}`,
  linesLabel: (lines: readonly number[], more: number): string =>
    more > 0
      ? `lines ${lines.join(", ")} and ${count(more)} more`
      : `lines ${lines.slice(0, -1).join(", ")} and ${lines.at(-1)}`,
  rowLabel: (row: number): string => `row ${row}`,
  expected: (expected: string): string => `expected ${expected}`,
  got: (got: string): string => `got ${got}`,
  problemsMore: (more: number): string => `… and ${count(more)} more`,
  /** For errors of other programs that say only what happened. */
  failedUnsaid: "the command failed",
  whyUnsaid: "the other side gave no reason",
  nextForLedger: "check that the file or id is whole and that both sides run a compatible version",
  nextForNode: "run tegata doctor; it checks the node and its connections",
  nextForGateway: "run tegata status; it shows what the gateway is waiting for",
  nextForConsensus: "run tegata status; it shows which companies are connected",
  /** What a gateway wanted in a cell; it says so in English. */
  foreignExpected: (expected: string): string => expected,
  /** A length of time, as `1.2 s`. */
  duration,
  /** A moment as seen from another, as `14 min ago`. */
  ago,
};
