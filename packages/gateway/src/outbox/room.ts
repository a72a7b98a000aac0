import { GatewayError } from "../errors.ts";
import { gatewayLimits } from "../limits.ts";
import type { EntryContent, EntryHead } from "./entry.ts";

/** How much the outbox may hold. */
export interface RoomLimits {
  readonly entriesMax: number;
  /** Rows are taken while the disk has this much left, in bytes. */
  readonly freeBytesMin: number;
}

const hourMs = 3_600_000;
/** A rate over less than this says nothing. */
const spanMsMin = 60_000;
/** What one entry takes beside its rows, about, in bytes: its submission, its place, what frames them. */
const frameBytes = 512;
/** The database writes everything twice, into its log and into a table. */
const copies = 2;

const usual: RoomLimits = {
  entriesMax: gatewayLimits.outboxEntriesMax,
  freeBytesMin: gatewayLimits.diskFreeBytesMin,
};

/**
 * Room for what is acknowledged and not on the ledger yet. It is looked for before anything is accepted, so that
 * nobody is answered with a promise that the disk cannot keep; changes of streams and their readers have some
 * of their own, so that a full outbox never keeps anybody from shutting a reader out.
 */
export class Room {
  readonly #limits: RoomLimits;
  readonly #measure: () => Promise<number>;
  /** As measured last, less what was accepted since; null where the disk does not tell. */
  #freeBytes: number | null = null;

  /** `measure` reads the free bytes of the disk. */
  constructor(measure: () => Promise<number>, limits: RoomLimits = usual) {
    this.#measure = measure;
    this.#limits = limits;
  }

  /** Looks at the disk; one that does not tell is not taken for full. */
  async look(): Promise<void> {
    this.#freeBytes = await this.#measure().catch(() => null);
  }

  /** Takes room for these, where `kept` entries are kept already. @throws GATEWAY_OUTBOX_FULL, GATEWAY_DISK_FULL */
  take(kept: number, contents: readonly EntryContent[]): void {
    const { entriesMax, freeBytesMin } = this.#limits;
    const rows = contents.flatMap((content) => (content.kind === "rows" ? [content.rows] : []));
    const more = rows.length > 0 ? 0 : gatewayLimits.outboxChangesMax;
    if (kept + contents.length > entriesMax + more) {
      throw new GatewayError("GATEWAY_OUTBOX_FULL", { entries: kept });
    }
    if (this.#freeBytes === null || rows.length === 0) return;
    const bytes = rows.reduce((sum, { length }) => sum + diskBytes(length), 0);
    if (this.#freeBytes - bytes < freeBytesMin) {
      const freeBytes = Math.max(0, Math.floor(this.#freeBytes));
      throw new GatewayError("GATEWAY_DISK_FULL", { freeBytes, neededBytes: freeBytesMin + bytes });
    }
    this.#freeBytes -= bytes;
  }

  /**
   * Hours until there is no more room, as fast as what waits has come in the last hour; null while nothing of
   * that time waits. `heads`: all that waits; `kept`: these and what was refused.
   */
  hoursLeft(heads: Iterable<EntryHead>, kept: number, nowMs: number): number | null {
    let [entries, bytes, oldestMs] = [0, 0, nowMs];
    for (const { acknowledgedMs, sizeBytes } of heads) {
      if (acknowledgedMs <= nowMs - hourMs || acknowledgedMs > nowMs) continue;
      entries += 1;
      bytes += diskBytes(sizeBytes);
      oldestMs = Math.min(oldestMs, acknowledgedMs);
    }
    if (entries === 0) return null;
    const hours = Math.max(nowMs - oldestMs, spanMsMin) / hourMs;
    const { entriesMax, freeBytesMin } = this.#limits;
    const byEntries = (Math.max(0, entriesMax - kept) / entries) * hours;
    if (this.#freeBytes === null) return byEntries;
    const byBytes = (Math.max(0, this.#freeBytes - freeBytesMin) / bytes) * hours;
    return Math.min(byEntries, byBytes);
  }
}

function diskBytes(sizeBytes: number): number {
  return copies * (sizeBytes + frameBytes);
}
