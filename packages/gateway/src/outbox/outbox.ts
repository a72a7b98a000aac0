import { type Block, CONTROL_LANE, type Transaction } from "@tegata/ledger/chain";
import {
  assert,
  type EntryId,
  equalBytes,
  type MemberId,
  type StreamId,
  toHex,
} from "@tegata/ledger/primitives";
import { drawBytes, generateEntryId } from "@tegata/ledger/vault";
import { GatewayError } from "../errors.ts";
import { gatewayLimits } from "../limits.ts";
import type { RestoredMark } from "../restored.ts";
import { sealedKey, u64 } from "../store/sealed-key.ts";
import type { SealedStore, SealedWrite } from "../store/sealed-store.ts";
import { outboxTable as table } from "../store/tables.ts";
import type { Acceptance, Accepted } from "./acceptance.ts";
import { ControlJobs } from "./control-jobs.ts";
import {
  type EntryContent,
  type EntryHead,
  headOf,
  type StoredEntry,
  type StoredParcel,
  storedHeadOf,
} from "./entry.ts";
import { entryIdOf } from "./entry-id.ts";
import { Past } from "./past.ts";
import { RefusedEntries } from "./refused.ts";
import type { Room } from "./room.ts";
import type { OutboxStage, OwnCommit } from "./stage.ts";
import {
  type EntryOutcome,
  type Submission,
  type SubmissionRefusal,
  Submissions,
} from "./submissions.ts";

interface Meta {
  /** Height up to which own entries were looked for; null until the first own claim took effect. */
  readonly height: number | null;
}

interface StoredKey {
  readonly bodyHash: Uint8Array;
  readonly submission: string;
}

interface Refusing {
  readonly entryId: EntryId;
  readonly refusal: SubmissionRefusal;
}

const metaKey = sealedKey(table.meta, Uint8Array.of(1));
const heightLagMax = 1_024;

/**
 * What was acknowledged and is not on the ledger yet. Everything is on the disk before it is acknowledged,
 * and leaves only when a block holds it. Where it was refused and another transaction stands in its place, it
 * is kept aside until a person decides.
 */
export class Outbox {
  readonly submissions: Submissions;
  readonly control: ControlJobs;
  readonly refused: RefusedEntries;
  /** Why the claim to write was not taken the last time, in a code; null while nobody refused it. */
  claimRefusal: string | null = null;
  readonly #store: SealedStore;
  readonly #self: MemberId;
  readonly #room: Room;
  readonly #heads = new Map<number, EntryHead>();
  readonly #parcels = new Map<EntryId, StoredParcel>();
  /** Writes of parcels under way, by entry id. */
  readonly #saving = new Map<EntryId, Promise<void>>();
  readonly #claims = new Set<EntryId>();
  /** Contents whose write is under way. */
  readonly #fresh = new Map<number, EntryContent>();
  readonly #freshKeys = new Map<string, StoredKey & { readonly durable: Promise<void> }>();
  /** By lane and sequence: whoever took a place after another was refused there may be refused too. */
  readonly #refusing = new Map<string, Refusing[]>();
  #meta: Meta = { height: null };
  #next = 1;
  /** Drawn anew at each opening: with it and an ordinal no two entries are alike, also not those of two copies. */
  readonly #life = toHex(drawBytes(8));
  readonly #accepted = new Map<StreamId, number>();
  /** Resolves when the changes that blocks made in memory are on the disk too. */
  #staged: PromiseWithResolvers<void> | null = null;
  /** In a restored outbox, until the first claim of this run. */
  #past: Past | null = null;
  #runClaim: EntryId | null = null;

  private constructor(store: SealedStore, self: MemberId, room: Room) {
    this.#store = store;
    this.#self = self;
    this.#room = room;
    this.submissions = new Submissions(store);
    this.control = new ControlJobs(store, this.submissions);
    this.refused = new RefusedEntries(store);
  }

