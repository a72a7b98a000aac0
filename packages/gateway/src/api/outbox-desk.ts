import type { z } from "zod";
import type { OutboxPage, OutboxRows, outboxQuery } from "./outbox-schemas.ts";
import type { Submission } from "./schemas.ts";

type Asked = z.output<typeof outboxQuery>;

/** What people can ask about the acknowledged rows that are not on the ledger. */
export interface OutboxDesk {
  list(query: Asked): Promise<OutboxPage>;
  rows(submission: string, query: Asked): Promise<OutboxRows>;
  /** What was refused of a submission goes out again. */
  retry(submission: string): Promise<Submission>;
  /** Lets go of what was refused of a submission, and answers how many rows. */
  discard(submission: string): Promise<number>;
}
