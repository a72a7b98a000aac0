import type { Row, StreamSchema } from "@tegata/ledger/chain";
import type { StreamId } from "@tegata/ledger/primitives";
import type { Document } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { BatchPointer } from "./book/facts.ts";
import { GatewayError } from "./errors.ts";
import type { Opener } from "./opener.ts";
import type { Query } from "./query.ts";

/** What documents are read with. */
export interface DocumentsParts {
  readonly book: Book;
  readonly opener: Opener;
  readonly query: Query;
}

/** One chunk of a document, without its content. */
interface Chunk {
  readonly pointer: BatchPointer;
  readonly document: string;
  readonly name: string | null;
  readonly index: number;
  readonly last: boolean;
  readonly bytes: number;
}

interface Known {
  readonly chunks: Map<number, Chunk>;
  /** Batches that were not readable when they were looked at. */
  readonly sealed: Set<number>;
  seen: number;
}

const chunkBytes = 1_000_000;
const chunkBatches = 256;
const idText = /^[0-9a-f]{32}$/;

/** Documents of streams of documents: listed by what their chunks say, given back byte for byte. */
export class Documents {
  readonly #parts: DocumentsParts;
  /** What was learned of chunks, without contents. */
  readonly #known = new Map<StreamId, Known>();

  constructor(parts: DocumentsParts) {
    this.#parts = parts;
  }

  /** @throws GATEWAY_NOT_READABLE, GATEWAY_PAYLOAD_MISSING */
  async list(stream: StreamId): Promise<readonly Document[]> {
    const documents: Document[] = [];
    for (const [document, chunks] of await this.#byDocument(stream)) {
      const complete = isComplete(chunks);
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
      const name = chunks[0]?.name ?? "";
      const height = Math.max(...chunks.map(({ pointer }) => pointer.height));
      documents.push({ document, name, bytes, complete, height });
    }
    return documents;
  }

  /**
   * The bytes of a document in order, with its name and size.
   * @throws GATEWAY_NOT_READABLE, GATEWAY_DOCUMENT_UNKNOWN, GATEWAY_DOCUMENT_INCOMPLETE
   */
  async read(
    stream: StreamId,
    document: string,
  ): Promise<{
    readonly name: string;
    readonly bytes: number;
    readonly content: AsyncGenerator<Uint8Array>;
  }> {
    const chunks = (await this.#byDocument(stream)).get(document);
    if (chunks === undefined) throw new GatewayError("GATEWAY_DOCUMENT_UNKNOWN", { document });
    if (!isComplete(chunks)) throw new GatewayError("GATEWAY_DOCUMENT_INCOMPLETE", { document });
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    return { name: chunks[0]?.name ?? "", bytes, content: this.#content(stream, chunks) };
  }

  async *#content(stream: StreamId, chunks: readonly Chunk[]): AsyncGenerator<Uint8Array> {
    const schema = await this.#parts.query.schema(stream);
    const at = columnsOf(schema);
    for (const { pointer, document } of chunks) {
      const row = await this.#row(stream, pointer);
      const content = row?.[at.content];
      if (!(content instanceof Uint8Array)) {
        throw new GatewayError("GATEWAY_DOCUMENT_INCOMPLETE", { document });
      }
      yield content;
    }
  }

  async #byDocument(stream: StreamId): Promise<ReadonlyMap<string, readonly Chunk[]>> {
    const schema = await this.#parts.query.schema(stream);
    if (schema.kind !== "documents") return new Map();
    const known = await this.#learn(stream, schema);
    const documents = new Map<string, Chunk[]>();
    for (const chunk of [...known.chunks.values()].sort(inOrder)) {
      if (this.#parts.book.isDeleted(stream, chunk.pointer.ordinal)) continue;
      const chunks = documents.get(chunk.document) ?? [];
      documents.set(chunk.document, chunks);
      // A chunk that was sent twice under two keys counts once.
      if (chunks.at(-1)?.index !== chunk.index) chunks.push(chunk);
    }
    return documents;
  }

  async #learn(stream: StreamId, schema: StreamSchema): Promise<Known> {
    const known = this.#known.get(stream) ?? { chunks: new Map(), sealed: new Set(), seen: 0 };
    this.#known.set(stream, known);
    const { book } = this.#parts;
    const count = book.stream(stream)?.batches ?? 0;
    for (const ordinal of [...known.sealed]) {
      const [pointer] = await book.batches(stream, ordinal, ordinal + 1, 1);
      if (pointer !== undefined) await this.#learnChunk(stream, schema, pointer, known);
    }
    while (known.seen < count) {
      const end = Math.min(count, known.seen + chunkBatches);
      for (const pointer of await book.batches(stream, known.seen, end, chunkBatches)) {
        await this.#learnChunk(stream, schema, pointer, known);
        known.seen = pointer.ordinal + 1;
      }
    }
    return known;
  }

  async #learnChunk(
    stream: StreamId,
    schema: StreamSchema,
    pointer: BatchPointer,
    known: Known,
  ): Promise<void> {
    if (this.#parts.book.isDeleted(stream, pointer.ordinal)) {
      known.sealed.delete(pointer.ordinal);
      return;
    }
    const row = await this.#row(stream, pointer);
    if (row === null) {
      known.sealed.add(pointer.ordinal);
      return;
    }
    known.sealed.delete(pointer.ordinal);
    const chunk = chunkOf(schema, pointer, row);
    if (chunk !== null) known.chunks.set(pointer.ordinal, chunk);
  }

  async #row(stream: StreamId, pointer: BatchPointer): Promise<Row | null> {
    const { opener } = this.#parts;
    if (opener.readableFacets(stream, pointer).length === 0) return null;
    return (await opener.rows(stream, pointer, [0])).get(0)?.[0] ?? null;
  }
}

function columnsOf(schema: StreamSchema) {
  const column = (name: string): number => schema.fields.findIndex((one) => one.name === name) + 1;
  return {
    document: column("document"),
    name: column("name"),
    index: column("index"),
    last: column("last"),
    content: column("content"),
  };
}

function chunkOf(schema: StreamSchema, pointer: BatchPointer, row: Row): Chunk | null {
  const at = columnsOf(schema);
  const [document, index, content] = [row[at.document], row[at.index], row[at.content]];
  if (typeof document !== "string" || !idText.test(document)) return null;
  if (typeof index !== "number" || !(content instanceof Uint8Array)) return null;
  const name = row[at.name];
  return {
    ...{ pointer, document, index, last: row[at.last] === true, bytes: content.length },
    name: typeof name === "string" ? name : null,
  };
}

function inOrder(a: Chunk, b: Chunk): number {
  return a.index - b.index || a.pointer.ordinal - b.pointer.ordinal;
}

/** Whether chunks, in order, are a whole document: none missing, all of full size but the last. */
function isComplete(chunks: readonly Chunk[]): boolean {
  return (
    chunks.at(-1)?.last === true &&
    chunks.every((chunk, index) => {
      const isLast = index === chunks.length - 1;
      return (
        chunk.index === index &&
        chunk.last === isLast &&
        (isLast ? chunk.bytes <= chunkBytes : chunk.bytes === chunkBytes)
      );
    })
  );
}
