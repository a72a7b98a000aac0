import { type Block, certificateHashOf } from "../chain/block.ts";
import type { Head } from "../chain/build.ts";
import { isPurged } from "../chain/retained.ts";
import { isCheckpoint } from "../chain/state-root.ts";
import type { Change, StateReader } from "../chain/state-view.ts";
import {
  assert,
  type BlockId,
  type Hash,
  type Hex,
  hashId,
  idBytes,
  type NetworkId,
  sha256,
  type TransactionId,
  toHex,
} from "../primitives/index.ts";
import type { BucketRoots, StagedBuckets } from "./bucket-roots.ts";
import type { Candidates, PayloadName } from "./candidates.ts";
import type {
  BlockCommit,
  ChainStore,
  CommittedTransaction,
  MissingBlock,
  StoredPayload,
} from "./chain-store.ts";
import { type FrozenState, frozenState } from "./frozen-state.ts";
import { historyWrites } from "./history.ts";
import type { KeyValueEntry, KeyValueStore, KeyValueWrite } from "./key-value-store.ts";
import { bodyKeys, stateKeys } from "./keyspace.ts";
import { PassedOver } from "./passed-over.ts";
import { orphanWrites, type PurgeOutcome, Purging, purgeWrites } from "./purging.ts";
import { type CommittedSetChange, readSetChange, setChangeWrites } from "./set-changes.ts";
import { checkState } from "./state-check.ts";
import * as records from "./state-records.ts";
import { damagedAt, isDamage, readStoredBlock } from "./stored-block.ts";

/** Bytes of blocks kept decoded: peers that catch up ask for the same ones, and so do payloads. */
const blockBytesKept = 16 * 1_048_576;

/** What a chain store stands on. */
export interface ChainParts {
  readonly networkId: NetworkId;
  readonly bodies: KeyValueStore;
  readonly state: KeyValueStore;
  readonly head: Head;
  /** First height whose block is here; 0 where none is missing. */
  readonly baseHeight: number;
  readonly buckets: BucketRoots;
  readonly candidates: Candidates;
  /** Called last when the store closes. */
  readonly release: () => void;
}

/** What the index of *state* says of one height: where its block and its transactions are. */
export function indexWrites(
  { height, blockId }: Pick<Head, "height" | "blockId">,
  certificate: Uint8Array,
  transactionIds: readonly TransactionId[],
): KeyValueWrite[] {
  const certificateHash = certificateHashOf(certificate);
  const commitment = records.encodeCommitment({ blockId, certificateHash });
  const number = records.encodeHeight(height);
  return [
    ...transactionIds.map((id, index): KeyValueWrite => {
      const value = records.encodePlace({ height, index });
      return { type: "put", key: stateKeys.transaction(id), value };
    }),
    { type: "put", key: stateKeys.blockId(height), value: commitment },
    { type: "put", key: stateKeys.heightOfBlock(blockId), value: number },
  ];
}

/** The state after `head` and the head itself, in one batch with the index of what led there. */
export function stateWrites(
  head: Head,
  changes: readonly Change[],
  staged: StagedBuckets,
): KeyValueWrite[] {
  const writes: KeyValueWrite[] = [...staged.writes];
  for (const [key, value] of changes) {
    const name = stateKeys.value(key);
    writes.push(value === null ? { type: "delete", key: name } : { type: "put", key: name, value });
  }
  if (staged.stateRoot !== null) {
    const value = idBytes(staged.stateRoot);
    writes.push({ type: "put", key: stateKeys.stateRoot(head.height), value });
  }
  writes.push({ type: "put", key: stateKeys.head, value: records.encodeHead(head) });
  return writes;
}

/** The last write of every key. */
function lastChanges(commits: readonly BlockCommit[]): readonly Change[] {
  const [only] = commits;
  if (only !== undefined && commits.length === 1) return only.changes;
  const last = new Map<Hex, Change>();
  for (const { changes } of commits) {
    for (const change of changes) last.set(toHex(change[0]), change);
  }
  return [...last.values()];
}

/** Blocks that are committed together follow one another; a state is summed up after the last of them only. */
function checkRun(head: Head, commits: readonly BlockCommit[]): void {
  let { height, blockId } = head;
  for (const [index, { block }] of commits.entries()) {
    const { header } = block;
    assert(header.height === height + 1, "the block after the head is committed");
    assert(header.previousBlockId === blockId, "a committed block extends the head");
    assert(
      !isCheckpoint(header.height) || index === commits.length - 1,
      "blocks are committed together up to a checkpoint and no further",
    );
    height = header.height;
    blockId = block.id;
  }
}

