import type { SidecarBytes } from "@tegata/ledger/chain";
import type { MemberId, TransactionId } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { Admission, AdmissionDoor } from "../mempool/admission.ts";
import type { PooledTransaction } from "../mempool/lane.ts";
import type { Mempool } from "../mempool/mempool.ts";
import { frameTypes } from "../network/limits.ts";
import type { Network } from "../network/network.ts";
import { Timers } from "../timers.ts";
import { Backlog } from "./backlog.ts";
import {
  decodeIds,
  decodeSidecars,
  encodeIds,
  encodeSidecars,
  idsPerFrameMax,
  pushBytesTarget,
  sidecarBytes,
} from "./frames.ts";
import { WantedTransactions } from "./wanted.ts";

/** What gossip is made of. */
export interface TransactionGossipParts {
  /** The own member. */
  readonly member: MemberId;
  readonly network: Pick<Network, "send" | "broadcast" | "connected">;
  readonly pool: Mempool;
  readonly door: AdmissionDoor;
  /** Something new waits in the pool. */
  readonly onAdded: (pooled: PooledTransaction) => void;
  /** A transaction of a stranger was turned away. */
  readonly onRefused: (code: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** On an idle line a push leaves at once; after one, others gather for this long. */
const pushPauseMs = 15;
/** Receipts are told together, so that they cost next to nothing while much is under way. */
const announceDelayMs = 30;
/** Everybody tells everybody: the more they are, the rarer. */
const membersPerDelay = 8;
/** How often what is missing is looked at while something is. */
const wantPeriodMs = 100;
/** How often own transactions that still wait are announced again. */
const repeatPeriodMs = 1_000;
/** Others' transactions are announced again at this age, then at twice that, and in the end once a minute. */
const othersDelayMs = 2_000;
const othersDelayMsMax = 60_000;
/** Ids announced again at a time, the oldest first. */
const repeatedIdsMax = 4 * idsPerFrameMax;
/** Answers to what one member wants, in a second. */
const wantBytesMax = 16 * 1_048_576;
/** What an honest member refuses itself and never passes on. */
const forgeries: ReadonlySet<string> = new Set([
  "NODE_TX_MALFORMED",
  "NODE_TX_PAYLOADS",
  "NODE_TX_SIGNATURE",
]);

/**
 * Spreads transactions: who gets one from its own gateway pushes it to every connected member, everybody
 * says what arrived, whoever it is from, and whoever misses something asks whoever has it. So it also
 * reaches a member that has no connection with its author.
 * Source: docs/PROTOCOL.md section 8, frames 20 to 22.
 */
export class TransactionGossip {
  readonly #parts: TransactionGossipParts;
  readonly #timers = new Timers();
  readonly #wanted = new WantedTransactions();
  readonly #backlog: Backlog;
  /** Members whose last push held what no honest member passes on. */
  readonly #forgers = new Map<MemberId, string>();
  /** Bytes each member was sent in this second because it asked for them. */
  readonly #given = new Map<MemberId, number>();
  #outgoing: SidecarBytes[] = [];
  #isFlushing = false;
  #flushedMs = Number.NEGATIVE_INFINITY;
  #received: TransactionId[] = [];
  #asking = false;

  constructor(parts: TransactionGossipParts) {
    this.#parts = parts;
    this.#backlog = new Backlog(parts.onFault);
    this.#timers.every(repeatPeriodMs, () => this.#repeat());
  }

  stop(): void {
    this.#timers.stop();
    this.#backlog.stop();
  }

  /** A transaction of one's own gateway: judged in its turn, kept and pushed to everybody. */
  submit(sidecar: SidecarBytes): Promise<Admission> {
    const { promise, resolve } = Promise.withResolvers<Admission>();
    const once: Iterator<void> = {
      next: () => {
        resolve(this.#admitOwn(sidecar));
        return { done: true, value: undefined };
      },
    };
    void this.#backlog.add(this.#parts.member, sidecarBytes(sidecar), once);
    return promise;
  }

  #admitOwn(sidecar: SidecarBytes): Admission {
    const admission = this.#parts.door.admit(sidecar, null);
    if (admission.ok && admission.news === "added") {
      this.#outgoing.push(sidecar);
      this.#flushSoon();
      this.#parts.onAdded(admission.pooled);
    }
    return admission;
  }

  /**
   * Transactions of a member, to be judged in turns; a promise where it has brought too many.
   * @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE, NODE_PEER_FORGED when an earlier one was a forgery
   */
  onTransactions(member: MemberId, body: Uint8Array): Promise<void> | void {
    const reason = this.#forgers.get(member);
    if (reason !== undefined) {
      this.#forgers.delete(member);
      throw new NodeError("NODE_PEER_FORGED", `a transaction is wrong: ${reason}`, { reason });
    }
    return this.#backlog.add(member, body.length, this.#judge(decodeSidecars(body), member));
  }

  *#judge(sidecars: readonly SidecarBytes[], member: MemberId): Generator<void> {
    for (const sidecar of sidecars) {
      this.take(sidecar, member);
      yield;
    }
  }

  /** Judges one transaction that a member gave, asked for or not. */
  take(sidecar: SidecarBytes, member: MemberId): Admission {
    const admission = this.#parts.door.admit(sidecar, member);
    if (!admission.ok) {
      this.#parts.onRefused(admission.code);
      if (forgeries.has(admission.code)) this.#forgers.set(member, admission.code);
      return admission;
    }
    this.#wanted.remove(admission.id);
    if (admission.news === "committed") return admission;
    if (this.#received.length === 0) {
      const members = this.#parts.network.connected().length;
      const delayMs = announceDelayMs * Math.max(1, members / membersPerDelay);
      this.#timers.after(delayMs, () => this.#announceReceived());
    }
    this.#received.push(admission.id);
    if (admission.news === "added") this.#parts.onAdded(admission.pooled);
    return admission;
  }

  /** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
  onAnnounce(member: MemberId, body: Uint8Array): void {
    const nowMs = performance.now();
    for (const id of decodeIds(body)) {
      const pooled = this.#parts.pool.get(id);
      if (pooled !== null) pooled.holders.add(member);
      else if (!this.#parts.door.wasCommitted(id)) this.#wanted.add(id, member, nowMs);
    }
    this.#askSoon();
  }

  /** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
  onWant(member: MemberId, body: Uint8Array): void {
    const sidecars: SidecarBytes[] = [];
    let bytes = this.#given.get(member) ?? 0;
    for (const id of decodeIds(body)) {
      if (bytes > wantBytesMax) break;
      const pooled = this.#parts.pool.get(id);
      if (pooled === null) continue;
      const sidecar = { transaction: pooled.transaction.bytes, payloads: pooled.payloads };
      bytes += sidecarBytes(sidecar);
      sidecars.push(sidecar);
    }
    this.#given.set(member, bytes);
    for (const frame of framesOf(sidecars)) {
      this.#parts.network.send(member, frameTypes.transactions, frame);
    }
  }

  /**
   * Tells a member that has just connected what waits here: first what nobody else can tell it of for sure, then
   * some of what others brought. Whatever does not fit in is announced again later.
   */
  onConnected(member: MemberId): void {
    this.#announceTo(member, this.#waiting(true, repeatedIdsMax));
    this.#announceTo(member, this.#waiting(false, idsPerFrameMax));
  }

  /** What a member held is not known any more: it may come back with an empty memory. */
  onDisconnected(member: MemberId): void {
    for (const { holders } of this.#parts.pool.all()) holders.delete(member);
  }

  /** What else comes in this turn of the event loop travels along, and while much comes, some more. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const waitMs = this.#flushedMs + pushPauseMs - performance.now();
    if (waitMs > 0) this.#timers.after(waitMs, () => this.#flush());
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    this.#flushedMs = performance.now();
    const sidecars = this.#outgoing;
    this.#outgoing = [];
    for (const frame of framesOf(sidecars)) {
      this.#parts.network.broadcast(frameTypes.transactions, frame);
    }
  }

  #announceReceived(): void {
    const ids = this.#received;
    this.#received = [];
    for (const some of chunks(ids, idsPerFrameMax)) {
      this.#parts.network.broadcast(frameTypes.announce, encodeIds(some));
    }
  }

  /**
   * What has waited for a while is announced again to those that have not said to hold it: two members without a
   * connection hear of each other's transactions from those between them, and a frame may have been lost.
   */
  #repeat(): void {
    this.#given.clear();
    const nowMs = performance.now();
    const connected = this.#parts.network.connected();
    const news = new Map<MemberId, TransactionId[]>(connected.map((member) => [member, []]));
    let repeated = 0;
    for (const pooled of this.#parts.pool.all()) {
      if (repeated >= repeatedIdsMax) break;
      if (nowMs < pooled.addedAtMs + repeatDelayMs(pooled)) continue;
      if (pooled.holders.size === connected.length) continue;
      const { id, memberId: author } = pooled.transaction;
      const lacking = connected.filter((one) => one !== author && !pooled.holders.has(one));
      for (const member of lacking) news.get(member)?.push(id);
      if (lacking.length === 0) continue;
      pooled.repeats += 1;
      repeated += 1;
    }
    for (const [member, ids] of news) this.#announceTo(member, ids);
  }

  #announceTo(member: MemberId, ids: readonly TransactionId[]): void {
    for (const some of chunks(ids, idsPerFrameMax)) {
      this.#parts.network.send(member, frameTypes.announce, encodeIds(some));
    }
  }

