import { epochOf, facetFields, type Row, type StreamSchema } from "@tegata/ledger/chain";
import type { StreamId } from "@tegata/ledger/primitives";
import type { JsonCell, RecordsPage, StreamRecord } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { BatchPointer } from "./book/facts.ts";
import { toJsonCell } from "./cells.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring } from "./keyring.ts";
import { gatewayLimits } from "./limits.ts";
import { type Opener, placeText } from "./opener.ts";
import type { Schemas } from "./schemas.ts";
import { type EpochSpan, overlap } from "./spans.ts";
import { fieldsOf, type Streams } from "./streams.ts";

/** What queries read. */
export interface QueryParts {
  readonly book: Book;
  readonly keyring: Keyring;
  readonly schemas: Schemas;
  readonly streams: Streams;
  readonly opener: Opener;
}

/** A page that is asked for; times in ms, `until` exclusive. */
export interface PageQuery {
  readonly from: number | null;
  readonly until: number | null;
  readonly limit: number;
  readonly cursor: string | null;
  readonly order: "asc" | "desc";
}

/** Where a page goes on: batch of the stream, row of the batch. */
interface Position {
  readonly ordinal: number;
  readonly row: number;
}

const chunkBatches = 256;
const cursorText = /^([ad])\.(\d{1,15})\.(\d{1,6})$/;

function encodeCursor(order: "asc" | "desc", { ordinal, row }: Position): string {
  return Buffer.from(`${order[0]}.${ordinal}.${row}`).toString("base64url");
}

function decodeCursor(order: "asc" | "desc", cursor: string): Position {
  const match = cursorText.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (match === null || match[1] !== order[0]) {
    throw new GatewayError("GATEWAY_CURSOR_INVALID", null);
  }
  return { ordinal: Number(match[2]), row: Number(match[3]) };
}

/** Rows of the readable facets of a batch as records, in the order of the batch. */
export function recordsOf(
  schema: StreamSchema,
  place: { readonly height: number; readonly index: number },
  opened: ReadonlyMap<number, readonly Row[] | null>,
): readonly StreamRecord[] {
  const facets = [...opened].flatMap(([facet, rows]) => (rows === null ? [] : [{ facet, rows }]));
  const [first] = facets;
  if (first === undefined) return [];
  const columns = facets.map(({ facet, rows }) => ({ fields: facetFields(schema, facet), rows }));
  return first.rows.map((row, number) => {
    const cells: Record<string, JsonCell> = Object.create(null) as Record<string, JsonCell>;
    for (const { fields, rows } of columns) {
      for (const [column, { name }] of fields.entries()) {
        const cell = rows[number]?.[column + 1];
        const json = cell === undefined ? undefined : toJsonCell(cell);
        if (json !== undefined) cells[name] = json;
      }
    }
    const record = `${placeText(place)}.${number}`;
    return { record, timeMs: row[0] as number, height: place.height, cells };
  });
}

/** Reads what this company may read of a stream, page by page, in the order of the ledger. */
export class Query {
  readonly #parts: QueryParts;

  constructor(parts: QueryParts) {
    this.#parts = parts;
  }

  /** @throws GATEWAY_NOT_READABLE, GATEWAY_CURSOR_INVALID, GATEWAY_PAYLOAD_MISSING */
  async page(stream: StreamId, query: PageQuery): Promise<RecordsPage> {
    const { book, streams } = this.#parts;
    const schema = await this.schema(stream);
    const described = streams.describe(stream);
    const readable = described.facets.filter((facet) => facet.readable);
    const facets = readable.flatMap(({ name }) => name ?? []);
    const fields = fieldsOf(schema).filter(({ facet }) => facets.includes(facet));
    const count = book.stream(stream)?.batches ?? 0;
    const start = startOf(query, count);
    const { items, next } = await this.#collect(stream, schema, query, start, count);
    const nextCursor = next === null ? null : encodeCursor(query.order, next);
    const deleted = await book.deleted(stream);
    return { items: [...items], facets, fields, nextCursor, deleted };
  }

  /** The schema of a stream that this company may read. @throws GATEWAY_NOT_READABLE */
  async schema(stream: StreamId): Promise<StreamSchema> {
    const opened = await this.#parts.schemas.open(stream);
    if (opened !== null) return opened.schema;
    const { owner } = this.#parts.streams.describe(stream);
    const detail = { stream, owner: owner.name, suggestion: null };
    throw new GatewayError("GATEWAY_NOT_READABLE", detail);
  }

