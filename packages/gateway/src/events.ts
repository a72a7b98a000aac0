import { decodeTransaction } from "@tegata/ledger/chain";
import type { MemberId, StreamId } from "@tegata/ledger/primitives";
import type { EventsFrom, PlacedEvent } from "./api/event-stream.ts";
import type { StreamEvent } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { PlacedEntry } from "./book/facts.ts";
import { GatewayError } from "./errors.ts";
import type { Grants } from "./grants.ts";
import { gatewayLimits } from "./limits.ts";
import type { Members } from "./members.ts";
import { closingReason } from "./membership/closing.ts";
import type { MembershipNews } from "./membership/news.ts";
import { isNodeAway } from "./node-away.ts";
import type { Query } from "./query.ts";
import type { Schemas } from "./schemas.ts";
import type { Signal } from "./signal.ts";
import type { Streams } from "./streams.ts";

/** What events are made from. */
export interface EventsParts {
  readonly book: Book;
  readonly query: Query;
  readonly streams: Streams;
  readonly schemas: Schemas;
  readonly grants: Grants;
  readonly members: Members;
  /** Fires when blocks were read. */
  readonly progress: Signal;
}

/** What somebody wants to hear of; null: everything. */
export interface EventFilter {
  readonly stream: StreamId | null;
  readonly types: ReadonlySet<string> | null;
}

/** After which row of which transaction to go on; row -1: before its first. */
interface Position {
  readonly height: number;
  readonly index: number;
  readonly row: number;
}

/** An event, and where whoever heard it goes on. */
interface Placed {
  readonly position: Position;
  readonly event: StreamEvent;
}

const cursorText = /^(\d{1,15})\.(\d{1,10})\.(\d{1,6})$/;
const indexMax = 2 ** 32 - 1;
const wholeRow = 999_999;

function encodeCursor({ height, index, row }: Position): string {
  return Buffer.from(`${height}.${index}.${row}`).toString("base64url");
}

/** @throws GATEWAY_CURSOR_INVALID */
function decodeCursor(cursor: string): Position {
  const match = cursorText.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  const index = Number(match?.[2]);
  if (match === null || index > indexMax) throw new GatewayError("GATEWAY_CURSOR_INVALID", null);
  return { height: Number(match[1]), index, row: Number(match[3]) };
}

/** Tells what happens on the ledger, as far as this company can read it, from any point on. */
export class Events {
  readonly #parts: EventsParts;

  constructor(parts: EventsParts) {
    this.#parts = parts;
  }

  /**
   * From a cursor on, or from now on; ends when the signal aborts. A cursor of a block that was not read yet cannot
   * be gone on from without passing something over: a gap is told, and all from now on. @throws GATEWAY_CURSOR_INVALID
   */
  follow(cursor: string | null, filter: EventFilter, signal: AbortSignal): EventsFrom {
    const now = { height: this.#parts.book.height, index: indexMax, row: wholeRow };
    const asked = cursor === null ? now : decodeCursor(cursor);
    const start = asked.height > now.height ? now : asked;
    const gap = start === asked ? [] : [this.#gap(start, aheadText(asked.height, now.height))];
    return { cursor: encodeCursor(start), events: this.#run(start, gap, filter, signal) };
  }

  async *#run(
    start: Position,
    first: readonly Placed[],
    filter: EventFilter,
    signal: AbortSignal,
  ): AsyncGenerator<PlacedEvent> {
    const { book, progress } = this.#parts;
    let position = start;
    for (const placed of first) yield told(placed);
    while (!signal.aborted) {
      const next = progress.wait(gatewayLimits.eventHeartbeatMs, signal);
      const before = book.height;
      try {
        for await (const entry of book.log(beforeRows(position))) {
          for await (const placed of this.#eventsOf(entry, position, filter)) {
            yield told(placed);
            position = placed.position;
          }
          position = { height: entry.height, index: entry.index, row: wholeRow };
          if (signal.aborted) return;
        }
        if (book.height > before) continue;
        await next;
      } catch (error) {
        if (!isNodeAway(error)) throw error;
        // The node has the ciphertext: what comes next is told once it answers.
        await progress.wait(gatewayLimits.retryMaxMs, signal);
      }
    }
  }

  #gap(position: Position, detail: string): Placed {
    return { position, event: { type: "gap", detail } };
  }

  async *#eventsOf(
    placed: PlacedEntry,
    position: Position,
    filter: EventFilter,
  ): AsyncGenerator<Placed> {
    const { entry, height, index } = placed;
    const whole = { height, index, row: wholeRow };
    const wants = (type: string): boolean => filter.types === null || filter.types.has(type);
    if (entry.kind === "block") {
      const event = { type: "block", height, timeMs: entry.timeMs } as const;
      if (wants("block")) yield { position: whole, event };
      return;
    }
    if (entry.kind === "membership") {
      if (wants("membership") && filter.stream === null) {
        yield* this.#membership(entry.news, placed, position);
      }
      return;
    }
    const { stream } = entry;
    if (filter.stream !== null && filter.stream !== stream) return;
    if (entry.kind === "stream" && wants("stream")) {
      const event = { type: "stream", stream: this.#parts.streams.describe(stream) } as const;
      yield { position: whole, event };
    }
    if (entry.kind === "grants" && wants("grant")) {
      await this.#parts.schemas.openAll();
      const done = rowsDone(placed, position);
      // Each with a place of its own, so that whoever was cut off in between hears the rest.
      for (const [row, id] of entry.grants.entries()) {
        const grant = this.#parts.grants.shown(stream, id);
        const label = this.#parts.streams.label(stream);
        const at = { height, index, row };
        if (row > done && grant !== null)
          yield { position: at, event: { type: "grant", stream: label, grant } };
      }
    }
    if (entry.kind === "roll" && wants("closed")) {
      yield { position: whole, event: this.#closed(entry, height) };
    }
    if (entry.kind === "deleted" && wants("deleted")) {
      const label = this.#parts.streams.label(stream);
      const event = { type: "deleted", stream: label, height, batches: entry.batches } as const;
      yield { position: whole, event };
    }
    if (entry.kind === "records" && (wants("record") || wants("gap"))) {
      yield* this.#records(stream, entry.transaction, placed, position, wants);
    }
  }

  /** Each with a place of its own, so that whoever was cut off in between hears the rest. */
  *#membership(
    news: readonly MembershipNews[],
    { height, index }: PlacedEntry,
    position: Position,
  ): Generator<Placed> {
    const { members } = this.#parts;
    const company = (member: MemberId | null) => (member === null ? null : members.company(member));
    const done = rowsDone({ height, index }, position);
    for (const [row, { change, member, by, detail }] of news.entries()) {
      if (row <= done) continue;
      const about = { change, company: company(member), by: company(by), detail: { ...detail } };
      yield { position: { height, index, row }, event: { type: "membership", height, ...about } };
    }
  }

  #closed(
    { stream, generation, grants }: Extract<PlacedEntry["entry"], { kind: "roll" }>,
    height: number,
  ): Extract<StreamEvent, { type: "closed" }> {
    const { streams, book, members } = this.#parts;
    const ended = grants.flatMap((id) => {
      const grant = this.#parts.grants.shown(stream, id);
      const facts = book.grant(stream, id);
      const state = facts === null ? null : members.state(facts.grantee);
      if (grant === null || facts === null || state === null) return [];
      return [{ grant, reason: closingReason(state, facts.height, height) ?? "revoked" } as const];
    });
    return { type: "closed", stream: streams.label(stream), generation, ended };
  }

