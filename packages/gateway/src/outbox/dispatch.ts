import { epochOf, limits } from "@tegata/ledger/chain";
import { LedgerError, type StreamId } from "@tegata/ledger/primitives";
import { generateEntryId } from "@tegata/ledger/vault";
import type { NodeClient, SubmitAnswer } from "@tegata/node/client";
import type { Book } from "../book/book.ts";
import { liveGeneration } from "../book/facts.ts";
import type { Clock } from "../clock.ts";
import type { Keyring } from "../keyring.ts";
import { gatewayLimits } from "../limits.ts";
import type { Members } from "../members.ts";
import { isNodeAway } from "../node-away.ts";
import type { Timers } from "../timers.ts";
import { judge } from "./check.ts";
import type { EntryHead } from "./entry.ts";
import { createParcel, Lane } from "./lane.ts";
import type { LaneContext, WindowBudget } from "./lane-context.ts";
import type { Outbox } from "./outbox.ts";
import type { Parcel } from "./parcel.ts";
import type { Sealed, Sealer, SealingOrder } from "./seal.ts";
import type { OwnCommit } from "./stage.ts";

/** What dispatch is made of. */
export interface DispatchParts {
  readonly node: NodeClient;
  readonly outbox: Outbox;
  readonly sealer: Sealer;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly noteRefusal: (code: string) => void;
  readonly fail: (error: unknown) => void;
}

/** How much waits, in rows; a change of a stream counts as one. */
export interface DispatchCounts {
  readonly waiting: number;
  readonly inFlight: number;
  readonly parked: readonly { readonly stream: StreamId; readonly code: string }[];
}

/** Brings what waits in the outbox onto the ledger, every stream for itself. */
export class Dispatch {
  readonly #parts: DispatchParts;
  readonly #lanes = new Map<StreamId, Lane>();
  readonly #context: LaneContext;
  #writer: number | null = null;
  #retryMs: number = gatewayLimits.retryMinMs;
  #retrying = false;
  #away = false;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#context = this.#createContext();
    parts.timers.every(gatewayLimits.resendMs, () => {
      const beforeMs = performance.now() - gatewayLimits.resendMs;
      for (const lane of this.#lanes.values()) void this.#lookInto(lane, beforeMs);
      this.#resend(beforeMs);
    });
  }

  /** Whether the claim to write is on the ledger. */
  get isWriting(): boolean {
    return this.#writer !== null;
  }

  /** Begins: the claim with this number is on the ledger, and everything before it was read. */
  begin(writer: number): void {
    const { outbox } = this.#parts;
    this.#writer = writer;
    const taken = new Set<number>();
    for (const stored of [...outbox.parcels()].sort((a, b) => a.number - b.number)) {
      const entries = stored.entries.flatMap((number) => outbox.head(number) ?? []);
      for (const { number } of entries) taken.add(number);
      const { number, lane, entryId } = stored;
      this.#lane(lane).resume(createParcel(number, lane, entries, entryId));
    }
    const waiting = [...outbox.heads()].filter(({ number }) => !taken.has(number));
    for (const [id, heads] of Map.groupBy(waiting, ({ lane }) => lane)) {
      this.#lane(id).offer(heads);
    }
    for (const lane of this.#lanes.values()) lane.wake();
  }

  /** Takes entries that were just accepted; before {@link begin} they only wait. */
  offer(heads: readonly EntryHead[]): void {
    const [first] = heads;
    if (this.#writer !== null && first !== undefined) this.#lane(first.lane).offer(heads);
  }

  /** Blocks were read: own transactions of them, in order. */
  blocks(commits: readonly OwnCommit[]): void {
    for (const { lane, sequence, entryId } of commits) {
      this.#lanes.get(lane)?.commit(sequence, entryId);
    }
    for (const [id, lane] of this.#lanes) {
      lane.block();
      if (lane.isIdle) this.#lanes.delete(id);
    }
  }

  /** The node answers again after it was away. */
  nodeBack(): void {
    this.#away = false;
    this.#retryMs = gatewayLimits.retryMinMs;
    this.#resend(performance.now());
  }

  /** The node gave up a transaction it had taken. */
  refused(transactionId: string, refusal: Extract<SubmitAnswer, { ok: false }>): void {
    for (const lane of this.#lanes.values()) lane.refuse(transactionId, refusal);
  }

  counts(): DispatchCounts {
    let waiting = 0;
    let inFlight = 0;
    const parked = [];
    for (const [stream, lane] of this.#lanes) {
      const counts = lane.counts();
      waiting += counts.waiting;
      inFlight += counts.inFlight;
      if (lane.parked !== null) parked.push({ stream, code: lane.parked });
    }
    if (this.#writer === null) {
      const { outbox } = this.#parts;
      const { claimRefusal: code } = outbox;
      const streams = new Set<StreamId>();
      for (const head of outbox.heads()) {
        waiting += Math.max(1, head.rowCount);
        streams.add(head.lane);
      }
      // With a key that no longer counts, as a restored one, nothing is sent at all: that is no start that takes long.
      if (code !== null) for (const stream of streams) parked.push({ stream, code });
    }
    return { waiting, inFlight, parked };
  }

  #lane(id: StreamId): Lane {
    const known = this.#lanes.get(id);
    if (known !== undefined) return known;
    const lane = new Lane(id, this.#parts.book.lane(id), this.#context);
    this.#lanes.set(id, lane);
    return lane;
  }

  #resend(sentBeforeMs: number): void {
    for (const lane of this.#lanes.values()) lane.resend(sentBeforeMs);
  }

  /** Finds out why the first transaction of a lane was not committed for long. */
  async #lookInto(lane: Lane, sentBeforeMs: number): Promise<void> {
    const head = lane.stuck(sentBeforeMs);
    if (head === null) return;
    const { node, clock, fail } = this.#parts;
    try {
      const verdict = await judge(node, head.transaction, clock.nowMs());
      if (!verdict.ok) lane.explain(head, verdict);
    } catch (error) {
      if (!isNodeAway(error)) fail(error);
    }
  }

  async #send(parcel: Parcel, sealed: Sealed): Promise<SubmitAnswer | null> {
    const { number, entryId, lane, entries } = parcel;
    const { sequence, transaction, payloads } = sealed;
    const numbers = entries.map((entry) => entry.number);
    await this.#parts.outbox.saveParcel({ number, entryId, lane, sequence, entries: numbers });
    try {
      const answer = await this.#parts.node.submit({ transaction, payloads });
      this.#away = false;
      this.#retryMs = gatewayLimits.retryMinMs;
      return answer;
    } catch (error) {
      if (!isNodeAway(error)) throw error;
      this.#retryLater();
      return null;
    }
  }

  #retryLater(): void {
    this.#away = true;
    if (this.#retrying) return;
    this.#retrying = true;
    this.#parts.timers.after(this.#retryMs, () => {
      this.#retrying = false;
      for (const lane of this.#lanes.values()) lane.wake();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, gatewayLimits.retryMaxMs);
  }

  #parcelOf(entries: readonly EntryHead[], lane: StreamId): Parcel {
    const { outbox } = this.#parts;
    const entryId = entries.length === 0 ? generateEntryId() : outbox.entryIdOf(entries);
    return createParcel(outbox.parcelNumber(), lane, entries, entryId);
  }

  /**
   * Whether rows that were acknowledged in time have waited until they are late: after a long outage nearly all
   * are, and a refusal of each would cost a block. A clock that is wrong costs that, or a mark too many.
   */
  #isLate({ lane, epoch }: Parcel): boolean {
    const { keyring, clock } = this.#parts;
    const length = keyring.own(lane)?.epochLength;
    if (epoch === null || length === undefined) return false;
    return epoch < epochOf(clock.nowMs() - limits.epochBehindMsMax, length);
  }

