import { type Genesis, limits } from "@tegata/ledger/chain";
import { LedgerError } from "@tegata/ledger/primitives";
import {
  ArrivingBuckets,
  type ChainSnapshot,
  keepArrivingOffer,
  type PaceWork,
  readArrivingOffer,
  removeArriving,
} from "@tegata/ledger/storage";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { Slices } from "../timers.ts";
import { BucketFetch } from "./bucket-fetch.ts";
import type { SyncLimits } from "./limits.ts";
import { MembersAvoided } from "./members-avoided.ts";
import { type CheckedOffer, changesUpTo, checkOffer } from "./offer-check.ts";
import { OfferSearch } from "./offer-search.ts";
import { decodeArrivingOffer, encodeArrivingOffer } from "./snapshot-answers.ts";
import type { TrustedBlock } from "./trusted-block.ts";

/** What fetching a snapshot is made of. */
export interface SnapshotFetchParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly genesis: Genesis;
  /** Folder of what has arrived. */
  readonly folder: string;
  readonly limits: SyncLimits;
  /** The block that the chain must have, where one is known. */
  readonly trusted: () => TrustedBlock | null;
  readonly log: Log;
  /** Fires when somebody connects. */
  readonly connected: Signal;
  /** Everything is here and verified: it can be installed in place of the empty chain. */
  readonly onArrived: (snapshot: ArrivedSnapshot) => void;
  /** Nobody has a snapshot. */
  readonly onUnavailable: () => void;
  readonly onFault: (error: unknown) => void;
}

/** A snapshot that is whole on this disk. */
export interface ArrivedSnapshot extends ChainSnapshot {
  readonly height: number;
  /** Lets go of the file it is read from. */
  close(): Promise<void>;
}

/** Verifying goes on for this long before everything else gets its turn. */
const sliceMs = 8;

function makePace(): PaceWork {
  const slices = new Slices(sliceMs);
  return async () => {
    if (slices.isOver) await slices.next();
  };
}

/**
 * Brings the state of a recent checkpoint to a node that has nothing: finds an offer that the network
 * decided on, fetches its buckets, and keeps all that was verified over a restart.
 */
export class SnapshotFetch {
  readonly #parts: SnapshotFetchParts;
  readonly #ending = new AbortController();
  readonly #avoided: MembersAvoided;
  readonly #pace = makePace();
  #arriving: ArrivingBuckets | null = null;
  #running: Promise<void> | null = null;

  constructor(parts: SnapshotFetchParts) {
    this.#parts = parts;
    this.#avoided = new MembersAvoided();
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Buckets that are here, of all. */
  get progress(): { readonly done: number; readonly of: number } {
    return { done: this.#arriving?.count ?? 0, of: limits.buckets };
  }

  start(): void {
    if (this.#running !== null || this.#ending.signal.aborted) return;
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#ending.signal.aborted) this.#parts.onFault(error);
    });
  }

  /** Resolves when nothing is under way; what arrived stays. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { folder, onArrived, onUnavailable, log } = this.#parts;
    const { signal } = this.#ending;
    let checked = await this.#resumed();
    while (!signal.aborted) {
      checked ??= await this.#found();
      if (signal.aborted) return;
      if (checked === null) {
        this.#running = null;
        onUnavailable();
        return;
      }
      const { height } = checked.head;
      const arriving = await ArrivingBuckets.open(folder, checked.offer.bucketRoots, this.#pace);
      this.#arriving = arriving;
      log.info({ height, have: arriving.count }, "fetching a snapshot of the state");
      const isWhole = await this.#fetchBuckets(checked, arriving);
      if (isWhole && !signal.aborted) {
        onArrived(arrived(checked, arriving));
        return;
      }
      this.#arriving = null;
      await arriving.close();
      checked = null;
    }
  }

  #fetchBuckets(checked: CheckedOffer, arriving: ArrivingBuckets): Promise<boolean> {
    const { network, connected, log, limits: bounds } = this.#parts;
    const { height } = checked.head;
    const shared = { network, height, arriving, limits: bounds, connected, log };
    const { signal } = this.#ending;
    const fetch = { ...shared, avoided: this.#avoided, pace: this.#pace, signal };
    return new BucketFetch(fetch).run();
  }

  /** The offer that was being fetched before a restart, if it still holds. */
  async #resumed(): Promise<CheckedOffer | null> {
    const { folder, genesis, trusted, log } = this.#parts;
    const bytes = await readArrivingOffer(folder);
    if (bytes === null) return null;
    try {
      const offer = decodeArrivingOffer(bytes);
      const measure = { genesis, trusted: trusted(), pace: this.#pace };
      const verdict = await checkOffer(offer, measure);
      if (verdict.ok) return verdict.checked;
      log.warn({ reason: verdict.reason }, "the snapshot begun before does not hold any more");
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      log.warn({ code: error.code }, "the snapshot begun before cannot be read any more");
    }
    return null;
  }

  async #found(): Promise<CheckedOffer | null> {
    const { network, genesis, limits: bounds, trusted, log, folder } = this.#parts;
    const search = new OfferSearch({
      ...{ network, genesis, limits: bounds, trusted, log },
      ...{ avoided: this.#avoided, pace: this.#pace, signal: this.#ending.signal },
    });
    const found = await search.find();
    if (found !== null) await keepArrivingOffer(folder, encodeArrivingOffer(found.offer));
    return found;
  }
}

function arrived(checked: CheckedOffer, arriving: ArrivingBuckets): ArrivedSnapshot {
  const { offer, head, stateRoot } = checked;
  const { header, certificate } = offer;
  return {
    ...{ height: head.height, header, certificate, stateRoot },
    setChanges: changesUpTo(checked),
    buckets: () => arriving.buckets(),
    pace: makePace(),
    close: () => arriving.close(),
  };
}

/** Removes what was fetched, once it is installed or of no use. */
export function forgetArrived(folder: string): Promise<void> {
  return removeArriving(folder);
}