  async *#records(
    stream: StreamId,
    bytes: Uint8Array,
    { height, index }: PlacedEntry,
    position: Position,
    wants: (type: string) => boolean,
  ): AsyncGenerator<Placed> {
    const { schemas, query, streams } = this.#parts;
    const transaction = decodeTransaction(bytes);
    if (transaction.kind !== "records") return;
    const { generation, epoch } = transaction.body;
    const done = rowsDone({ height, index }, position);
    const whole = { height, index, row: wholeRow };
    try {
      const opened = await schemas.open(stream);
      if (opened === null) return;
      const pointer = { height, index, ordinal: 0, generation, epoch };
      const { records, whole: isWhole } = await query.batch(stream, opened.schema, pointer);
      const label = streams.label(stream);
      for (const [row, record] of records.entries()) {
        if (row <= done || !wants("record")) continue;
        const event = { type: "record", stream: label, record } as const;
        yield { position: { height, index, row }, event };
      }
      if (!isWhole) {
        const text = `something of the records ${height}.${index} does not open to what its owner committed to`;
        yield this.#gap(whole, text);
      }
    } catch (error) {
      const text = gapOf(error, `${height}.${index}`);
      if (text === null) throw error;
      // Whoever asked for records alone hears of it too: else they would be missing in silence.
      yield this.#gap(whole, text);
    }
  }
}

function told({ position, event }: Placed): PlacedEvent {
  return { cursor: encodeCursor(position), event };
}

function aheadText(asked: number, read: number): string {
  return `the cursor names block ${asked}, and the ledger was read up to block ${read}: all from there on is told`;
}

/** How many rows of an entry were told: the last one's number, -1 for none. */
function rowsDone(
  entry: { readonly height: number; readonly index: number },
  at: Position,
): number {
  return at.height === entry.height && at.index === entry.index ? at.row : -1;
}

/** Where the log is to be read from so that the rest of a batch that was begun comes again; null: its beginning. */
function beforeRows({ height, index, row }: Position): { height: number; index: number } | null {
  if (row >= wholeRow) return { height, index };
  if (index > 0) return { height, index: index - 1 };
  return height > 0 ? { height: height - 1, index: indexMax } : null;
}

/** Why the records of a place cannot be told, or null for any other error. */
function gapOf(error: unknown, place: string): string | null {
  if (!(error instanceof GatewayError)) return null;
  if (error.code === "GATEWAY_RECORD_DELETED") {
    return `the records ${place} were deleted by their owner`;
  }
  if (error.code !== "GATEWAY_PAYLOAD_MISSING") return null;
  return `the records ${place} are not here yet; query them later`;
}
