import type { KeyObject } from "node:crypto";
import type { Transaction } from "@tegata/ledger/chain";
import {
  type Category,
  type Disclosure,
  decodeSchema,
  type EpochLength,
  type GrantId,
  grantId,
  type StreamSchema,
} from "@tegata/ledger/chain";
import {
  equalBytes,
  type Hash,
  idBytes,
  type MemberId,
  type NetworkId,
  type StreamId,
} from "@tegata/ledger/primitives";
import {
  createFacetTree,
  createKeyTree,
  createXwingKeyPair,
  facetRoot,
  type GrantedFacet,
  type KeyTree,
  openGrant,
  type XwingKeyPair,
} from "@tegata/ledger/vault";
import { sealedKey } from "./store/sealed-key.ts";
import type { SealedStore, SealedWrite } from "./store/sealed-store.ts";
import { indexTable as table } from "./store/tables.ts";

/** What an owner keeps of a stream beside its roots. */
export interface OwnStream {
  readonly id: StreamId;
  readonly category: Category;
  readonly epochLength: EpochLength;
  readonly disclosures: readonly Disclosure[];
  readonly schemaBytes: Uint8Array;
  readonly schemaSalt: Uint8Array;
  readonly schemaHash: Hash;
  readonly metaKey: Uint8Array;
  readonly createdMs: number;
}

/** A stream's schema once it could be opened. */
export interface OpenSchema {
  readonly schema: StreamSchema;
  readonly schemaBytes: Uint8Array;
  readonly schemaSalt: Uint8Array;
}

/** What a grant to this company gave; null nodes never occur: an unopened grant is not kept. */
export interface ReceivedGrant {
  readonly id: GrantId;
  readonly stream: StreamId;
  readonly generation: number;
  readonly epochFirst: number;
  readonly epochLast: number;
  readonly metaKey: Uint8Array;
  readonly facets: readonly GrantedFacet[];
}

interface StoredRoot {
  readonly stream: StreamId;
  readonly generation: number;
  readonly root: Uint8Array;
}

interface StoredSchema {
  readonly stream: StreamId;
  readonly schemaBytes: Uint8Array;
  readonly schemaSalt: Uint8Array;
}

const treesKept = 4_096;

/** Every key by which this company reads: roots of its own streams, and what others granted. */
export class Keyring {
  readonly #store: SealedStore;
  readonly #network: NetworkId;
  readonly #self: MemberId;
  /** The current one first, then those that were recovered. */
  readonly #keyPairs: XwingKeyPair[];
  readonly #own = new Map<StreamId, OwnStream>();
  /** Root of each generation, from 1. */
  readonly #roots = new Map<StreamId, Map<number, Uint8Array>>();
  readonly #received = new Map<StreamId, ReceivedGrant[]>();
  readonly #schemas = new Map<StreamId, OpenSchema>();
  readonly #trees = new Map<string, KeyTree>();

  private constructor(
    store: SealedStore,
    network: NetworkId,
    self: MemberId,
    keyPair: XwingKeyPair,
  ) {
    this.#store = store;
    this.#network = network;
    this.#self = self;
    this.#keyPairs = [keyPair];
  }

  static async open(
    store: SealedStore,
    network: NetworkId,
    self: MemberId,
    keyPair: XwingKeyPair,
  ): Promise<Keyring> {
    const keyring = new Keyring(store, network, self, keyPair);
    for await (const { value } of store.prefix(sealedKey(table.seed))) {
      keyring.#keyPairs.push(createXwingKeyPair(value as Uint8Array));
    }
    for await (const { value } of store.prefix(sealedKey(table.ownStream))) {
      keyring.#takeOwn(value as OwnStream);
    }
    for await (const { value } of store.prefix(sealedKey(table.root))) {
      const { stream, generation, root } = value as StoredRoot;
      keyring.#rootsOf(stream).set(generation, root);
    }
    for await (const { value } of store.prefix(sealedKey(table.opened))) {
      keyring.#takeReceived(value as ReceivedGrant);
    }
    for await (const { value } of store.prefix(sealedKey(table.schema))) {
      const { stream, ...opened } = value as StoredSchema;
      keyring.#schemas.set(stream, { ...opened, schema: decodeSchema(opened.schemaBytes) });
    }
    return keyring;
  }

