import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crc32c } from "../../src/storage/crc32c.ts";
import { checkTables, isTableWhole, tableFiles } from "../../src/storage/level-tables.ts";
import { folderWithTable } from "./table-folder.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

test("the checksum is the one of RFC 3720, whatever the length", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

test("a table that LevelDB wrote is whole, and a change of any byte of it is noticed", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const tables = tableFiles(folder);
  expect(tables).toHaveLength(1);
  await checkTables(folder, tables);
  const bytes = Uint8Array.from(readFileSync(join(folder, tables[0]?.name ?? "")));
  expect(isTableWhole(bytes)).toBe(true);
  const unnoticed = [...bytes.keys()].filter((at) =>
    isTableWhole(bytes.with(at, (bytes[at] as number) ^ 0x41)),
  );
  // The footer is padded to its length.
  const padding = bytes.length - 48;
  expect(unnoticed.filter((at) => at < padding)).toEqual([]);
  expect(unnoticed.every((at) => bytes[at] === 0)).toBe(true);
});

test("a table that is cut off anywhere is not whole", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const name = tableFiles(folder)[0]?.name ?? "";
  const bytes = Uint8Array.from(readFileSync(join(folder, name)));
  for (let length = 0; length < bytes.length; length += 97) {
    expect(isTableWhole(bytes.subarray(0, length))).toBe(false);
  }
});

test("a damaged table is named; one that has gone meanwhile, or whose name another has, is nobody's business", async () => {
  const folder = await folderWithTable(temporaryFolder());
  const before = tableFiles(folder);
  const path = join(folder, before[0]?.name ?? "");
  await checkTables(folder, [{ name: "000999.ldb", identity: "1 2 3" }]);
  const bytes = readFileSync(path);
  bytes[5_000] = (bytes[5_000] as number) ^ 1;
  rmSync(path);
  // As LevelDB gives the number of what a crash left to a table that it is writing.
  writeFileSync(path, bytes.subarray(0, 9_000));
  await checkTables(folder, before);
  writeFileSync(path, bytes);
  await expect(checkTables(folder, tableFiles(folder))).rejects.toMatchObject({
    code: "LEDGER_STORE_DAMAGED",
    message: expect.stringContaining(before[0]?.name ?? "-"),
  });
});
