import type { TransactionRefusal } from "@tegata/ledger/chain";
import type { EntryId, StreamId } from "@tegata/ledger/primitives";
import { generateEntryId } from "@tegata/ledger/vault";
import type { SubmitAnswer } from "@tegata/node/client";
import { gatewayLimits } from "../limits.ts";
import { nextTurn } from "../timers.ts";
import { takeBatch } from "./batch.ts";
import type { EntryHead } from "./entry.ts";
import type { LaneContext } from "./lane-context.ts";
import { isControl, isFree, isRoot, type Parcel, type ParcelKind, rowCountOf } from "./parcel.ts";
import type { Sealed } from "./seal.ts";
import type { SubmissionRefusal } from "./submissions.ts";

type Refused = Extract<SubmitAnswer, { ok: false }>;

/** The entries of one stream on their way: joins, numbers, seals and sends them in order. */
export class Lane {
  readonly id: StreamId;
  readonly #context: LaneContext;
  /** Sequence of the last committed transaction. */
  #committed: number;
  /** Rows without a parcel, and changes of the stream or its readers without one; oldest first. */
  readonly #waiting: EntryHead[] = [];
  readonly #changes: EntryHead[] = [];
  /** In the order of their sequences, which go on from the last committed one. */
  #parcels: Parcel[] = [];
  #parked: string | null = null;
  #working = false;
  #again = false;

  constructor(id: StreamId, committed: number, context: LaneContext) {
    this.id = id;
    this.#committed = committed;
    this.#context = context;
  }

  /** Why the stream waits although the node is there; null while it moves. */
  get parked(): string | null {
    return this.#parked;
  }

  get isIdle(): boolean {
    const waiting = this.#waiting.length + this.#changes.length + this.#parcels.length;
    return waiting === 0 && !this.#context.isRefusing(this.id);
  }

  counts(): { readonly waiting: number; readonly inFlight: number } {
    let inFlight = 0;
    let waiting = this.#waiting.reduce((sum, entry) => sum + entry.rowCount, this.#changes.length);
    for (const parcel of this.#parcels) {
      if (parcel.state === "sent") inFlight += Math.max(1, rowCountOf(parcel));
      else waiting += Math.max(1, rowCountOf(parcel));
    }
    return { waiting, inFlight };
  }

