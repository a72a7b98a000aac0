import { join } from "node:path";
import type { Problem, SubmitRowsBody } from "@tegata/gateway/client";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { type Delivery, type DeliveryEvent, rest } from "./delivery.ts";
import { collectLimits } from "./limits.ts";
import { type Misfit, Misfits, type Why } from "./misfits.ts";
import { type Heard, Spool, type SpoolEntry, type SpoolEvent } from "./spool.ts";

/** A row ready to be sent, or why what was heard is none. */
export type Reading =
  | {
      readonly type: "row";
      readonly row: SubmitRowsBody["rows"][number];
      readonly textBytes: number;
    }
  | { readonly type: "misfit"; readonly why: Why };

/** Turns what was heard into rows: always the same ones for the same words. */
export type Interpret = (heard: Heard) => readonly Reading[];

/** What a collector tells of itself. */
export type CollectorEvent =
  | DeliveryEvent
  | SpoolEvent
  | { readonly event: "misfit"; readonly why: Why; readonly text: string }
  | { readonly event: "kept-by-gateway"; readonly rows: number }
  | ({ readonly event: "status" } & CollectorCounts);

/** How far a collector is, since its start. */
export interface CollectorCounts {
  /** Entries heard and synced. */
  readonly heard: number;
  /** Rows that the gateway has on its disk. */
  readonly rows: number;
  /** Readings that do not fit. */
  readonly misfits: number;
  /** Bytes heard and not yet handed over. */
  readonly waitingBytes: number;
}

/** What a collector works with. */
export interface CollectorOptions<Memo> {
  readonly folder: string;
  readonly delivery: Delivery;
  readonly interpret: Interpret;
  /** What a source has to know of everything it said: built up entry by entry, in place or anew. */
  readonly memo: { readonly initial: Memo; readonly fold: (memo: Memo, heard: Heard) => Memo };
  readonly tell: (event: CollectorEvent) => Promise<void>;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

interface Batch {
  readonly entries: readonly SpoolEntry[];
  readonly readings: readonly (readonly Reading[])[];
  readonly from: number;
  readonly to: number;
}

const misfitsToldMax = 5;

/**
 * What was heard goes to the disk, from there to the gateway, and is deleted once the gateway has it. Killed at
 * any moment it goes on where it was: the same entries go again with the same key.
 */
export class Collector<Memo> {
  readonly #options: CollectorOptions<Memo>;
  readonly #spool: Spool;
  readonly #misfits: Misfits;
  #cursor: Cursor<Memo>;
  #memo: Memo;
  #counts = { heard: 0, rows: 0, misfits: 0 };
  #misfitsTold = 0;
  #isOver = false;
  #ahead: readonly SpoolEntry[] = [];
  #aheadAt = 0;

  private constructor(
    options: CollectorOptions<Memo>,
    spool: Spool,
    misfits: Misfits,
    cursor: Cursor<Memo>,
    memo: Memo,
  ) {
    this.#options = options;
    this.#spool = spool;
    this.#misfits = misfits;
    this.#cursor = cursor;
    this.#memo = memo;
  }

  /** Opens what an earlier run left. @throws COLLECT_STATE_DAMAGED */
  static async open<Memo>(options: CollectorOptions<Memo>): Promise<Collector<Memo>> {
    const { folder, tell, signal, memo } = options;
    const cursor = await readCursor(join(folder, "cursor.json"), memo.initial);
    const spool = await Spool.open({ folder, from: cursor.next, tell, signal });
    // One for what was heard and one for what was handed over: neither changes with the other.
    let known = structuredClone(cursor.memo);
    let at = cursor.next;
    for (;;) {
      const entries = await spool.read(at);
      for (const entry of entries) known = memo.fold(known, entry);
      const next = entries.at(-1)?.end;
      if (next === undefined) break;
      at = next;
    }
    const misfits = await Misfits.open(join(folder, "refused"));
    return new Collector(options, spool, misfits, cursor, known);
  }

  /** What the source said so far, everything heard included. */
  get memo(): Memo {
    return this.#memo;
  }

