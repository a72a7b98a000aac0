import {
  type Block,
  decodeBlock,
  encodeProof,
  type FieldProof,
  facetFields,
  type LeafProof,
  limits,
  type Row,
} from "@tegata/ledger/chain";
import { assert, type StreamId } from "@tegata/ledger/primitives";
import { discloseField, discloseRow } from "@tegata/ledger/vault";
import type { NodeClient } from "@tegata/node/client";
import type { Raw } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { Place } from "./book/facts.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring, OpenSchema } from "./keyring.ts";
import { alternatives } from "./names.ts";
import type { Opener, RecordsTransaction } from "./opener.ts";
import { readSteps } from "./proof-steps.ts";
import type { Query } from "./query.ts";
import type { Schemas } from "./schemas.ts";

/** What proofs are made from. */
export interface ProofParts {
  readonly node: NodeClient;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly schemas: Schemas;
  readonly query: Query;
  readonly opener: Opener;
}

/** One row of a stream, or one field of it. */
export interface ProofOrder {
  readonly stream: StreamId;
  readonly record: string;
  readonly facet: string;
  readonly field: string | null;
}

const recordText = /^(\d{1,15})\.(\d{1,9})\.(\d{1,6})$/;
const headBytes = 64;

/** Takes the name of a record apart. @throws GATEWAY_RECORD_UNKNOWN */
export function parseRecord(record: string): Place & { readonly row: number } {
  const match = recordText.exec(record);
  if (match === null) throw new GatewayError("GATEWAY_RECORD_UNKNOWN", { record });
  return { height: Number(match[1]), index: Number(match[2]), row: Number(match[3]) };
}

/** Makes proofs that anybody can check without this company and without the network. */
export class Proofs {
  readonly #parts: ProofParts;

  constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  /**
   * The text of a proof file. @throws GATEWAY_RECORD_UNKNOWN, GATEWAY_FACET_UNKNOWN, GATEWAY_FIELD_UNKNOWN,
   * GATEWAY_PROOF_SCOPE, GATEWAY_PROOF_TOO_LONG, GATEWAY_PROOF_GAP, GATEWAY_PART_REFUSED,
   * GATEWAY_PAYLOAD_MISSING, GATEWAY_NOT_READABLE
   */
  async make(order: ProofOrder): Promise<string> {
    const { node, opener } = this.#parts;
    const { stream, record } = order;
    const place = parseRecord(record);
    const opened = await this.#schema(stream);
    const transaction = this.#transaction(order, place);
    const facet = this.#facet(opened, transaction, order.facet);
    const rows = (await opener.rows(stream, place, [facet])).get(facet) ?? null;
    if (rows === null) throw new GatewayError("GATEWAY_PART_REFUSED", { record });
    if (place.row >= rows.length) throw new GatewayError("GATEWAY_RECORD_UNKNOWN", { record });
    const shown = this.#disclose(order, opened, transaction, facet, rows, place.row);
    const [genesis, first, { block, certificate }] = await Promise.all([
      node.genesis(),
      this.#block(1, record),
      this.#block(place.height, record),
    ]);
    const steps = await readSteps(node, first.block.header.validatorsHash, block.header);
    const text = encodeProof({
      genesis: Uint8Array.from(genesis),
      steps,
      header: block.headerBytes,
      certificate,
      transaction: transaction.bytes,
      transactionIndex: place.index,
      transactionIds: block.transactions.map(({ id }) => id),
      facet,
      schemaSalt: opened.schemaSalt,
      schemaBytes: opened.schemaBytes,
      ...shown,
    });
    if (text.length <= limits.proofBytesMax) return text;
    const { height } = place;
    throw new GatewayError("GATEWAY_PROOF_TOO_LONG", { height, most: limits.proofStepsMax });
  }