  /** Takes entries that wait. */
  offer(entries: readonly EntryHead[]): void {
    for (const entry of entries) {
      (entry.kind === "rows" ? this.#waiting : this.#changes).push(entry);
    }
    this.wake();
  }

  /** Takes up a parcel of an earlier run; every version it sent is void since the new claim. */
  resume(parcel: Parcel): void {
    this.#insert(parcel);
  }

  /** An own transaction of this lane was committed. */
  commit(sequence: number, entryId: EntryId): void {
    this.#committed = Math.max(this.#committed, sequence);
    const parcel = this.#parcels.find((one) => one.entryId === entryId);
    if (parcel !== undefined) {
      this.#parcels = this.#parcels.filter((one) => one !== parcel);
      this.#context.budget.give(parcel.sealed?.sizeBytes ?? 0);
      this.#parked = null;
    }
    this.#again = true;
  }

  /** A block was committed: what was held may pass now. */
  block(): void {
    const steadyMs = this.#context.steadyMs();
    for (const parcel of this.#parcels) {
      if (parcel.state === "held" && steadyMs >= parcel.heldUntilMs) parcel.state = "ready";
    }
    if (!this.isIdle) this.wake();
  }

  /** The node came back, or a long time has passed: sends what is not committed again. */
  resend(sentBeforeMs: number): void {
    for (const parcel of this.#parcels) {
      if (parcel.state === "sent" && parcel.sentMs <= sentBeforeMs) parcel.state = "ready";
    }
    this.wake();
  }

  /** The node refused, after it had taken it, what was sent with this id. */
  refuse(transactionId: string, refusal: Refused): void {
    const parcel = this.#parcels.find(({ sealed }) => sealed?.id === transactionId);
    if (parcel !== undefined) this.#refused(parcel, refusal);
  }

  /** The lane's first transaction, if it has been with the node for long. */
  stuck(sentBeforeMs: number): Sealed | null {
    const [head] = this.#parcels;
    const isStuck = head?.state === "sent" && head.sentMs <= sentBeforeMs;
    return isStuck ? head.sealed : null;
  }

  /** Why a transaction that the node holds is not committed: what waits for time stays where it is. */
  explain(sealed: Sealed, { code, cure }: TransactionRefusal): void {
    const parcel = this.#parcels.find((one) => one.sealed === sealed);
    if (parcel === undefined) return;
    if (cure === "wait") this.#parked = code;
    else this.#refused(parcel, { ok: false, code, cure, detail: null });
  }

  wake(): void {
    this.#again = true;
    if (this.#working || !this.#context.mayWrite()) return;
    this.#working = true;
    this.#work().then(
      () => {
        this.#working = false;
        if (this.#again) this.wake();
      },
      (error: unknown) => this.#context.fail(error),
    );
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      this.#form();
      for (let index = 0; index < this.#parcels.length; index += 1) {
        const sequence = this.#committed + 1 + index;
        const parcel = this.#parcelAt(index, sequence);
        if (parcel.state === "held" || this.#waitsForRoll(parcel)) break;
        if (!this.#mayTake(parcel, sequence)) break;
        if (parcel.state === "sent" && parcel.sealed?.sequence === sequence) continue;
        const sealed = await this.#sealFor(parcel, sequence);
        if (sealed === null) {
          this.#again = true;
          break;
        }
        // The lane may have moved meanwhile: then everything is looked at once more.
        if (this.#parcels[index] !== parcel || this.#committed + 1 + index !== sequence) {
          this.#again = true;
          break;
        }
        this.#send(parcel, sealed);
        await nextTurn();
        // Nothing is sent before what stands in front of it, so a lane that moved is begun anew.
        if (this.#again) break;
      }
    }
  }

  /** Makes parcels of what waits, as far as the window allows. */
  #form(): void {
    const { budget } = this.#context;
    for (const change of this.#changes.splice(0)) {
      this.#insert(this.#context.parcelOf([change], this.id));
    }
    while (this.#waiting.length > 0 && this.#parcels.length < gatewayLimits.laneWindow) {
      if (this.#parcels.length > 0 && this.#context.isNodeAway()) break;
      if (this.#parcels.length > 0 && budget.isSpent()) {
        budget.waitFor(this);
        break;
      }
      this.#insert(this.#context.parcelOf(takeBatch(this.#waiting), this.id));
    }
    const [head] = this.#parcels;
    const next = this.#committed + 1;
    const refusing = this.#context.isRefusing(this.id);
    const blocked = head === undefined ? refusing : !this.#mayTake(head, next);
    if (blocked) this.#parcels.unshift(this.#context.parcelOf([], this.id));
  }

  /**
   * Rows go last. A roll goes before everything but what made the stream and earlier rolls, so that nothing
   * more is sealed for those it shuts out. A grant or a purge goes behind earlier changes; while the stream moves it lets
   * rows pass that are with the node already, because nothing depends on who of them comes first.
   */
  #insert(parcel: Parcel): void {
    if (!isControl(parcel.kind)) {
      this.#parcels.push(parcel);
      return;
    }
    const isBefore = isFree(parcel.kind) ? isControl : (kind: ParcelKind) => isRoot(kind);
    let at = this.#parcels.findLastIndex(({ kind }) => isBefore(kind)) + 1;
    // Behind a roll, what was sent before it can no longer pass.
    const isBehindRoll = this.#parcels.some(({ kind }) => kind === "stream-roll");
    if (isFree(parcel.kind) && this.#parked === null && !isBehindRoll) {
      at = Math.max(at, this.#parcels.findLastIndex(({ sent }) => sent !== null) + 1);
    }
    this.#parcels.splice(at, 0, parcel);
  }

  /** Whether a parcel may stand at a sequence without any chance that two versions of it commit. */
  #mayTake({ sent, kind }: Parcel, sequence: number): boolean {
    if (sent === null || sent.sequence === sequence || sent.sequence <= this.#committed)
      return true;
    return kind === "rows" && sent.generation < this.#context.liveGeneration(this.id);
  }

  /**
   * What stands at an index, and is to take a sequence. Where a grant or a purge may still pass with this
   * sequence, it keeps it: rows that lost their place to it would come after later ones.
   */
  #parcelAt(index: number, sequence: number): Parcel {
    const parcel = this.#parcels[index] as Parcel;
    if (parcel.kind !== "rows" || parcel.sent?.sequence === sequence) return parcel;
    const at = this.#parcels.findIndex(
      ({ kind, sent }) => isFree(kind) && sent?.sequence === sequence,
    );
    const grant = at < 0 ? undefined : this.#parcels.splice(at, 1)[0];
    if (grant === undefined) return parcel;
    this.#parcels.splice(index, 0, grant);
    return grant;
  }

  /**
   * Rows are not sent behind a roll that is not committed: if it had to move, one of them could come
   * before those that were acknowledged earlier.
   */
  #waitsForRoll({ kind }: Parcel): boolean {
    return kind === "rows" && this.#parcels.some((before) => before.kind === "stream-roll");
  }

  /** The generation that will be live where the parcel stands: rolls before it count. */
  #generationAt(parcel: Parcel): number {
    let generation = this.#context.liveGeneration(this.id);
    for (const before of this.#parcels) {
      if (before === parcel) break;
      if (before.kind === "stream-roll") generation += 1;
    }
    return generation;
  }

