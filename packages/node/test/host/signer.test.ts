import { readFileSync } from "node:fs";
import { type Draft, decodeGuard } from "@tegata/consensus";
import { type BlockId, createSigner } from "@tegata/ledger/primitives";
import { expect, test } from "vitest";
import { createGuard, guardPath } from "../../src/host/guard-file.ts";
import { Signer } from "../../src/host/signer.ts";
import { createLog } from "../../src/log.ts";
import { network } from "./samples.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const blockId = "b1".repeat(32) as BlockId;
const precommit: Draft = {
  kind: "vote",
  vote: { type: "precommit", height: 7, round: 0, blockId, voter: 0 },
};

async function newSigner() {
  const key = createSigner(new Uint8Array(32).fill(7));
  const place = { folder: temporaryFolder(), consensusKey: key.publicKey };
  await createGuard(place, network);
  const signer = await Signer.open({ key, place, network, era: 0, log: createLog("error", null) });
  const saidOnDisk = (): number => decodeGuard(readFileSync(guardPath(place))).said.length;
  return { signer, saidOnDisk };
}

test("the guard names a block only when the block is on the disk, so that no lock outlives its block", async () => {
  const { signer, saidOnDisk } = await newSigner();
  const held = Promise.withResolvers<void>();
  const logged = Promise.withResolvers<void>();
  const signing = signer.sign(precommit, {
    before: held.promise,
    beside: () => logged.promise,
  });
  logged.resolve();
  await logged.promise;
  expect(signer.lastHeight).toBeNull();
  expect(saidOnDisk()).toBe(0);
  held.resolve();
  expect((await signing)?.kind).toBe("vote");
  expect(saidOnDisk()).toBe(1);
  await signer.close();
});

test("a block that cannot be kept leaves guard and wire without the precommit", async () => {
  const { signer, saidOnDisk } = await newSigner();
  const before = Promise.reject(new Error("the disk is full"));
  const signing = signer.sign(precommit, { before, beside: () => Promise.resolve() });
  await expect(signing).rejects.toThrow("the disk is full");
  expect(saidOnDisk()).toBe(0);
  await signer.close();
});

test("the signature of a message comes back only when log and guard are on the disk", async () => {
  const { signer, saidOnDisk } = await newSigner();
  const logged = Promise.withResolvers<void>();
  let isOut = false;
  const signing = signer
    .sign(precommit, { before: null, beside: () => logged.promise })
    .then((message) => {
      isOut = true;
      return message;
    });
  while (saidOnDisk() === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(isOut).toBe(false);
  logged.resolve();
  expect((await signing)?.kind).toBe("vote");
  await signer.close();
});