  #createContext(): LaneContext {
    const { outbox, sealer, book, members, timers, noteRefusal, fail } = this.#parts;
    return {
      budget: createBudget(),
      steadyMs: () => performance.now(),
      mayWrite: () => this.#writer !== null,
      isNodeAway: () => this.#away,
      liveGeneration: (stream) => {
        const facts = book.stream(stream);
        return facts === null ? 1 : liveGeneration(facts);
      },
      parcelOf: (entries, lane) => this.#parcelOf(entries, lane),
      seal: (parcel, sequence, generation) => {
        parcel.backfill ||= this.#isLate(parcel);
        return sealed(sealer, {
          ...{ lane: parcel.lane, sequence, generation, writer: this.#writer ?? 0 },
          ...{ entryId: parcel.entryId, backfill: parcel.backfill },
          contents: parcel.entries.map(({ number }) => outbox.content(number)),
        });
      },
      send: (parcel, sealed) => this.#send(parcel, sealed),
      giveUp: (parcel, sequence, refusal) =>
        outbox.refuse(parcel.entryId, parcel.lane, sequence, refusal),
      isRefusing: (lane) => outbox.isRefusing(lane),
      noteRefusal,
      refreshMembers: (code) => {
        if (code !== "LEDGER_TX_GRANTEE_KEY") return;
        members.refresh().catch((error: unknown) => {
          if (!isNodeAway(error)) fail(error);
        });
      },
      later: (delayMs, callback) => {
        timers.after(delayMs, callback);
      },
      fail,
    };
  }
}

/**
 * Seals, or says why the content cannot be sealed. The door does not let such content in; if it did, one
 * entry must not keep all others back.
 */
async function sealed(sealer: Sealer, order: SealingOrder): Promise<Sealed | string> {
  try {
    return await sealer.seal(order);
  } catch (error) {
    if (error instanceof LedgerError && !error.code.startsWith("LEDGER_STORE_")) return error.code;
    throw error;
  }
}

function createBudget(): WindowBudget {
  let used = 0;
  const waiting = new Set<{ wake(): void }>();
  return {
    take: (bytes) => {
      used += bytes;
    },
    give: (bytes) => {
      used -= bytes;
      if (used >= gatewayLimits.windowBytesMax) return;
      const lanes = [...waiting];
      waiting.clear();
      for (const lane of lanes) queueMicrotask(() => lane.wake());
    },
    isSpent: () => used >= gatewayLimits.windowBytesMax,
    waitFor: (lane) => waiting.add(lane),
  };
}
