import { createHash } from "node:crypto";
import {
  decodeStateValue,
  type EpochLength,
  epochLengthMs,
  limits,
  retainedPrefix,
} from "@tegata/ledger/chain";
import type { StreamId } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";
import type { PurgeAnswer } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import { sequenceOf } from "./book/deleted.ts";
import type { StreamFacts } from "./book/facts.ts";
import type { Grants } from "./grants.ts";
import { gatewayLimits } from "./limits.ts";
import type { EntryContent } from "./outbox/entry.ts";
import type { Outbox } from "./outbox/outbox.ts";

/** What deleting needs. */
export interface DeletionParts {
  readonly node: Pick<NodeClient, "stateRange">;
  readonly book: Book;
  readonly grants: Grants;
  readonly outbox: Pick<Outbox, "heads">;
}

/** Batches that a purge will delete. */
export interface DeletionPlan {
  readonly stream: StreamId;
  readonly purges: readonly Extract<EntryContent, { kind: "purge" }>[];
  /** What people are told before they say yes. */
  readonly shown: Omit<PurgeAnswer, "submitted" | "height">;
}

const pointersAtOnce = 4_096;

/** Has old batches of an own stream deleted at every company, for good. */
export class Deletion {
  readonly #parts: DeletionParts;

  constructor(parts: DeletionParts) {
    this.#parts = parts;
  }

  /** The committed batches all of whose records were observed before a time, and that are still kept. */
  async plan(stream: StreamId, beforeMs: number): Promise<DeletionPlan> {
    const facts = this.#parts.book.stream(stream);
    const chosen = facts === null ? nothing : await this.#choose(facts, beforeMs);
    const bytes = chosen.purges.length === 0 ? 0 : await this.#bytes(stream, chosen.purges);
    const { purges, batches, left, epochs } = chosen;
    const length = epochLengthMs(facts?.epochLength ?? "1h");
    const from = epochs === null ? null : epochs[0] * length;
    const until = epochs === null ? null : (epochs[1] + 1) * length;
    const waiting = this.#waiting(stream);
    const plan = nameOf(stream, purges);
    return { stream, purges, shown: { batches, bytes, from, until, left, waiting, plan } };
  }

  /** Sends the purges of a plan; the answer is the submission they travel as. */
  submit({ stream, purges }: DeletionPlan): Promise<string> {
    return this.#parts.grants.submit(stream, purges);
  }

  #waiting(stream: StreamId): number {
    let rows = 0;
    for (const { lane, rowCount } of this.#parts.outbox.heads()) {
      if (lane === stream) rows += rowCount;
    }
    return rows;
  }

  async #choose(facts: StreamFacts, beforeMs: number): Promise<Chosen> {
    const { book } = this.#parts;
    const choice = new Choice(facts);
    for (let first = 0; first < facts.batches; first += pointersAtOnce) {
      const end = Math.min(facts.batches, first + pointersAtOnce);
      for (const { ordinal, epoch } of await book.batches(facts.id, first, end, pointersAtOnce)) {
        if (book.isDeleted(facts.id, ordinal)) continue;
        choice.see(ordinal, epoch, isOver(epoch, facts.epochLength, beforeMs));
      }
    }
    return choice.end();
  }

  /** Payload bytes that are given back, as the ledger counts them. */
  async #bytes(stream: StreamId, purges: DeletionPlan["purges"]): Promise<number> {
    const { node } = this.#parts;
    let sum = 0;
    let after: Uint8Array | null = null;
    for (;;) {
      const page = await node.stateRange(retainedPrefix(stream), { after, limit: pointersAtOnce });
      for (const [, value] of page.entries) {
        for (const { sequence, payloadBytes } of decodeStateValue("retained", value)) {
          const isMeant = purges.some(
            ({ sequenceFirst, sequenceLast }) =>
              sequence >= sequenceFirst && sequence <= sequenceLast,
          );
          if (isMeant) sum += payloadBytes;
        }
      }
      after = page.entries.at(-1)?.[0] ?? null;
      if (!page.more || after === null) return sum;
    }
  }
}

/** The same for the same batches only. */
function nameOf(stream: StreamId, purges: DeletionPlan["purges"]): string {
  const ranges = purges.map(({ sequenceFirst, sequenceLast }) => [sequenceFirst, sequenceLast]);
  const text = JSON.stringify([stream, ranges]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

interface Chosen {
  readonly purges: DeletionPlan["purges"];
  readonly batches: number;
  readonly left: number;
  readonly epochs: readonly [first: number, last: number] | null;
}

const nothing: Chosen = Object.freeze({ purges: [], batches: 0, left: 0, epochs: null });

/** Whether an epoch ended by a time: then no record in it is later. */
function isOver(epoch: number, length: EpochLength, timeMs: number): boolean {
  return (epoch + 1) * epochLengthMs(length) <= timeMs;
}

/** Joins batches that are to go into as few purges as the ledger allows. */
class Choice {
  readonly #facts: StreamFacts;
  readonly #purges: { kind: "purge"; sequenceFirst: number; sequenceLast: number }[] = [];
  #batches = 0;
  #left = 0;
  #epochs: readonly [number, number] | null = null;
  /** Whether the batch before goes too, so that the next one joins it. */
  #isOpen = false;

  constructor(facts: StreamFacts) {
    this.#facts = facts;
  }

  /** The next batch, in the order of the ledger. */
  see(ordinal: number, epoch: number, goes: boolean): void {
    if (!goes) {
      this.#isOpen = false;
      return;
    }
    const sequence = sequenceOf(this.#facts, ordinal);
    const last = this.#purges.at(-1);
    const fits = last !== undefined && sequence - last.sequenceFirst < limits.purgedSequencesMax;
    if (this.#isOpen && fits) last.sequenceLast = sequence;
    else if (this.#purges.length < gatewayLimits.purgesAtOnce) {
      this.#purges.push({ kind: "purge", sequenceFirst: sequence, sequenceLast: sequence });
      this.#isOpen = true;
    } else {
      this.#isOpen = false;
      this.#left += 1;
      return;
    }
    this.#batches += 1;
    const [first, end] = this.#epochs ?? [epoch, epoch];
    this.#epochs = [Math.min(first, epoch), Math.max(end, epoch)];
  }

  end(): Chosen {
    const [purges, batches] = [this.#purges, this.#batches];
    return { purges, batches, left: this.#left, epochs: this.#epochs };
  }
}
