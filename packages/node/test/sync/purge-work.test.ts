import { expect, test } from "vitest";
import { until } from "../../../../test/helpers/waiting.ts";
import { PurgeChain } from "../../../ledger/test/storage/purge-chain.ts";
import { createLog } from "../../src/log.ts";
import { PurgeWork, type PurgeWorkParts } from "../../src/sync/purge-work.ts";

function work(store: PurgeWorkParts["store"]): PurgeWork {
  return new PurgeWork({
    store,
    log: createLog("error", null),
    onDamage: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
}

test("a node that stops ends a purge where it is, and the next start goes on with it", async () => {
  const chain = await PurgeChain.make(null);
  const { store } = chain;
  const { payloads } = await chain.write("stopped");
  const { height } = store.head();
  await chain.put([chain.purging(2, 2)]);
  const held = () => payloads.filter((name) => store.hasPayload(height, name));
  expect(held()).toHaveLength(2);
  const stopped = Promise.withResolvers<void>();
  const first = work({
    purge: async (signal) => {
      // It counts as under way once it has begun to wait for something.
      await Promise.resolve();
      stopped.resolve(first.stop());
      return store.purge(signal);
    },
  });
  first.look();
  await stopped.promise;
  expect([held().length, first.bytes]).toEqual([2, 0]);
  const second = work(store);
  second.look();
  await until("it is deleted", () => second.bytes === 4_096 + 528);
  expect(held()).toEqual([]);
  await second.stop();
});
