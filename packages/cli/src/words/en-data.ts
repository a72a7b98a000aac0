import { count, counted, duration } from "../print/human.ts";

/** English words of what the commands about records, documents and proofs answer. */
export const enData = {
  published: (rows: number, height: number | null, ms: number): string => {
    const where = height === null ? "" : ` · block ${count(height)}`;
    return `${counted(rows, "row", "rows")} published${where} · ${duration(ms)}`;
  },
  accepted: (rows: number, ms: number): string =>
    `${counted(rows, "row", "rows")} safe on this disk, on the way to the others · ${duration(ms)}`,
  documentPublished: (name: string, height: number | null, ms: number): string => {
    const where = height === null ? "" : ` · block ${count(height)}`;
    return `${name} published${where} · ${duration(ms)}`;
  },
  before: (rows: number): string =>
    `${counted(rows, "row", "rows")} of them had been published before; nothing was doubled.`,
  stoppedWhole: (waiting: number): string =>
    waiting === 0
      ? "Stopped. All rows are published."
      : `Stopped waiting. ${counted(waiting, "row waits", "rows wait")} in the outbox and ${waiting === 1 ? "goes" : "go"} out without you; do not submit again. tegata outbox list shows what waits.`,
  stoppedPart: (rows: number, path: string): string =>
    `Stopped. ${counted(rows, "row is", "rows are")} in the outbox or published, the rest of ${path} is not. Submit the file again as before: nothing is doubled.`,
  stoppedDocument: (name: string): string =>
    `Stopped waiting. ${name} is in the outbox and goes out without you; do not submit it again.`,
  stoppedInDocument: (name: string): string =>
    `Stopped in the middle of ${name}. Submit it again as before: nothing is doubled.`,
  nothingToPublish: "No rows, so nothing was published.",
  submitDry: (rows: number, stream: string): string =>
    `${counted(rows, "row fits", "rows fit")} ${stream}. Nothing was published.`,
  documentDry: (name: string, size: string, stream: string): string =>
    `Would publish ${name} (${size}) in ${stream}. Nothing was published.`,
  skipped: (rows: number): string => `${counted(rows, "row was", "rows were")} left out:`,
  readAs: (format: string, encoding: string | null): string =>
    `Reading ${format}${encoding === null ? "" : ` in ${encoding}`}.`,
  spanOf: (from: string, until: string): string => `Observed from ${from} to ${until}.`,
  timedNow: "No column is the rows' time: each row gets the time of this submission.",
  progress: (rows: number): string => `${count(rows)} rows …`,
  record: "record",
  time: "time",
  observedTime: "observed time",
  more: "There are more: --limit N, --all, or -o csv for everything.",
  noRecords: "No records that you may read here.",
  document: "document",
  bytes: "bytes",
  complete: "complete",
  fetched: (name: string, path: string): string => `${name} written to ${path}.`,
  goOn: (command: string): string => `Go on later with: ${command}`,
  gap: "Some records were passed over; query shows them.",
  proofWritten: (path: string): string =>
    `Proof written to ${path}. Whoever has it can read these values.`,
  verdicts: {
    valid: "valid",
    unanchored: "consistent, not anchored",
  },
  verified: (verdict: string, stream: string, facet: string): string =>
    `${verdict}: a record of ${stream}, facet ${facet}`,
  writtenBy: (name: string, handle: string): string => `written by   ${name} (${handle})`,
  inBlock: (height: number, time: string): string => `in block     ${count(height)}, ${time}`,
  observedAt: (time: string): string => `observed     ${time}`,
  signedBy: (signed: number, all: number, names: string): string =>
    `signed by    ${signed} of ${all} companies: ${names}`,
  ofNetwork: (name: string, id: string): string => `network      ${name}, ${id}`,
  notAnchored:
    "Nothing says that this is the right network: compare its id with somebody you trust, and give it with --network.",
  field: "field",
  value: "value",
  unit: "unit",
};
