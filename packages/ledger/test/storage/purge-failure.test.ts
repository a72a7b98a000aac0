import { join } from "node:path";
import { expect, test } from "vitest";
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