  #waiting(own: boolean, idsMax: number): readonly TransactionId[] {
    const ids: TransactionId[] = [];
    for (const pooled of this.#parts.pool.all()) {
      if (ids.length >= idsMax) break;
      if (pooled.own === own) ids.push(pooled.transaction.id);
    }
    return ids;
  }

  #askSoon(): void {
    if (this.#asking || this.#wanted.size === 0) return;
    this.#asking = true;
    this.#timers.after(wantPeriodMs, () => {
      this.#asking = false;
      const due = this.#wanted.due(performance.now(), idsPerFrameMax);
      for (const [member, ids] of due) {
        this.#parts.network.send(member, frameTypes.want, encodeIds(ids));
      }
      this.#askSoon();
    });
  }
}

/** How old a transaction is when it is announced again: one's own each time, others' ever more rarely. */
function repeatDelayMs({ own, repeats }: PooledTransaction): number {
  if (own) return repeatPeriodMs;
  return Math.min(othersDelayMs * 2 ** repeats, othersDelayMsMax * (repeats + 1));
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size));
  return parts;
}

/** Frames of about the target size; a sidecar is never divided. */
function framesOf(sidecars: readonly SidecarBytes[]): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  let open: SidecarBytes[] = [];
  let bytes = 0;
  for (const sidecar of sidecars) {
    const size = sidecarBytes(sidecar);
    if (open.length > 0 && bytes + size > pushBytesTarget) {
      frames.push(encodeSidecars(open));
      open = [];
      bytes = 0;
    }
    open.push(sidecar);
    bytes += size;
  }
  if (open.length > 0) frames.push(encodeSidecars(open));
  return frames;
}
