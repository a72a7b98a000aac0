import type { CliErrorCode, CliErrorDetails } from "../errors.ts";
import { count, counted } from "../print/human.ts";
import { shellWord } from "../print/shell.ts";
import { enListed, enMeant } from "./en-listed.ts";
import { enProofRefusals } from "./en-proof-refusals.ts";
import { enNotFinal } from "./en-settling.ts";
import type { ErrorWords } from "./error-words.ts";

type DataCode = Extract<
  CliErrorCode,
  | `CLI_STREAM_${string}`
  | `CLI_PROOF_${string}`
  | "CLI_FACET_NOT_READABLE"
  | "CLI_FIELD_NOT_NUMERIC"
  | "CLI_SUBMISSION_UNKNOWN"
  | "CLI_SUBMISSION_WAITS"
  | "CLI_ROWS_BEFORE"
  | "CLI_SUBMISSION_REFUSED"
  | "CLI_NOT_FINAL"
  | "CLI_DOCUMENT_NOT_FOUND"
  | "CLI_DEMO_FAILED"
>;

/** English words of the codes about streams, records and proofs. */
export const enDataErrors: {
  readonly [Code in DataCode]: (detail: CliErrorDetails[Code]) => ErrorWords;
} = {
  CLI_SUBMISSION_REFUSED: ({ rowCount, code, text }) => ({
    message: `${counted(rowCount, "row was", "rows were")} refused by the network`,
    why: text === "" ? code : `${text} (${code})`,
    next: `see tegata help ${code}; rows before these stay published`,
  }),
  CLI_NOT_FINAL: enNotFinal,
  CLI_ROWS_BEFORE: ({ stream, rowCount, state, heightLast }) => ({
    message: `${rowCount === 1 ? "this row was" : `these ${count(rowCount)} rows were`} submitted before; nothing was doubled`,
    why: {
      committed: `the same file went into ${stream} in the last week and is published, block ${count(heightLast)}`,
      waiting: `the same file went into ${stream}; its rows wait on this disk and go out by themselves`,
      refused: `the same file went into ${stream}, and the network refused rows of it`,
    }[state],
    next: {
      committed: "nothing; if the same values were measured once more, add --again",
      waiting: "nothing; if the same values were measured once more, add --again",
      refused:
        "tegata outbox list shows why; after the cause is gone, outbox retry, or add --again",
    }[state],
  }),
  CLI_SUBMISSION_WAITS: ({ submission, rowCount }) => ({
    message: `${counted(rowCount, "row", "rows")} of ${submission} cannot be let go of`,
    why: "only refused rows can; these wait, and go out by themselves when the others answer",
    next: `nothing; tegata outbox show ${submission} shows the rows`,
  }),
  CLI_STREAM_KIND: ({ stream, kind }) =>
    kind === "rows"
      ? {
          message: `${stream} is a stream of rows`,
          why: "documents go into a stream made for them",
          next: "leave out --file or --document, or name a stream of documents",
        }
      : {
          message: `${stream} is a stream of documents`,
          why: "rows go into a stream made for them",
          next: "publish a document with --file, or name a stream of rows",
        },
  CLI_STREAM_NOT_READABLE: ({ stream, owner }) => ({
    message: `${stream} is not readable by your company`,
    why: `${owner} has granted you no facet of it`,
    next: `ask ${owner} for a grant`,
  }),
  CLI_SUBMISSION_UNKNOWN: ({ submission, several, known }) => ({
    message: several
      ? `more than one submission begins with ${submission}`
      : `nothing in the outbox belongs to ${submission}`,
    why: several
      ? "the beginning fits several"
      : "what it held is with the others, was let go of, or the name is another",
    next: `${known.length === 0 ? "" : `there are ${known.join(", ")}; `}tegata outbox list shows all`,
  }),
  CLI_FACET_NOT_READABLE: ({ stream, facet, readable }) => ({
    message: `${stream} has no facet ${facet} that your company may read`,
    why: `you may read ${enListed(readable)}`,
    next: enMeant(facet, readable, "name one of these, or ask the stream's owner for a grant"),
  }),
  CLI_FIELD_NOT_NUMERIC: ({ stream, field, type, numeric }) => ({
    message: `${field} of ${stream} cannot be drawn`,
    why: `it holds ${type} values, and a chart needs numbers`,
    next:
      numeric.length === 0
        ? "leave out --plot: no field that you may read holds numbers"
        : `name a field of numbers: ${enListed(numeric)}`,
  }),
  CLI_DOCUMENT_NOT_FOUND: ({ stream, document }) => ({
    message: `there is no document ${document} in ${stream}`,
    why: "none that is complete and that you may read has this name",
    next: `list them with tegata query ${shellWord(stream)}`,
  }),
  CLI_DEMO_FAILED: ({ text }) => ({
    message: text,
    why: "the demo claims that it is otherwise",
    next: "run it again; if it stays so, report what it prints",
  }),
  CLI_PROOF_INVALID: ({ code }) => ({
    message: "the proof is not valid",
    why: enProofRefusals[code] ?? code,
    next: "do not rely on it; ask whoever gave it to you for a new one",
  }),
};