  get counts(): CollectorCounts {
    return { ...this.#counts, waitingBytes: this.#spool.durable - this.#cursor.next };
  }

  /** Takes what was heard; it counts once {@link commit} resolves. */
  hear(text: string): void {
    const heard = { heardMs: this.#options.nowMs(), text };
    this.#spool.append(heard);
    this.#memo = this.#options.memo.fold(this.#memo, heard);
    this.#counts.heard += 1;
  }

  /** Resolves once everything that was heard is on the disk. */
  async commit(): Promise<void> {
    await this.#spool.commit();
  }

  /** Resolves when the source may be read on: at once, unless too much waits for the disk or on it. */
  async room(): Promise<void> {
    const { signal } = this.#options;
    if (!this.#spool.isFull) return;
    await this.#spool.commit();
    while (this.#spool.isFull && !signal.aborted) await rest(collectLimits.diskRetryMs, signal);
  }

  /** Nothing more will be heard: {@link forward} ends once all of it is handed over. */
  end(): void {
    this.#isOver = true;
  }

  /**
   * Hands over what is on the disk until it is told to stop, or all is over and done.
   * @throws what the gateway refuses for another reason than the rows
   */
  async forward(): Promise<void> {
    const { signal } = this.#options;
    let lastMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      const { next, sending } = this.#cursor;
      if (sending === null) await this.#linger(next, lastMs);
      if (signal.aborted) return;
      const batch = await this.#batch();
      if (batch === null) {
        if (this.#isOver && this.#spool.durable === next) return;
        continue;
      }
      lastMs = performance.now();
      if (!(await this.#hand(batch))) return;
    }
  }

  async close(): Promise<void> {
    await this.#spool.close(this.#cursor.next);
  }

  /** Waits for entries, and then a moment longer for more of them. */
  async #linger(next: number, lastMs: number): Promise<void> {
    const { signal } = this.#options;
    const { submissionLingerMs, submissionTextBytesMax } = collectLimits;
    await this.#spool.whenBehind(next, submissionLingerMs);
    const enough = next + submissionTextBytesMax / 4;
    const endMs = lastMs + submissionLingerMs;
    for (;;) {
      const leftMs = endMs - performance.now();
      const isEnough = this.#spool.durable >= enough || this.#isOver || signal.aborted;
      if (leftMs <= 0 || isEnough) return;
      await this.#spool.whenBehind(this.#spool.durable, leftMs);
    }
  }

  /** The next entries, as many as one step takes; after a crash exactly those that may be on their way. */
  async #batch(): Promise<Batch | null> {
    const { next, sending } = this.#cursor;
    const { submissionRowsMax, submissionTextBytesMax } = collectLimits;
    const entries: SpoolEntry[] = [];
    const readings: (readonly Reading[])[] = [];
    let [to, rows, bytes] = [next, 0, 0];
    for (;;) {
      const entry = await this.#peek(to);
      if (entry === null || (sending !== null && entry.end > sending)) break;
      const read = this.#options.interpret(entry);
      const size = read.reduce((sum, one) => sum + (one.type === "row" ? one.textBytes : 0), 0);
      const isTooMuch =
        rows + read.length > submissionRowsMax || bytes + size > submissionTextBytesMax;
      if (sending === null && isTooMuch && entries.length > 0) break;
      this.#aheadAt += 1;
      entries.push(entry);
      readings.push(read);
      [to, rows, bytes] = [entry.end, rows + read.length, bytes + size];
    }
    return entries.length === 0 ? null : { entries, readings, from: next, to };
  }

  /** The entry at an offset, read ahead with those behind it. */
  async #peek(at: number): Promise<SpoolEntry | null> {
    if (this.#aheadAt === this.#ahead.length) {
      this.#ahead = await this.#spool.read(at);
      this.#aheadAt = 0;
    }
    return this.#ahead[this.#aheadAt] ?? null;
  }

  /** False: it was told to stop before the gateway had everything. */
  async #hand(batch: Batch): Promise<boolean> {
    const { memo } = this.#options;
    const { entries, from, to } = batch;
    if (this.#cursor.sending !== to) await this.#write({ sending: to, refused: [] });
    const misfits = misfitsOf(batch);
    const rows = batch.readings.flat().filter((reading) => reading.type === "row");
    for (const [index, chunk] of chunksOf(rows, collectLimits.submissionRowsMax).entries()) {
      const heardMs = entries[0]?.heardMs ?? 0;
      const key = `${this.#cursor.spool}.${from}.${to}.${index}`;
      const refused = await this.#send(chunk, { index, key, heardMs });
      if (refused === null) return false;
      misfits.push(...refused);
    }
    await this.#misfits.add(misfits, from);
    await this.#tellMisfits(misfits);
    const known = entries.reduce(memo.fold, this.#cursor.memo);
    await this.#write({ next: to, sending: null, refused: [], memo: known });
    await this.#spool.drop(to);
    return true;
  }

  async #write(change: Partial<Cursor<Memo>>): Promise<void> {
    this.#cursor = { ...this.#cursor, ...change };
    await writeCursor(join(this.#options.folder, "cursor.json"), this.#cursor);
  }

  /** What the gateway refused of these rows, now or in an earlier run, or null when it was told to stop. */
  async #send(
    readings: readonly Extract<Reading, { type: "row" }>[],
    { index, key, heardMs }: { readonly index: number; key: string; readonly heardMs: number },
  ): Promise<Misfit[] | null> {
    const { delivery, tell } = this.#options;
    for (;;) {
      const refused = this.#cursor.refused.filter((one) => one.index === index);
      const wrong = new Set(refused.flatMap(({ rows }) => rows));
      const places = [...readings.keys()].filter((place) => !wrong.has(place));
      const rows = places.flatMap((place) => readings[place]?.row ?? []);
      if (rows.length > 0) {
        // Late on purpose: they may have waited on this disk for long.
        const body = { rows, backfill: true };
        const delivered = await delivery.deliver(body, `${key}.${refused.length}`);
        if (delivered.type === "stopped") return null;
        if (delivered.type === "refused" && delivered.code !== "GATEWAY_KEY_REUSED") {
          const named = refusedRows(delivered.error, rows.length);
          const found = { index, rows: named.rows.map((row) => places[row] ?? 0), why: named.why };
          await this.#write({ refused: [...this.#cursor.refused, found] });
          continue;
        }
        // Refused for its key: an earlier run sent them, read with other options. They are there.
        const isKept = delivered.type === "refused";
        if (isKept) await tell({ event: "kept-by-gateway", rows: rows.length });
      }
      this.#counts.rows += rows.length;
      return refused.flatMap(({ rows, why }) =>
        rows.flatMap((place) => {
          const row = readings[place]?.row;
          return row === undefined ? [] : [{ heardMs, text: JSON.stringify(row), why }];
        }),
      );
    }
  }

  async #tellMisfits(misfits: readonly Misfit[]): Promise<void> {
    this.#counts.misfits += misfits.length;
    for (const { why, text } of misfits) {
      if (this.#misfitsTold === misfitsToldMax) return;
      this.#misfitsTold += 1;
      await this.#options.tell({ event: "misfit", why, text: text.slice(0, 200) });
    }
  }
}

function misfitsOf({ entries, readings }: Batch): Misfit[] {
  return entries.flatMap(({ heardMs, text }, index) => {
    const wrong = (readings[index] ?? []).filter((reading) => reading.type === "misfit");
    return wrong.map(({ why }) => ({ heardMs, text, why }));
  });
}

/** Rows that a refusal names; all of them where it names none. */
function refusedRows(
  error: unknown,
  count: number,
): { readonly rows: readonly number[]; readonly why: Why } {
  const { detail } = error as { readonly detail?: { readonly problem?: Partial<Problem> } };
  const problem = detail?.problem;
  const rows = (problem?.errors ?? []).map(({ row }) => row).filter((row) => row !== null);
  const named = rows.filter((row) => row >= 0 && row < count);
  const all = Array.from({ length: count }, (_, index) => index);
  const reason = `${problem?.title ?? ""} (${problem?.code ?? ""})`;
  return {
    rows: named.length === 0 ? all : [...new Set(named)],
    why: { said: reason, english: reason },
  };
}

function* slices<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

function chunksOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return [...slices(all, size)];
}
