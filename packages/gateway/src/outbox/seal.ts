import {
  type Bodies,
  type Category,
  CONTROL_LANE,
  type ContentOf,
  type Disclosure,
  type EpochLength,
  facetFields,
  type Kind,
  type Row,
  type StreamSchema,
  SUITE,
  signTransaction,
} from "@tegata/ledger/chain";
import {
  assert,
  decode,
  type EntryId,
  type Hash,
  type StreamId,
  sha256,
  type TransactionId,
  toHex,
  unreachable,
} from "@tegata/ledger/primitives";
import { sealBatch, sealGrant, sealMeta, sealStreamSecrets } from "@tegata/ledger/vault";
import type { Book } from "../book/book.ts";
import type { Company } from "../company.ts";
import type { Keyring } from "../keyring.ts";
import type { Members } from "../members.ts";
import type { ControlContent } from "./control-jobs.ts";
import type { EntryContent, PlannedCover, RowsContent } from "./entry.ts";

/** Rows of an outbox entry may hold more values than one facet of a batch. */
export const rowsLimits = Object.freeze({ depthMax: 4, itemsMax: 2_097_152 });

/** What is to be sealed, and with which numbers. */
export interface SealingOrder {
  readonly lane: StreamId;
  readonly sequence: number;
  readonly writer: number;
  readonly entryId: EntryId;
  /** Contents of one kind; several only for rows of one epoch; none for a `void`. */
  readonly contents: readonly EntryContent[];
  /** The generation that will be live at this place of the lane. */
  readonly generation: number;
  /** Says that the rows are older than a week. */
  readonly backfill: boolean;
}

/** A transaction ready to be sent. */
export interface Sealed {
  readonly id: TransactionId;
  readonly sequence: number;
  readonly generation: number;
  readonly transaction: Uint8Array;
  readonly payloads: readonly Uint8Array[];
  readonly sizeBytes: number;
}

interface StreamForm {
  readonly category: Category;
  readonly epochLength: EpochLength;
  readonly disclosures: readonly Disclosure[];
  readonly schemaHash: Hash;
}

type Parts<K extends Kind> = {
  readonly body: Bodies[K];
  readonly payloads: readonly Uint8Array[];
};

/** Makes transactions of what waits in the outbox: the only place where this company seals and signs. */
export class Sealer {
  readonly #company: Company;
  readonly #keyring: Keyring;
  readonly #book: Book;
  readonly #members: Members;

  constructor(company: Company, keyring: Keyring, book: Book, members: Members) {
    this.#company = company;
    this.#keyring = keyring;
    this.#book = book;
    this.#members = members;
  }

  /** Seals and signs; draws fresh randomness every time. */
  async seal(order: SealingOrder): Promise<Sealed> {
    const first = order.contents[0];
    if (first === undefined) return this.#sign(order, "void", { body: {}, payloads: [] });
    switch (first.kind) {
      case "rows":
        return this.#sign(order, "records", this.#records(order, first));
      case "stream-create":
        return this.#sign(order, "stream-create", await this.#create(order.lane));
      case "stream-roll":
        return this.#sign(order, "stream-roll", await this.#roll(order.lane, first));
      case "purge":
        return this.#sign(order, "purge", { body: rangeOf(first), payloads: [] });
      case "grant":
        return this.#sign(order, "grant", await this.#grant(order, first.covers));
      default:
        return unreachable(first);
    }
  }

  /** A claim to write with this number, in the control lane. */
  signClaim(claim: {
    readonly lane: StreamId;
    readonly sequence: number;
    readonly writer: number;
    readonly entryId: EntryId;
    readonly expiresMs: number;
  }): Uint8Array {
    const { network, member, signer } = this.#company;
    const content: ContentOf<"claim-writer"> = {
      ...claim,
      memberId: member,
      keyVersion: this.#keyVersion(),
      kind: "claim-writer",
      body: { writer: claim.writer },
      payloads: [],
    };
    return signTransaction(content, signer, network, 0).bytes;
  }

  /** Something the company itself says, in the control lane. */
  signControl(order: {
    readonly sequence: number;
    readonly writer: number;
    readonly entryId: EntryId;
    readonly expiresMs: number;
    readonly content: ControlContent;
  }): { readonly id: TransactionId; readonly bytes: Uint8Array } {
    const { network, member, signer } = this.#company;
    const { content, ...numbers } = order;
    const keyVersion = this.#keyVersion();
    const frame = { ...numbers, lane: CONTROL_LANE, memberId: member, keyVersion, payloads: [] };
    return signTransaction({ ...frame, ...content } as ContentOf<Kind>, signer, network, 0);
  }

