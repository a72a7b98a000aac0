import { countRoot } from "../chain/counted-root.ts";
import { limits } from "../chain/limits.ts";
import { bucketOf, EMPTY_BUCKET_ROOT, isCheckpoint, stateRootOf } from "../chain/state-root.ts";
import type { Change } from "../chain/state-view.ts";
import {
  compareBytes,
  decode,
  encode,
  fromHex,
  type Hash,
  type Hex,
  idBytes,
  LedgerError,
  merkleLeafHash,
  merkleRootOfHashes,
  toHex,
} from "../primitives/index.ts";
import type { KeyValueStore, KeyValueWrite } from "./key-value-store.ts";
import { stateKeys } from "./keyspace.ts";

/** How many keys a bucket has, and the root over them: 32 bytes. */
export interface Bucket {
  readonly count: number;
  readonly root: Uint8Array;
}

/** What a commit adds to its batch, and what to remember once the batch is on the disk. */
export interface StagedBuckets {
  readonly writes: readonly KeyValueWrite[];
  /** The root of the whole state; null unless the height is a checkpoint. */
  readonly stateRoot: Hash | null;
  readonly changed: ReadonlySet<number>;
  readonly renewed: ReadonlyMap<number, Bucket>;
}

/** A state key and its leaf hash. */
interface Leaf {
  readonly key: Uint8Array;
  readonly leaf: Uint8Array;
}

/** By bucket and state key: the new leaf hashes of a block, null for deleted keys. */
type ChangedLeaves = ReadonlyMap<number, ReadonlyMap<Hex, Uint8Array | null>>;

/** With more changed buckets than this, one walk over all leaves is faster than one to each. */
const bucketsReadSingly = 512;

const nothing = new Uint8Array(0);
const emptyBucket: Bucket = { count: 0, root: EMPTY_BUCKET_ROOT };

/** Merkle leaf hash of a state key and its value's bytes. Source: docs/PROTOCOL.md section 5.8. */
export function stateLeafHash(key: Uint8Array, value: Uint8Array): Uint8Array {
  return merkleLeafHash(encode([key, value]));
}

/** The root over a bucket's leaf hashes, in the order of their keys. */
export function bucketOver(leafHashes: readonly Uint8Array[]): Bucket {
  const count = leafHashes.length;
  return { count, root: idBytes(countRoot("bucket", count, merkleRootOfHashes(leafHashes))) };
}

function damagedBucket(bucket: number): LedgerError<"LEDGER_STORE_DAMAGED"> {
  const what = `the root of state bucket ${bucket} is not one`;
  return new LedgerError("LEDGER_STORE_DAMAGED", what, { what, height: null });
}

/** @throws LEDGER_STORE_DAMAGED */
export function readBucket(bytes: Uint8Array, bucket: number): Bucket {
  try {
    const value = decode(bytes);
    if (Array.isArray(value)) {
      const [count, root] = value;
      if (typeof count === "number" && root instanceof Uint8Array && root.length === 32) {
        return { count, root };
      }
    }
  } catch {
    // Falls through to the same answer.
  }
  throw damagedBucket(bucket);
}

/**
 * The tree over the state, renewed at checkpoints only: between them it remembers which buckets
 * changed, on the disk too, so that a checkpoint re-hashes those and no others.
 */
export class BucketRoots {
  readonly #state: KeyValueStore;
  readonly #buckets: Bucket[] = new Array<Bucket>(limits.buckets).fill(emptyBucket);
  readonly #changed = new Set<number>();

  private constructor(state: KeyValueStore) {
    this.#state = state;
  }

  /** @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_FAILED */
  static async load(state: KeyValueStore): Promise<BucketRoots> {
    const roots = new BucketRoots(state);
    for await (const { key, value } of state.range(stateKeys.bucketRoots)) {
      const bucket = stateKeys.readBucket(key);
      if (bucket >= limits.buckets) throw damagedBucket(bucket);
      roots.#buckets[bucket] = readBucket(value, bucket);
    }
    for await (const { key } of state.range(stateKeys.bucketsChanged)) {
      roots.#changed.add(stateKeys.readBucket(key));
    }
    return roots;
  }

