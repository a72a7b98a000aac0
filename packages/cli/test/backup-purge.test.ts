import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  budgetFor,
  buildBlock,
  type ContentOf,
  genesisHead,
  type Head,
  initialState,
  type Kind,
  signTransaction,
  streamIdOf,
  type Transaction,
} from "@tegata/ledger/chain";
import { createSigner, type EntryId, type Hash, hashId, sha256 } from "@tegata/ledger/primitives";
import { type BlockCommit, type ChainStore, openChainStore } from "@tegata/ledger/storage";
import { expect, test } from "vitest";
import { devCompanies } from "../src/dev/company-names.ts";
import { foundConsortium } from "../src/dev/consortium.ts";
import { ownCard, readGenesis } from "../src/founding/genesis.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const canary = "canary of a ciphertext ";
const payload = new Uint8Array(Buffer.alloc(4_096, canary));
const hash = hashId(sha256(payload));
const zeros = "00".repeat(32) as Hash;

/** A founded company with a chain of one batch, and the block that purges it. */
async function company() {
  const folder = temporaryFolder();
  const request = { folder, network: "Chubu Press", nowMs: Date.now(), listeners: false };
  const { companies } = await foundConsortium({ ...request, companies: devCompanies(2) });
  const [{ home, passphrase }] = companies as [(typeof companies)[number]];
  const secret = join(folder, "passphrase");
  writeFileSync(secret, `${passphrase}\n`, { mode: 0o600 });
  const run = (...words: readonly string[]) =>
    tegata([...words, "--passphrase-file", secret], { folder, env: { TEGATA_HOME: home } });
  const genesis = await readGenesis(join(home, "genesis"));
  const { networkId, timeMs } = genesis;
  const chain = await openChainStore({
    ...{ folder: join(home, "node"), networkId, mode: "create" },
    genesis: { timeMs, changes: initialState(genesis) },
  });
  const { memberId } = await ownCard(home);
  const lane = streamIdOf(memberId, new Uint8Array(8).fill(7));
  // Storage asks for no signatures: any key will do.
  const signer = createSigner(new Uint8Array(32).fill(9));
  const sign = <K extends Kind>(
    sequence: number,
    part: Pick<ContentOf<K>, "kind" | "body" | "payloads">,
  ): Transaction => {
    const entryId = `${sequence}`.padStart(32, "0") as EntryId;
    const frame = { memberId, keyVersion: 1, lane, sequence, writer: 0, entryId, expiresMs: null };
    return signTransaction(
      { ...frame, ...part } as ContentOf<K>,
      signer,
      networkId,
      0,
    ) as Transaction;
  };
  const schemaHash = zeros;
  const create = sign<"stream-create">(1, {
    kind: "stream-create",
    payloads: [{ hash, size: payload.length }],
    body: {
      ...{ suite: 1, category: "other", epochLength: "30d", facets: ["row"], schemaHash },
      ...{ metaCommitment: new Uint8Array(32), recoverySeal: new Uint8Array(1_200) },
    },
  });
  const records = sign<"records">(2, {
    kind: "records",
    payloads: [{ hash, size: payload.length }],
    body: {
      ...{ suite: 1, generation: 1, epoch: 1, backfill: true, schemaHash },
      rnd: new Uint8Array(32),
      facets: [{ root: new Uint8Array(32), commitment: new Uint8Array(32) }],
    },
  });
  const purge = sign<"purge">(3, {
    ...{ kind: "purge", payloads: [] },
    body: { sequenceFirst: 2, sequenceLast: 2 },
  });
  const next = (store: ChainStore, head: Head, candidates: readonly Transaction[]): BlockCommit => {
    const { block, changes, skipped } = buildBlock({
      ...{ reader: store.reader(), head, candidates, budget: budgetFor(0) },
      ...{ timeMs: head.timeMs + 1_000, proposer: memberId, stateRoot: zeros },
      previousCertificate: new Uint8Array(head.height),
      certified: head.height === 0 ? null : { round: 0, voters: [] },
      ...{ evidence: [], offence: () => null },
    });
    expect(skipped).toEqual([]);
    return { block, changes, certificate: new Uint8Array(head.height + 1) };
  };
  const first = next(chain, genesisHead(genesis), [create, records]);
  await chain.putPayloads(1, [{ transactionId: records.id, part: 0, bytes: payload }]);
  await chain.commit(first);
  await chain.close();
  const open = (at: string) =>
    openChainStore({ folder: join(at, "node"), networkId, mode: "open" });
  /** Commits the purge, and does not come to deleting anything. */
  const purgeIn = async (at: string): Promise<ChainStore> => {
    const store = await open(at);
    await store.commit(next(store, store.head(), [purge]));
    return store;
  };
  return { folder, home, run, open, purgeIn };
}

function isFound(home: string): boolean {
  const bodies = join(home, "node", "bodies");
  return readdirSync(bodies).some((name) => readFileSync(join(bodies, name)).includes(canary));
}

test("a backup carries nothing that was purged, even where the node had not come to deleting it", async () => {
  const { folder, home, run, purgeIn } = await company();
  await (await purgeIn(home)).close();
  expect(isFound(home)).toBe(true);
  const file = join(folder, "after.backup");
  expect((await run("backup", file, "--with-chain")).exit).toBe(0);
  expect(isFound(home)).toBe(false);
  const target = join(folder, "restored");
  expect((await run("restore", file, "--home", target)).exit).toBe(0);
  expect(isFound(target)).toBe(false);
});

test("a backup from before the purge loses the payload again once the chain has come to it", async () => {
  const { folder, home, run, purgeIn } = await company();
  const file = join(folder, "before.backup");
  expect((await run("backup", file, "--with-chain")).exit).toBe(0);
  expect(isFound(home)).toBe(true);
  const target = join(folder, "restored");
  expect((await run("restore", file, "--home", target)).exit).toBe(0);
  expect(isFound(target)).toBe(true);
  const store = await purgeIn(target);
  expect(await store.purge()).toMatchObject({ payloads: 1 });
  expect(isFound(target)).toBe(false);
  await store.close();
});
