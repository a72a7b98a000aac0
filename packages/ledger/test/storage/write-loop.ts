import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Block, Change } from "../../src/chain/index.ts";
import { type ChainStore, openChainStore } from "../../src/storage/index.ts";
import {
  bytesOf,
  genesis,
  headOf,
  networkId,
  type SampleBlock,
  sampleBlock,
} from "./sample-chain.ts";

/** Keys that every block of the loop writes; their values name the height. */
export const loopKeys: readonly Uint8Array[] = Array.from({ length: 30 }, (_, index) =>
  bytesOf(`loop ${index}`),
);

/** What every key of the loop holds after a height. */
export function loopValue(height: number): Uint8Array {
  return bytesOf(`height ${height}`);
}

/** Bytes that stand for the set after a height that changes it, and null where it stays: every third one. */
export function loopSet(height: number): Uint8Array | null {
  return height % 3 === 0 ? bytesOf(`validators ${height}`) : null;
}

/** Commits blocks of two transactions that set every key of the loop, together; payloads and candidates first. */
export async function extendWithState(store: ChainStore, count = 1): Promise<void> {
  const run: SampleBlock[] = [];
  for (let head = store.head(); run.length < count; head = headOf(run.at(-1)?.block as Block)) {
    const height = head.height + 1;
    const changes = loopKeys.map((key): Change => [key, loopValue(height)]);
    const nextValidators = loopSet(height);
    const sample = sampleBlock(head, {
      ...{ transactions: [[2_000, 500], [60_000]], changes },
      ...(nextValidators === null ? {} : { nextValidators }),
    });
    await store.putPayloads(height, sample.payloads);
    // Of a run the first comes by way of a vote, the others whole.
    if (run.length === 0) await store.putCandidate(sample.block);
    run.push(sample);
  }
  await store.commit(...run);
}

export async function createChainOrOpen(home: string): Promise<ChainStore> {
  const folder = join(home, "node");
  if (existsSync(join(folder, "state")) && !existsSync(join(folder, "creating"))) {
    return openChainStore({ folder, networkId, mode: "open" });
  }
  return openChainStore({ folder, networkId, mode: "create", genesis });
}
