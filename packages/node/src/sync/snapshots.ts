import { setTimeout as pause } from "node:timers/promises";
import { type Block, isCheckpoint, limits, type SetChange } from "@tegata/ledger/chain";
import { LedgerError } from "@tegata/ledger/primitives";
import {
  type ChainStore,
  type FrozenState,
  keepSnapshots,
  listSnapshots,
  openSnapshot,
  type StoredSnapshot,
  writeSnapshot,
} from "@tegata/ledger/storage";
import type { Log } from "../log.ts";
import { Slices } from "../timers.ts";
import type { SyncLimits } from "./limits.ts";
import { type SnapshotOffer, setChangesPerAnswerMax } from "./snapshot-answers.ts";

/** What snapshots are made from. */
export interface SnapshotsParts {
  readonly store: ChainStore;
  /** Folder of the snapshots. */
  readonly folder: string;
  readonly limits: SyncLimits;
  readonly log: Log;
  readonly onFault: (error: unknown) => void;
}

/** Work goes on for this long before votes are let through, and then rests for that long. */
const sliceMs = 4;
const restMs = 8;
/** A header names a checkpoint from this many heights on. */
const proofDistance = limits.checkpointLagHeights + 1;

/**
 * Keeps snapshots of the state on the disk, written in the background of everything else, and gives them to
 * whoever asks.
 */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  readonly #opened = new Map<number, StoredSnapshot>();
  readonly #askedAtMs = new Map<number, number>();
  #heights: readonly number[] = [];
  /** Block time of the last one; null where there is none. */
  #lastTimeMs: number | null = null;
  #writing: Promise<void> | null = null;
  #isStopped = false;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  /** Heights of the snapshots that are whole, ascending. */
  get heights(): readonly number[] {
    return this.#heights;
  }

  /** Looks what is there. @throws LEDGER_STORE_FAILED */
  async start(): Promise<void> {
    const { folder, store } = this.#parts;
    const { height } = store.head();
    // One above the head is of a chain that was lost.
    this.#heights = (await listSnapshots(folder)).filter((at) => at <= height);
    await keepSnapshots(folder, this.#heights);
    const last = this.#heights.at(-1);
    if (last !== undefined) this.#lastTimeMs = this.#timeOf(last);
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writing;
  }

  /** The block is the head: where a snapshot of it is due, its writing begins. */
  onCommitted({ header }: Block): void {
    const { height, timeMs } = header;
    if (!isCheckpoint(height) || this.#writing !== null || this.#isStopped) return;
    const { snapshotPeriodMs: period } = this.#parts.limits;
    const last = this.#lastTimeMs;
    // Where members have the last one in common they have the next in common too.
    const isDue = last === null || Math.floor(timeMs / period) > Math.floor(last / period);
    if (!isDue) return;
    this.#lastTimeMs = timeMs;
    const frozen = this.#parts.store.freeze();
    this.#writing = this.#write(frozen)
      .catch((error: unknown) => this.#parts.onFault(error))
      .finally(() => {
        this.#writing = null;
      });
  }

  /** The newest snapshot that a header on this chain proves, or null. */
  offer(): SnapshotOffer | null {
    const { store } = this.#parts;
    for (const height of this.#heights.toReversed()) {
      const opened = this.#opened.get(height);
      const header = store.block(height)?.headerBytes ?? null;
      const certificate = store.certificate(height);
      const proofHeader = store.block(height + proofDistance)?.headerBytes ?? null;
      const proofCertificate = store.certificate(height + proofDistance);
      if (opened === undefined || header === null || certificate === null) continue;
      if (proofHeader === null || proofCertificate === null) continue;
      this.#askedAtMs.set(height, performance.now());
      const { keyCount, bucketRoots } = opened;
      return { header, certificate, proofHeader, proofCertificate, keyCount, bucketRoots };
    }
    return null;
  }

  /** Opens what an offer is made of; to be awaited before {@link offer}. */
  async prepare(): Promise<void> {
    for (const height of this.#heights) await this.#open(height);
  }

  /** Whole buckets of a snapshot, or null where it is not here or cannot be read. */
  async buckets(
    height: number,
    first: number,
    count: number,
  ): Promise<readonly Uint8Array[] | null> {
    if (!this.#heights.includes(height) || count === 0) return null;
    this.#askedAtMs.set(height, performance.now());
    const snapshot = await this.#open(height);
    if (snapshot === null) return null;
    try {
      return await snapshot.read(first, count, this.#parts.limits.chunkBytesMax);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#parts.log.warn({ err: error, height }, "a snapshot on this disk cannot be read");
      this.#drop(height);
      return null;
    }
  }

  /** Changes of the set from a height on. */
  async setChanges(
    height: number,
  ): Promise<{ readonly changes: readonly SetChange[]; readonly more: boolean }> {
    const { store, limits: bounds } = this.#parts;
    const changes: SetChange[] = [];
    let bytes = 0;
    for await (const change of store.setChanges(height, store.head().height + 1)) {
      bytes += change.header.length + change.certificate.length + change.nextValidators.length;
      const isFull = changes.length >= setChangesPerAnswerMax || bytes > bounds.setChangesBytesMax;
      if (isFull && changes.length > 0) return { changes, more: true };
      const { header, certificate, nextValidators } = change;
      changes.push({ header, certificate, nextValidators });
    }
    return { changes, more: false };
  }

  async #write(frozen: FrozenState): Promise<void> {
    const { store, folder, log } = this.#parts;
    const { height } = frozen.head;
    const beganMs = performance.now();
    const slices = new Slices(sliceMs);
    const pace = async (): Promise<void> => {
      if (this.#isStopped) throw new Error("the node stops");
      if (!slices.isOver) return;
      await pause(restMs, undefined, { ref: false });
      await slices.next();
    };
    try {
      await writeSnapshot(folder, store.networkId, frozen, pace);
    } catch (error) {
      if (this.#isStopped) return;
      if (!(error instanceof LedgerError)) throw error;
      // The chain goes on without it; whoever watches the disk says when that cannot.
      log.warn({ err: error, height }, "the snapshot of the state could not be written");
      return;
    } finally {
      await frozen.close().catch(() => undefined);
    }
    this.#heights = [...this.#heights.filter((at) => at !== height), height];
    await this.#keep();
    const elapsedMs = Math.round(performance.now() - beganMs);
    log.info({ height, keys: frozen.keyCount, elapsedMs }, "wrote a snapshot of the state");
  }

  /** The newest ones stay, and one that is being fetched. */
  async #keep(): Promise<void> {
    const { snapshotsKept, snapshotFetchedMs } = this.#parts.limits;
    const newest = this.#heights.slice(-snapshotsKept);
    const sinceMs = performance.now() - snapshotFetchedMs;
    const fetched = this.#heights
      .filter((at) => !newest.includes(at) && (this.#askedAtMs.get(at) ?? -1) >= sinceMs)
      .slice(-1);
    this.#heights = [...fetched, ...newest];
    for (const height of this.#opened.keys()) {
      if (!this.#heights.includes(height)) this.#opened.delete(height);
    }
    for (const height of this.#askedAtMs.keys()) {
      if (!this.#heights.includes(height)) this.#askedAtMs.delete(height);
    }
    await keepSnapshots(this.#parts.folder, this.#heights);
  }

  async #open(height: number): Promise<StoredSnapshot | null> {
    const known = this.#opened.get(height);
    if (known !== undefined) return known;
    const { folder, store } = this.#parts;
    const opened = await openSnapshot(folder, store.networkId, height);
    if (opened === null) {
      this.#drop(height);
      return null;
    }
    this.#opened.set(height, opened);
    return opened;
  }

  /** What cannot be read is as good as gone, and makes room for the next. */
  #drop(height: number): void {
    this.#heights = this.#heights.filter((at) => at !== height);
    this.#opened.delete(height);
    if (this.#heights.length === 0) this.#lastTimeMs = null;
  }

  #timeOf(height: number): number | null {
    try {
      return this.#parts.store.block(height)?.header.timeMs ?? null;
    } catch (error) {
      if (error instanceof LedgerError && error.code === "LEDGER_STORE_DAMAGED") return null;
      throw error;
    }
  }
}
