import { sealedKey, u64 } from "../store/sealed-key.ts";
import type { SealedStore, SealedWrite } from "../store/sealed-store.ts";
import { outboxTable as table } from "../store/tables.ts";

/** Why some of a submission will not come onto the ledger. */
export interface SubmissionRefusal {
  readonly code: string;
  readonly detail: string;
}

/** What was acknowledged under one id, and how far it has come. */
export interface Submission {
  readonly id: string;
  readonly acknowledgedMs: number;
  readonly rows: number;
  readonly committedRows: number;
  readonly heightLast: number | null;
  readonly entries: number;
  readonly settledEntries: number;
  readonly refusal: SubmissionRefusal | null;
  /** Hidden name of the Idempotency-Key it came with. */
  readonly idempotency: Uint8Array | null;
}

/** What became of one entry. */
export type EntryOutcome =
  | { readonly type: "committed"; readonly rows: number; readonly height: number }
  | { readonly type: "refused"; readonly refusal: SubmissionRefusal };

interface Settled {
  readonly id: string;
  readonly idempotency: Uint8Array | null;
}

const idBytes = (id: string): Uint8Array => Uint8Array.from(Buffer.from(id, "hex"));

/** Whether nothing of a submission is open any more. */
export function isSettled(submission: Submission): boolean {
  return submission.settledEntries >= submission.entries;
}

/** Submissions: the open ones in memory, all of the last days on the disk. */
export class Submissions {
  readonly #store: SealedStore;
  readonly #open = new Map<string, Submission>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(store: SealedStore) {
    this.#store = store;
  }

  async load(): Promise<void> {
    for await (const { value } of this.#store.prefix(sealedKey(table.submission))) {
      const submission = value as Submission;
      if (!isSettled(submission)) this.#open.set(submission.id, submission);
    }
  }

  get(id: string): Submission | null {
    return this.#open.get(id) ?? this.#store.get<Submission>(this.#key(id));
  }

  add(submission: Submission): SealedWrite {
    this.#open.set(submission.id, submission);
    return { type: "put", key: this.#key(submission.id), value: submission };
  }

  /**
   * Counts what became of an entry; the caller writes the changes and then calls {@link wake}. A submission of
   * which refused entries are kept is remembered as long as they are.
   */
  settle(
    id: string,
    outcome: EntryOutcome,
    nowMs: number,
    keepsRefused = false,
  ): readonly SealedWrite[] {
    const before = this.get(id);
    if (before === null) return [];
    const after = counted(before, outcome);
    this.#open.set(id, after);
    const put: SealedWrite = { type: "put", key: this.#key(id), value: after };
    return isSettled(after) && !keepsRefused ? [put, this.#settled(after, nowMs)] : [put];
  }

  /** Refused entries wait again; `refusal`: why others of the submission are still refused. */
  reopen(id: string, entries: number, refusal: SubmissionRefusal | null): readonly SealedWrite[] {
    const before = this.get(id);
    if (before === null) return [];
    const after = { ...before, settledEntries: before.settledEntries - entries, refusal };
    this.#open.set(id, after);
    return [{ type: "put", key: this.#key(id), value: after }];
  }

  /** Nothing refused of a submission is kept any more: once it is settled it is forgotten in time. */
  letGo(id: string, nowMs: number): readonly SealedWrite[] {
    const submission = this.get(id);
    if (submission === null || !isSettled(submission)) return [];
    return [this.#settled(submission, nowMs)];
  }

  /** Tells those who wait for these submissions that they changed; answers what is settled now. */
  wake(ids: Iterable<string>): readonly Submission[] {
    const settled: Submission[] = [];
    for (const id of ids) {
      const submission = this.#open.get(id);
      if (submission !== undefined && isSettled(submission)) {
        this.#open.delete(id);
        settled.push(submission);
      }
      for (const waiter of this.#waiting.get(id) ?? []) waiter();
    }
    return settled;
  }

  /** Waits until nothing of a submission is open, or the time is over. */
  async waitFor(id: string, waitMs: number, signal: AbortSignal): Promise<Submission | null> {
    const current = this.get(id);
    if (current === null || isSettled(current) || waitMs <= 0) return current;
    await new Promise<void>((resolve) => {
      const waiters = this.#waiting.get(id) ?? new Set<() => void>();
      this.#waiting.set(id, waiters);
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        waiters.delete(check);
        if (waiters.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const check = (): void => {
        const now = this.get(id);
        if (now === null || isSettled(now)) end();
      };
      const timer = setTimeout(end, waitMs);
      waiters.add(check);
      signal.addEventListener("abort", end);
    });
    return this.get(id);
  }

  /** Removes what was settled before a time, with the Idempotency-Keys it came with. */
  async sweep(beforeMs: number, idempotencyKey: (name: Uint8Array) => Uint8Array): Promise<void> {
    const first = sealedKey(table.settled, u64(0));
    const end = sealedKey(table.settled, u64(Math.max(0, beforeMs)));
    const writes: SealedWrite[] = [];
    for await (const { key, value } of this.#store.range({ first, end })) {
      const { id, idempotency } = value as Settled;
      writes.push({ type: "delete", key }, { type: "delete", key: this.#key(id) });
      if (idempotency !== null) writes.push({ type: "delete", key: idempotencyKey(idempotency) });
    }
    await this.#store.write(writes);
  }

  #key(id: string): Uint8Array {
    return sealedKey(table.submission, this.#store.hide(idBytes(id)));
  }

  #settled({ id, idempotency }: Submission, nowMs: number): SealedWrite {
    const value: Settled = { id, idempotency };
    const key = sealedKey(table.settled, u64(nowMs), this.#store.hide(idBytes(id)));
    return { type: "put", key, value };
  }
}

function counted(before: Submission, outcome: EntryOutcome): Submission {
  const settledEntries = before.settledEntries + 1;
  if (outcome.type === "refused") {
    return { ...before, settledEntries, refusal: before.refusal ?? outcome.refusal };
  }
  return {
    ...before,
    settledEntries,
    committedRows: before.committedRows + outcome.rows,
    heightLast: Math.max(before.heightLast ?? 0, outcome.height),
  };
}
