// The one source of the API: types, validation and OpenAPI come from these schemas.
import { z } from "zod";
import { plantSchema } from "./token-schemas.ts";

/** Limits of what a caller may send; the body limit of the server comes on top. */
export const apiLimits = {
  rowsPerSubmission: 4_096,
  recordsPerPage: 1_000,
  waitMs: 60_000,
  idempotencyKeyLength: 128,
} as const;

const name = z.string().min(1).max(64);
const hex16 = z.string().regex(/^[0-9a-f]{32}$/);
const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
/** As far as dates reach in ECMAScript, which is beyond every epoch of the ledger. */
const timeMs = z.int().min(0).max(8_640_000_000_000_000);

/** A cell as JSON: a decimal keeps its source text, bytes are base64. */
export const cellSchema = z.union([
  z.null(),
  z.boolean(),
  z.int(),
  z.string(),
  z.strictObject({ decimal: z.string().max(1_024) }),
  z.strictObject({ bytes: z.base64() }),
]);
export type JsonCell = z.infer<typeof cellSchema>;

/** Cells by field name; a field that is not there is absent in the row. */
export const cellsSchema = z.record(z.string(), cellSchema);

export const categorySchema = z.enum([
  "equipment-status",
  "quality",
  "design",
  "supply-chain",
  "other",
]);
export const epochLengthSchema = z.enum(["1h", "1d", "30d"]);
export const streamKindSchema = z.enum(["rows", "documents"]);
export const fieldTypeSchema = z.enum(["text", "integer", "decimal", "boolean", "time", "bytes"]);
export const disclosureSchema = z.enum(["row", "field"]);

/** A company as people see it. */
export const companySchema = z.object({ member: hex32, handle: z.string(), name: z.string() });

/** What a company does in the network, since the block of a height; 0 is the genesis. */
export const standingSchema = z.object({
  /** `sidelined`: it votes and others propose; `suspended`: its votes do not count; `following`: no vote. */
  standing: z.enum(["voting", "sidelined", "suspended", "following"]),
  sinceHeight: z.int(),
  /** Where a suspended company signed two contradicting messages. */
  offenceHeight: z.int().nullable(),
});
export type Standing = z.output<typeof standingSchema>;

/** How the node reaches a member; null for its own, and while it does not know the member. */
export const reachSchema = z.object({
  reach: z.enum(["direct-in", "direct-out", "through-others", "away"]).nullable(),
  reachSinceMs: timeMs.nullable(),
  version: z.string().nullable(),
  dialFailure: z
    .object({ reason: z.string(), address: z.string(), text: z.string(), atMs: timeMs })
    .nullable(),
});
export type Reach = z.output<typeof reachSchema>;

export const memberSchema = companySchema.extend({
  ...standingSchema.shape,
  ...reachSchema.shape,
  addresses: z.array(z.string()),
  validator: z.boolean(),
  connected: z.boolean(),
  self: z.boolean(),
  joinedHeight: z.int(),
  /** Height of the block with which it left; null for a member. */
  leftHeight: z.int().nullable(),
});
/** A working key of a member, named by the SHA-256 of its bytes. */
export const memberKeySchema = z.object({
  role: z.enum(["network", "consensus", "transaction", "encryption"]),
  version: z.int(),
  key: hex32,
  height: z.int(),
  /** Block time from which it serves no more; null for the current one. */
  endMs: timeMs.nullable(),
  isCompromised: z.boolean(),
});
export const memberDetailSchema = memberSchema.extend({
  /** Ascends whenever the company gives its vote back. */
  admission: z.int(),
  rootKey: hex32,
  keys: z.array(memberKeySchema),
});
export type MemberDetail = z.infer<typeof memberDetailSchema>;
export const membersAnswer = z.object({ items: z.array(memberSchema) });

export const nodeStatusSchema = z.object({
  version: z.string(),
  state: z.enum(["starting", "catching-up", "ready", "no-quorum", "sign-state-unsafe"]),
  height: z.int(),
  headTimeMs: timeMs,
  round: z.int(),
  proposer: hex32.nullable(),
  quorum: z.int(),
  members: z.array(
    companySchema.extend({
      ...standingSchema.shape,
      ...reachSchema.shape,
      connected: z.boolean(),
      self: z.boolean(),
      lastSeenMs: timeMs.nullable(),
    }),
  ),
  mempool: z.object({ transactions: z.int(), bytes: z.int() }),
  /** What it is busy with until it has everything: confirmations, heights or buckets done, of all. */
  sync: z.object({
    kind: z.enum(["none", "confirming", "blocks", "snapshot", "history"]),
    done: z.int(),
    of: z.int(),
  }),
  payloadsMissing: z.int(),
  /** How far this machine's clock is ahead of the network's, negative for behind; null while it is right. */
  clockAheadMs: z.int().nullable(),
});

