import { type Bodies, bodyShapes, type membershipShapes } from "@tegata/ledger/chain";
import {
  type EntryId,
  equalBytes,
  fromBytes,
  type Shape,
  toBytes,
} from "@tegata/ledger/primitives";
import { generateEntryId } from "@tegata/ledger/vault";
import { sealedKey, u64 } from "../store/sealed-key.ts";
import type { SealedStore, SealedWrite } from "../store/sealed-store.ts";
import { outboxTable as table } from "../store/tables.ts";
import type { Submission, SubmissionRefusal, Submissions } from "./submissions.ts";

/** Kinds that concern the company itself and travel in the control lane. */
export type ControlKind = keyof typeof membershipShapes;

/** What this company says in the control lane. */
export type ControlContent = {
  [K in ControlKind]: { readonly kind: K; readonly body: Bodies[K] };
}[ControlKind];

/** One thing to say there: on the disk until a block holds it, or the ledger refused it for good. */
export interface ControlJob {
  readonly number: number;
  readonly submission: string;
  readonly entryId: EntryId;
  readonly acknowledgedMs: number;
  readonly content: ControlContent;
}

interface StoredJob extends Omit<ControlJob, "content"> {
  readonly kind: ControlKind;
  /** Canonical bytes of the body. */
  readonly body: Uint8Array;
  /** When it was given up; null while it waits. Kept for a while: a copy of it may still be on its way. */
  readonly endedMs: number | null;
}

const shapeOf = (kind: ControlKind): Shape<unknown> => bodyShapes[kind] as Shape<unknown>;

function jobOf({ kind, body, endedMs: _, ...job }: StoredJob): ControlJob {
  const content = { kind, body: fromBytes(shapeOf(kind), Uint8Array.from(body)) };
  return { ...job, content: content as ControlContent };
}

/** What waits for the control lane, in the order in which it was acknowledged. */
export class ControlJobs {
  readonly #store: SealedStore;
  readonly #submissions: Submissions;
  readonly #waiting = new Map<EntryId, ControlJob>();
  readonly #ended = new Map<EntryId, number>();
  #next = 1;

  constructor(store: SealedStore, submissions: Submissions) {
    this.#store = store;
    this.#submissions = submissions;
  }

  /** How much waits to be said. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  async load(): Promise<void> {
    for await (const { value } of this.#store.prefix(sealedKey(table.control))) {
      const stored = value as StoredJob;
      this.#next = Math.max(this.#next, stored.number + 1);
      if (stored.endedMs !== null) this.#ended.set(stored.entryId, stored.number);
      else this.#waiting.set(stored.entryId, jobOf(stored));
    }
  }

  /** Takes one thing to say; on the disk when it resolves. */
  async accept(content: ControlContent, nowMs: number): Promise<ControlJob> {
    const [entryId, id] = [generateEntryId(), generateEntryId()];
    const number = this.#next++;
    const job: ControlJob = { number, submission: id, entryId, acknowledgedMs: nowMs, content };
    const submission: Submission = {
      ...{ id, acknowledgedMs: nowMs, rows: 0, committedRows: 0, heightLast: null },
      ...{ entries: 1, settledEntries: 0, refusal: null, idempotency: null },
    };
    const put = this.#put(job, null);
    await this.#store.write([this.#submissions.add(submission), put]);
    this.#waiting.set(entryId, job);
    return job;
  }

  first(): ControlJob | null {
    for (const job of this.#waiting.values()) return job;
    return null;
  }

  waiting(): Iterable<ControlJob> {
    return this.#waiting.values();
  }

  /** What waits and says the same. */
  find({ kind, body }: ControlContent): ControlJob | null {
    const bytes = toBytes(shapeOf(kind), body);
    for (const job of this.#waiting.values()) {
      const { content } = job;
      const isSame =
        content.kind === kind && equalBytes(toBytes(shapeOf(kind), content.body), bytes);
      if (isSame) return job;
    }
    return null;
  }

  isWaiting(entryId: EntryId): boolean {
    return this.#waiting.has(entryId);
  }

  /** Whether this company said it, even if it was given up since. */
  isOwn(entryId: EntryId): boolean {
    return this.#waiting.has(entryId) || this.#ended.has(entryId);
  }

  /** A block holds it; the caller writes the changes and wakes the submission it answers. */
  commit(entryId: EntryId, height: number, nowMs: number, writes: SealedWrite[]): string | null {
    const job = this.#waiting.get(entryId);
    const number = job?.number ?? this.#ended.get(entryId);
    if (number === undefined) return null;
    this.#waiting.delete(entryId);
    this.#ended.delete(entryId);
    writes.push({ type: "delete", key: this.#key(number) });
    if (job === undefined) return null;
    const outcome = { type: "committed", rows: 0, height } as const;
    writes.push(...this.#submissions.settle(job.submission, outcome, nowMs));
    return job.submission;
  }

  /** The ledger refuses it for good; whoever asked hears why once that is on the disk. */
  async refuse(job: ControlJob, refusal: SubmissionRefusal, nowMs: number): Promise<void> {
    if (!this.#waiting.delete(job.entryId)) return;
    this.#ended.set(job.entryId, job.number);
    const outcome = { type: "refused", refusal } as const;
    const settled = this.#submissions.settle(job.submission, outcome, nowMs);
    await this.#store.write([this.#put(job, nowMs), ...settled]);
    this.#submissions.wake([job.submission]);
  }

  /** Forgets what was given up before a time. */
  async sweep(beforeMs: number): Promise<void> {
    const writes: SealedWrite[] = [];
    for await (const { key, value } of this.#store.prefix(sealedKey(table.control))) {
      const { endedMs, entryId } = value as StoredJob;
      if (endedMs === null || endedMs >= beforeMs) continue;
      this.#ended.delete(entryId);
      writes.push({ type: "delete", key });
    }
    await this.#store.write(writes);
  }

  #put({ content, ...job }: ControlJob, endedMs: number | null): SealedWrite {
    const { kind } = content;
    const body = toBytes(shapeOf(kind), content.body);
    const value: StoredJob = { ...job, kind, body, endedMs };
    return { type: "put", key: this.#key(job.number), value };
  }

  #key(number: number): Uint8Array {
    return sealedKey(table.control, u64(number));
  }
}
