import { type Block, CONTROL_LANE } from "@tegata/ledger/chain";
import type { EntryId, StreamId } from "@tegata/ledger/primitives";
import { type KeyValueStore, openMemoryStore } from "@tegata/ledger/storage";
import { generateEntryId } from "@tegata/ledger/vault";
import fc from "fast-check";
import { expect, test } from "vitest";
import { takeBatch } from "../src/outbox/batch.ts";
import type { EntryHead, RowsContent } from "../src/outbox/entry.ts";
import { Outbox } from "../src/outbox/outbox.ts";
import { Room } from "../src/outbox/room.ts";
import { deriveLocalKeys } from "../src/store/local-keys.ts";
import { SealedStore } from "../src/store/sealed-store.ts";
import { copyOf } from "./helpers/copy-of.ts";

type Self = Parameters<typeof Outbox.open>[1];

const self = "22".repeat(32) as Self;
const lane = "33".repeat(16) as StreamId;
const keys = deriveLocalKeys(new Uint8Array(32).fill(3), "outbox");
const room = new Room(async () => 2 ** 40);
const mark = { is: () => true, forget: () => undefined };

/** A disk, what was acknowledged on it, and what of that a person let go of. */
interface Disk {
  readonly store: KeyValueStore;
  readonly born: Map<string, string>;
  readonly gone: Set<string>;
}

interface Batch {
  readonly entryId: EntryId;
  readonly number: number;
  readonly entries: readonly EntryHead[];
}

const nameOf = ({ submission, number }: EntryHead): string => `${submission} ${number}`;

async function copyOfDisk({ store, born, gone }: Disk): Promise<Disk> {
  return { store: await copyOf(store), born: new Map(born), gone: new Set(gone) };
}

function contentOf(draw: number): RowsContent {
  const rows = Uint8Array.of(draw);
  const content = { kind: "rows", backfill: false, rows, rowCount: 1, itemCount: 1 } as const;
  return { ...content, epoch: draw % 5 === 0 ? 1 : 0, alone: draw % 7 === 0 };
}

/** One ledger, and the copies of one outbox of which now this one and now that one writes on it. */
class World {
  readonly #blocks: Block[] = [];
  /** How often an entry stands on the ledger. */
  readonly #committed = new Map<string, number>();
  readonly #copies: Disk[] = [];
  #disk: Disk = { store: openMemoryStore(), born: new Map(), gone: new Set() };
  #outbox!: Outbox;
  #waiting: EntryHead[] = [];
  #batches: Batch[] = [];
  #sequence = 0;
  #claims = 0;

  async begin(): Promise<void> {
    this.#outbox = await this.#open(this.#disk, false);
    await this.#claim();
  }

  async step(kind: number, draw: number): Promise<void> {
    if (kind < 18) await this.#accept(draw);
    else if (kind < 33) this.#form(draw);
    else if (kind < 46) await this.#send();
    else if (kind < 58) await this.#commit();
    else if (kind < 66) await this.#refuse();
    else if (kind < 74) await this.#retry(draw);
    else if (kind < 76) await this.#discard(draw);
    else if (kind < 86) this.#copies.push(await copyOfDisk(this.#disk));
    else if (kind < 89) await this.begin();
    else await this.#restore(draw);
    this.#check(this.#outbox, this.#disk);
  }

  /** What every copy makes of the ledger as it is now. */
  async end(): Promise<void> {
    for (const disk of this.#copies) {
      const outbox = await this.#open(disk, true);
      await this.#read(outbox);
      this.#check(outbox, disk);
    }
  }

