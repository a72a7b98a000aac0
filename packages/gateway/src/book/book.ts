import {
  type Block,
  epochLengthMs,
  grantId,
  type Lane,
  type Transaction,
} from "@tegata/ledger/chain";
import { idBytes, type MemberId, type StreamId } from "@tegata/ledger/primitives";
import { type MembershipNews, newsIn } from "../membership/news.ts";
import { readU32, readU64, sealedKey, u32, u64 } from "../store/sealed-key.ts";
import type { SealedStore, SealedWrite } from "../store/sealed-store.ts";
import { indexTable as table } from "../store/tables.ts";
import {
  addSequence,
  batchesUpTo,
  DeletedRanges,
  type OrdinalRange,
  type RangeChange,
  type SequenceRange,
} from "./deleted.ts";
import type {
  BatchPointer,
  GenerationFacts,
  GrantFacts,
  LogEntry,
  Place,
  PlacedEntry,
  StreamFacts,
} from "./facts.ts";
import { LastEpoch } from "./last-epoch.ts";

const metaKey = sealedKey(table.meta, Uint8Array.of(1));
/** The block's own entry stands behind those of its transactions. */
const blockIndex = 2 ** 32 - 1;
/** What the state tells of the members stands before that. */
const membershipIndex = blockIndex - 1;
const pointersAtOnce = 4_096;
const noPlace: Place = Object.freeze({ height: 0, index: 0 });

/**
 * What the committed blocks say, as far as this gateway needs it: streams, grants, own lanes, and where
 * each stream's batches stand. Small things are in memory, batches and the log on the disk, encrypted.
 */
export class Book {
  readonly #store: SealedStore;
  readonly #self: MemberId;
  readonly #streams = new Map<StreamId, StreamFacts>();
  readonly #grants = new Map<StreamId, Map<string, GrantFacts>>();
  readonly #lanes = new Map<Lane, number>();
  /** Batches that owners had deleted; their places stay, their ciphertext is nowhere. */
  readonly #deleted = new Map<StreamId, { ranges: DeletedRanges; lastEpoch: LastEpoch }>();
  #deletions = 0;
  /** Height of the last block that is on the disk. */
  #height = 0;

  private constructor(store: SealedStore, self: MemberId) {
    this.#store = store;
    this.#self = self;
  }

  static async open(store: SealedStore, self: MemberId): Promise<Book> {
    const book = new Book(store, self);
    for await (const { value } of store.prefix(sealedKey(table.stream))) {
      const facts = value as StreamFacts;
      book.#streams.set(facts.id, facts);
      await book.#readDeleted(facts.id);
    }
    for await (const { value } of store.prefix(sealedKey(table.grant))) {
      book
        .#grantsOf((value as GrantFacts).stream)
        .set((value as GrantFacts).id, value as GrantFacts);
    }
    for await (const { value } of store.prefix(sealedKey(table.lane))) {
      const { lane, sequence } = value as { readonly lane: Lane; readonly sequence: number };
      book.#lanes.set(lane, sequence);
    }
    book.#height = store.get<{ readonly height: number }>(metaKey)?.height ?? 0;
    return book;
  }

  get height(): number {
    return this.#height;
  }

  stream(id: StreamId): StreamFacts | null {
    return this.#streams.get(id) ?? null;
  }

  streams(): Iterable<StreamFacts> {
    return this.#streams.values();
  }