  #sign<K extends Kind>(order: SealingOrder, kind: K, parts: Parts<K>): Sealed {
    const { network, member, signer } = this.#company;
    const { body, payloads } = parts;
    const content: ContentOf<K> = {
      memberId: member,
      keyVersion: this.#keyVersion(),
      lane: order.lane,
      sequence: order.sequence,
      writer: order.writer,
      entryId: order.entryId,
      kind,
      body,
      expiresMs: null,
      payloads: payloads.map((payload) => ({
        hash: toHex(sha256(payload)) as Hash,
        size: payload.length,
      })),
    };
    const { id, bytes } = signTransaction(content, signer, network, 0);
    const sizeBytes = payloads.reduce((sum, payload) => sum + payload.length, bytes.length);
    const { sequence, generation } = order;
    return { id, sequence, generation, transaction: bytes, payloads, sizeBytes };
  }

  #keyVersion(): number {
    const version = this.#members.signingVersion();
    assert(version !== null, "nothing is signed before the ledger knows the key");
    return version;
  }

  #form(stream: StreamId): StreamForm {
    const own = this.#keyring.own(stream);
    assert(own !== null, "an entry's stream is in the keyring");
    return own;
  }

  #records(order: SealingOrder, first: RowsContent): Parts<"records"> {
    const { lane: streamId, sequence, generation, contents } = order;
    const { epochLength, disclosures, schemaHash } = this.#form(streamId);
    const schema = this.#keyring.schema(streamId)?.schema;
    assert(schema !== undefined, "an own stream has its schema");
    const rows = contents.flatMap((content) => {
      assert(content.kind === "rows", "a batch is made of rows");
      return decode(content.rows, rowsLimits) as readonly Row[];
    });
    const { network, member } = this.#company;
    const { epoch } = first;
    const sealed = sealBatch({
      ...{ network, owner: member, streamId, generation, epoch, lane: streamId, sequence },
      ...{ schemaHash, epochLength },
      facets: disclosures.map((disclosure, facet) => {
        const epochKey = this.#keyring.epochKey(streamId, generation, facet, epoch);
        assert(epochKey !== null, "an owner has every epoch key");
        return { disclosure, rows: rowsOfFacet(schema, facet, rows), epochKey };
      }),
    });
    const { rnd, facets, payloads } = sealed;
    const { backfill } = order;
    return {
      body: { suite: SUITE, generation, epoch, backfill, schemaHash, rnd, facets },
      payloads,
    };
  }

  async #create(streamId: StreamId): Promise<Parts<"stream-create">> {
    const own = this.#keyring.own(streamId);
    assert(own !== null, "a stream to be created is in the keyring");
    const { network, member } = this.#company;
    const { category, epochLength, disclosures, schemaHash, schemaBytes, schemaSalt } = own;
    const place = { network, owner: member, streamId };
    const meta = sealMeta(place, own.metaKey, schemaBytes, schemaSalt);
    assert(meta.schemaHash === schemaHash, "a schema has one hash");
    const recoverySeal = await this.#recoverySeal(streamId, 1);
    const metaCommitment = meta.commitment;
    return {
      body: {
        ...{ suite: SUITE, category, epochLength, facets: disclosures },
        ...{ schemaHash, metaCommitment, recoverySeal },
      },
      payloads: [meta.payload],
    };
  }

  async #roll(
    streamId: StreamId,
    content: Extract<EntryContent, { kind: "stream-roll" }>,
  ): Promise<Parts<"stream-roll">> {
    const { generation } = content;
    const endedGrants = content.endedGrants.filter(
      (id) => this.#book.grant(streamId, id)?.endedHeight === null,
    );
    const recoverySeal = await this.#recoverySeal(streamId, generation);
    return { body: { generation, recoverySeal, endedGrants }, payloads: [] };
  }

  async #grant(order: SealingOrder, covers: readonly PlannedCover[]): Promise<Parts<"grant">> {
    const { lane: streamId, sequence } = order;
    const { network, member: owner } = this.#company;
    const own = this.#keyring.own(streamId);
    assert(own !== null, "a stream to be granted is in the keyring");
    const body = [];
    for (const [coverIndex, cover] of covers.entries()) {
      const key = this.#members.encryptionKey(cover.grantee);
      const streamRoot = this.#keyring.root(streamId, cover.generation);
      assert(key !== null && streamRoot !== null, "a planned cover has its reader and its root");
      const keyVersion = key.version;
      const place = { ...cover, network, streamId, sequence, coverIndex, owner, keyVersion };
      const secrets = { granteeKey: key.key, streamRoot, metaKey: own.metaKey };
      body.push({ ...cover, keyVersion, sealed: await sealGrant(place, secrets) });
    }
    return { body, payloads: [] };
  }

  async #recoverySeal(streamId: StreamId, generation: number): Promise<Uint8Array> {
    const streamRoot = this.#keyring.root(streamId, generation);
    const metaKey = this.#keyring.metaKey(streamId);
    assert(streamRoot !== null && metaKey !== null, "a generation's root is in the keyring");
    const place = { member: this.#company.member, streamId, generation };
    const recoveryKey = this.#members.recoveryKey();
    return await sealStreamSecrets(recoveryKey, place, { streamRoot, metaKey });
  }
}

function rangeOf({ sequenceFirst, sequenceLast }: Extract<EntryContent, { kind: "purge" }>) {
  return { sequenceFirst, sequenceLast };
}

/** A facet's cells of rows over all fields: the time, then the facet's fields in schema order. */
export function rowsOfFacet(
  schema: StreamSchema,
  facet: number,
  rows: readonly Row[],
): readonly Row[] {
  const columns = schema.fields.flatMap((field, index) =>
    field.facet === facet ? [index + 1] : [],
  );
  assert(columns.length === facetFields(schema, facet).length, "a field has one facet");
  return rows.map((row) => [row[0] ?? null, ...columns.map((column) => row[column] ?? null)]);
}