class StoredChain implements ChainStore {
  readonly networkId: NetworkId;
  readonly #parts: ChainParts;
  readonly #recent = new Map<number, Block>();
  #recentBytes = 0;
  readonly #purging: Purging;
  #head: Head;
  #baseHeight: number;
  /** What the commit passes over that is under way. */
  #committing: PassedOver | null = null;

  constructor(parts: ChainParts) {
    this.networkId = parts.networkId;
    this.#parts = parts;
    this.#head = parts.head;
    this.#baseHeight = parts.baseHeight;
    this.#purging = new Purging({
      bodies: parts.bodies,
      state: parts.state,
      candidates: parts.candidates,
      reader: this.reader(),
      headHeight: () => this.#head.height,
      block: (height) => this.block(height),
    });
  }

  head(): Head {
    return this.#head;
  }

  get baseHeight(): number {
    return this.#baseHeight;
  }

  freeze(): FrozenState {
    assert(this.#committing === null, "a state is frozen between two commits");
    const { state, buckets } = this.#parts;
    return frozenState(this.#head, buckets.all, state.snapshot());
  }

  missingBlock(): MissingBlock | null {
    if (this.#baseHeight === 0) return null;
    const height = this.#baseHeight - 1;
    const blockId =
      this.#commitment(height)?.blockId ?? this.block(this.#baseHeight)?.header.previousBlockId;
    if (blockId === undefined) throw records.damagedState(`block id of height ${height}`);
    return { height, blockId };
  }

  async prepend(blocks: readonly Block[]): Promise<void> {
    if (blocks.length === 0) return;
    const writes = historyWrites(blocks, {
      missing: this.missingBlock(),
      networkId: this.networkId,
      above: this.block(this.#baseHeight),
      // Of some heights the certificate came with the snapshot.
      hasCertificate: (height) => this.#commitment(height) !== null,
    });
    await this.#parts.bodies.write(writes.bodies);
    await this.#parts.state.write(writes.state);
    this.#baseHeight = writes.baseHeight;
  }

  reader(): StateReader {
    const { state } = this.#parts;
    return { get: (key) => state.get(stateKeys.value(key)) };
  }

  async *stateEntries(start: Uint8Array): AsyncIterable<KeyValueEntry> {
    const range = stateKeys.valuesStartingWith(start);
    for await (const { key, value } of this.#parts.state.range(range)) {
      yield { key: stateKeys.stateKeyOfValue(key), value };
    }
  }

  async putCandidate(block: Block): Promise<void> {
    const { height } = block.header;
    assert(height > this.#head.height, "a candidate lies above the head");
    if (this.hasCandidate(height, block.id)) return;
    const key = bodyKeys.block(height, block.id);
    await this.#parts.bodies.write([{ type: "put", key, value: block.bytes }]);
    this.#parts.candidates.addBlock(height, block.id);
  }

  hasCandidate(height: number, blockId: BlockId): boolean {
    return height > this.#head.height && this.#parts.candidates.hasBlock(height, blockId);
  }

  candidate(height: number, blockId: BlockId): Block | null {
    if (!this.hasCandidate(height, blockId)) return null;
    const bytes = this.#parts.bodies.get(bodyKeys.block(height, blockId));
    try {
      return readStoredBlock(bytes, height, blockId);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#parts.candidates.removeBlock(height, blockId);
      return null;
    }
  }

  async putPayloads(height: number, payloads: readonly StoredPayload[]): Promise<void> {
    assert(height > 0, "no payload belongs to the genesis");
    const kept = payloads.filter(({ transactionId }) => {
      const isPlaced = height > this.#head.height || this.#isAt(height, transactionId);
      assert(isPlaced, "a payload of a committed height belongs to one of its transactions");
      // What the run does without that is being committed was noted already, or would be known to nobody.
      if (this.#committing?.has(height, transactionId)) return false;
      return !this.isPurged(transactionId);
    });
    const writes = kept.map(({ transactionId, part, bytes }): KeyValueWrite => {
      return { type: "put", key: bodyKeys.payload(height, transactionId, part), value: bytes };
    });
    await this.#purging.write(writes, () => {
      // The head may have moved meanwhile; then the next commit decides whether they stay.
      for (const name of kept) this.#parts.candidates.addPayload(height, name);
    });
  }

  isPurged(id: TransactionId): boolean {
    const place = this.#place(id);
    if (place === null || place.height > this.#head.height) return false;
    if (place.height < this.#baseHeight) return false;
    return isPurged(this.reader(), this.#transactionAt(place, id).transaction);
  }

  purge(signal: AbortSignal = new AbortController().signal): Promise<PurgeOutcome> {
    return this.#purging.run(signal);
  }

  hasPayload(height: number, name: PayloadName): boolean {
    if (this.#parts.candidates.hasPayload(height, name)) return true;
    if (height > this.#head.height) return false;
    return this.#parts.bodies.get(bodyKeys.payload(height, name.transactionId, name.part)) !== null;
  }

  async commit(...commits: readonly BlockCommit[]): Promise<void> {
    const last = commits.at(-1);
    assert(last !== undefined, "a commit has a block");
    assert(this.#committing === null, "one commit is under way at a time");
    checkRun(this.#head, commits);
    const passed = new PassedOver(commits);
    this.#committing = passed;
    try {
      await this.#writeBodies(commits);
      const { height, timeMs } = last.block.header;
      const changes = lastChanges(commits);
      const staged = await this.#parts.buckets.stage(height, changes);
      const head: Head = { height, blockId: last.block.id, timeMs };
      const writes = stateWrites(head, changes, staged);
      for (const { block, certificate, changes: own } of commits) {
        const place = { height: block.header.height, blockId: block.id };
        const ids = block.transactions.map(({ id }) => id);
        writes.push(...indexWrites(place, certificate, ids), ...setChangeWrites(block, own));
      }
      writes.push(...purgeWrites(this.reader(), commits));
      writes.push(
        ...orphanWrites(height, passed.keys(this.#parts.candidates, this.#purging.arriving())),
      );
      await this.#parts.state.write(writes);
      this.#parts.buckets.accept(staged);
      this.#parts.candidates.forget(this.#head.height);
      this.#head = head;
      for (const { block } of commits) this.#remember(block);
    } finally {
      this.#committing = null;
    }
  }

  payload(name: PayloadName): Uint8Array | null {
    const { transactionId, part } = name;
    const place = this.#place(transactionId);
    if (place === null) {
      const height = this.#parts.candidates.heightOfPayload(name);
      if (height === null) return null;
      return this.#parts.bodies.get(bodyKeys.payload(height, transactionId, part));
    }
    const { transaction } = this.#transactionAt(place, transactionId);
    if (isPurged(this.reader(), transaction)) return null;
    const bytes = this.#parts.bodies.get(bodyKeys.payload(place.height, transactionId, part));
    const expected = transaction.payloads[part];
    if (bytes === null || expected === undefined) return null;
    if (bytes.length !== expected.size || hashId(sha256(bytes)) !== expected.hash) {
      throw damagedAt(place.height, "payload");
    }
    return bytes;
  }

  missingPayloads(height: number): readonly PayloadName[] {
    const missing: PayloadName[] = [];
    const reader = this.reader();
    for (const transaction of this.block(height)?.transactions ?? []) {
      const { id, payloads } = transaction;
      if (payloads.length === 0 || isPurged(reader, transaction)) continue;
      for (const part of payloads.keys()) {
        const name = { transactionId: id, part };
        if (!this.hasPayload(height, name)) missing.push(name);
      }
    }
    return missing;
  }

  block(height: number): Block | null {
    if (height === 0 || height < this.#baseHeight) return null;
    const recent = this.#recent.get(height);
    if (recent !== undefined) return recent;
    const id = this.blockId(height);
    if (id === null) return null;
    const block = readStoredBlock(this.#parts.bodies.get(bodyKeys.block(height, id)), height, id);
    this.#remember(block);
    return block;
  }

  blockById(blockId: BlockId): Block | null {
    const committed = this.#parts.state.get(stateKeys.heightOfBlock(blockId));
    if (committed !== null) {
      const block = this.block(records.decodeHeight(committed));
      return block?.id === blockId ? block : null;
    }
    const height = this.#parts.candidates.heightOfBlock(blockId);
    return height === null ? null : this.candidate(height, blockId);
  }

  blockId(height: number): BlockId | null {
    return this.#commitment(height)?.blockId ?? null;
  }

  certificate(height: number): Uint8Array | null {
    const commitment = height === 0 ? null : this.#commitment(height);
    if (commitment === null) return null;
    const bytes = this.#parts.bodies.get(bodyKeys.certificate(height));
    if (bytes === null || certificateHashOf(bytes) !== commitment.certificateHash) {
      throw damagedAt(height, "certificate");
    }
    return bytes;
  }

  transaction(id: TransactionId): CommittedTransaction | null {
    const place = this.#place(id);
    return place === null ? null : this.#transactionAt(place, id);
  }

  stateRoot(checkpoint: number): Hash | null {
    const bytes = this.#parts.state.get(stateKeys.stateRoot(checkpoint));
    return bytes === null ? null : records.decodeStateRoot(bytes);
  }

  *blocks(heightFirst: number, countMax: number): Iterable<Block> {
    for (let height = Math.max(1, heightFirst); height < heightFirst + countMax; height += 1) {
      const block = this.block(height);
      if (block === null) return;
      yield block;
    }
  }

  async *setChanges(heightFirst: number, heightEnd: number): AsyncIterable<CommittedSetChange> {
    const range = stateKeys.setChanges(heightFirst, Math.max(heightFirst, heightEnd));
    for await (const { key, value } of this.#parts.state.range(range)) {
      const height = stateKeys.readHeight(key);
      const blockId = this.blockId(height);
      const certificate = this.certificate(height);
      // A batch that is being written may be seen a moment before the head that it moves.
      if (blockId === null || certificate === null) return;
      yield { height, certificate, ...readSetChange(value, height, blockId) };
    }
  }

  async restoreBlock(block: Block, certificate: Uint8Array): Promise<void> {
    const { height } = block.header;
    const committed = this.#commitment(height);
    assert(committed?.blockId === block.id, "only the committed block of a height is restored");
    await this.#parts.bodies.write([
      { type: "put", key: bodyKeys.block(height, block.id), value: block.bytes },
      { type: "put", key: bodyKeys.certificate(height), value: certificate },
    ]);
    const certificateHash = certificateHashOf(certificate);
    const value = records.encodeCommitment({ blockId: block.id, certificateHash });
    await this.#parts.state.write([{ type: "put", key: stateKeys.blockId(height), value }]);
    this.#forget(height);
  }

  checkState(): AsyncIterable<number> {
    return checkState(this.#parts.state);
  }

  async close(): Promise<void> {
    try {
      await this.#parts.bodies.close();
    } finally {
      await this.#parts.state.close();
      this.#parts.release();
    }
  }

  /** Blocks and certificates, and away with what earlier heights left: one synced batch. */
  async #writeBodies(commits: readonly BlockCommit[]): Promise<void> {
    const { bodies, state, candidates } = this.#parts;
    const orphans = candidates.orphans(this.#head.height, {
      block: (at, id) => this.blockId(at) === id,
      transaction: (at, id) => this.#isAt(at, id),
    });
    const writes: KeyValueWrite[] = orphans.map((key) => ({ type: "delete", key }));
    for (const { block, certificate } of commits) {
      const { height } = block.header;
      writes.push({ type: "put", key: bodyKeys.certificate(height), value: certificate });
      if (candidates.hasBlock(height, block.id)) continue;
      const key = bodyKeys.block(height, block.id);
      writes.push({ type: "put", key, value: block.bytes });
    }
    // Nothing names the orphans any more once they are deleted.
    const notes = orphanWrites(this.#head.height + 1, orphans);
    if (notes.length > 0) await state.write(notes);
    await bodies.write(writes);
    for (const { block } of commits) candidates.addBlock(block.header.height, block.id);
  }

  #commitment(height: number): records.Commitment | null {
    if (height < 0 || height > this.#head.height) return null;
    const bytes = this.#parts.state.get(stateKeys.blockId(height));
    if (bytes === null && height < this.#baseHeight) return null;
    if (bytes === null) throw records.damagedState(`block id of height ${height}`);
    return records.decodeCommitment(bytes);
  }

  #place(id: TransactionId): records.Place | null {
    const bytes = this.#parts.state.get(stateKeys.transaction(id));
    return bytes === null ? null : records.decodePlace(bytes);
  }

  #isAt(height: number, id: TransactionId): boolean {
    return this.#place(id)?.height === height;
  }

  #transactionAt({ height, index }: records.Place, id: TransactionId): CommittedTransaction {
    const transaction = this.block(height)?.transactions[index];
    if (transaction?.id !== id) throw records.damagedState("place of a transaction");
    return { height, index, transaction };
  }

  #remember(block: Block): void {
    this.#forget(block.header.height);
    this.#recent.set(block.header.height, block);
    this.#recentBytes += block.bytes.length;
    for (const height of this.#recent.keys()) {
      if (this.#recentBytes <= blockBytesKept) break;
      this.#forget(height);
    }
  }

  #forget(height: number): void {
    const block = this.#recent.get(height);
    if (block === undefined) return;
    this.#recent.delete(height);
    this.#recentBytes -= block.bytes.length;
  }
}

/** A chain store over two open databases; {@link ChainParts} says what was read from them. */
export function storedChain(parts: ChainParts): ChainStore {
  return new StoredChain(parts);
}
