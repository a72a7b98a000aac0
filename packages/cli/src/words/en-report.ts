import { count, counted } from "../print/human.ts";

/** English words of the page of a report. */
export const enReport = {
  title: (stream: string): string => `${stream} · report`,
  kicker: "Report on a stream",
  network: "Network",
  askedBy: "Asked by",
  made: "Made",
  observed: "Observed",
  zone: "Times in the zone",
  rowsRead: "Rows read",
  rows: (rows: number): string => count(rows),
  noRows: "no rows",
  span: (from: string, until: string): string => `${from} to ${until}`,
  inPlain:
    "This page and the proof files beside it show values in plain. Whoever has them can read them.",
  whoReads: "Who can read this stream",
  whatYouRead: "What you can read of this stream",
  ownerReads: (owner: string): string =>
    `${owner} owns the stream and reads all of it, always. A company that does not stand here reads nothing.`,
  asFarAsTold: (owner: string): string =>
    `As ${owner} has granted it. Who else reads this stream, only ${owner} knows.`,
  fields: "Fields",
  closed: "closed",
  closedFacet: "closed facet",
  readable: (from: string | null, until: string | null): string =>
    until === null
      ? from === null
        ? "everything"
        : `from ${from}`
      : from === null
        ? `until ${until}`
        : `${from} until ${until}`,
  charts: "Over time",
  noCharts: "No field that can be read here holds numbers.",
  chartsLeftOut: (fields: number): string =>
    `${counted(fields, "more field of numbers is", "more fields of numbers are")} not drawn: name them with query --plot.`,
  lowest: (value: string, time: string, record: string): string =>
    `lowest ${value} · ${time} · record ${record}`,
  highest: (value: string, time: string, record: string): string =>
    `highest ${value} · ${time} · record ${record}`,
  values: (values: number): string => `${counted(values, "value", "values")}.`,
  rowsTitle: "Rows",
  shown: (shown: number, all: number): string =>
    shown === all
      ? `All ${counted(all, "row", "rows")}, in the order they were written.`
      : `${count(shown)} of ${counted(all, "row", "rows")}, in the order they were written: the first and the last.`,
  fieldsLeftOut: (fields: number): string =>
    `${counted(fields, "field is", "fields are")} left out.`,
  getAll: "Everything, as a file for a spreadsheet:",
  between: (rows: number): string => `${counted(rows, "row is", "rows are")} left out here`,
  moreCharacters: (characters: number): string =>
    `(${counted(characters, "more character", "more characters")})`,
  provenance: "Where the rows come from",
  writtenBy: (name: string, handle: string): string =>
    `Every row was signed and submitted by ${name} (${handle}), and taken by the companies that signed its block.`,
  batch: "Batch",
  block: "Block",
  inBlock: "Time of the block",
  signedBy: "Block signed by",
  signers: (signed: number, all: number, names: string): string =>
    `${signed} of ${all} companies: ${names}`,
  rowsShown: "Rows shown",
  proofFiles: "Proof files",
  noProof: "no proof file",
  noProofs: "No proof files lie beside this page.",
  howToCheck: (files: number, folder: string): string =>
    `${counted(files, "proof file lies", "proof files lie")} beside this page in the folder ${folder}, and each was checked when the page was made. Anybody can check them again, without any network, beginning with:`,
  whatProves:
    "A proof shows that the owner wrote this value at this time and that nobody changed it since; not that it was measured rightly. Compare the id of the network with somebody you trust.",
  madeWith: (time: string, network: string): string =>
    `Made with Tegata, ${time}. Network ${network}`,
  /** What the command answers. */
  written: (page: string, rows: number, charts: number): string =>
    `Report written to ${page}: ${counted(rows, "row", "rows")}, ${counted(charts, "chart", "charts")}.`,
  proofsWritten: (files: number, folder: string): string =>
    `${counted(files, "proof", "proofs")} beside it in ${folder}, each checked.`,
  plainWarning:
    "Both show values in plain: only this user can read the files, until you pass them on.",
  proving: (done: number, all: number): string => `${count(done)} of ${count(all)} proofs …`,
};
