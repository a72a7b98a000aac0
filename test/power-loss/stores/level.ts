import { existsSync } from "node:fs";
import { join } from "node:path";
import { type KeyValueStore, openLevelStore } from "@tegata/ledger/storage";
import { foundAmong, type Store } from "./store.ts";

const utf8 = new TextEncoder();
const stepsMax = 60;
const valueBytesMax = 6_000;

function open(folder: string): Promise<KeyValueStore> {
  const path = join(folder, "level");
  return openLevelStore({
    folder: path,
    mode: existsSync(join(path, "CURRENT")) ? "open" : "create",
    compression: "none",
    // Small, so that logs are begun and tables are made again and again.
    ...{ writeBufferBytes: 65_536, tableBytes: 65_536, cacheBytes: 65_536 },
  });
}

const keyOf = (step: number, half: number): Uint8Array => utf8.encode(`${step}.${half}`);

function bytesOf(step: number): Uint8Array {
  return new Uint8Array((step * 977) % valueBytesMax).fill(step % 251);
}

function isWhole(store: KeyValueStore, step: number): boolean {
  const halves = [0, 1].map((half) => store.get(keyOf(step, half)));
  const known = halves.filter((value) => value !== null);
  if (known.length === 1) throw new Error(`batch ${step} is there by half`);
  if (known.some((value) => Buffer.compare(value, bytesOf(step)) !== 0)) {
    throw new Error(`batch ${step} is there with other bytes`);
  }
  return known.length === 2;
}

/** A LevelDB with batches of two. */
export const level: Store = {
  name: "level",
  async work(folder, { said, say }) {
    const store = await open(folder);
    const first = said.length + 1;
    for (let step = first; step < first + stepsMax; step += 1) {
      await store.write([
        { type: "put", key: keyOf(step, 0), value: bytesOf(step) },
        { type: "put", key: keyOf(step, 1), value: bytesOf(step) },
      ]);
      say(`${step}`);
    }
    await store.close();
  },
  async look(folder, said) {
    const store = await open(folder);
    try {
      for (let step = 1; step <= said.length + 1; step += 1) isWhole(store, step);
      return foundAmong(said, (step) => isWhole(store, Number(step)));
    } finally {
      await store.close();
    }
  },
};
