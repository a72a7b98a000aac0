// What stands inside a backup: records, each `u8 type, u32 length, u32 length, bytes, bytes`.
// Source: docs/PROTOCOL.md section 9.
import { createHash, type Hash } from "node:crypto";
import { concat, LedgerError } from "../primitives/index.ts";
import type { KeyRange, KeyValueEntry } from "./key-value-store.ts";

/** One part of a backup, in the order in which they stand. */
export type BackupRecord =
  | { readonly type: "file"; readonly path: string; readonly content: Uint8Array }
  /** The entries that follow are of this database. */
  | { readonly type: "database"; readonly name: string }
  | ({ readonly type: "entry" } & KeyValueEntry)
  /** The last record: text that says what stood before it. */
  | { readonly type: "end"; readonly manifest: string };

const numbers = { file: 1, database: 2, entry: 3, end: 9 } as const;
const headBytes = 9;
const nameBytesMax = 1_024;
/** A payload of the largest kind, and room for what a database adds. */
const valueBytesMax = 64 * 1_048_576;
const none = new Uint8Array(0);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Every key there can be in our databases: none begins with four bytes of ones. */
export const everyKey: KeyRange = Object.freeze({
  first: none,
  end: Uint8Array.of(255, 255, 255, 255),
});

function malformed(reason: string): LedgerError {
  return new LedgerError("LEDGER_BACKUP_MALFORMED", `not a backup: ${reason}`, { reason });
}

function partsOf(record: BackupRecord): readonly [number, Uint8Array, Uint8Array] {
  switch (record.type) {
    case "file":
      return [numbers.file, Buffer.from(record.path, "utf8"), record.content];
    case "database":
      return [numbers.database, Buffer.from(record.name, "utf8"), none];
    case "entry":
      return [numbers.entry, record.key, record.value];
    case "end":
      return [numbers.end, none, Buffer.from(record.manifest, "utf8")];
  }
}

/** Bytes of a record. */
export function encodeBackupRecord(record: BackupRecord): Uint8Array {
  const [number, first, second] = partsOf(record);
  const head = new Uint8Array(headBytes);
  const view = new DataView(head.buffer);
  view.setUint8(0, number);
  view.setUint32(1, first.length);
  view.setUint32(5, second.length);
  return concat(head, first, second);
}

/** A database as records, read from what somebody holds open. */
export async function* databaseRecords(
  name: string,
  entries: AsyncIterable<KeyValueEntry>,
): AsyncGenerator<BackupRecord> {
  yield { type: "database", name };
  for await (const { key, value } of entries) yield { type: "entry", key, value };
}

function decode(number: number, first: Uint8Array, second: Uint8Array): BackupRecord {
  try {
    switch (number) {
      case numbers.file:
        return { type: "file", path: utf8.decode(first), content: second };
      case numbers.database:
        return { type: "database", name: utf8.decode(first) };
      case numbers.entry:
        return { type: "entry", key: first, value: second };
      case numbers.end:
        return { type: "end", manifest: utf8.decode(second) };
    }
  } catch {
    throw malformed("a name that is no text");
  }
  throw malformed(`a record of type ${number}`);
}

/**
 * Reads records up to the last one.
 * @throws LEDGER_BACKUP_MALFORMED also where something follows the last one or it is missing
 */
export async function* readBackupRecords(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<BackupRecord> {
  let held: Uint8Array = none;
  let isOver = false;
  for await (const part of source) {
    if (isOver && part.length > 0) throw malformed("something behind its end");
    held = held.length === 0 ? part : concat(held, part);
    for (;;) {
      const next = take(held);
      if (next === null) break;
      held = held.subarray(next.bytes);
      isOver = next.record.type === "end";
      if (isOver && held.length > 0) throw malformed("something behind its end");
      yield next.record;
    }
  }
  if (!isOver) throw malformed("its end is missing");
}

function take(held: Uint8Array): { readonly record: BackupRecord; readonly bytes: number } | null {
  if (held.length < headBytes) return null;
  const view = new DataView(held.buffer, held.byteOffset, held.length);
  const [first, second] = [view.getUint32(1), view.getUint32(5)];
  if (first > nameBytesMax || second > valueBytesMax) throw malformed("a record that is too large");
  const bytes = headBytes + first + second;
  if (held.length < bytes) return null;
  const middle = headBytes + first;
  const name = held.slice(headBytes, middle);
  return { record: decode(view.getUint8(0), name, held.slice(middle, bytes)), bytes };
}

/** What a backup holds of one file or database. */
export interface BackupItem {
  readonly name: string;
  readonly kind: "file" | "database";
  /** Entries of a database; 1 for a file. */
  readonly entries: number;
  readonly bytes: number;
  /** SHA-256 over the records, hex. */
  readonly sha256: string;
}

/** Counts and hashes records as they pass, so that the last record can say what stood before it. */
export class BackupTally {
  readonly #items: BackupItem[] = [];
  #open: { name: string; entries: number; bytes: number; hash: Hash } | null = null;

  add(record: BackupRecord): void {
    if (record.type === "end") return;
    const encoded = encodeBackupRecord(record);
    if (record.type === "entry") {
      if (this.#open === null) throw malformed("an entry of no database");
      this.#open.entries += 1;
      this.#open.bytes += encoded.length;
      this.#open.hash.update(encoded);
      return;
    }
    this.#finish();
    if (record.type === "database") {
      const hash = createHash("sha256").update(encoded);
      this.#open = { name: record.name, entries: 0, bytes: 0, hash };
      return;
    }
    const sha256 = createHash("sha256").update(encoded).digest("hex");
    const { path: name, content } = record;
    this.#items.push({ name, kind: "file", entries: 1, bytes: content.length, sha256 });
  }

  /** Everything that has passed. */
  items(): readonly BackupItem[] {
    this.#finish();
    return this.#items;
  }

  #finish(): void {
    if (this.#open === null) return;
    const { name, entries, bytes, hash } = this.#open;
    this.#items.push({ name, kind: "database", entries, bytes, sha256: hash.digest("hex") });
    this.#open = null;
  }
}