export const statusAnswer = z.object({
  version: z.string(),
  company: companySchema,
  network: z.object({ id: hex32, name: z.string() }),
  /** null: the node does not answer; acknowledged rows wait in the outbox. */
  node: nodeStatusSchema.nullable(),
  outbox: z.object({
    waiting: z.int(),
    inFlight: z.int(),
    /** The same by kind: rows, and changes of streams and of the membership. */
    rows: z.int(),
    changes: z.int(),
    refused: z.int(),
    oldestMs: timeMs.nullable(),
    /** Hours until no more rows are accepted, as fast as they gather now; null while none gather. */
    hoursLeft: z.number().nullable(),
    /** Why a stream's rows wait although the node is there, in codes; empty when nothing is parked. */
    parked: z.array(z.object({ stream: z.string(), code: z.string() })),
  }),
  /** What the members decide together. */
  governance: z.object({
    openVotes: z.int(),
    /** What this company asked for and is not in force yet: until then the others need its node. */
    parting: z.enum(["leave", "stand-down"]).nullable(),
  }),
  streams: z.object({ mine: z.int(), sharedWithMe: z.int() }),
  /** null: nobody listens for machines of the plant. */
  plant: plantSchema.nullable(),
  /** Whom own streams were closed to without anybody asking; `open`: those it can still read. */
  closings: z.array(
    z.object({
      company: companySchema,
      reason: z.enum(["left", "key-compromised"]),
      streams: z.int(),
      open: z.int(),
    }),
  ),
});

export const facetSchema = z.object({ name, disclosure: disclosureSchema });
export const fieldSchema = z.object({
  name,
  type: fieldTypeSchema,
  facet: name,
  unit: z.string().max(32).nullable(),
});

export const createStreamBody = z.strictObject({
  name,
  category: categorySchema,
  epochLength: epochLengthSchema.default("1h"),
  zone: z.string().max(64).default("UTC"),
  kind: streamKindSchema.default("rows"),
  facets: z.array(facetSchema.strict()).min(1).max(16),
  fields: z.array(fieldSchema.strict()).min(1).max(256),
});
export type CreateStreamBody = z.input<typeof createStreamBody>;

/** A span of observation time; `until` is exclusive; null: without end on that side. */
export const spanSchema = z.object({ from: timeMs.nullable(), until: timeMs.nullable() });

export const streamSchema = z.object({
  id: hex16,
  owner: companySchema,
  /** null: the name is sealed and this company has no grant. */
  name: z.string().nullable(),
  mine: z.boolean(),
  category: categorySchema,
  epochLength: epochLengthSchema,
  kind: streamKindSchema.nullable(),
  zone: z.string().nullable(),
  facets: z.array(
    z.object({
      name: z.string().nullable(),
      disclosure: disclosureSchema,
      readable: z.boolean(),
      spans: z.array(spanSchema),
      /** Block from which on records of others are closed to this company that read them before; else null. */
      endedHeight: z.int().nullable(),
    }),
  ),
  /** Empty while the schema is sealed. */
  fields: z.array(fieldSchema),
  createdHeight: z.int().nullable(),
  batches: z.int(),
  /** Of these batches the owner had so many deleted, at every company and for good. */
  deletedBatches: z.int(),
});
export const streamAnswer = z.object({ stream: streamSchema });
export const streamsAnswer = z.object({ items: z.array(streamSchema) });

export const submitRowsBody = z.strictObject({
  rows: z
    .array(z.strictObject({ timeMs, cells: cellsSchema }))
    .min(1)
    .max(apiLimits.rowsPerSubmission),
  backfill: z.boolean().default(false),
});
export type SubmitRowsBody = z.input<typeof submitRowsBody>;