  /**
   * The records of one batch, in the order of its rows; none where nothing of it may be read. Not `whole`: something
   * of it may be read and does not open to what its owner committed to.
   */
  async batch(
    stream: StreamId,
    schema: StreamSchema,
    pointer: BatchPointer,
  ): Promise<{ readonly records: readonly StreamRecord[]; readonly whole: boolean }> {
    const { opener } = this.#parts;
    const facets = opener.readableFacets(stream, pointer);
    if (facets.length === 0) return { records: [], whole: true };
    const opened = await opener.rows(stream, pointer, facets);
    const whole = [...opened.values()].every((rows) => rows !== null);
    return { records: recordsOf(schema, pointer, opened), whole };
  }

  /** As {@link batch}; of what was deleted since this gateway last read the ledger there is nothing. */
  async #present(
    stream: StreamId,
    schema: StreamSchema,
    pointer: BatchPointer,
  ): Promise<readonly StreamRecord[]> {
    try {
      return (await this.batch(stream, schema, pointer)).records;
    } catch (error) {
      const isGone = error instanceof GatewayError && error.code === "GATEWAY_RECORD_DELETED";
      if (!isGone) throw error;
      return [];
    }
  }

  async #collect(
    stream: StreamId,
    schema: StreamSchema,
    query: PageQuery,
    start: Position | null,
    count: number,
  ): Promise<{ readonly items: readonly StreamRecord[]; readonly next: Position | null }> {
    const items: StreamRecord[] = [];
    let row = start?.row ?? 0;
    let position = start?.ordinal ?? null;
    const inTime = timeFilter(query);
    while (position !== null) {
      const pointers = await this.#chunk(stream, query, position, count);
      for (let at = 0; at < pointers.length; at += gatewayLimits.openedAtOnce) {
        const group = pointers.slice(at, at + gatewayLimits.openedAtOnce);
        const batches = await Promise.all(
          group.map((pointer) => this.#present(stream, schema, pointer)),
        );
        for (const [index, pointer] of group.entries()) {
          const records = batches[index] ?? [];
          const ordered = query.order === "asc" ? records : records.toReversed();
          for (let number = pointer.ordinal === start?.ordinal ? row : 0; ; number += 1) {
            const record = ordered[number];
            if (record === undefined) break;
            if (!inTime(record.timeMs)) continue;
            if (items.length >= query.limit) {
              return { items, next: { ordinal: pointer.ordinal, row: number } };
            }
            items.push(record);
          }
          row = 0;
        }
      }
      position = after(query.order, position, count);
    }
    return { items, next: null };
  }

  /** Batches of a chunk that can hold rows of the time asked for and that may be read. */
  async #chunk(
    stream: StreamId,
    query: PageQuery,
    position: number,
    count: number,
  ): Promise<readonly BatchPointer[]> {
    const { book, opener } = this.#parts;
    const ascending = query.order === "asc";
    const first = ascending ? position : Math.max(0, position + 1 - chunkBatches);
    const end = ascending ? Math.min(count, position + chunkBatches) : position + 1;
    const pointers = await book.batches(stream, first, end, chunkBatches);
    const facts = book.stream(stream);
    const window = epochWindow(query, facts?.epochLength ?? "1h");
    const wanted = pointers.filter(
      (pointer) =>
        !book.isDeleted(stream, pointer.ordinal) &&
        overlap([pointer.epoch, pointer.epoch], window) &&
        opener.readableFacets(stream, pointer).length > 0,
    );
    return ascending ? wanted : wanted.toReversed();
  }
}

function startOf({ order, cursor }: PageQuery, count: number): Position | null {
  const first = { ordinal: order === "asc" ? 0 : count - 1, row: 0 };
  const start = cursor === null ? first : decodeCursor(order, cursor);
  return start.ordinal < 0 || start.ordinal >= count ? null : start;
}

/** The first batch of the next chunk, or null at the end. */
function after(order: "asc" | "desc", position: number, count: number): number | null {
  const next = order === "asc" ? position + chunkBatches : position - chunkBatches;
  return next < 0 || next >= count ? null : next;
}

function timeFilter({ from, until }: PageQuery): (timeMs: number) => boolean {
  return (timeMs) => (from === null || timeMs >= from) && (until === null || timeMs < until);
}

function epochWindow({ from, until }: PageQuery, length: "1h" | "1d" | "30d"): EpochSpan {
  const first = from === null ? 0 : epochOf(from, length);
  const last = until === null ? Number.MAX_SAFE_INTEGER : epochOf(Math.max(0, until - 1), length);
  return [first, last];
}
