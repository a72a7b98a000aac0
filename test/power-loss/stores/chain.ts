import { type ChainStore, checkBlocks } from "@tegata/ledger/storage";
import {
  createChainOrOpen,
  extendWithState,
  loopKeys,
  loopValue,
} from "../../../packages/ledger/test/storage/write-loop.ts";
import { foundAmong, type Store } from "./store.ts";

const stepsMax = 14;
const togetherMax = 4;

/** Everything that a commit writes must speak of the same height, in both databases. */
async function checkWhole(store: ChainStore): Promise<void> {
  const { height } = store.head();
  const reader = store.reader();
  const isBehind = (key: Uint8Array): boolean =>
    Buffer.compare(reader.get(key) ?? new Uint8Array(0), loopValue(height)) !== 0;
  if (height > 0 && loopKeys.some(isBehind)) throw new Error(`state of ${height} is not its own`);
  for (const { damage } of checkBlocks(store, Number.MAX_SAFE_INTEGER)) {
    if (damage !== null) throw new Error(`a block is damaged: ${damage.message}`);
  }
  for (const block of store.blocks(1, height)) {
    const { height: at } = block.header;
    if (store.missingPayloads(at).length > 0) throw new Error(`payloads of ${at} are missing`);
    for (const { id, payloads } of block.transactions) {
      if (store.transaction(id)?.height !== at) throw new Error(`no place of ${id}`);
      for (const part of payloads.keys()) store.payload({ transactionId: id, part });
    }
  }
  for await (const checked of store.checkState()) if (checked < 0) throw new Error("never");
}

/** The chain of a node: bodies and state. */
export const chain: Store = {
  name: "chain",
  async work(folder, { draw, say }) {
    const store = await createChainOrOpen(folder);
    say(`${store.head().height}`);
    for (let step = 0; step < stepsMax; step += 1) {
      await extendWithState(store, 1 + draw.below(togetherMax));
      say(`${store.head().height}`);
    }
    await store.close();
  },
  async look(folder, said) {
    // A chain that nobody was told of may be none.
    if (said.length === 0) return foundAmong(said, () => false);
    const store = await createChainOrOpen(folder);
    try {
      await checkWhole(store);
      const { height } = store.head();
      return foundAmong(said, (acknowledged) => Number(acknowledged) <= height);
    } finally {
      await store.close();
    }
  },
};
