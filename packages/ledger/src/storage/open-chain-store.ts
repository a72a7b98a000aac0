import type { Head } from "../chain/build.ts";
import { type BlockId, LedgerError, type NetworkId } from "../primitives/index.ts";
import { BucketRoots } from "./bucket-roots.ts";
import { Candidates } from "./candidates.ts";
import type { ChainStore, GenesisCommit } from "./chain-store.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { stateKeys } from "./keyspace.ts";
import { type LevelStoreOptions, openLevelStore } from "./level-store.ts";
import { takeLock } from "./lock-file.ts";
import { openMemoryStore } from "./memory-store.ts";
import {
  checkFormat,
  damagedState,
  decodeCommitment,
  decodeHead,
  encodeFormat,
} from "./state-records.ts";
import {
  beginCreation,
  checkCreated,
  finishCreation,
  type StoreFolder,
  storeFolder,
} from "./store-folder.ts";
import { stateWrites, storedChain } from "./stored-chain.ts";

/** Where a chain lies and which network it must be of. */
export type ChainStoreOptions =
  | { readonly folder: string; readonly networkId: NetworkId; readonly mode: "open" }
  | {
      readonly folder: string;
      readonly networkId: NetworkId;
      readonly mode: "create";
      readonly genesis: GenesisCommit;
    };

const mebibyte = 1_048_576;
/** Two logs of 16 MiB hold fewer batches, even of empty blocks. */
const indexHeightsChecked = 131_072;

/** Ciphertext in the order of heights: large buffers make few and large files of it. */
const bodiesOptions = {
  compression: "none",
  writeBufferBytes: 32 * mebibyte,
  tableBytes: 32 * mebibyte,
  cacheBytes: 8 * mebibyte,
} as const;

/** Small values in random order, read on every transaction. */
const stateOptions = {
  compression: "none",
  writeBufferBytes: 16 * mebibyte,
  tableBytes: 16 * mebibyte,
  cacheBytes: 64 * mebibyte,
} as const;

interface Databases {
  readonly bodies: KeyValueStore;
  readonly state: KeyValueStore;
}

async function openDatabases(
  place: StoreFolder,
  mode: LevelStoreOptions["mode"],
): Promise<Databases> {
  const bodies = await openHalf({ ...bodiesOptions, folder: place.bodies, mode });
  try {
    return { bodies, state: await openHalf({ ...stateOptions, folder: place.state, mode }) };
  } catch (error) {
    await bodies.close();
    throw error;
  }
}

/** One database without the other is no missing store but half of one. */
async function openHalf(options: LevelStoreOptions): Promise<KeyValueStore> {
  try {
    return await openLevelStore(options);
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "LEDGER_STORE_MISSING") throw error;
    const what = `the database in ${options.folder}`;
    const message = `${what} is missing, the other one is there`;
    throw new LedgerError("LEDGER_STORE_DAMAGED", message, { what, height: null }, error);
  }
}

/** Writes the genesis as height 0: state, its root and the head, in one batch. */
async function writeGenesis(
  state: KeyValueStore,
  networkId: NetworkId,
  { timeMs, changes }: GenesisCommit,
): Promise<void> {
  // The genesis is the block of height 0, and its id is the network id.
  const blockId: string = networkId;
  const head: Head = { height: 0, blockId: blockId as BlockId, timeMs };
  const buckets = await BucketRoots.load(state);
  const staged = await buckets.stage(0, changes);
  await state.write([
    { type: "put", key: stateKeys.format, value: encodeFormat(networkId) },
    ...stateWrites(head, new Uint8Array(0), changes, [], staged),
  ]);
}

/**
 * The index must reach from the head back without a hole: LevelDB drops damaged parts of its log
 * silently, and every batch writes one height of the index. As many heights as the log can hold.
 */
async function checkIndex(state: KeyValueStore, head: Head): Promise<void> {
  const heightFirst = Math.max(0, head.height - indexHeightsChecked);
  let expected = heightFirst;
  for await (const { key, value } of state.range(stateKeys.blockIds(heightFirst))) {
    const height = stateKeys.readHeight(key);
    if (height > head.height) throw damagedState(`block id of height ${height}, above the head,`);
    if (height !== expected) throw damagedState(`block id of height ${expected}`);
    const { blockId } = decodeCommitment(value);
    if (height === head.height && blockId !== head.blockId) throw damagedState("head");
    expected += 1;
  }
  if (expected !== head.height + 1) throw damagedState(`block id of height ${expected}`);
}

async function loadChain(
  databases: Databases,
  networkId: NetworkId,
  release: () => void,
): Promise<ChainStore> {
  const { bodies, state } = databases;
  checkFormat(state.get(stateKeys.format), networkId);
  const head = decodeHead(state.get(stateKeys.head));
  await checkIndex(state, head);
  const candidates = await Candidates.load(bodies, Math.max(1, head.height));
  const buckets = await BucketRoots.load(state);
  return storedChain({ networkId, bodies, state, head, buckets, candidates, release });
}

async function create(place: StoreFolder, options: ChainStoreOptions): Promise<void> {
  if (options.mode === "open") return checkCreated(place);
  beginCreation(place);
  const { bodies, state } = await openDatabases(place, "create");
  try {
    await writeGenesis(state, options.networkId, options.genesis);
  } finally {
    await bodies.close();
    await state.close();
  }
  finishCreation(place);
}

/**
 * Opens or creates the chain of a network in a folder, under the folder's lock. Creating is all or
 * nothing: after an interruption the folder counts as empty. Opening checks format, network and the
 * index of heights; run `checkBlocks` over the last heights before serving them.
 * @throws LEDGER_STORE_MISSING, LEDGER_STORE_EXISTS, LEDGER_STORE_LOCKED, LEDGER_STORE_DAMAGED,
 * LEDGER_STORE_OTHER_NETWORK, LEDGER_STORE_OTHER_FORMAT, LEDGER_STORE_FAILED
 */
export async function openChainStore(options: ChainStoreOptions): Promise<ChainStore> {
  const place = storeFolder(options.folder);
  // Nothing is made where there is nothing to open, not even a lock.
  if (options.mode === "open") checkCreated(place);
  const lock = takeLock(place.lock);
  try {
    await create(place, options);
    const databases = await openDatabases(place, "open");
    try {
      return await loadChain(databases, options.networkId, lock.release);
    } catch (error) {
      await databases.bodies.close();
      await databases.state.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A new chain without a disk, for simulations and tests of what stands on it. */
export async function openMemoryChainStore(options: {
  readonly networkId: NetworkId;
  readonly genesis: GenesisCommit;
}): Promise<ChainStore> {
  const databases = { bodies: openMemoryStore(), state: openMemoryStore() };
  await writeGenesis(databases.state, options.networkId, options.genesis);
  return loadChain(databases, options.networkId, () => undefined);
}