export const submissionSchema = z.object({
  submission: hex16,
  state: z.enum(["waiting", "committed", "refused"]),
  rows: z.int(),
  committedRows: z.int(),
  /** Height of the last committed row so far. */
  heightLast: z.int().nullable(),
  refusal: z.object({ code: z.string(), detail: z.string() }).nullable(),
  /** True when the same Idempotency-Key had been answered before. */
  replayed: z.boolean(),
});

export const recordSchema = z.object({
  /** `<height>.<index>.<row>`: names the record for `proof`. */
  record: z.string().regex(/^[0-9]+\.[0-9]+\.[0-9]+$/),
  timeMs,
  height: z.int(),
  cells: cellsSchema,
});
export const recordsQuery = z.object({
  from: z.coerce.number().int().min(0).optional(),
  until: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(apiLimits.recordsPerPage).default(100),
  cursor: z.string().max(256).optional(),
  order: z.enum(["asc", "desc"]).default("asc"),
});
export type RecordsQuery = z.input<typeof recordsQuery>;
export const recordsAnswer = z.object({
  items: z.array(recordSchema),
  /** Facets this company may read somewhere in the stream. */
  facets: z.array(z.string()),
  fields: z.array(fieldSchema),
  /** Opaque; null at the end. */
  nextCursor: z.string().nullable(),
  /** What the owner had deleted of the stream: it is in no page. `until`: its records were observed before. */
  deleted: z.object({ batches: z.int(), until: timeMs.nullable() }),
});

export const purgeBody = z.strictObject({
  /** Batches go all of whose records were observed before. */
  before: timeMs,
  /** `plan` of what was shown: where something else would go by now, nothing does. Null: whatever there is. */
  plan: hex16.nullable().default(null),
});
export type PurgeBody = z.input<typeof purgeBody>;
export const purgeAnswer = z.object({
  batches: z.int(),
  /** Ciphertext that every company deletes. */
  bytes: z.int(),
  /** When the records were observed, `until` exclusive; null where there are none. */
  from: timeMs.nullable(),
  until: timeMs.nullable(),
  /** Batches that are left for another time: they lie too scattered to go at once. */
  left: z.int(),
  /** Rows of the stream that wait in the outbox: they are not deleted. */
  waiting: z.int(),
  /** Stands for exactly these batches. */
  plan: hex16,
  submitted: z.boolean(),
  height: z.int().nullable(),
});

export const grantBody = z.strictObject({
  /** Handle or name of the company. */
  to: z.string().min(1).max(128),
  facets: z.array(name).min(1).max(16),
  from: timeMs.nullable().default(null),
  until: timeMs,
});
export type GrantBody = z.input<typeof grantBody>;
export const grantSchema = z.object({
  id: hex16,
  to: companySchema,
  facets: z.array(z.string()),
  /** What was opened really: spans are whole epochs; `until` is exclusive. */
  from: timeMs,
  until: timeMs,
  state: z.enum(["live", "ended"]),
  height: z.int().nullable(),
});
export const grantAnswer = z.object({
  grants: z.array(grantSchema),
  /** False for a dry run: nothing was sent. */
  submitted: z.boolean(),
  /** Committed batches of the stream that lie in the span. */
  batches: z.int(),
  /** Block of the grant; null for a dry run, and while it waits on this company's disk. */
  height: z.int().nullable(),
});
export const grantsAnswer = z.object({ items: z.array(grantSchema) });

export const revokeBody = z.strictObject({
  from: z.string().min(1).max(128),
  /** null: all facets. */
  facets: z.array(name).min(1).max(16).nullable().default(null),
});
export type RevokeBody = z.input<typeof revokeBody>;
export const revokeAnswer = z.object({
  ended: z.array(grantSchema),
  /** Grants of others that were given again for the records to come. */
  regranted: z.array(grantSchema),
  /** What the reader keeps: it could read this before. */
  keeps: z.object({ batches: z.int(), until: timeMs.nullable() }),
  submitted: z.boolean(),
  height: z.int().nullable(),
});

/** Who can read what: one row a stream and facet, one cell a company. */
const endedSchema = z.object({ height: z.int(), timeMs: timeMs.nullable() }).nullable();

export const accessAnswer = z.object({
  mine: z.array(
    z.object({
      stream: z.string(),
      facet: z.string(),
      readers: z.array(
        z.object({
          company: companySchema,
          spans: z.array(spanSchema),
          /** Since when records to come are closed; what was written before stays readable. Null: they are open. */
          ended: endedSchema,
        }),
      ),
    }),
  ),
  sharedWithMe: z.array(
    z.object({
      stream: z.string(),
      owner: companySchema,
      facet: z.string(),
      spans: z.array(spanSchema),
      /** Since when records to come are closed; what was read before stays readable. Null: they are open. */
      ended: endedSchema,
    }),
  ),
});