  /** What lies on this company's disk for a record, readable or not. */
  async raw(stream: StreamId, record: string, part: number): Promise<Raw> {
    const { node, opener } = this.#parts;
    const transaction = opener.transaction(stream, parseRecord(record));
    const facet = transaction.body.facets[part];
    const reference = transaction.payloads[part];
    if (facet === undefined || reference === undefined) {
      throw new GatewayError("GATEWAY_FACET_UNKNOWN", {
        facet: `${part}`,
        ...alternatives(
          `${part}`,
          transaction.body.facets.map((_, index) => `${index}`),
        ),
      });
    }
    const payload = await node.payload(transaction.id, part);
    if (payload === null) throw new GatewayError("GATEWAY_PAYLOAD_MISSING", { record });
    if (payload === "purged") throw new GatewayError("GATEWAY_RECORD_DELETED", { record });
    return {
      transaction: transaction.id,
      part,
      bytes: payload.length,
      head: Buffer.from(payload.subarray(0, headBytes)).toString("hex"),
      commitment: Buffer.from(facet.commitment).toString("hex"),
    };
  }

  /** The schema with its bytes. @throws GATEWAY_NOT_READABLE */
  async #schema(stream: StreamId): Promise<OpenSchema> {
    const { query, schemas } = this.#parts;
    await query.schema(stream);
    const opened = await schemas.open(stream);
    assert(opened !== null, "a schema that was read is kept");
    return opened;
  }

  #facet({ schema }: OpenSchema, transaction: RecordsTransaction, name: string): number {
    const { keyring } = this.#parts;
    const { generation, epoch } = transaction.body;
    const known = schema.facets
      .map((facet, index) => ({ index, name: facet.name }))
      .filter(({ index }) => keyring.epochKey(transaction.lane, generation, index, epoch) !== null);
    const found = known.find((facet) => facet.name === name);
    if (found !== undefined) return found.index;
    const names = known.map((facet) => facet.name);
    throw new GatewayError("GATEWAY_FACET_UNKNOWN", { facet: name, ...alternatives(name, names) });
  }

  #disclose(
    order: ProofOrder,
    { schema }: OpenSchema,
    { lane, sequence, body }: RecordsTransaction,
    facet: number,
    rows: readonly Row[],
    row: number,
  ): { readonly row: LeafProof; readonly field: FieldProof | null } {
    const { book, keyring } = this.#parts;
    const disclosure = book.stream(lane)?.facets[facet] ?? "row";
    const { generation, epoch, rnd } = body;
    const epochKey = keyring.epochKey(lane, generation, facet, epoch);
    if (epochKey === null || (disclosure === "field") !== (order.field !== null)) {
      throw new GatewayError("GATEWAY_PROOF_SCOPE", { facet: order.facet, disclosure });
    }
    const part = {
      ...{ streamId: lane, generation, lane, sequence, rnd, facet },
      ...{ disclosure, rows, epochKey },
    };
    if (order.field === null) return { row: discloseRow(part, row), field: null };
    const known = facetFields(schema, facet).map(({ name }) => name);
    const index = known.indexOf(order.field);
    if (index < 0) {
      const others = alternatives(order.field, known);
      throw new GatewayError("GATEWAY_FIELD_UNKNOWN", { field: order.field, ...others });
    }
    const shown = discloseField(part, row, index + 1);
    return { row: shown, field: shown };
  }

  /** @throws GATEWAY_RECORD_UNKNOWN with the whole name that was asked for */
  #transaction({ stream, record }: ProofOrder, place: Place): RecordsTransaction {
    try {
      return this.#parts.opener.transaction(stream, place);
    } catch (error) {
      const isUnknown = error instanceof GatewayError && error.code === "GATEWAY_RECORD_UNKNOWN";
      throw isUnknown ? new GatewayError("GATEWAY_RECORD_UNKNOWN", { record }) : error;
    }
  }

  async #block(
    height: number,
    record: string,
  ): Promise<{ readonly block: Block; readonly certificate: Uint8Array }> {
    const { blocks } = await this.#parts.node.blocks(height, { waitMs: 0, blocksMax: 1 });
    const [found] = blocks;
    if (found?.height !== height) throw new GatewayError("GATEWAY_RECORD_UNKNOWN", { record });
    const block = decodeBlock(Uint8Array.from(found.block));
    return { block, certificate: Uint8Array.from(found.certificate) };
  }
}
