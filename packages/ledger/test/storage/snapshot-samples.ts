import { join } from "node:path";
import type { Block, Change, SetChange } from "../../src/chain/index.ts";
import { toHex } from "../../src/primitives/index.ts";
import {
  ArrivingBuckets,
  bucketBytesMax,
  type ChainSnapshot,
  type ChainStore,
  openChainStore,
  openSnapshot,
  type StoredSnapshot,
  writeSnapshot,
} from "../../src/storage/index.ts";
import { extend, setChangesOf, setOf } from "./chain-store.contract.ts";
import { bytesOf, genesis, networkId } from "./sample-chain.ts";

/** Nothing else has to be let through in a test. */
export const noPace = async (): Promise<void> => undefined;

export const checkpoint = 256;

export function createStore(folder: string): Promise<ChainStore> {
  return openChainStore({ folder, networkId, mode: "create", genesis });
}

export function openStore(folder: string): Promise<ChainStore> {
  return openChainStore({ folder, networkId, mode: "open" });
}

/** Blocks with a transaction now and then, growing state, deletions and a few changes of the set. */
export async function extendTo(store: ChainStore, height: number): Promise<void> {
  for (let next = store.head().height + 1; next <= height; next += 1) {
    const grown = Array.from(
      { length: 12 },
      (_, index): Change => [bytesOf(`key ${next} ${index}`), bytesOf(`value ${next}`)],
    );
    const gone: Change = [bytesOf(`key ${next - 7} 3`), null];
    await extend(store, {
      transactions: next % 5 === 0 ? [[40], []] : [],
      changes: [...grown, gone],
      ...(next % 60 === 0 ? { nextValidators: setOf(next) } : {}),
    });
  }
}

/** A chain up to the checkpoint, with its snapshot in a folder. */
export async function chainWithSnapshot(folder: string): Promise<ChainStore> {
  const store = await createStore(join(folder, "node"));
  await extendTo(store, checkpoint);
  const frozen = store.freeze();
  await writeSnapshot(join(folder, "snapshots"), networkId, frozen, noPace);
  await frozen.close();
  return store;
}

export async function snapshotOf(folder: string): Promise<StoredSnapshot> {
  const snapshot = await openSnapshot(join(folder, "snapshots"), networkId, checkpoint);
  if (snapshot === null) throw new Error("the snapshot is there");
  return snapshot;
}

/** Every bucket of a snapshot. */
export async function bucketsOf(snapshot: StoredSnapshot): Promise<readonly Uint8Array[]> {
  return snapshot.read(0, 4_096, bucketBytesMax);
}

/** Everything of a snapshot as if it had arrived from others. */
export async function arriveAll(folder: string, from: StoredSnapshot): Promise<ArrivingBuckets> {
  const arriving = await ArrivingBuckets.open(folder, from.bucketRoots, noPace);
  for (const [bucket, bytes] of (await bucketsOf(from)).entries()) {
    if (!(await arriving.add({ bucket, bytes }))) throw new Error(`bucket ${bucket} fits`);
  }
  return arriving;
}

/** What is installed in another folder. */
export async function installable(
  source: ChainStore,
  arriving: ArrivingBuckets,
): Promise<ChainSnapshot> {
  const certificate = source.certificate(checkpoint);
  const block = source.block(checkpoint);
  const stateRoot = source.stateRoot(checkpoint);
  if (certificate === null || block === null || stateRoot === null) throw new Error("it is there");
  const changes = await setChangesOf(source, 1, checkpoint + 1);
  return {
    ...{ header: block.headerBytes, certificate, stateRoot, pace: noPace },
    buckets: () => arriving.buckets(),
    setChanges: changes.map((change): SetChange => change),
  };
}

/** The block that is missing below all others, read from another chain. */
export function missingFrom(source: ChainStore, store: ChainStore): Block | null {
  const missing = store.missingBlock();
  return missing === null ? null : source.block(missing.height);
}

/** The whole state as text, for comparing. */
export async function stateText(store: ChainStore): Promise<string> {
  const lines: string[] = [];
  for (let first = 0; first < 256; first += 1) {
    if (first === 255) break;
    for await (const { key, value } of store.stateEntries(Uint8Array.of(first))) {
      lines.push(`${toHex(key)}=${toHex(value)}`);
    }
  }
  return lines.join("\n");
}