  /** Where the disk was `restored`, entries that lie on it may have been sent since. */
  static async open(
    store: SealedStore,
    self: MemberId,
    { restored, room }: { readonly restored: RestoredMark | null; readonly room: Room },
  ): Promise<Outbox> {
    const outbox = new Outbox(store, self, room);
    outbox.#meta = store.get<Meta>(metaKey) ?? outbox.#meta;
    for await (const { value } of store.prefix(sealedKey(table.entry))) {
      const head = headOf(value as StoredEntry);
      outbox.#heads.set(head.number, head);
      outbox.#next = Math.max(outbox.#next, head.number + 1);
    }
    for await (const { value } of store.prefix(sealedKey(table.parcel))) {
      const parcel = value as StoredParcel;
      outbox.#parcels.set(parcel.entryId, parcel);
      outbox.#next = Math.max(outbox.#next, parcel.number + 1);
    }
    outbox.#next = Math.max(outbox.#next, (await outbox.refused.load()) + 1);
    for await (const { value } of store.prefix(sealedKey(table.claim))) {
      outbox.#claims.add(value as EntryId);
    }
    if (restored?.is() === true) {
      outbox.#past = new Past(store, [...outbox.#heads.values(), ...outbox.refused.heads()]);
    }
    await outbox.submissions.load();
    await outbox.control.load();
    return outbox;
  }

  /** Height up to which own entries were looked for; null while this outbox never wrote. */
  get height(): number | null {
    return this.#meta.height;
  }

  /** All that waits, in the order in which it was acknowledged. */
  heads(): Iterable<EntryHead> {
    return this.#heads.values();
  }

  /** Hours until nothing more can be accepted; null while nothing gathers here. */
  hoursLeft(nowMs: number): number | null {
    const kept = this.#heads.size + this.refused.size;
    return this.#room.hoursLeft(this.#heads.values(), kept, nowMs);
  }

  parcels(): Iterable<StoredParcel> {
    return this.#parcels.values();
  }

  head(number: number): EntryHead | null {
    return this.#heads.get(number) ?? null;
  }

  /** Hidden name of an Idempotency-Key within a stream. */
  keyName(lane: StreamId, key: string): Uint8Array {
    return this.#store.hide("idempotency", lane, key);
  }

  /** What the same Idempotency-Key was answered before, or null. @throws GATEWAY_KEY_REUSED */
  answeredBefore(idempotency: Acceptance["idempotency"]): Accepted | null {
    if (idempotency === null) return null;
    const fresh = this.#freshKeys.get(Buffer.from(idempotency.name).toString("hex"));
    const known = fresh ?? this.#store.get<StoredKey>(this.#idempotencyKey(idempotency.name));
    if (known === null) return null;
    const { submission, bodyHash } = known;
    if (!equalBytes(bodyHash, idempotency.bodyHash)) {
      throw new GatewayError("GATEWAY_KEY_REUSED", { submission });
    }
    const durable = fresh?.durable ?? Promise.resolve();
    return { submission, heads: [], replayed: true, durable };
  }

