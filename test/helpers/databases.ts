import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openLevelStore } from "@tegata/ledger/storage";
import type { Haystack } from "./canary-search.ts";

const sizes = { writeBufferBytes: 4_194_304, tableBytes: 2_097_152, cacheBytes: 8_388_608 };

/** Folders of the databases below a folder. */
export function* databasesBelow(folder: string): Generator<string> {
  if (existsSync(join(folder, "CURRENT"))) yield folder;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* databasesBelow(join(folder, entry.name));
  }
}

/** Keys and values of a database that no process holds, as they were before any compression. */
export async function* entriesOf(folder: string): AsyncGenerator<Haystack> {
  const store = await openLevelStore({ folder, mode: "open", compression: "none", ...sizes });
  try {
    const range = { first: new Uint8Array(0), end: new Uint8Array(8).fill(255) };
    for await (const { key, value } of store.range(range)) {
      const place = `${folder}, key ${Buffer.from(key).toString("hex")}`;
      yield { place: `the key of ${place}`, bytes: Buffer.from(key) };
      yield { place, bytes: Buffer.from(value) };
    }
  } finally {
    await store.close();
  }
}

/** A database that holds texts as they are, each many times, compressed as far as LevelDB can. */
export async function plantDatabase(folder: string, texts: readonly string[]): Promise<void> {
  const store = await openLevelStore({ folder, mode: "create", compression: "snappy", ...sizes });
  try {
    await store.write(
      texts.map((text, index) => ({
        type: "put" as const,
        key: Uint8Array.of(1, index >>> 8, index & 255),
        value: Buffer.from(`${text}\n`.repeat(50)),
      })),
    );
  } finally {
    await store.close();
  }
}
