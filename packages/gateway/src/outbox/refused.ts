import { assert } from "@tegata/ledger/primitives";
import { sealedKey, u64 } from "../store/sealed-key.ts";
import type { SealedStore, SealedWrite } from "../store/sealed-store.ts";
import { outboxTable as table } from "../store/tables.ts";
import { aloneOf, type EntryContent, type EntryHead, headOf, type StoredEntry } from "./entry.ts";
import type { SubmissionRefusal } from "./submissions.ts";

/** Rows that the network refused for good, on the disk. */
interface StoredRefusal {
  readonly entry: StoredEntry;
  readonly refusal: SubmissionRefusal;
  readonly refusedMs: number;
}

/** What of it is kept in memory. */
export interface RefusedHead extends EntryHead {
  readonly refusal: SubmissionRefusal;
  readonly refusedMs: number;
}

/**
 * Rows that were acknowledged and refused by the network, whole, until a person sends them again or lets go of
 * them. An entry stays the one it is: sent again it has an id by which a restored outbox finds it on the ledger.
 */
export class RefusedEntries {
  readonly #store: SealedStore;
  readonly #heads = new Map<number, RefusedHead>();
  readonly #numbers = new Map<string, Set<number>>();
  /** Those whose write is under way. */
  readonly #fresh = new Map<number, StoredRefusal>();

  constructor(store: SealedStore) {
    this.#store = store;
  }

  /** Answers the highest number. */
  async load(): Promise<number> {
    let numberMax = 0;
    for await (const { value } of this.#store.prefix(sealedKey(table.refused))) {
      const stored = value as StoredRefusal;
      this.#add(stored);
      numberMax = stored.entry.number;
    }
    return numberMax;
  }

  get size(): number {
    return this.#heads.size;
  }

  /** Rows in all of them. */
  get rowCount(): number {
    return [...this.#heads.values()].reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  heads(): Iterable<RefusedHead> {
    return this.#heads.values();
  }

  has(number: number): boolean {
    return this.#heads.has(number);
  }

  /** Whether some of a submission is kept here. */
  holds(submission: string): boolean {
    return this.#numbers.has(submission);
  }

  /** Those of one submission, in the order in which they were acknowledged. */
  of(submission: string): readonly RefusedHead[] {
    const numbers = [...(this.#numbers.get(submission) ?? [])];
    return numbers.sort((a, b) => a - b).flatMap((number) => this.#heads.get(number) ?? []);
  }

  content(number: number): EntryContent {
    return this.#stored(number).entry.content;
  }

  keep(entry: StoredEntry, refusal: SubmissionRefusal, refusedMs: number): SealedWrite {
    const stored: StoredRefusal = { entry: aloneOf(entry), refusal, refusedMs };
    this.#add(stored);
    this.#fresh.set(entry.number, stored);
    return { type: "put", key: keyOf(entry.number), value: stored };
  }

  /** All that was kept is on the disk. */
  written(): void {
    this.#fresh.clear();
  }

  /** Takes an entry out; the caller writes what becomes of it. */
  take(number: number): { readonly entry: StoredEntry; readonly write: SealedWrite } {
    const { entry } = this.#stored(number);
    this.#heads.delete(number);
    this.#fresh.delete(number);
    const others = this.#numbers.get(entry.submission);
    others?.delete(number);
    if (others?.size === 0) this.#numbers.delete(entry.submission);
    return { entry, write: { type: "delete", key: keyOf(number) } };
  }

  #add(stored: StoredRefusal): void {
    const { number, submission } = stored.entry;
    this.#heads.set(number, headOfRefusal(stored));
    const others = this.#numbers.get(submission) ?? new Set();
    this.#numbers.set(submission, others.add(number));
  }

  #stored(number: number): StoredRefusal {
    const stored = this.#fresh.get(number) ?? this.#store.get<StoredRefusal>(keyOf(number));
    assert(stored !== null, "a refused entry is on the disk");
    return stored;
  }
}

function headOfRefusal({ entry, refusal, refusedMs }: StoredRefusal): RefusedHead {
  return { ...headOf(entry), refusal, refusedMs };
}

function keyOf(number: number): Uint8Array {
  return sealedKey(table.refused, u64(number));
}
