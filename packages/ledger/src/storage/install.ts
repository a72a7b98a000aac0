import { type BlockHeader, blockIdOf, certificateHashOf, decodeHeader } from "../chain/block.ts";
import type { Head } from "../chain/build.ts";
import { limits } from "../chain/limits.ts";
import type { SetChange } from "../chain/proof-file.ts";
import {
  checkpointFor,
  EMPTY_BUCKET_ROOT,
  isCheckpoint,
  stateRootOf,
} from "../chain/state-root.ts";
import {
  assert,
  type BlockId,
  encode,
  equalBytes,
  type Hash,
  idBytes,
  LedgerError,
  type NetworkId,
} from "../primitives/index.ts";
import type { NumberedBucket } from "./arriving.ts";
import { openBucket } from "./bucket-bytes.ts";
import { stateLeafHash } from "./bucket-roots.ts";
import type { KeyValueStore, KeyValueWrite } from "./key-value-store.ts";
import { bodyKeys, stateKeys } from "./keyspace.ts";
import { setChangeWrite } from "./set-changes.ts";
import type { PaceWork } from "./snapshot-folder.ts";
import * as records from "./state-records.ts";

/** A whole state with what the chain needs to go on from it. */
export interface ChainSnapshot {
  /** Header and certificate of the checkpoint; the caller has verified the certificate. */
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  /** Root of the state, from a certified header. */
  readonly stateRoot: Hash;
  /** Every bucket with a key in it, once; what they hold is compared with the root. */
  readonly buckets: () => AsyncIterable<NumberedBucket>;
  /** All changes of the set up to the checkpoint, ascending and verified. */
  readonly setChanges: readonly SetChange[];
  /** Called between two buckets. */
  readonly pace: PaceWork;
}

/** Bytes of one synced batch. */
const batchBytes = 4 * 1_048_576;

/** The part of a chain that a snapshot gives rows to: a block id and its certificate. */
interface KnownBlock {
  readonly header: BlockHeader;
  readonly blockId: BlockId;
  readonly certificate: Uint8Array;
}

function readKnown(headerBytes: Uint8Array, certificate: Uint8Array): KnownBlock {
  return { header: decodeHeader(headerBytes), blockId: blockIdOf(headerBytes), certificate };
}

/** Collects writes and hands them on in batches. */
class Batches {
  readonly #store: KeyValueStore;
  #writes: KeyValueWrite[] = [];
  #bytes = 0;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.add({ type: "put", key, value });
  }

  add(write: KeyValueWrite): void {
    this.#writes.push(write);
    this.#bytes += write.key.length + (write.type === "put" ? write.value.length : 0);
  }

  async flush(bytesMin: number): Promise<void> {
    if (this.#bytes < bytesMin || this.#writes.length === 0) return;
    await this.#store.write(this.#writes);
    this.#writes = [];
    this.#bytes = 0;
  }
}

/** Writes values, leaves and roots, and compares all of it with the root of the state. */
async function writeState(state: KeyValueStore, snapshot: ChainSnapshot): Promise<void> {
  const roots = new Array<Uint8Array>(limits.buckets).fill(EMPTY_BUCKET_ROOT);
  const batches = new Batches(state);
  let keyCount = 0;
  for await (const { bucket, bytes } of snapshot.buckets()) {
    const opened = openBucket(bytes, bucket);
    if (opened === null || !equalBytes(roots[bucket] as Uint8Array, EMPTY_BUCKET_ROOT)) {
      throw records.damagedState(`bucket ${bucket} of the snapshot`);
    }
    for (const [key, value] of opened.entries) {
      batches.put(stateKeys.value(key), value);
      batches.put(stateKeys.bucketLeaf(bucket, key), stateLeafHash(key, value));
    }
    batches.put(stateKeys.bucketRoot(bucket), encode([opened.count, opened.root]));
    roots[bucket] = opened.root;
    keyCount += opened.count;
    await batches.flush(batchBytes);
    await snapshot.pace();
  }
  await batches.flush(0);
  if (stateRootOf(roots, keyCount) !== snapshot.stateRoot) {
    const what = "the root over all buckets of the snapshot";
    const message = `${what} is not the one that the network decided`;
    throw new LedgerError("LEDGER_STORE_DAMAGED", message, { what, height: null });
  }
}

/** Rows of the blocks that are known without their bodies. */
async function writeKnown(
  databases: { readonly bodies: KeyValueStore; readonly state: KeyValueStore },
  networkId: NetworkId,
  snapshot: ChainSnapshot,
): Promise<Head> {
  const { header, blockId, certificate } = readKnown(snapshot.header, snapshot.certificate);
  const { height, timeMs } = header;
  assert(isCheckpoint(height) && height > 0, "a snapshot is of a checkpoint");
  const bodies = new Batches(databases.bodies);
  const state = new Batches(databases.state);
  const genesisId: string = networkId;
  const put = (at: number, id: BlockId, bytes: Uint8Array): void => {
    const certificateHash = certificateHashOf(bytes);
    const value = records.encodeCommitment({ blockId: id, certificateHash });
    state.put(stateKeys.blockId(at), value);
    state.put(stateKeys.heightOfBlock(id), records.encodeHeight(at));
    if (at > 0) bodies.put(bodyKeys.certificate(at), bytes);
  };
  put(0, genesisId as BlockId, new Uint8Array(0));
  for (const change of snapshot.setChanges) {
    const known = readKnown(change.header, change.certificate);
    const { height: at } = known.header;
    assert(at <= height, "a change of the set lies at the checkpoint or before");
    put(at, known.blockId, known.certificate);
    state.add(setChangeWrite(at, change));
  }
  put(height, blockId, certificate);
  state.put(stateKeys.stateRoot(height), idBytes(snapshot.stateRoot));
  // The next headers still name the checkpoint before; this one's header tells its root.
  state.put(stateKeys.stateRoot(checkpointFor(height)), idBytes(header.stateRoot));
  await bodies.flush(0);
  await state.flush(0);
  return { height, blockId, timeMs };
}

/**
 * Fills two empty databases with the chain that begins above a snapshot; nothing that does not give the
 * root of the state is taken.
 * Source: docs/PROTOCOL.md section 9.
 * @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_FAILED
 */
export async function installSnapshot(
  databases: { readonly bodies: KeyValueStore; readonly state: KeyValueStore },
  networkId: NetworkId,
  snapshot: ChainSnapshot,
): Promise<void> {
  const { state } = databases;
  await writeState(state, snapshot);
  const head = await writeKnown(databases, networkId, snapshot);
  await state.write([
    { type: "put", key: stateKeys.format, value: records.encodeFormat(networkId) },
    { type: "put", key: stateKeys.firstBlock, value: records.encodeHeight(head.height + 1) },
    { type: "put", key: stateKeys.head, value: records.encodeHead(head) },
  ]);
}