  /**
   * Takes entries; answers what was answered before when the Idempotency-Key is known.
   * @throws GATEWAY_KEY_REUSED, GATEWAY_OUTBOX_FULL, GATEWAY_DISK_FULL
   */
  accept(acceptance: Acceptance, nowMs: number): Accepted {
    const before = this.answeredBefore(acceptance.idempotency);
    if (before !== null) return before;
    const { lane, contents, rows, idempotency } = acceptance;
    this.#room.take(this.#heads.size + this.refused.size, contents);
    const submission: Submission = {
      ...{ id: generateEntryId(), acknowledgedMs: nowMs, rows, committedRows: 0 },
      ...{ heightLast: null, entries: contents.length, settledEntries: 0, refusal: null },
      idempotency: idempotency?.name ?? null,
    };
    const writes: SealedWrite[] = [this.submissions.add(submission)];
    const heads = contents.map((content) => {
      const number = this.#next++;
      const ordinal = this.#accepted.get(lane) ?? 0;
      this.#accepted.set(lane, ordinal + 1);
      const identity = { lane, life: this.#life, ordinal };
      const frame = { ...identity, number, submission: submission.id, acknowledgedMs: nowMs };
      const entry: StoredEntry = { ...frame, content };
      writes.push({ type: "put", key: this.#numbered(table.entry, number), value: entry });
      this.#fresh.set(number, content);
      this.#heads.set(number, headOf(entry));
      return headOf(entry);
    });
    const key = idempotency === null ? null : Buffer.from(idempotency.name).toString("hex");
    const stored = { bodyHash: idempotency?.bodyHash, submission: submission.id };
    if (idempotency !== null) {
      const at = this.#idempotencyKey(idempotency.name);
      writes.push({ type: "put", key: at, value: stored });
    }
    const durable = this.#store.write(writes).finally(() => {
      for (const { number } of heads) this.#fresh.delete(number);
      if (key !== null) this.#freshKeys.delete(key);
    });
    durable.catch(() => undefined);
    if (key !== null) this.#freshKeys.set(key, { ...(stored as StoredKey), durable });
    return { submission: submission.id, heads, replayed: false, durable };
  }

  /**
   * What was refused of a submission waits again; on the disk when it resolves. `offer` is called before anybody
   * else can see the entries wait, so that they are offered once.
   * @throws GATEWAY_NOTHING_REFUSED
   */
  async retry(
    submission: string,
    offer: (heads: readonly EntryHead[]) => void,
  ): Promise<readonly EntryHead[]> {
    // A change that blocks made and that is not written yet would overwrite a later one.
    while (this.#staged !== null) await this.#staged.promise;
    const writes: SealedWrite[] = [];
    const heads = this.#refusedOf(submission).map(({ number }) => {
      const { entry, write } = this.refused.take(number);
      writes.push(write, { type: "put", key: this.#numbered(table.entry, number), value: entry });
      this.#fresh.set(number, entry.content);
      const head = headOf(entry);
      this.#heads.set(number, head);
      return head;
    });
    writes.push(...this.submissions.reopen(submission, heads.length, null));
    const written = this.#store.write(writes);
    offer(heads);
    await written;
    for (const { number } of heads) this.#fresh.delete(number);
    return heads;
  }

  /** Lets go of what was refused of a submission, and answers how many rows. @throws GATEWAY_NOTHING_REFUSED */
  async discard(submission: string, nowMs: number): Promise<number> {
    while (this.#staged !== null) await this.#staged.promise;
    const refused = this.#refusedOf(submission);
    const writes = refused.map(({ number }) => this.refused.take(number).write);
    await this.#store.write([...writes, ...this.submissions.letGo(submission, nowMs)]);
    return refused.reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  /** Whoever asks takes them at once: of two who ask at the same time one finds nothing. */
  #refusedOf(submission: string): readonly EntryHead[] {
    const refused = this.refused.of(submission);
    if (refused.length > 0) return refused;
    throw new GatewayError("GATEWAY_NOTHING_REFUSED", { submission });
  }

  content(number: number): EntryContent {
    const fresh = this.#fresh.get(number);
    if (fresh !== undefined) return fresh;
    const stored = this.#store.get<StoredEntry>(this.#numbered(table.entry, number));
    assert(stored !== null, "an entry that waits is on the disk");
    return stored.content;
  }

  /** What waits of a stream besides rows, in the order in which it was acknowledged. */
  changesOf(lane: StreamId): readonly EntryContent[] {
    return [...this.#heads.values()]
      .filter((head) => head.lane === lane && head.kind !== "rows")
      .map(({ number }) => this.content(number));
  }

  /** The newest generation that a roll on its way brings; 0 for none. */
  generationOnTheWay(lane: StreamId): number {
    const rolls = this.changesOf(lane).map((change) =>
      change.kind === "stream-roll" ? change.generation : 0,
    );
    return Math.max(0, ...rolls);
  }

  /** A number for a new parcel. */
  parcelNumber(): number {
    return this.#next++;
  }

  /** Keeps which entries go under which entry id; on the disk when it resolves. */
  saveParcel(parcel: StoredParcel): Promise<void> {
    const { entryId, sequence, number } = parcel;
    const saving = this.#saving.get(entryId);
    const isKept = this.#parcels.get(entryId)?.sequence === sequence;
    if (isKept) return saving ?? Promise.resolve();
    this.#parcels.set(entryId, parcel);
    const key = this.#numbered(table.parcel, number);
    const saved = this.#store.write([{ type: "put", key, value: parcel }]).finally(() => {
      if (this.#saving.get(entryId) === saved) this.#saving.delete(entryId);
    });
    saved.catch(() => undefined);
    this.#saving.set(entryId, saved);
    return saved;
  }

  /** The id of entries that go onto the ledger together. */
  entryIdOf(entries: readonly EntryHead[]): EntryId {
    return entryIdOf(this.#store, entries);
  }

  /** Keeps the entry id of a claim; on the disk when it resolves. */
  saveClaim(entryId: EntryId): Promise<void> {
    this.#claims.add(entryId);
    this.#runClaim = entryId;
    const key = sealedKey(table.claim, this.#store.hide(entryId));
    return this.#store.write([{ type: "put", key, value: entryId }]);
  }

  /** An entry was refused for good at a sequence: reported once something else stands there. */
  refuse(entryId: EntryId, lane: StreamId, sequence: number, refusal: SubmissionRefusal): void {
    const name = `${lane}/${sequence}`;
    const others = this.#refusing.get(name) ?? [];
    this.#refusing.set(name, [...others, { entryId, refusal }]);
  }

  isRefusing(lane: StreamId): boolean {
    for (const name of this.#refusing.keys()) if (name.startsWith(`${lane}/`)) return true;
    return false;
  }

  /** What blocks above {@link height} change; the caller writes it, then wakes the touched submissions. */
  stage(blocks: readonly Block[], nowMs: number): OutboxStage {
    const writes: SealedWrite[] = [];
    const commits: OwnCommit[] = [];
    const touched = new Set<string>();
    let claimed: OutboxStage["claimed"] = null;
    let foreign: OutboxStage["foreign"] = null;
    // What was written between a backup and its restoring is one's own, whatever it says.
    let begun = this.#meta.height !== null && this.#past === null;
    for (const { header, transactions } of blocks) {
      const { height } = header;
      if (this.#meta.height !== null && height <= this.#meta.height) continue;
      for (const transaction of transactions) {
        if (transaction.memberId !== this.#self) continue;
        const what = this.#origin(transaction);
        if (what !== "own" && begun) foreign ??= { height, what };
        if (transaction.kind === "claim-writer" && what === "own") {
          if (transaction.entryId === this.#runClaim) this.#past = null;
          begun = this.#past === null;
          claimed = { entryId: transaction.entryId, writer: transaction.writer };
        }
        const { lane, sequence, entryId } = transaction;
        if (lane === CONTROL_LANE) {
          const submission = this.control.commit(entryId, height, nowMs, writes);
          if (submission !== null) touched.add(submission);
          continue;
        }
        if (what === "entry") this.#recall(lane, sequence, entryId, writes);
        commits.push({ lane, sequence, entryId });
        const outcome = { type: "committed", height } as const;
        this.#settle(entryId, outcome, nowMs, writes, touched);
        this.#settleRefused(lane, sequence, nowMs, writes, touched);
      }
    }
    const last = blocks.at(-1)?.header.height ?? 0;
    const lags = last - (this.#meta.height ?? 0) >= heightLagMax;
    const isOurs = commits.length + touched.size > 0 || claimed !== null;
    if ((begun || this.#past !== null) && (isOurs || lags)) {
      this.#meta = { height: last };
      writes.push({ type: "put", key: metaKey, value: this.#meta });
    }
    this.#staged ??= Promise.withResolvers<void>();
    return { writes, commits, claimed, foreign, touched };
  }

  /** Writes what was staged. */
  async write(writes: readonly SealedWrite[]): Promise<void> {
    await this.#store.write(writes).finally(() => {
      this.refused.written();
      this.#staged?.resolve();
      this.#staged = null;
    });
  }

  /** Forgets what was settled long ago. */
  async sweep(nowMs: number): Promise<void> {
    const beforeMs = nowMs - gatewayLimits.settledKeptMs;
    await this.control.sweep(beforeMs);
    await this.submissions.sweep(beforeMs, (name) => this.#idempotencyKey(name));
  }

  /** Finds what an unknown id of a restored outbox stands for, so that it is settled like any other. */
  #recall(lane: StreamId, sequence: number, entryId: EntryId, writes: SealedWrite[]): void {
    const named = this.#past?.namedBy(entryId) ?? [];
    const entries = named.filter((one) => this.#heads.has(one) || this.refused.has(one));
    if (entries.length === 0) return;
    const taken = new Set(entries);
    for (const parcel of [...this.#parcels.values()]) {
      if (!parcel.entries.some((number) => taken.has(number))) continue;
      // It was refused for good since the backup, or never sent: what is left of it waits without a parcel.
      this.#parcels.delete(parcel.entryId);
      writes.push({ type: "delete", key: this.#numbered(table.parcel, parcel.number) });
    }
    this.#parcels.set(entryId, { number: this.parcelNumber(), entryId, lane, sequence, entries });
  }

  /** Whose an own transaction on the ledger is: what this outbox never sent, another gateway did. */
  #origin(transaction: Transaction): "own" | "claim" | "entry" {
    if (transaction.kind === "claim-writer") {
      return this.#claims.has(transaction.entryId) ? "own" : "claim";
    }
    const { entryId } = transaction;
    return this.#parcels.has(entryId) || this.control.isOwn(entryId) ? "own" : "entry";
  }

  #settle(
    entryId: EntryId,
    outcome:
      | { readonly type: "committed"; readonly height: number }
      | { readonly type: "refused"; readonly refusal: SubmissionRefusal },
    nowMs: number,
    writes: SealedWrite[],
    touched: Set<string>,
  ): void {
    const parcel = this.#parcels.get(entryId);
    if (parcel === undefined) return;
    this.#parcels.delete(entryId);
    writes.push({ type: "delete", key: this.#numbered(table.parcel, parcel.number) });
    for (const number of parcel.entries) {
      const head = this.#heads.get(number) ?? this.#retriedBefore(number, writes);
      if (head === null) continue;
      // Of what is refused only rows are kept: the rest is said again by whoever wanted it.
      if (outcome.type === "refused" && head.kind === "rows") {
        const entry = { ...storedHeadOf(head), content: this.content(number) };
        writes.push(this.refused.keep(entry, outcome.refusal, nowMs));
      }
      this.#heads.delete(number);
      writes.push({ type: "delete", key: this.#numbered(table.entry, number) });
      const whole: EntryOutcome =
        outcome.type === "committed" ? { ...outcome, rows: head.rowCount } : outcome;
      const keepsRefused = this.refused.holds(head.submission);
      writes.push(...this.submissions.settle(head.submission, whole, nowMs, keepsRefused));
      touched.add(head.submission);
    }
  }

  /** In a restored outbox: an entry that was refused here, and that went out again since the backup. */
  #retriedBefore(number: number, writes: SealedWrite[]): EntryHead | null {
    if (!this.refused.has(number)) return null;
    const { entry, write } = this.refused.take(number);
    const refusal = this.refused.of(entry.submission)[0]?.refusal ?? null;
    writes.push(write, ...this.submissions.reopen(entry.submission, 1, refusal));
    return headOf(entry);
  }

  #settleRefused(
    lane: StreamId,
    sequence: number,
    nowMs: number,
    writes: SealedWrite[],
    touched: Set<string>,
  ): void {
    const name = `${lane}/${sequence}`;
    const refusing = this.#refusing.get(name);
    if (refusing === undefined) return;
    this.#refusing.delete(name);
    for (const { entryId, refusal } of refusing) {
      this.#settle(entryId, { type: "refused", refusal }, nowMs, writes, touched);
    }
  }

  #numbered(of: number, number: number): Uint8Array {
    return sealedKey(of, u64(number));
  }

  #idempotencyKey(name: Uint8Array): Uint8Array {
    return sealedKey(table.idempotency, name);
  }
}
