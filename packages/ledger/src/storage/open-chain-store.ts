import type { Head } from "../chain/build.ts";
import { type BlockId, LedgerError, type NetworkId } from "../primitives/index.ts";
import { BucketRoots } from "./bucket-roots.ts";
import { Candidates } from "./candidates.ts";
import type { ChainStore, GenesisCommit } from "./chain-store.ts";
import { bodiesTableBytes } from "./clusters.ts";
import { type ChainSnapshot, installSnapshot } from "./install.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { stateKeys } from "./keyspace.ts";
import { type LevelStoreOptions, openLevelStore } from "./level-store.ts";
import type { TableCheck } from "./level-tables.ts";
import { takeLock } from "./lock-file.ts";
import { openMemoryStore } from "./memory-store.ts";
import {
  checkFormat,
  damagedState,
  decodeCommitment,
  decodeHead,
  decodeHeight,
  encodeFormat,
} from "./state-records.ts";
import {
  beginCreation,
  checkCreated,
  finishCreation,
  isCreated,
  type StoreFolder,
  storeFolder,
  syncStore,
} from "./store-folder.ts";
import { indexWrites, stateWrites, storedChain } from "./stored-chain.ts";

/** Where a chain lies and which network it must be of. */
export type ChainStoreOptions =
  | { readonly folder: string; readonly networkId: NetworkId; readonly mode: "open" }
  | {
      readonly folder: string;
      readonly networkId: NetworkId;
      readonly mode: "create";
      readonly genesis: GenesisCommit;
    }
  | {
      readonly folder: string;
      readonly networkId: NetworkId;
      readonly mode: "install";
      readonly snapshot: ChainSnapshot;
    };

const mebibyte = 1_048_576;
/** Two logs of 16 MiB hold fewer heights, even of empty blocks that were committed together. */
const indexHeightsChecked = 300_000;

/** Ciphertext in the order of heights: large buffers make few and large files of it. */
const bodiesOptions = {
  compression: "none",
  writeBufferBytes: 32 * mebibyte,
  tableBytes: bodiesTableBytes,
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
  // Bodies are told by their hashes whenever they are read, and there may be very many of them. Damage that LevelDB
  // itself met when it wrote tables anew it would meet again for ever: then the chain counts as damaged.
  const bodies = await openHalf({ ...bodiesOptions, folder: place.bodies, mode }, "frame");
  try {
    return { bodies, state: await openHalf({ ...stateOptions, folder: place.state, mode }, "all") };
  } catch (error) {
    await bodies.close();
    throw error;
  }
}

/** One database without the other is no missing store but half of one. */
async function openHalf(options: LevelStoreOptions, check: TableCheck): Promise<KeyValueStore> {
  try {
    return await openLevelStore(options, check);
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
    ...indexWrites(head, new Uint8Array(0), []),
    ...stateWrites(head, changes, staged),
  ]);
}

/**
 * The index must reach from the head back without a hole: LevelDB drops damaged parts of its log
 * silently, and every batch writes one height of the index or several. As many heights as the log can hold, and none
 * below the base.
 */
async function checkIndex(state: KeyValueStore, head: Head, baseHeight: number): Promise<void> {
  const heightFirst = Math.min(
    head.height,
    Math.max(baseHeight, head.height - indexHeightsChecked),
  );
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
  const first = state.get(stateKeys.firstBlock);
  const baseHeight = first === null ? 0 : decodeHeight(first);
  await checkIndex(state, head, baseHeight);
  const candidates = await Candidates.load(bodies, Math.max(1, head.height));
  const buckets = await BucketRoots.load(state);
  const chain = { networkId, bodies, state, head, baseHeight, buckets, candidates, release };
  return storedChain(chain);
}

/** A snapshot takes the place of a chain that holds nothing but its genesis, and of no other. */
async function checkReplaceable(place: StoreFolder, networkId: NetworkId): Promise<void> {
  if (!isCreated(place)) return;
  const { bodies, state } = await openDatabases(place, "open");
  try {
    checkFormat(state.get(stateKeys.format), networkId);
    if (decodeHead(state.get(stateKeys.head)).height === 0) return;
    const message = `${place.folder} holds a chain already`;
    throw new LedgerError("LEDGER_STORE_EXISTS", message, { folder: place.folder });
  } finally {
    await bodies.close();
    await state.close();
  }
}

async function create(place: StoreFolder, options: ChainStoreOptions): Promise<void> {
  if (options.mode === "open") return checkCreated(place);
  if (options.mode === "install") await checkReplaceable(place, options.networkId);
  beginCreation(place, options.mode === "install" ? "genesis" : "nothing");
  const { bodies, state } = await openDatabases(place, "create");
  try {
    if (options.mode === "install") {
      await installSnapshot({ bodies, state }, options.networkId, options.snapshot);
    } else await writeGenesis(state, options.networkId, options.genesis);
  } finally {
    await bodies.close();
    await state.close();
  }
  finishCreation(place);
}

/**
 * Opens or creates the chain of a network in a folder, under the folder's lock. Creating is all or
 * nothing: after an interruption the folder counts as empty. A snapshot is installed where there is no chain
 * or one that holds the genesis alone. Opening checks format, network and the
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
    // A process that was killed may have declared it complete and no more.
    syncStore(place);
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
