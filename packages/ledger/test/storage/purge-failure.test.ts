import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assert } from "../../src/primitives/index.ts";
import { blockTables } from "./blocked-tables.ts";
import { PurgeChain } from "./purge-chain.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

test("a disk that is full after the deletion makes the next start delete again", async () => {
  const folder = temporaryFolder();
  const chain = await PurgeChain.make(folder);
  const batches = [await chain.write("one"), await chain.write("two")];
  await chain.store.close();
  await chain.open();
  await chain.put([chain.purging(2, 2)]);
  let unblock = (): void => expect.unreachable("no deletion was seen");
  let looks = 0;
  const signal = {
    get aborted(): boolean {
      looks += 1;
      // The third look follows the deletion.
      if (looks === 3) unblock = blockTables(join(folder, "bodies"));
      return false;
    },
  } as AbortSignal;
  await expect(chain.store.purge(signal)).rejects.toMatchObject({ code: "LEDGER_STORE_FAILED" });
  await chain.store.close();
  unblock();
  expect(chain.found(batches)).toEqual(batches.map(({ canary }) => canary));
  await chain.open();
  await chain.store.purge();
  expect(chain.found(batches)).toEqual([batches[1]?.canary]);
  await chain.store.close();
});

/** Changes the byte that says how the last block but one of a table is packed: LevelDB cannot read that block any more. */
function spoil(path: string): void {
  const table = readFileSync(path);
  let at = table.length - 48;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = table[at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const place = () => ({ offset: varint(), size: varint() });
  place();
  const index = place();
  const restarts = table.readUInt32LE(index.offset + index.size - 4);
  const end = index.offset + index.size - 4 * (restarts + 1);
  const blocks: ReturnType<typeof place>[] = [];
  for (at = index.offset; at < end; blocks.push(place())) {
    varint();
    const keyBytes = varint();
    varint();
    at += keyBytes;
  }
  const spoiled = blocks.at(-2);
  assert(spoiled !== undefined, "a table of three batches has two blocks");
  table[spoiled.offset + spoiled.size] = 9;
  writeFileSync(path, table);
}

test("damage that keeps a purge from the files is found by the next start, and not looked for again once it is gone", async () => {
  const folder = temporaryFolder();
  const chain = await PurgeChain.make(folder);
  // The last block but one of the table then holds what nobody asks for.
  for (const word of ["one", "two", "three"]) await chain.write(word);
  await chain.store.close();
  // Opening writes what is in memory into a table.
  await chain.open();
  await chain.put([chain.purging(2, 2)]);
  const tables = chain.files(".ldb");
  const whole = tables.map((path) => readFileSync(path));
  expect(tables).not.toEqual([]);
  await chain.store.close();
  for (const path of tables) spoil(path);
  await chain.open();
  await expect(chain.store.purge()).rejects.toMatchObject({ code: "LEDGER_STORE_DAMAGED" });
  await chain.store.close();
  for (let start = 0; start < 2; start += 1) {
    await expect(chain.open()).rejects.toMatchObject({
      code: "LEDGER_STORE_DAMAGED",
      detail: { height: null },
    });
  }
  for (const [index, path] of tables.entries()) writeFileSync(path, whole[index] as Buffer);
  await chain.open();
  expect(existsSync(join(folder, "bodies", "SUSPECT"))).toBe(false);
  expect(await chain.store.purge()).toMatchObject({ payloads: 2 });
  await chain.store.close();
});
