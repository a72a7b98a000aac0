import { join } from "node:path";
import { type LevelStoreOptions, openLevelStore } from "../../src/storage/level-store.ts";

/** How the database of {@link folderWithTable} is opened. */
export function tableFolderOptions(
  folder: string,
  mode: LevelStoreOptions["mode"],
): LevelStoreOptions {
  const sizes = { writeBufferBytes: 4_194_304, tableBytes: 2_097_152, cacheBytes: 8_388_608 };
  return { folder, mode, compression: "none", ...sizes };
}

/** Makes a database of several blocks that lies in a table. */
export async function folderWithTable(parent: string): Promise<string> {
  const folder = join(parent, "database");
  const written = await openLevelStore(tableFolderOptions(folder, "create"));
  for (let number = 0; number < 60; number += 1) {
    const key = Uint8Array.of(1, number);
    await written.write([{ type: "put", key, value: new Uint8Array(150).fill(number) }]);
  }
  await written.close();
  // The log becomes a table with the next opening.
  const opened = await openLevelStore(tableFolderOptions(folder, "open"));
  await opened.close();
  return folder;
}
