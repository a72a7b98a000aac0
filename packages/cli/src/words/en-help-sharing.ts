import type { CommandWords } from "./command-words.ts";

/** English help of the commands about streams, grants and companies. */
export const enHelpSharing = {
  "streams create": {
    summary: "make a stream",
    examples: [
      "tegata streams create press-3 --from readings.csv --time ts --facet status=speed,torque --facet quality=*",
      "tegata streams create press-3 --schema press-3.json --category quality",
      "tegata streams create drawings --documents --category design",
    ],
    text: [
      "Makes a stream of yours. Its fields come from a schema file or are drawn from a sample of the",
      "data, which is shown and asked for at a terminal; facets group fields that are shared together.",
      "Others see neither names nor fields; whoever may read one facet sees the names and units of all",
      "fields. A stream cannot be deleted or changed, so look at it with --dry-run first. What a proof can",
      "show is fixed here too: whole rows of a facet, or (--disclosure FACET=field) single fields.",
    ],
    options: {
      schema: "file with fields and facets, as --dry-run --json writes one",
      from: "sample file from which fields, types, units and facets are drawn",
      header: "line of the sample with the names of the columns, where it is not found",
      encoding: "encoding of the sample, where it is not seen rightly",
      time: "column of the sample that is only the rows' time, and no field",
      "date-order": "which stands first in dates such as 05/06/2026, where no date tells",
      decimal: "what stands before the fraction of numbers",
      facet: "a facet and its fields; * takes all the others",
      disclosure: "whether proofs show rows or single fields of a facet (row)",
      category: "equipment-status, quality, design, supply-chain or other (other)",
      tz: "zone of times that name none (this machine's)",
      "smallest-span": "smallest piece of time that can be granted (1h)",
      documents: "a stream of files instead of rows",
      yes: "do not ask before making what a sample gives",
      "dry-run": "show the schema and make nothing",
    },
  },
  "streams list": {
    summary: "your streams and those shared with you",
    examples: ["tegata streams list", "tegata streams list --json"],
    text: ["Lists your streams and those of others that you may read."],
    options: {},
  },
  "streams show": {
    summary: "fields, facets and readers of a stream",
    examples: ["tegata streams show press-3", "tegata streams show kato/press-3 --json"],
    text: [
      "Shows fields and facets of a stream as far as you may read them; of yours also the grants.",
    ],
    options: {},
  },
  "streams purge": {
    summary: "delete old records of a stream at every company",
    examples: [
      "tegata streams purge press-3 --before 2025-01-01 --dry-run",
      "tegata streams purge press-3 --before 400d --yes",
    ],
    text: [
      "Has every node delete the ciphertext of records observed before a time; nobody takes it in again,",
      "and what it took of your quota is yours again. Shows what goes, and asks. There is no way back.",
      "Readers keep what they opened or exported; proofs made before still hold, new ones cannot be made.",
      "Whole batches go: one with a record of that time or later stays, as do rows that wait to be sent.",
      "Whoever says yes deletes what was shown: where that has changed meanwhile, nothing is deleted.",
    ],
    options: {
      before: "a time, or how long ago as 400d",
      tz: "zone of a time that names none (this machine's)",
      yes: "do not ask",
      "dry-run": "say what would be deleted and change nothing",
    },
  },
  grant: {
    summary: "let a company read facets of a stream",
    examples: [
      "tegata grant press-3 --to aoki --facet quality --until 2027-03-31 --dry-run",
      "tegata grant press-3 --to toda --facet status --from 2026-11-01 --until 30d",
    ],
    text: [
      "Opens facets of a stream to one company, for records observed in a span of time. It ends by",
      "itself. The company also sees names and units of the stream's other fields, never their values.",
      "Everybody in the network can see that these two companies share something.",
    ],
    options: {
      to: "company that may read: its handle or name",
      facet: "facet to open; repeat it or give several with commas",
      from: "beginning of the span (else all there is)",
      until: "end of the span: a time, or how long from now as 90d",
      tz: "zone of times that name none (this machine's)",
      "dry-run": "say what the company could read and grant nothing",
    },
  },
  revoke: {
    summary: "close the records to come to a company",
    examples: [
      "tegata revoke press-3 --from aoki --dry-run",
      "tegata revoke press-3 --from aoki --facet quality",
    ],
    text: [
      "Closes records to come to a company; all others keep their grants. What the company could",
      "read already it keeps: no program can take that back, and the answer says how much it is.",
    ],
    options: {
      from: "company that reads no more: its handle or name",
      facet: "only this facet (else all)",
      "dry-run": "say what would end and what the company keeps, and change nothing",
    },
  },
  access: {
    summary: "who can read what",
    examples: ["tegata access", "tegata access --json"],
    text: [
      "Shows for every facet of your streams who can read it until when, and what you can read.",
    ],
    options: {},
  },
} satisfies Readonly<Record<string, CommandWords>>;
