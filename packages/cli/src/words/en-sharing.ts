import { count, counted } from "../print/human.ts";

/** English words of what the commands about streams, grants and companies answer. */
export const enSharing = {
  stream: "Stream",
  owner: "Owner",
  kind: "Kind",
  category: "Category",
  facet: "Facet",
  facets: "Facets",
  field: "Field",
  type: "Type",
  unit: "Unit",
  company: "Company",
  handle: "Handle",
  address: "Address",
  connected: "Connected",
  standing: "Standing",
  standings: {
    voting: () => "proposes and votes",
    sidelined: (since: number) => `votes; others propose for it since block ${count(since)}`,
    suspended: (since: number, offence: number | null) =>
      offence === null
        ? `suspended since block ${count(since)}`
        : `suspended since block ${count(since)}: signed twice at ${count(offence)}`,
    following: () => "follows without a vote",
  } as const satisfies Record<string, (since: number, offence: number | null) => string>,
  from: "From",
  until: "Until",
  state: "State",
  written: "Written",
  readable: "You read",
  yes: "yes",
  no: "no",
  you: "you",
  always: "all there is",
  open: "no end",
  endedAt: (when: string): string => `ended ${when}`,
  endedAtBlock: (height: number): string => `ended at block ${count(height)}`,
  endedFacets: (facets: string): string => `${facets} (ended: nothing new comes)`,
  nobody: "nobody",
  rows: "rows",
  documents: "documents",
  batches: (count: number): string => counted(count, "batch", "batches"),
  kinds: { rows: "rows", documents: "documents" },
  live: "live",
  ended: "ended",
  noStreams: "No streams yet: tegata streams create makes one.",
  sealedStreams: (count: number): string =>
    `${counted(count, "stream", "streams")} of other companies closed to you.`,
  created: (name: string, height: number | null): string =>
    height === null ? `${name} is made.` : `${name} is made, at block ${height}.`,
  createDry: "Nothing was made.",
  /** What everybody in the network can see of a stream. */
  othersSee: (owner: string, category: string, facetCount: number): string =>
    `Others see: a stream of ${owner}, category ${category}, ${counted(facetCount, "facet", "facets")}, when and how much you publish. Not its name, fields or values. Whoever you grant one facet also sees the names and units of all fields.`,
  stays: "A stream stays: it can be neither deleted nor changed.",
  schemaFrom: (path: string): string => `Fields as drawn from ${path}:`,
  granted: (
    company: string,
    facets: readonly string[],
    stream: string,
    height: number | null,
  ): string =>
    `${company} can read ${facets.join(", ")} of ${stream}${height === null ? "" : `, since block ${height}`}.`,
  grantDry: (company: string, facets: readonly string[], stream: string): string =>
    `Would let ${company} read ${facets.join(", ")} of ${stream}. Nothing was granted.`,
  span: (from: string | null, until: string): string =>
    from === null ? `Everything observed until ${until}.` : `Observed from ${from} until ${until}.`,
  inSpan: (batches: number): string =>
    `In that span so far: ${counted(batches, "batch", "batches")}; records that arrive late join them.`,
  rounded: "The span is rounded outwards to what can be granted.",
  spanPast: (until: string, batches: number): string =>
    batches === 0
      ? `This span ended ${until}, and nothing lies in it: the grant opens nothing.`
      : `This span ended ${until}: the grant opens what was observed before, and nothing to come.`,
  notShown: (facets: readonly string[]): string => `Values not shown: ${facets.join(", ")}.`,
  namesSeen: (company: string): string =>
    `${company} sees the names and units of all fields of the stream, also of facets it cannot read.`,
  grantVisible: (company: string): string =>
    `Everybody in the network sees that you share something with ${company}, not what.`,
  revoked: (company: string, height: number | null): string =>
    `Revoked${height === null ? "" : ` at block ${height}`}. Records to come use a new key that ${company} does not get.`,
  revokeDry: (company: string): string =>
    `Would close the records to come to ${company}. Nothing was changed.`,
  keeps: (company: string, batches: number): string =>
    batches === 0
      ? `${company} had nothing it could read, and keeps nothing.`
      : `Not undone: ${company} keeps the ${counted(batches, "batch", "batches")} it could already read.`,
  othersStay: (companies: readonly string[]): string =>
    `Nothing changes for ${companies.join(", ")}.`,
  mine: "Who can read your streams",
  sharedWithMe: "What you can read of others",
  nobodyReads: "Nobody but you.",
  nothingShared: "Nothing.",
};
