import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LedgerError } from "../../src/primitives/index.ts";
import type { KeyValueStore } from "../../src/storage/index.ts";
import { type LevelStoreOptions, openLevelStore } from "../../src/storage/level-store.ts";
import { blockTables } from "./blocked-tables.ts";
import { keyValueStoreContract } from "./key-value-store.contract.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const key = Uint8Array.of(1);
const value = Uint8Array.of(2);

function open(folder: string, mode: LevelStoreOptions["mode"]): Promise<KeyValueStore> {
  return openLevelStore({
    folder,
    mode,
    compression: "none",
    writeBufferBytes: 1_048_576,
    tableBytes: 1_048_576,
    cacheBytes: 1_048_576,
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "accepted";
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return error.code;
  }
}

async function folderWithStore(): Promise<string> {
  const folder = join(temporaryFolder(), "database");
  const store = await open(folder, "create");
  await store.write([{ type: "put", key, value }]);
  await store.close();
  return folder;
}

keyValueStoreContract("LevelDB", () => open(join(temporaryFolder(), "database"), "create"));

describe("opening a LevelDB", () => {
  test("what was written is there after it was closed and opened again", async () => {
    const store = await open(await folderWithStore(), "open");
    expect(store.get(key)).toEqual(value);
    await store.close();
  });

  test("never creates where something is to be opened", async () => {
    const folder = temporaryFolder();
    expect(await codeOf(open(join(folder, "none"), "open"))).toBe("LEDGER_STORE_MISSING");
    expect(await codeOf(open(folder, "open"))).toBe("LEDGER_STORE_MISSING");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("one of which the making was interrupted is made anew, and none is there before", async () => {
    const folder = join(temporaryFolder(), "database");
    mkdirSync(`${folder}.new`);
    for (const name of ["LOG", "LOCK", "MANIFEST-000001"]) {
      writeFileSync(join(`${folder}.new`, name), "half");
    }
    expect(await codeOf(open(folder, "open"))).toBe("LEDGER_STORE_MISSING");
    await (await open(folder, "create")).close();
    expect(readdirSync(join(folder, ".."))).toEqual(["database"]);
    await (await open(folder, "open")).close();
  });

  test("never creates over a database", async () => {
    const folder = await folderWithStore();
    expect(await codeOf(open(folder, "create"))).toBe("LEDGER_STORE_EXISTS");
    const store = await open(folder, "open");
    expect(store.get(key)).toEqual(value);
    await store.close();
  });

  test.each(["open", "create"] as const)(
    "a lost file CURRENT is damage and no table is deleted (%s)",
    async (mode) => {
      const folder = await folderWithStore();
      const kept = join(folder, "..", "kept");
      renameSync(join(folder, "CURRENT"), kept);
      const names = readdirSync(folder);
      expect(await codeOf(open(folder, mode))).toBe("LEDGER_STORE_DAMAGED");
      expect(readdirSync(folder)).toEqual(names);
      renameSync(kept, join(folder, "CURRENT"));
      const store = await open(folder, "open");
      expect(store.get(key)).toEqual(value);
      await store.close();
    },
  );

  test.each(["MANIFEST-999999\n", "garbage\n", ""])(
    "a file CURRENT that names nothing that is there is damage, not a disk that refuses (%j)",
    async (text) => {
      const folder = await folderWithStore();
      writeFileSync(join(folder, "CURRENT"), text);
      const names = readdirSync(folder);
      expect(await codeOf(open(folder, "open"))).toBe("LEDGER_STORE_DAMAGED");
      expect(readdirSync(folder)).toEqual(names);
    },
  );

  test("a manifest that is no manifest is damage", async () => {
    const folder = await folderWithStore();
    const manifest = readdirSync(folder).find((name) => name.startsWith("MANIFEST")) ?? "";
    const bytes = readFileSync(join(folder, manifest));
    writeFileSync(
      join(folder, manifest),
      bytes.map((byte) => byte ^ 0x55),
    );
    expect(await codeOf(open(folder, "open"))).toBe("LEDGER_STORE_DAMAGED");
  });

  test("a second open in this process is refused before LevelDB sees it, and later allowed", async () => {
    const folder = await folderWithStore();
    const store = await open(folder, "open");
    expect(await codeOf(open(folder, "open"))).toBe("LEDGER_STORE_LOCKED");
    expect(await codeOf(open(join(folder, "..", "database"), "open"))).toBe("LEDGER_STORE_LOCKED");
    expect(store.get(key)).toEqual(value);
    await store.close();
    await (await open(folder, "open")).close();
  });

  test("after a failed open the folder can be opened again", async () => {
    const folder = await folderWithStore();
    const current = readFileSync(join(folder, "CURRENT"));
    writeFileSync(join(folder, "CURRENT"), "MANIFEST-999999\n");
    expect(await codeOf(open(folder, "open"))).not.toBe("accepted");
    writeFileSync(join(folder, "CURRENT"), current);
    await (await open(folder, "open")).close();
  });
});

test("after the first failed write every call but close refuses", async () => {
  const folder = await folderWithStore();
  const store = await open(folder, "open");
  rmSync(folder, { recursive: true });
  // A batch larger than the write buffer needs a new file, which has no folder any more.
  const large = new Uint8Array(1_500_000);
  const codes: string[] = [];
  for (let index = 0; index < 8; index += 1) {
    codes.push(
      await codeOf(store.write([{ type: "put", key: Uint8Array.of(index), value: large }])),
    );
  }
  const first = codes.indexOf("LEDGER_STORE_FAILED");
  expect(first).toBeGreaterThanOrEqual(0);
  expect(codes.slice(first).every((code) => code === "LEDGER_STORE_FAILED")).toBe(true);
  expect(() => store.get(key)).toThrow(LedgerError);
  expect(() => store.range({ first: key, end: value })).toThrow(LedgerError);
  await store.close();
});

test("a compaction that fails says so, and the deleted value goes with the next one", async () => {
  const folder = await folderWithStore();
  const store = await open(folder, "open");
  await store.write([{ type: "delete", key }]);
  const unblock = blockTables(folder);
  const range = { first: key, end: Uint8Array.of(9) };
  expect(await codeOf(store.compact(range))).toBe("LEDGER_STORE_FAILED");
  expect(() => store.get(key)).toThrow(LedgerError);
  await store.close();
  unblock();
  const again = await open(folder, "open");
  await again.compact(range);
  expect(again.get(key)).toBeNull();
  await again.close();
});