  #open({ store }: Disk, isRestored: boolean): Promise<Outbox> {
    const restored = isRestored ? mark : null;
    return Outbox.open(new SealedStore(store, keys), self, { restored, room });
  }

  async #accept(draw: number): Promise<void> {
    const contents = [draw, draw + 1, draw + 2].slice(0, 1 + (draw % 3)).map(contentOf);
    const rows = contents.length;
    const accepted = this.#outbox.accept({ lane, contents, rows, idempotency: null }, 1);
    this.#waiting.push(...accepted.heads);
    for (const head of accepted.heads) this.#disk.born.set(nameOf(head), head.submission);
    await accepted.durable;
  }

  /** As the product does; less at times, since what comes later was not there yet. */
  #form(draw: number): void {
    if (this.#waiting.length === 0 || this.#batches.length >= 4) return;
    const all = takeBatch(this.#waiting);
    const entries = all.slice(0, 1 + (draw % 5));
    this.#waiting.unshift(...all.slice(entries.length));
    const entryId = this.#outbox.entryIdOf(entries);
    this.#batches.push({ entryId, number: this.#outbox.parcelNumber(), entries });
  }

  /** Hands in the next batch, of which nobody hears yet. */
  async #send(): Promise<Batch | null> {
    const [batch] = this.#batches;
    if (batch === undefined) return null;
    const entries = batch.entries.map(({ number }) => number);
    await this.#outbox.saveParcel({ ...batch, lane, sequence: this.#sequence + 1, entries });
    return batch;
  }

  async #commit(): Promise<void> {
    const batch = await this.#send();
    if (batch === null) return;
    this.#batches.shift();
    for (const name of batch.entries.map(nameOf)) {
      this.#committed.set(name, (this.#committed.get(name) ?? 0) + 1);
    }
    await this.#records("records", batch.entryId);
  }

  async #refuse(): Promise<void> {
    const batch = await this.#send();
    if (batch === null) return;
    this.#batches.shift();
    const refusal = { code: "LEDGER_TX_SCHEMA", detail: "" };
    this.#outbox.refuse(batch.entryId, lane, this.#sequence + 1, refusal);
    const filling = { entryId: generateEntryId(), number: this.#outbox.parcelNumber() };
    await this.#outbox.saveParcel({
      ...{ ...filling, lane, sequence: this.#sequence + 1, entries: [] },
    });
    await this.#records("void", filling.entryId);
  }

  async #retry(draw: number): Promise<void> {
    const refused = [...this.#outbox.refused.heads()];
    const submission = refused[draw % refused.length]?.submission;
    if (submission === undefined) return;
    await this.#outbox.retry(submission, (heads) => this.#waiting.push(...heads));
  }

  async #discard(draw: number): Promise<void> {
    const refused = [...this.#outbox.refused.heads()];
    const submission = refused[draw % refused.length]?.submission;
    if (submission === undefined) return;
    for (const head of this.#outbox.refused.of(submission)) this.#disk.gone.add(nameOf(head));
    await this.#outbox.discard(submission, 1);
  }

  /** The one that wrote is gone; a copy of any time goes on. */
  async #restore(draw: number): Promise<void> {
    const copy = this.#copies[draw % this.#copies.length];
    if (copy === undefined) return;
    this.#disk = await copyOfDisk(copy);
    this.#outbox = await this.#open(this.#disk, true);
    // It may be killed and started again before it writes.
    if (draw % 3 === 0) await this.#accept(draw);
    await this.#read(this.#outbox);
    this.#check(this.#outbox, this.#disk);
    if (draw % 4 === 0) this.#copies.push(await copyOfDisk(this.#disk));
    await this.#claim();
  }

  async #read(outbox: Outbox): Promise<void> {
    for (let first = 0; first < this.#blocks.length; first += 3) {
      await this.#take(outbox, this.#blocks.slice(first, first + 3));
    }
  }

  async #take(outbox: Outbox, blocks: readonly Block[]): Promise<void> {
    const { foreign, writes, touched } = outbox.stage(blocks, 1);
    expect(foreign).toBeNull();
    await outbox.write(writes);
    outbox.submissions.wake(touched);
  }

  async #claim(): Promise<void> {
    const entryId = generateEntryId();
    await this.#outbox.saveClaim(entryId);
    this.#claims += 1;
    const claim = { kind: "claim-writer", lane: CONTROL_LANE, sequence: this.#claims, entryId };
    await this.#block({ ...claim, writer: this.#claims });
    const stored = [...this.#outbox.parcels()].sort((a, b) => a.number - b.number);
    this.#batches = stored.map(({ number, entryId, entries }) => {
      return { number, entryId, entries: entries.flatMap((one) => this.#outbox.head(one) ?? []) };
    });
    const taken = new Set(this.#batches.flatMap(({ entries }) => entries.map(nameOf)));
    this.#waiting = [...this.#outbox.heads()].filter((head) => !taken.has(nameOf(head)));
  }

  #records(kind: "records" | "void", entryId: EntryId): Promise<void> {
    this.#sequence += 1;
    return this.#block({ kind, lane, sequence: this.#sequence, entryId, writer: this.#claims });
  }

  async #block(transaction: object): Promise<void> {
    const header = { height: this.#blocks.length + 1 };
    const block = { header, transactions: [{ memberId: self, ...transaction }] };
    this.#blocks.push(block as unknown as Block);
    await this.#take(this.#outbox, [block as unknown as Block]);
  }

  /** What was acknowledged waits, was refused, was let go of or is on the ledger: one of these, and so it is said. */
  #check(outbox: Outbox, { born, gone }: Disk): void {
    const kept = new Set([...outbox.heads(), ...outbox.refused.heads()].map(nameOf));
    for (const name of born.keys()) {
      const times = this.#committed.get(name) ?? 0;
      const places = times + Number(kept.has(name)) + Number(times === 0 && gone.has(name));
      expect(places, `places of ${name}`).toBe(1);
    }
    for (const { entries } of outbox.parcels()) {
      expect(entries.filter((number) => outbox.head(number) === null)).toEqual([]);
    }
    for (const [submission, names] of Map.groupBy(born.keys(), (name) => born.get(name) ?? "")) {
      const onLedger = names.filter((name) => this.#committed.has(name) && !gone.has(name));
      const { committedRows } = outbox.submissions.get(submission) ?? { committedRows: null };
      expect(committedRows, `rows of ${submission}`).toBe(onLedger.length);
    }
  }
}

test("whichever copies of an outbox are restored, and in any order: nothing acknowledged is lost, doubled or said to be where it is not", async () => {
  const steps = fc.array(fc.tuple(fc.nat(99), fc.nat(999)), { minLength: 20, maxLength: 80 });
  const worlds = fc.asyncProperty(steps, async (chosen) => {
    const world = new World();
    await world.begin();
    for (const [kind, draw] of chosen) await world.step(kind, draw);
    await world.end();
  });
  // Of three that one copy had sent together an older copy sends the first alone.
  const split: [number, number][] = [
    [0, 11],
    [76, 0],
    [18, 2],
    [33, 0],
    [76, 0],
    [99, 2],
    [18, 0],
    [46, 0],
    [99, 1],
  ];
  await fc.assert(worlds, { numRuns: 250, examples: [[split]] });
});