export const documentsAnswer = z.object({
  items: z.array(
    z.object({
      document: hex16,
      name: z.string(),
      bytes: z.int(),
      complete: z.boolean(),
      height: z.int(),
    }),
  ),
});

export const proofBody = z.strictObject({
  stream: z.string().min(1).max(256),
  record: z.string().regex(/^[0-9]+\.[0-9]+\.[0-9]+$/),
  facet: name,
  /** null: the whole row of the facet; else one field of a facet with field disclosure. */
  field: name.nullable().default(null),
});
export type ProofBody = z.input<typeof proofBody>;

export const rawAnswer = z.object({
  transaction: hex32,
  part: z.int(),
  /** Length of the ciphertext. */
  bytes: z.int(),
  /** The first bytes of what lies on this company's disk. */
  head: z.string(),
  commitment: hex32,
});

export const membershipChangeSchema = z.enum([
  ...["requested", "voted", "admitted", "voting", "stood-down", "suspended", "readmitted"],
  ...["removed", "left", "key-rotated", "root-replaced", "addresses-changed", "version-decided"],
] as const);
export const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("record"), stream: z.string(), record: recordSchema }),
  z.object({ type: z.literal("grant"), stream: z.string(), grant: grantSchema }),
  z.object({
    type: z.literal("closed"),
    stream: z.string(),
    /** Generation of the records to come. */
    generation: z.int(),
    ended: z.array(
      z.object({ grant: grantSchema, reason: z.enum(["revoked", "left", "key-compromised"]) }),
    ),
  }),
  z.object({
    type: z.literal("deleted"),
    stream: z.string(),
    height: z.int(),
    /** Batches that the owner had deleted now. */
    batches: z.int(),
  }),
  z.object({ type: z.literal("stream"), stream: streamSchema }),
  z.object({
    type: z.literal("membership"),
    height: z.int(),
    change: membershipChangeSchema,
    /** The company it is about; null where it is about none. */
    company: companySchema.nullable(),
    /** Who did it; null where the members decided, or the rules did. */
    by: companySchema.nullable(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  z.object({ type: z.literal("block"), height: z.int(), timeMs }),
  z.object({ type: z.literal("gap"), detail: z.string() }),
]);
export const eventsQuery = z.object({
  stream: z.string().max(256).optional(),
  /** Comma separated; all when absent. */
  types: z.string().max(64).optional(),
  /** Where to go on; the header Last-Event-ID does the same. Absent: from now on. */
  cursor: z.string().max(256).optional(),
});
export type EventsQuery = z.input<typeof eventsQuery>;

/** RFC 9457, with the code, the reason and the next step that people are shown. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  why: z.string(),
  next: z.string(),
  /** The values that the texts name, for who tells them in another language. */
  params: z.record(z.string(), z.json()).optional(),
  errors: z
    .array(
      z.object({
        row: z.int().nullable(),
        /** Line of the file that was sent, from 1. */
        line: z.int().nullable().optional(),
        field: z.string().nullable(),
        expected: z.string(),
        got: z.string(),
      }),
    )
    .optional(),
});

export type Company = z.infer<typeof companySchema>;
export type Member = z.infer<typeof memberSchema>;
export type Status = z.infer<typeof statusAnswer>;
export type Stream = z.infer<typeof streamSchema>;
export type StreamField = z.infer<typeof fieldSchema>;
export type Submission = z.infer<typeof submissionSchema>;
export type StreamRecord = z.infer<typeof recordSchema>;
export type RecordsPage = z.infer<typeof recordsAnswer>;
export type Grant = z.infer<typeof grantSchema>;
export type GrantAnswer = z.infer<typeof grantAnswer>;
export type RevokeAnswer = z.infer<typeof revokeAnswer>;
export type PurgeAnswer = z.infer<typeof purgeAnswer>;
export type Access = z.infer<typeof accessAnswer>;
export type Document = z.infer<typeof documentsAnswer>["items"][number];
export type Raw = z.infer<typeof rawAnswer>;
export type StreamEvent = z.infer<typeof eventSchema>;
export type Problem = z.infer<typeof problemSchema>;
