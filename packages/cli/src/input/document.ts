import { CliError, type DocumentFault } from "../errors.ts";
import type { Cell } from "./cells.ts";
import type { Chunks } from "./row.ts";

/** Bytes of every chunk of a document but the last. Source: docs/PROTOCOL.md 7.5. */
export const documentChunkBytes = 1_000_000;

/** One row of a stream of documents. */
export interface DocumentRow {
  /** Entry id of the document's first chunk, 32 hex digits. */
  readonly document: string;
  /** Name of the file in the first row, null in the others. */
  readonly name: string | null;
  readonly index: number;
  readonly last: boolean;
  readonly content: Uint8Array;
}

/** The cells of a row, in the order of the fields of a stream of documents. */
export function documentCells(row: DocumentRow): readonly Cell[] {
  return [row.document, row.name, row.index, row.last, row.content];
}

/**
 * A file as rows, each yielded as soon as its chunk is complete. An empty file is one empty row.
 * Source: docs/PROTOCOL.md 7.5.
 */
export async function* readDocument(
  chunks: Chunks,
  { document, name }: { readonly document: string; readonly name: string },
): AsyncGenerator<DocumentRow> {
  let index = 0;
  const row = (content: Uint8Array, last: boolean): DocumentRow => {
    const made = { document, name: index === 0 ? name : null, index, last, content };
    index += 1;
    return made;
  };
  let open = Buffer.alloc(documentChunkBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.byteLength; ) {
      // Only when more bytes follow is a full chunk known not to be the last.
      if (filled === documentChunkBytes) {
        yield row(open, false);
        open = Buffer.alloc(documentChunkBytes);
        filled = 0;
      }
      const piece = chunk.subarray(start, start + documentChunkBytes - filled);
      open.set(piece, filled);
      filled += piece.byteLength;
      start += piece.byteLength;
    }
  }
  yield row(open.subarray(0, filled), true);
}

/**
 * The bytes of one document from its rows in order; nothing counts as the document until the end.
 * @throws CLI_DOCUMENT_BROKEN for a row missing, out of order, of another document or of another size
 */
export async function* joinDocument(rows: AsyncIterable<DocumentRow>): AsyncGenerator<Uint8Array> {
  let name = "";
  let document: string | null = null;
  let next = 0;
  let ended = false;
  const refuse = (reason: DocumentFault): CliError => {
    return new CliError("CLI_DOCUMENT_BROKEN", { name, reason });
  };
  for await (const row of rows) {
    document ??= row.document;
    name ||= row.name ?? "";
    if (ended || row.index !== next) throw refuse("order");
    if (row.document !== document) throw refuse("mixed");
    const size = row.content.byteLength;
    const fits = row.last ? size <= documentChunkBytes : size === documentChunkBytes;
    if (!fits || (row.last && size === 0 && next > 0)) throw refuse("shape");
    next += 1;
    ended = row.last;
    yield row.content;
  }
  if (!ended) throw refuse("incomplete");
}

/**
 * A name under which a document of somebody else may be written here: no folders, no control
 * characters, no name that means a folder or hides the file.
 */
export function safeFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const plain = last
    .replaceAll(/[\p{Cc}\p{Cf}<>:"|?*]/gu, "_")
    .replace(/^\.+/, "_")
    .trim();
  return plain === "" ? "document" : [...plain].slice(0, 120).join("");
}
