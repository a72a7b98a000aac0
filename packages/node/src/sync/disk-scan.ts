import { readFile, rename, writeFile } from "node:fs/promises";
import type { ChainStore } from "@tegata/ledger/storage";
import type { Timers } from "../timers.ts";
import { damagedHeight, type PayloadBackfill } from "./payload-backfill.ts";
import type { BlockRepair } from "./repair.ts";

/** What scanning is made of. */
export interface DiskScanParts {
  readonly store: ChainStore;
  readonly backfill: PayloadBackfill;
  readonly repair: BlockRepair;
  readonly timers: Timers;
  /** Heights with missing payloads beyond which it waits. */
  readonly heightsMissingMax: number;
  /** File with the height up to which everything was found complete. */
  readonly path: string;
  readonly onFault: (error: unknown) => void;
}

/** Blocks that are looked at again although they were found complete once. */
const recheckedHeights = 1_000;
/** Pause between two blocks, so that the scan takes a small part of the time. */
const pauseMs = 2;
/** Pause while enough payloads are asked for. */
const fullPauseMs = 1_000;
const savePeriodMs = 60_000;

async function readMark(path: string): Promise<number> {
  try {
    const height = Number(await readFile(path, "utf8"));
    return Number.isSafeInteger(height) && height >= 0 ? height : 0;
  } catch {
    return 0;
  }
}

/**
 * After a start looks through what is committed, in the background: damaged blocks go to the repair,
 * missing payloads to the backfill. Up to where all was complete is remembered, as a hint only.
 */
export class DiskScan {
  readonly #parts: DiskScanParts;
  #next = 1;
  #isDone = false;
  #saved = 0;

  constructor(parts: DiskScanParts) {
    this.#parts = parts;
  }

  start(): void {
    readMark(this.#parts.path).then((mark) => this.#begin(mark), this.#parts.onFault);
  }

  #begin(mark: number): void {
    const { store } = this.#parts;
    const { height } = store.head();
    const first = Math.min(mark, height - recheckedHeights) + 1;
    this.#next = Math.max(1, first, store.baseHeight);
    this.#parts.timers.every(savePeriodMs, () => {
      this.save().catch((error: unknown) => this.#parts.onFault(error));
    });
    this.#step(height);
  }

  /** Older blocks have come: looks through all of them. */
  again(): void {
    const isRunning = !this.#isDone;
    this.#isDone = false;
    this.#next = 1;
    if (!isRunning) this.#step(this.#parts.store.head().height);
  }

  /** Remembers up to where nothing is missing. */
  async save(): Promise<void> {
    const { backfill, store, path } = this.#parts;
    // While older blocks are missing so are their payloads.
    if (!this.#isDone || store.baseHeight > 0) return;
    const complete = (backfill.lowestHeight ?? store.head().height + 1) - 1;
    if (complete === this.#saved) return;
    this.#saved = complete;
    await writeFile(`${path}.new`, String(complete));
    await rename(`${path}.new`, path);
  }

  #step(last: number): void {
    if (this.#next > last) {
      this.#isDone = true;
      return;
    }
    const { backfill, heightsMissingMax, timers } = this.#parts;
    if (backfill.heightsMissing >= heightsMissingMax) {
      timers.after(fullPauseMs, () => this.#step(last));
      return;
    }
    try {
      this.#look(this.#next);
    } catch (error) {
      this.#parts.onFault(error);
      return;
    }
    this.#next += 1;
    timers.after(pauseMs, () => this.#step(last));
  }

  #look(height: number): void {
    const { store, backfill, repair } = this.#parts;
    try {
      store.certificate(height);
      backfill.add(height, store.missingPayloads(height));
    } catch (error) {
      const damaged = damagedHeight(error);
      if (damaged === null) throw error;
      repair.add(damaged);
    }
  }
}
