// What of the acknowledged rows is not on the ledger, as people ask for it.
import { z } from "zod";
import { cellsSchema, fieldSchema } from "./schemas.ts";

const hex16 = z.string().regex(/^[0-9a-f]{32}$/);

export const outboxStateSchema = z.enum(["refused", "waiting"]);

/** The rows of one submission that are in one state. */
export const outboxItemSchema = z.object({
  submission: hex16,
  state: outboxStateSchema,
  /** Name of the stream. */
  stream: z.string(),
  rows: z.int(),
  acknowledgedMs: z.int(),
  /** Why they were refused, or why their stream waits; null while they are simply on their way. */
  code: z.string().nullable(),
  detail: z.string().nullable(),
});

export const outboxParams = z.object({ submission: hex16 });
export const outboxQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(64).optional(),
});

/** Refused ones first, then those that wait, each in the order of their acknowledgement. */
export const outboxAnswer = z.object({
  items: z.array(outboxItemSchema),
  nextCursor: z.string().nullable(),
});

/** Rows as they were acknowledged; a page holds whole batches. */
export const outboxRowsAnswer = z.object({
  fields: z.array(fieldSchema),
  items: z.array(z.object({ state: outboxStateSchema, timeMs: z.int(), cells: cellsSchema })),
  nextCursor: z.string().nullable(),
});

export const discardedAnswer = z.object({ rows: z.int() });

export type OutboxItem = z.infer<typeof outboxItemSchema>;
export type OutboxQuery = z.input<typeof outboxQuery>;
export type OutboxPage = z.infer<typeof outboxAnswer>;
export type OutboxRows = z.infer<typeof outboxRowsAnswer>;