  /** The parcel sealed for a sequence; null when it cannot be sealed at all, and leaves. */
  async #sealFor(parcel: Parcel, sequence: number): Promise<Sealed | null> {
    const generation = this.#generationAt(parcel);
    const { sealed } = parcel;
    if (sealed?.sequence === sequence && sealed.generation === generation) return sealed;
    this.#context.budget.give(sealed?.sizeBytes ?? 0);
    parcel.sealed = null;
    const made = await this.#context.seal(parcel, sequence, generation);
    if (typeof made === "string") {
      this.#giveUp(parcel, sequence, { code: made, detail: "" });
      return null;
    }
    this.#context.budget.take(made.sizeBytes);
    parcel.sealed = made;
    return made;
  }

  #send(parcel: Parcel, sealed: Sealed): void {
    const { sequence, generation } = sealed;
    const before = parcel.sent;
    const leaving = { sequence, generation };
    parcel.state = "sent";
    parcel.sent = leaving;
    parcel.sentMs = this.#context.steadyMs();
    this.#context.send(parcel, sealed).then(
      (answer) => {
        // Turned away at the own door, these bytes are nowhere.
        if (answer?.ok === false && parcel.sent === leaving) parcel.sent = before;
        const isCurrent = parcel.sealed === sealed && this.#parcels.includes(parcel);
        if (!isCurrent) return;
        if (answer === null) parcel.state = "ready";
        else if (!answer.ok) this.#refused(parcel, answer);
        else {
          parcel.reseals = 0;
        }
      },
      (error: unknown) => this.#context.fail(error),
    );
  }

  #refused(parcel: Parcel, { code, cure, detail }: Refused): void {
    this.#context.noteRefusal(code);
    const sequence = parcel.sealed?.sequence ?? 0;
    if (cure === "never" && sequence > this.#committed) {
      this.#giveUp(parcel, sequence, { code, detail: JSON.stringify(detail ?? {}) });
    } else if (cure === "wait") {
      // Room in the mempool comes with a block, the rest with time.
      this.#hold(parcel, code.startsWith("NODE_") ? 0 : gatewayLimits.parkedRetryMs);
      this.#parked = code;
    } else if (parcel.reseals >= gatewayLimits.reseals) {
      this.#hold(parcel, gatewayLimits.parkedRetryMs);
      this.#parked = code;
      parcel.reseals = 0;
    } else {
      this.#renumber(parcel, code);
    }
  }

  /** The same entry with other numbers; most of them are known once the next block was read. */
  #renumber(parcel: Parcel, code: string): void {
    parcel.reseals += 1;
    const sequence = parcel.sealed?.sequence ?? 0;
    const generation = parcel.sealed?.generation;
    this.#context.budget.give(parcel.sealed?.sizeBytes ?? 0);
    parcel.sealed = null;
    if (code === "LEDGER_TX_EPOCH_BEHIND" && !parcel.backfill) {
      parcel.backfill = true;
      parcel.state = "ready";
    } else if (sequence <= this.#committed || generation !== this.#generationAt(parcel)) {
      parcel.state = "ready";
    } else {
      this.#hold(parcel, 0);
      this.#context.refreshMembers(code);
      return;
    }
    this.wake();
  }

  #hold(parcel: Parcel, holdMs: number): void {
    const untilMs = this.#context.steadyMs() + holdMs;
    parcel.state = "held";
    parcel.heldUntilMs = untilMs;
    this.#context.later(holdMs === 0 ? gatewayLimits.resendMs : holdMs, () => {
      // Timers of a busy process end early by another clock: nothing else would wake it before the next block.
      if (parcel.state === "held" && parcel.heldUntilMs === untilMs) parcel.state = "ready";
      this.block();
    });
  }

  /** Leaves its place to another transaction, a `void` where what follows is with the node already. */
  #giveUp(parcel: Parcel, sequence: number, refusal: SubmissionRefusal): void {
    const index = this.#parcels.indexOf(parcel);
    if (index < 0) return;
    this.#context.budget.give(parcel.sealed?.sizeBytes ?? 0);
    this.#context.giveUp(parcel, sequence, refusal);
    const next = this.#parcels[index + 1];
    const replaced = next !== undefined && next.sent !== null;
    const filling = replaced ? [this.#context.parcelOf([], this.id)] : [];
    this.#parcels.splice(index, 1, ...filling);
    this.wake();
  }
}

/** A parcel that was not sent yet. */
export function createParcel(
  number: number,
  lane: StreamId,
  entries: readonly EntryHead[],
  entryId: EntryId = generateEntryId(),
): Parcel {
  const [first] = entries;
  return {
    ...{ number, entryId, lane, kind: first?.kind ?? "void", entries, epoch: first?.epoch ?? null },
    ...{ backfill: first?.backfill ?? false, sealed: null, sent: null },
    ...{ state: "ready", sentMs: 0, heldUntilMs: 0, reseals: 0 },
  };
}