  /** Number of keys and root of every bucket; at a checkpoint, and only there, they are the state's. */
  get all(): readonly Bucket[] {
    return [...this.#buckets];
  }

  /** Prepares the changes of a block; a checkpoint renews every bucket changed since the last one. */
  async stage(height: number, changes: readonly Change[]): Promise<StagedBuckets> {
    const writes: KeyValueWrite[] = [];
    const leaves = new Map<number, Map<Hex, Uint8Array | null>>();
    for (const [key, value] of changes) {
      const bucket = bucketOf(key);
      const leaf = value === null ? null : stateLeafHash(key, value);
      const leafKey = stateKeys.bucketLeaf(bucket, key);
      if (leaf === null) writes.push({ type: "delete", key: leafKey });
      else writes.push({ type: "put", key: leafKey, value: leaf });
      const ofBucket = leaves.get(bucket) ?? new Map<Hex, Uint8Array | null>();
      leaves.set(bucket, ofBucket.set(toHex(key), leaf));
    }
    if (!isCheckpoint(height)) return this.#mark(leaves, writes);
    return this.#renew(leaves, writes);
  }

  /** Takes over what was staged, after its batch is on the disk. */
  accept(staged: StagedBuckets): void {
    if (staged.stateRoot !== null) this.#changed.clear();
    for (const bucket of staged.changed) this.#changed.add(bucket);
    for (const [bucket, renewed] of staged.renewed) this.#buckets[bucket] = renewed;
  }

  #mark(leaves: ChangedLeaves, writes: KeyValueWrite[]): StagedBuckets {
    const changed = new Set<number>();
    for (const bucket of leaves.keys()) {
      if (this.#changed.has(bucket)) continue;
      changed.add(bucket);
      writes.push({ type: "put", key: stateKeys.bucketChanged(bucket), value: nothing });
    }
    return { writes, stateRoot: null, changed, renewed: new Map() };
  }

  async #renew(leaves: ChangedLeaves, writes: KeyValueWrite[]): Promise<StagedBuckets> {
    const renewed = new Map<number, Bucket>();
    const changed = new Set([...this.#changed, ...leaves.keys()]);
    for await (const [bucket, stored] of this.#storedLeaves(changed)) {
      const fresh = bucketOver(overlaid(stored, leaves.get(bucket)));
      renewed.set(bucket, fresh);
      const value = encode([fresh.count, fresh.root]);
      writes.push({ type: "put", key: stateKeys.bucketRoot(bucket), value });
    }
    for (const bucket of this.#changed) {
      writes.push({ type: "delete", key: stateKeys.bucketChanged(bucket) });
    }
    const all = this.#buckets.map((bucket, index) => renewed.get(index) ?? bucket);
    const count = all.reduce((sum, bucket) => sum + bucket.count, 0);
    const stateRoot = stateRootOf(
      all.map(({ root }) => root),
      count,
    );
    return { writes, stateRoot, changed: new Set(), renewed };
  }

  /** The leaves on the disk of each of these buckets, also of those that have none. */
  async *#storedLeaves(buckets: ReadonlySet<number>): AsyncGenerator<[number, Leaf[]]> {
    if (buckets.size <= bucketsReadSingly) {
      for (const bucket of buckets) {
        const leaves: Leaf[] = [];
        for await (const { key, value } of this.#state.range(stateKeys.bucketLeaves(bucket))) {
          leaves.push({ key: stateKeys.stateKeyOfLeaf(key), leaf: value });
        }
        yield [bucket, leaves];
      }
      return;
    }
    // One walk over all leaves, which come bucket by bucket.
    const left = new Set(buckets);
    let current: [number, Leaf[]] | null = null;
    for await (const { key, value } of this.#state.range(stateKeys.allBucketLeaves)) {
      const bucket = stateKeys.readBucket(key);
      if (current !== null && current[0] !== bucket) {
        yield current;
        current = null;
      }
      if (!buckets.has(bucket)) continue;
      left.delete(bucket);
      current ??= [bucket, []];
      current[1].push({ key: stateKeys.stateKeyOfLeaf(key), leaf: value });
    }
    if (current !== null) yield current;
    for (const bucket of left) yield [bucket, []];
  }
}

/** Leaf hashes in the order of their keys, with the block's own changes laid over those on the disk. */
function overlaid(stored: readonly Leaf[], over: ReadonlyMap<Hex, Uint8Array | null> | undefined) {
  if (over === undefined) return stored.map(({ leaf }) => leaf);
  const leaves = stored.filter(({ key }) => !over.has(toHex(key)));
  for (const [key, leaf] of over) if (leaf !== null) leaves.push({ key: fromHex(key), leaf });
  return leaves.sort((a, b) => compareBytes(a.key, b.key)).map(({ leaf }) => leaf);
}