  /** Grants of a stream that concern this company, in the order of the ledger. */
  grants(stream: StreamId): readonly GrantFacts[] {
    return [...(this.#grants.get(stream)?.values() ?? [])].sort((a, b) => a.height - b.height);
  }

  grant(stream: StreamId, id: string): GrantFacts | null {
    return this.#grants.get(stream)?.get(id) ?? null;
  }

  /** Sequence of the last own transaction of a lane; 0 before the first. */
  lane(lane: Lane): number {
    return this.#lanes.get(lane) ?? 0;
  }

  /** Changes that a run of blocks makes; the caller writes them together and then calls {@link advance}. */
  stage(blocks: readonly Block[]): readonly SealedWrite[] {
    const writes: SealedWrite[] = [];
    const streams = new Set<StreamId>();
    const lanes = new Set<Lane>();
    const others = new Map<StreamId, SequenceRange[]>();
    for (const { header, transactions } of blocks) {
      for (const [index, transaction] of transactions.entries()) {
        const place = { height: header.height, index };
        const entry = this.#take(transaction, place, writes, streams);
        this.#noteOther(transaction, others, streams);
        if (entry !== null) writes.push(this.#logWrite(place, entry));
        if (transaction.memberId !== this.#self) continue;
        this.#lanes.set(transaction.lane, transaction.sequence);
        lanes.add(transaction.lane);
      }
      const entry: LogEntry = { kind: "block", timeMs: header.timeMs };
      writes.push(this.#logWrite({ height: header.height, index: blockIndex }, entry));
    }
    for (const id of streams) {
      writes.push({ type: "put", key: this.#named(table.stream, id), value: this.stream(id) });
    }
    for (const lane of lanes) {
      const value = { lane, sequence: this.lane(lane) };
      writes.push({ type: "put", key: this.#named(table.lane, lane), value });
    }
    const height = blocks.at(-1)?.header.height ?? this.#height;
    writes.push({ type: "put", key: metaKey, value: { height } });
    return writes;
  }

  /** What the members decided as of a block, for the log. */
  membershipWrite(height: number, news: readonly MembershipNews[]): SealedWrite {
    return this.#logWrite({ height, index: membershipIndex }, { kind: "membership", news });
  }

  /** What was staged is on the disk. */
  advance(height: number): void {
    this.#height = height;
  }

  /** Batches of a stream from an ordinal (included) to another (excluded), at most `countMax`. */
  async batches(
    stream: StreamId,
    first: number,
    end: number,
    countMax: number,
  ): Promise<readonly BatchPointer[]> {
    const prefix = this.#named(table.batch, stream);
    const range = {
      first: sealedKey(prefix[0] as number, prefix.subarray(1), u64(first)),
      end: sealedKey(prefix[0] as number, prefix.subarray(1), u64(end)),
    };
    const found: BatchPointer[] = [];
    for await (const key of this.#store.keys(range)) {
      found.push(readPointer(key, prefix.length));
      if (found.length >= countMax) break;
    }
    return found;
  }

  /** What the owner of a stream had deleted; `until`: all of it was observed before. */
  async deleted(stream: StreamId): Promise<{ batches: number; until: number | null }> {
    const facts = this.stream(stream);
    const deleted = this.#deleted.get(stream);
    if (facts === null || deleted === undefined) return { batches: 0, until: null };
    const epochLast = await deleted.lastEpoch.value();
    const { batches } = deleted.ranges;
    return { batches, until: (epochLast + 1) * epochLengthMs(facts.epochLength) };
  }

  /** How many batches of a stream its owner had deleted. */
  deletedBatches(stream: StreamId): number {
    return this.#deleted.get(stream)?.ranges.batches ?? 0;
  }

  /** Whether the owner of a stream had a batch of it deleted. */
  isDeleted(stream: StreamId, ordinal: number): boolean {
    return this.#deleted.get(stream)?.ranges.has(ordinal) ?? false;
  }

  /** Grows whenever an owner had batches deleted. */
  get deletions(): number {
    return this.#deletions;
  }

  /** The transaction of a batch. */
  batchBytes(place: Place): Uint8Array | null {
    const entry = this.#store.get<LogEntry>(this.#logKey(place));
    return entry?.kind === "records" ? entry.transaction : null;
  }

  /** What happened after a place, up to what is on the disk, in order. */
  async *log(after: Place | null): AsyncGenerator<PlacedEntry> {
    const last = after ?? noPlace;
    const first = sealedKey(table.log, u64(last.height), u32(last.index));
    const end = sealedKey(table.log, u64(this.#height + 1));
    for await (const { key, value } of this.#store.range({ first, end })) {
      const place = { height: readU64(key, 1), index: readU32(key, 9) };
      const isLast = place.height === last.height && place.index === last.index;
      if (!isLast) yield { ...place, entry: value as LogEntry };
    }
  }

  /** Time of a block that was read, or null. */
  async blockTimeMs(height: number): Promise<number | null> {
    for await (const { height: at, entry } of this.log({ height, index: 0 })) {
      if (at > height) break;
      if (entry.kind === "block") return entry.timeMs;
    }
    return null;
  }

  #take(
    transaction: Transaction,
    place: Place,
    writes: SealedWrite[],
    touched: Set<StreamId>,
  ): LogEntry | null {
    const stream = transaction.lane;
    switch (transaction.kind) {
      case "stream-create": {
        const { body, memberId: owner, id: transactionId } = transaction;
        const { category, epochLength, facets, schemaHash, metaCommitment } = body;
        const first: GenerationFacts = { generation: 1, batches: 0, epochs: null };
        this.#streams.set(stream, {
          ...{ id: stream, owner, category, epochLength, facets, schemaHash, metaCommitment },
          ...{ transactionId, createdHeight: place.height, generations: [first], batches: 0 },
          others: [],
        });
        touched.add(stream);
        return { kind: "stream", stream };
      }
      case "stream-roll": {
        const facts = this.#must(stream);
        const { generation, endedGrants } = transaction.body;
        const next: GenerationFacts = { generation, batches: 0, epochs: null };
        this.#streams.set(stream, { ...facts, generations: [...facts.generations, next] });
        touched.add(stream);
        for (const id of endedGrants) this.#end(stream, id, place.height, writes);
        const isOwn = facts.owner === this.#self;
        return isOwn ? { kind: "roll", stream, generation, grants: endedGrants } : null;
      }
      case "records": {
        const { generation, epoch } = transaction.body;
        const facts = this.#must(stream);
        this.#streams.set(stream, counted(facts, generation, epoch));
        touched.add(stream);
        const pointer = { ...place, ordinal: facts.batches, generation, epoch };
        writes.push({ type: "put", key: this.#batchKey(stream, pointer), value: null });
        return { kind: "records", stream, transaction: transaction.bytes };
      }
      case "grant":
        return this.#takeGrants(transaction, place, writes);
      case "purge":
        return this.#delete(transaction, writes);
      case "claim-writer":
      case "void":
        return null;
      case "invite":
      case "apply":
      case "propose":
      case "vote":
      case "ready":
      case "leave":
      case "rotate-key":
      case "addresses":
      case "stand-down": {
        const news = newsIn(transaction);
        return news === null ? null : { kind: "membership", news: [news] };
      }
    }
  }

  /**
   * Notes what stands in a stream's own lane and holds no batch, so that the others can be counted. `drafts` are
   * the lists of this run of blocks: one is copied once, however many such transactions its owner sends.
   */
  #noteOther(
    { kind, lane, memberId, sequence }: Transaction,
    drafts: Map<StreamId, SequenceRange[]>,
    touched: Set<StreamId>,
  ): void {
    const facts = kind === "records" ? null : this.stream(lane);
    if (facts === null || facts.owner !== memberId) return;
    const draft = drafts.get(lane) ?? [...facts.others];
    addSequence(draft, sequence);
    drafts.set(lane, draft);
    this.#streams.set(lane, { ...facts, others: draft });
    touched.add(lane);
  }

  #delete(
    { lane, body }: Extract<Transaction, { kind: "purge" }>,
    writes: SealedWrite[],
  ): LogEntry {
    const facts = this.#must(lane);
    const from = batchesUpTo(facts, body.sequenceFirst - 1);
    const until = batchesUpTo(facts, body.sequenceLast);
    const { gone, range, batches } = this.#addDeleted(lane, { from, until });
    const key = (at: number) => sealedKey(table.deleted, this.#store.hide(idBytes(lane)), u64(at));
    for (const at of gone) writes.push({ type: "delete", key: key(at) });
    if (range !== null) writes.push({ type: "put", key: key(range.from), value: range.until });
    this.#deletions += 1;
    return { kind: "deleted", stream: lane, batches };
  }

  #addDeleted(stream: StreamId, added: OrdinalRange): RangeChange {
    const known = this.#deleted.get(stream);
    const ranges = known?.ranges ?? new DeletedRanges();
    const change = ranges.add(added);
    if (change.range === null) return change;
    if (known !== undefined) known.lastEpoch.add(added);
    else {
      const lastEpoch = new LastEpoch(ranges, (range) => this.#epochLast(stream, range));
      this.#deleted.set(stream, { ranges, lastEpoch });
    }
    return change;
  }

  async #readDeleted(stream: StreamId): Promise<void> {
    const prefix = this.#named(table.deleted, stream);
    for await (const { key, value } of this.#store.prefix(prefix)) {
      this.#addDeleted(stream, { from: readU64(key, prefix.length), until: value as number });
    }
  }

  async #epochLast(stream: StreamId, { from, until }: OrdinalRange) {
    let epochLast = -1;
    let batches = 0;
    for (let first = from; first < until; first += pointersAtOnce) {
      const end = Math.min(until, first + pointersAtOnce);
      const pointers = await this.batches(stream, first, end, pointersAtOnce);
      for (const { epoch } of pointers) epochLast = Math.max(epochLast, epoch);
      batches += pointers.length;
    }
    return { epochLast, batches };
  }

  #takeGrants(
    transaction: Extract<Transaction, { kind: "grant" }>,
    place: Place,
    writes: SealedWrite[],
  ): LogEntry | null {
    const { lane: stream, sequence, memberId } = transaction;
    const grants = [];
    for (const [coverIndex, cover] of transaction.body.entries()) {
      if (memberId !== this.#self && cover.grantee !== this.#self) continue;
      const { grantee, generation, facets, epochFirst, epochLast } = cover;
      const id = grantId(stream, sequence, coverIndex);
      const facts: GrantFacts = {
        ...{ id, stream, grantee, generation, facets, epochFirst, epochLast },
        ...{ height: place.height, endedHeight: null },
      };
      this.#put(facts, writes);
      grants.push(id);
    }
    return grants.length === 0 ? null : { kind: "grants", stream, grants };
  }

  #end(stream: StreamId, id: string, height: number, writes: SealedWrite[]): void {
    const facts = this.grant(stream, id);
    if (facts !== null) this.#put({ ...facts, endedHeight: height }, writes);
  }

  #put(facts: GrantFacts, writes: SealedWrite[]): void {
    this.#grantsOf(facts.stream).set(facts.id, facts);
    const key = sealedKey(table.grant, this.#store.hide(facts.stream, facts.id));
    writes.push({ type: "put", key, value: facts });
  }

  #grantsOf(stream: StreamId): Map<string, GrantFacts> {
    const known = this.#grants.get(stream) ?? new Map<string, GrantFacts>();
    this.#grants.set(stream, known);
    return known;
  }

  #must(id: StreamId): StreamFacts {
    const facts = this.#streams.get(id);
    if (facts === undefined) throw new Error("a committed transaction stands in no known stream");
    return facts;
  }

  #named(of: number, id: StreamId | Lane): Uint8Array {
    return sealedKey(of, this.#store.hide(idBytes(id)));
  }

  #batchKey(stream: StreamId, pointer: BatchPointer): Uint8Array {
    const { ordinal, generation, epoch, height, index } = pointer;
    const order = [u64(ordinal), u32(generation), u32(epoch), u64(height), u32(index)];
    return sealedKey(table.batch, this.#store.hide(idBytes(stream)), ...order);
  }

  #logKey(place: Place): Uint8Array {
    return sealedKey(table.log, u64(place.height), u32(place.index));
  }

  #logWrite(place: Place, value: LogEntry): SealedWrite {
    return { type: "put", key: this.#logKey(place), value };
  }
}

function readPointer(key: Uint8Array, prefixLength: number): BatchPointer {
  return {
    ordinal: readU64(key, prefixLength),
    generation: readU32(key, prefixLength + 8),
    epoch: readU32(key, prefixLength + 12),
    height: readU64(key, prefixLength + 16),
    index: readU32(key, prefixLength + 24),
  };
}

function counted(facts: StreamFacts, generation: number, epoch: number): StreamFacts {
  const generations = facts.generations.map((one) => {
    if (one.generation !== generation) return one;
    const [first, last] = one.epochs ?? [epoch, epoch];
    const epochs = [Math.min(first, epoch), Math.max(last, epoch)] as const;
    return { ...one, batches: one.batches + 1, epochs };
  });
  return { ...facts, generations, batches: facts.batches + 1 };
}
