import { decodeTransaction, facetFields, type Row, type TransactionOf } from "@tegata/ledger/chain";
import type { MemberId, NetworkId, StreamId } from "@tegata/ledger/primitives";
import { openPart } from "@tegata/ledger/vault";
import type { NodeClient } from "@tegata/node/client";
import type { Book } from "./book/book.ts";
import type { BatchPointer, Place } from "./book/facts.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring } from "./keyring.ts";
import { gatewayLimits } from "./limits.ts";

/** A transaction that holds records. */
export type RecordsTransaction = TransactionOf<"records">;

/** What opening needs. */
export interface OpenerParts {
  readonly node: NodeClient;
  readonly network: NetworkId;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly member: MemberId;
  /** Rows of a facet of another company were opened. */
  readonly noteOpened: (rows: number) => void;
  /** A part that did not open to what its owner committed to. */
  readonly noteRefused: (code: string) => void;
}

/** One opened facet of a batch; null where it does not open as it should. */
type OpenedRows = readonly Row[] | null;

interface Kept {
  readonly rows: OpenedRows;
  readonly bytes: number;
}

/** Text of a place, as people name the records of a batch. */
export function placeText({ height, index }: Place): string {
  return `${height}.${index}`;
}

/** Opens parts of batches and keeps the last ones in memory, never on the disk. */
export class Opener {
  readonly #parts: OpenerParts;
  readonly #kept = new Map<string, Kept>();
  #keptBytes = 0;
  #deletions = 0;

  constructor(parts: OpenerParts) {
    this.#parts = parts;
  }

  /** Bytes of the rows that are kept. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The facets of a batch that this company has keys for. */
  readableFacets(stream: StreamId, { generation, epoch }: BatchPointer): readonly number[] {
    const { book, keyring } = this.#parts;
    const disclosures = book.stream(stream)?.facets ?? [];
    return [...disclosures.keys()].filter(
      (facet) => keyring.epochKey(stream, generation, facet, epoch) !== null,
    );
  }

  /** The records that stand at a place. @throws GATEWAY_RECORD_UNKNOWN */
  transaction(stream: StreamId, place: Place): RecordsTransaction {
    const bytes = this.#parts.book.batchBytes(place);
    const transaction = bytes === null ? null : decodeTransaction(bytes);
    if (transaction?.kind === "records" && transaction.lane === stream) return transaction;
    throw new GatewayError("GATEWAY_RECORD_UNKNOWN", { record: placeText(place) });
  }

  /**
   * Rows of the given facets of a batch. A facet that does not open to what its owner committed to is null.
   * @throws GATEWAY_PAYLOAD_MISSING, GATEWAY_RECORD_DELETED, and what the node's client throws
   */
  async rows(
    stream: StreamId,
    place: Place,
    facets: readonly number[],
  ): Promise<ReadonlyMap<number, OpenedRows>> {
    let transaction: RecordsTransaction | null = null;
    const opened = new Map<number, OpenedRows>();
    for (const facet of facets) {
      const name = `${placeText(place)}.${facet}`;
      const kept = this.#kept.get(name);
      if (kept !== undefined) {
        this.#kept.delete(name);
        this.#kept.set(name, kept);
        opened.set(facet, kept.rows);
        continue;
      }
      transaction ??= this.transaction(stream, place);
      const { deletions } = this.#parts.book;
      const { rows, bytes } = await this.#open(transaction, place, facet);
      // What did not open may open later, with another grant; what was deleted meanwhile is not to be kept.
      const isKept = rows !== null && deletions === this.#parts.book.deletions;
      if (isKept) this.#keep(name, { rows, bytes });
      opened.set(facet, rows);
    }
    return opened;
  }

  async #open(transaction: RecordsTransaction, place: Place, facet: number): Promise<Kept> {
    const { node, network, book, keyring } = this.#parts;
    const { lane, memberId: owner, sequence, body, payloads, id } = transaction;
    const { generation, epoch, rnd, facets, schemaHash } = body;
    const facts = book.stream(lane);
    const schema = keyring.schema(lane)?.schema;
    const epochKey = keyring.epochKey(lane, generation, facet, epoch);
    const disclosure = facts?.facets[facet];
    if (facts === null || schema === undefined || epochKey === null || disclosure === undefined) {
      return { rows: null, bytes: 0 };
    }
    const payload = await node.payload(id, facet);
    if (payload === null) {
      throw new GatewayError("GATEWAY_PAYLOAD_MISSING", { record: placeText(place) });
    }
    if (payload === "purged") {
      throw new GatewayError("GATEWAY_RECORD_DELETED", { record: placeText(place) });
    }
    const result = openPart({
      ...{ network, owner, streamId: lane, generation, epoch, lane, sequence, schemaHash },
      ...{ rnd, facets, facet, disclosure, epochKey },
      payloadSizes: payloads.map(({ size }) => size),
      epochLength: facts.epochLength,
      fieldCount: facetFields(schema, facet).length,
      payload: Uint8Array.from(payload),
    });
    if (!result.ok) this.#parts.noteRefused(result.code);
    else if (owner !== this.#parts.member) this.#parts.noteOpened(result.rows.length);
    return { rows: result.ok ? result.rows : null, bytes: payload.length * 4 };
  }

  /** Nothing of what an owner had deleted stays in memory; called whenever it may have been. */
  forgetDeleted(): void {
    const { deletions } = this.#parts.book;
    if (deletions === this.#deletions) return;
    this.#deletions = deletions;
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  #keep(name: string, kept: Kept): void {
    this.#keptBytes += kept.bytes - (this.#kept.get(name)?.bytes ?? 0);
    this.#kept.set(name, kept);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= gatewayLimits.openedBytesMax) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes;
    }
  }
}