  /** What the owner keeps of a stream; null for streams of others, and for own ones whose keys are lost. */
  own(stream: StreamId): OwnStream | null {
    return this.#own.get(stream) ?? null;
  }

  ownStreams(): Iterable<OwnStream> {
    return this.#own.values();
  }

  schema(stream: StreamId): OpenSchema | null {
    return this.#schemas.get(stream) ?? null;
  }

  received(stream: StreamId): readonly ReceivedGrant[] {
    return this.#received.get(stream) ?? [];
  }

  /** Streams of others of which at least one grant was opened. */
  receivedStreams(): Iterable<StreamId> {
    return this.#received.keys();
  }

  /** Opens a stream's schema; null without a grant. */
  metaKey(stream: StreamId): Uint8Array | null {
    return this.#own.get(stream)?.metaKey ?? this.#received.get(stream)?.at(-1)?.metaKey ?? null;
  }

  root(stream: StreamId, generation: number): Uint8Array | null {
    return this.#roots.get(stream)?.get(generation) ?? null;
  }

  /** Keeps a new own stream with the root of its first generation; on the disk when it resolves. */
  async addStream(stream: OwnStream, root: Uint8Array): Promise<void> {
    const key = sealedKey(table.ownStream, this.#store.hide(idBytes(stream.id)));
    await this.#store.write([
      { type: "put", key, value: stream },
      this.#rootWrite({ stream: stream.id, generation: 1, root }),
    ]);
    this.#takeOwn(stream);
    this.#rootsOf(stream.id).set(1, root);
  }

  /** Keeps the root of a further generation; on the disk when it resolves. */
  async addRoot(stream: StreamId, generation: number, root: Uint8Array): Promise<void> {
    await this.#store.write([this.#rootWrite({ stream, generation, root })]);
    this.#rootsOf(stream).set(generation, root);
  }

  /** Forgets an own stream that never came onto the ledger. */
  async dropStream(stream: StreamId): Promise<void> {
    const generations = [...(this.#roots.get(stream)?.keys() ?? [])];
    await this.#store.write([
      { type: "delete", key: sealedKey(table.ownStream, this.#store.hide(idBytes(stream))) },
      ...generations.map((generation) => ({
        type: "delete" as const,
        key: this.#rootKey(stream, generation),
      })),
    ]);
    this.#own.delete(stream);
    this.#roots.delete(stream);
    this.#schemas.delete(stream);
  }

  /** Keeps the schema of another company's stream. */
  async addSchema(
    stream: StreamId,
    schemaSalt: Uint8Array,
    schemaBytes: Uint8Array,
  ): Promise<void> {
    const schema = decodeSchema(schemaBytes);
    const key = sealedKey(table.schema, this.#store.hide(idBytes(stream)));
    const value: StoredSchema = { stream, schemaBytes, schemaSalt };
    await this.#store.write([{ type: "put", key, value }]);
    this.#schemas.set(stream, { schema, schemaBytes, schemaSalt });
  }

  /**
   * Opens the covers of a grant transaction that are sealed to this company. What does not open is counted
   * in `failed` and left out: the owner sealed it to another key, or wrongly.
   */
  async receive(
    transaction: Extract<Transaction, { kind: "grant" }>,
  ): Promise<{ readonly writes: readonly SealedWrite[]; readonly failed: number }> {
    const writes: SealedWrite[] = [];
    let failed = 0;
    const { lane: streamId, sequence, memberId: owner } = transaction;
    for (const [coverIndex, cover] of transaction.body.entries()) {
      if (cover.grantee !== this.#self) continue;
      const { sealed, ...span } = cover;
      const place = { ...span, network: this.#network, streamId, sequence, coverIndex, owner };
      const opened = await this.#open(place, sealed);
      if (opened === null) {
        failed += 1;
        continue;
      }
      const grant: ReceivedGrant = {
        id: grantId(streamId, sequence, coverIndex),
        stream: streamId,
        generation: cover.generation,
        epochFirst: cover.epochFirst,
        epochLast: cover.epochLast,
        metaKey: opened.metaKey,
        facets: opened.facets,
      };
      this.#takeReceived(grant);
      const key = sealedKey(table.opened, this.#store.hide(grant.id));
      writes.push({ type: "put", key, value: grant });
    }
    return { writes, failed };
  }

  /** Whether what is sealed to this encryption key can be opened. */
  holds(key: Uint8Array): boolean {
    return this.#keyPairs.some((one) => equalBytes(one.publicKey.bytes, key));
  }

  /**
   * Keeps the seed of an earlier encryption key, to which old grants are sealed; false where it is here.
   * On the disk when it resolves.
   */
  async addSeed(seed: Uint8Array): Promise<boolean> {
    const pair = createXwingKeyPair(seed);
    const { bytes } = pair.publicKey;
    if (this.holds(bytes)) return false;
    const key = sealedKey(table.seed, this.#store.hide(bytes));
    await this.#store.write([{ type: "put", key, value: seed }]);
    this.#keyPairs.push(pair);
    return true;
  }

  /** As {@link receive} once more, after keys came back; answers how many covers opened that had not. */
  async receiveAgain(transaction: Extract<Transaction, { kind: "grant" }>): Promise<number> {
    const known = this.received(transaction.lane).length;
    const { writes } = await this.receive(transaction);
    await this.#store.write(writes);
    return this.received(transaction.lane).length - known;
  }

  /** Opens also what is sealed to this key of the company, as long as this keyring is there. */
  addPair(pair: XwingKeyPair): void {
    const { bytes } = pair.publicKey;
    if (!this.holds(bytes)) this.#keyPairs.push(pair);
  }

  async #open(place: Parameters<typeof openGrant>[0], sealed: Uint8Array) {
    for (const keyPair of this.#keyPairs) {
      const opened = await openGrant(place, keyPair, sealed);
      if (opened.ok) return opened;
    }
    return null;
  }

  /** The key of a facet's epoch, or null where this company may not read. */
  epochKey(stream: StreamId, generation: number, facet: number, epoch: number): KeyObject | null {
    return this.#tree(stream, generation, facet)?.epochKey(epoch) ?? null;
  }

  #tree(stream: StreamId, generation: number, facet: number): KeyTree | null {
    const name = `${stream}/${generation}/${facet}`;
    const known = this.#trees.get(name);
    if (known !== undefined) return known;
    const made = this.#plant(stream, generation, facet);
    if (made === null) return null;
    if (this.#trees.size >= treesKept) this.#trees.clear();
    this.#trees.set(name, made);
    return made;
  }

  #plant(stream: StreamId, generation: number, facet: number): KeyTree | null {
    const root = this.root(stream, generation);
    if (root !== null) {
      const place = { network: this.#network, streamId: stream, generation, facet };
      const bytes = facetRoot(root, place);
      const tree = createFacetTree(bytes);
      bytes.fill(0);
      return tree;
    }
    const nodes = this.received(stream)
      .filter((grant) => grant.generation === generation)
      .flatMap((grant) => grant.facets)
      .filter((granted) => granted.facet === facet)
      .flatMap((granted) => granted.nodes);
    return nodes.length === 0 ? null : createKeyTree(nodes);
  }

  #takeOwn(stream: OwnStream): void {
    this.#own.set(stream.id, stream);
    const { schemaBytes, schemaSalt } = stream;
    const schema = decodeSchema(schemaBytes);
    this.#schemas.set(stream.id, { schema, schemaBytes, schemaSalt });
  }

  #takeReceived(grant: ReceivedGrant): void {
    const grants = this.#received.get(grant.stream) ?? [];
    this.#received.set(grant.stream, grants);
    if (grants.some(({ id }) => id === grant.id)) return;
    grants.push(grant);
    for (const { facet } of grant.facets) {
      this.#trees.delete(`${grant.stream}/${grant.generation}/${facet}`);
    }
  }

  #rootsOf(stream: StreamId): Map<number, Uint8Array> {
    const roots = this.#roots.get(stream) ?? new Map<number, Uint8Array>();
    this.#roots.set(stream, roots);
    return roots;
  }

  #rootKey(stream: StreamId, generation: number): Uint8Array {
    return sealedKey(table.root, this.#store.hide(idBytes(stream), `${generation}`));
  }

  #rootWrite(root: StoredRoot): SealedWrite {
    return { type: "put", key: this.#rootKey(root.stream, root.generation), value: root };
  }
}
