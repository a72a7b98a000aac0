import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bucketOf } from "../../src/chain/index.ts";
import { encode, LedgerError, type NetworkId, toHex } from "../../src/primitives/index.ts";
import {
  type ChainSnapshot,
  type ChainStore,
  checkBlocks,
  type KeyValueWrite,
  openChainStore,
  openLevelStore,
} from "../../src/storage/index.ts";
import { bodyKeys, stateKeys } from "../../src/storage/keyspace.ts";
import { chainStoreContract, extend, setChangesOf, setOf } from "./chain-store.contract.ts";
import {
  bytesOf,
  certificateOf,
  genesis,
  genesisHead,
  headOf,
  networkId,
  sampleBlock,
} from "./sample-chain.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const create = (folder: string): Promise<ChainStore> =>
  openChainStore({ folder, networkId, mode: "create", genesis });
const open = (folder: string): Promise<ChainStore> =>
  openChainStore({ folder, networkId, mode: "open" });

const levelOptions = {
  mode: "open",
  compression: "none",
  writeBufferBytes: 1_048_576,
  tableBytes: 1_048_576,
  cacheBytes: 1_048_576,
} as const;

/** Writes into a database of a closed store past all its rules, as a broken disk would. */
async function tamper(
  folder: string,
  name: "bodies" | "state",
  writes: readonly KeyValueWrite[],
): Promise<void> {
  const store = await openLevelStore({ ...levelOptions, folder: join(folder, name) });
  await store.write(writes);
  await store.close();
}

/** All entries of both databases of a closed store, in hex. */
async function entriesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of ["bodies", "state"]) {
    const store = await openLevelStore({ ...levelOptions, folder: join(folder, name) });
    const range = { first: new Uint8Array(0), end: Uint8Array.of(255) };
    for await (const { key, value } of store.range(range)) {
      found.push(`${name} ${toHex(key)} ${toHex(value)}`);
    }
    await store.close();
  }
  return found;
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] as number) ^ 1;
  return copy;
}

async function failure(action: () => unknown): Promise<LedgerError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

async function codeOf(action: () => unknown): Promise<string> {
  return (await failure(action)).code;
}

chainStoreContract("the chain on LevelDB", () => create(join(temporaryFolder(), "node")));

describe("the life of a chain store's folder", () => {
  test("everything is there after closing and opening", async () => {
    const folder = join(temporaryFolder(), "node");
    const store = await create(folder);
    const first = await extend(store, { transactions: [[10, 20], [30]] });
    const second = await extend(store);
    const candidate = sampleBlock(store.head());
    await store.putCandidate(candidate.block);
    await store.putPayloads(3, candidate.payloads);
    await store.close();

    const again = await open(folder);
    expect(again.head().blockId).toBe(second.block.id);
    expect([...again.blocks(1, 9)].map(({ id }) => id)).toEqual([first.block.id, second.block.id]);
    for (const one of first.payloads) expect(again.payload(one)).toEqual(one.bytes);
    expect(again.reader().get(bytesOf("key 2"))).toEqual(bytesOf("value 2"));
    expect(again.hasCandidate(3, candidate.block.id)).toBe(true);
    expect(candidate.payloads.every((one) => again.hasPayload(3, one))).toBe(true);
    expect(again.candidate(3, candidate.block.id)?.bytes).toEqual(candidate.block.bytes);
    await again.commit(candidate);
    expect(again.missingPayloads(3)).toEqual([]);
    await again.close();
  });

  test("orphans of the last height are collected after a restart too", async () => {
    const folder = join(temporaryFolder(), "node");
    const store = await create(folder);
    const lost = sampleBlock(store.head(), { salt: "lost" });
    await store.putCandidate(lost.block);
    await store.putPayloads(1, lost.payloads);
    await extend(store);
    await store.close();
    const again = await open(folder);
    await extend(again);
    expect(lost.payloads.some((one) => again.hasPayload(1, one))).toBe(false);
    expect(again.blockById(lost.block.id)).toBeNull();
    await again.close();
  });

  test("a folder without a store is not touched by opening", async () => {
    const folder = join(temporaryFolder(), "node");
    expect(await codeOf(() => open(folder))).toBe("LEDGER_STORE_MISSING");
    expect(existsSync(folder)).toBe(false);
  });

  test("creating over a store changes nothing", async () => {
    const folder = join(temporaryFolder(), "node");
    const store = await create(folder);
    await extend(store);
    await store.close();
    expect(await codeOf(() => create(folder))).toBe("LEDGER_STORE_EXISTS");
    const again = await open(folder);
    expect(again.head().height).toBe(1);
    await again.close();
  });

  test("an interrupted creation counts as none and can be done again", async () => {
    const folder = join(temporaryFolder(), "node");
    await (await create(folder)).close();
    // What a crash before the end of a creation leaves: the mark, and databases without a genesis.
    writeFileSync(join(folder, "creating"), "");
    rmSync(join(folder, "state"), { recursive: true });
    mkdirSync(join(folder, "state"));
    expect(await codeOf(() => open(folder))).toBe("LEDGER_STORE_MISSING");
    const store = await create(folder);
    expect(store.head().height).toBe(0);
    await extend(store);
    await store.close();
    expect(readdirSync(folder).sort()).toEqual(["bodies", "lock", "state"]);
  });

  test("a second open is refused with the number of the process, and possible after closing", async () => {
    const folder = join(temporaryFolder(), "node");
    const store = await create(folder);
    const error = await failure(() => open(folder));
    expect(error.code).toBe("LEDGER_STORE_LOCKED");
    expect(error.detail).toMatchObject({ pid: process.pid });
    await store.close();
    await (await open(folder)).close();
  });

  test("a refused open gives the lock back", async () => {
    const folder = join(temporaryFolder(), "node");
    await (await create(folder)).close();
    const other = toHex(bytesOf("another network")) as NetworkId;
    const refused = () => openChainStore({ folder, networkId: other, mode: "open" });
    expect(await codeOf(refused)).toBe("LEDGER_STORE_OTHER_NETWORK");
    await (await open(folder)).close();
  });

  test("one database without the other is damage, and nothing is created for it", async () => {
    for (const name of ["bodies", "state"]) {
      const folder = join(temporaryFolder(), "node");
      await (await create(folder)).close();
      renameSync(join(folder, name), join(folder, "elsewhere"));
      expect(await codeOf(() => open(folder))).toBe("LEDGER_STORE_DAMAGED");
      expect(existsSync(join(folder, name))).toBe(false);
      expect(await codeOf(() => create(folder))).toBe("LEDGER_STORE_EXISTS");
    }
  });

  test.each([1, 3])("format %i is refused, and stays as it is", async (format) => {
    const folder = join(temporaryFolder(), "node");
    await (await create(folder)).close();
    const value = Uint8Array.from([0x82, format, 0x58, 0x20, ...Buffer.from(networkId, "hex")]);
    await tamper(folder, "state", [{ type: "put", key: stateKeys.format, value }]);
    const before = await entriesIn(folder);
    for (let start = 0; start < 2; start += 1) {
      const error = await failure(() => open(folder));
      expect(error.code).toBe("LEDGER_STORE_OTHER_FORMAT");
      expect(error.detail).toEqual({ expected: 2, actual: format });
    }
    expect(await entriesIn(folder)).toEqual(before);
    // A snapshot would take the place of a chain that holds its genesis alone; of this one nobody can tell.
    const snapshot = {} as ChainSnapshot;
    const install = openChainStore({ folder, networkId, mode: "install", snapshot });
    expect(await codeOf(() => install)).toBe("LEDGER_STORE_OTHER_FORMAT");
    expect(await entriesIn(folder)).toEqual(before);
  });
});

describe("damage on the disk", () => {
  async function chainOf(heights: number): Promise<string> {
    const folder = join(temporaryFolder(), "node");
    const store = await create(folder);
    for (let height = 1; height <= heights; height += 1) await extend(store);
    await store.close();
    return folder;
  }

  test("a height missing in the index is found at the start", async () => {
    const folder = await chainOf(5);
    await tamper(folder, "state", [{ type: "delete", key: stateKeys.blockId(3) }]);
    const error = await failure(() => open(folder));
    expect(error.code).toBe("LEDGER_STORE_DAMAGED");
    expect(error.detail).toEqual({ what: "block id of height 3", height: null });
  });

  test("a head that was lost, or is behind the index, is found at the start", async () => {
    for (const key of [stateKeys.head, stateKeys.blockId(5), stateKeys.format]) {
      const folder = await chainOf(5);
      await tamper(folder, "state", [{ type: "delete", key }]);
      expect(await codeOf(() => open(folder))).toBe("LEDGER_STORE_DAMAGED");
    }
    const folder = await chainOf(5);
    const ahead = Uint8Array.from([...bytesOf("a"), ...bytesOf("b")]);
    await tamper(folder, "state", [{ type: "put", key: stateKeys.blockId(6), value: ahead }]);
    expect(await codeOf(() => open(folder))).toBe("LEDGER_STORE_DAMAGED");
  });

  test("a block with any altered byte is refused with its height and healed by the right one", async () => {
    const folder = await chainOf(2);
    const sample = sampleBlock({ height: 0, blockId: networkId as never, timeMs: 1_000 });
    const key = bodyKeys.block(1, sample.block.id);
    for (const share of [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999]) {
      const value = flipped(sample.block.bytes, Math.floor(sample.block.bytes.length * share));
      await tamper(folder, "bodies", [{ type: "put", key, value }]);
      const store = await open(folder);
      const error = await failure(() => store.block(1));
      expect([error.code, error.detail]).toEqual([
        "LEDGER_STORE_DAMAGED",
        { what: "block", height: 1 },
      ]);
      const found = [...checkBlocks(store)].map(({ height, damage }) => [height, damage !== null]);
      expect(found).toEqual([
        [2, false],
        [1, true],
      ]);
      expect(await codeOf(() => [...store.blocks(1, 2)])).toBe("LEDGER_STORE_DAMAGED");
      await store.restoreBlock(sample.block, certificateOf(1));
      expect(store.block(1)?.bytes).toEqual(sample.block.bytes);
      expect([...checkBlocks(store)].every(({ damage }) => damage === null)).toBe(true);
      await store.close();
    }
  });

  test("a lost block or certificate is found and healed", async () => {
    const folder = await chainOf(2);
    const sample = sampleBlock({ height: 0, blockId: networkId as never, timeMs: 1_000 });
    for (const key of [bodyKeys.block(1, sample.block.id), bodyKeys.certificate(1)]) {
      await tamper(folder, "bodies", [{ type: "delete", key }]);
      const store = await open(folder);
      expect([...checkBlocks(store)].at(-1)?.damage?.detail.height).toBe(1);
      await store.restoreBlock(sample.block, certificateOf(1));
      expect([...checkBlocks(store)].at(-1)?.damage).toBeNull();
      await store.close();
    }
    const value = certificateOf(7);
    await tamper(folder, "bodies", [{ type: "put", key: bodyKeys.certificate(1), value }]);
    const store = await open(folder);
    const error = await failure(() => store.certificate(1));
    expect(error.detail).toEqual({ what: "certificate", height: 1 });
    // Another copy of the certificate, with more votes in it, is as good.
    await store.restoreBlock(sample.block, certificateOf(7));
    expect(store.certificate(1)).toEqual(certificateOf(7));
    await store.close();
  });

  test("an altered payload is refused with its height and healed by the right one", async () => {
    const folder = await chainOf(2);
    const sample = sampleBlock({ height: 0, blockId: networkId as never, timeMs: 1_000 });
    const [payload] = sample.payloads;
    if (payload === undefined) throw new Error("the sample has a payload");
    const { transactionId, part, bytes } = payload;
    const key = bodyKeys.payload(1, transactionId, part);
    for (const value of [flipped(bytes, 50), bytes.slice(1), new Uint8Array(0)]) {
      await tamper(folder, "bodies", [{ type: "put", key, value }]);
      const store = await open(folder);
      const error = await failure(() => store.payload(payload));
      expect([error.code, error.detail]).toEqual([
        "LEDGER_STORE_DAMAGED",
        { what: "payload", height: 1 },
      ]);
      await store.putPayloads(1, [payload]);
      expect(store.payload(payload)).toEqual(bytes);
      await store.close();
    }
    await tamper(folder, "bodies", [{ type: "delete", key }]);
    const store = await open(folder);
    expect(store.payload(payload)).toBeNull();
    expect(store.missingPayloads(1)).toEqual([{ transactionId, part }]);
    await store.close();
  });

  test("a candidate with an altered byte is never taken for the block of its id", async () => {
    const folder = await chainOf(1);
    const store = await open(folder);
    const { block } = sampleBlock(store.head());
    await store.putCandidate(block);
    await store.close();
    const key = bodyKeys.block(2, block.id);
    const value = flipped(block.bytes, block.bytes.length - 10);
    await tamper(folder, "bodies", [{ type: "put", key, value }]);
    const again = await open(folder);
    expect(again.candidate(2, block.id)).toBeNull();
    expect(again.hasCandidate(2, block.id)).toBe(false);
    await again.putCandidate(block);
    expect(again.candidate(2, block.id)?.bytes).toEqual(block.bytes);
    await again.close();
  });
});

describe("the index of the changes of the validators", () => {
  async function changedAt(heights: readonly number[], until: number): Promise<string> {
    const folder = join(temporaryFolder(), "node");
    const store = await create(folder);
    for (let height = 1; height <= until; height += 1) {
      await extend(store, heights.includes(height) ? { nextValidators: setOf(height) } : {});
    }
    await store.close();
    return folder;
  }

  test("is there after closing and opening", async () => {
    const store = await open(await changedAt([2, 4], 5));
    const changes = await setChangesOf(store, 1, 6);
    expect(changes.map(({ height, nextValidators }) => [height, nextValidators])).toEqual([
      [2, setOf(2)],
      [4, setOf(4)],
    ]);
    expect(changes.map(({ header }) => header)).toEqual(
      [2, 4].map((height) => store.block(height)?.headerBytes),
    );
    await store.close();
  });

  test("of a store that was made without one is empty, begins now, and hinders nothing", async () => {
    const folder = await changedAt([2, 4], 5);
    const older = [2, 4].map((height) => stateKeys.setChange(height));
    await tamper(
      folder,
      "state",
      older.map((key) => ({ type: "delete", key })),
    );
    const store = await open(folder);
    expect(await setChangesOf(store, 1, 6)).toEqual([]);
    expect([...checkBlocks(store)].every(({ damage }) => damage === null)).toBe(true);
    await extend(store, { nextValidators: setOf(6) });
    await store.close();
    const again = await open(folder);
    expect((await setChangesOf(again, 1, 9)).map(({ height }) => height)).toEqual([6]);
    await again.close();
  });

  test("with any altered byte is refused, and with a lost certificate names the height", async () => {
    const folder = await changedAt([2], 2);
    const { block } = sampleBlock(headOf(sampleBlock(genesisHead).block), {
      nextValidators: setOf(2),
    });
    const right = encode([block.headerBytes, setOf(2)]);
    const key = stateKeys.setChange(2);
    const wrong = [0, 1, 5, 100, right.length - 40, right.length - 1].map((at) =>
      flipped(right, at),
    );
    for (const value of [...wrong, right.slice(0, -1), new Uint8Array(0)]) {
      await tamper(folder, "state", [{ type: "put", key, value }]);
      const store = await open(folder);
      const error = await failure(() => setChangesOf(store, 1, 9));
      expect([error.code, error.detail]).toEqual([
        "LEDGER_STORE_DAMAGED",
        { what: "set of validators after height 2", height: null },
      ]);
      await store.close();
    }
    await tamper(folder, "state", [{ type: "put", key, value: right }]);
    await tamper(folder, "bodies", [{ type: "delete", key: bodyKeys.certificate(2) }]);
    const store = await open(folder);
    const error = await failure(() => setChangesOf(store, 1, 9));
    expect(error.detail).toEqual({ what: "certificate", height: 2 });
    await store.restoreBlock(block, certificateOf(7));
    expect(await setChangesOf(store, 1, 9)).toMatchObject([{ certificate: certificateOf(7) }]);
    await store.close();
  });
});

describe("damage of the state", () => {
  async function checked(store: ChainStore): Promise<string> {
    try {
      for await (const _ of store.checkState());
      return "whole";
    } catch (error) {
      return error instanceof LedgerError ? `${error.code}: ${error.message}` : String(error);
    }
  }

  test("a value that was altered, lost or added is found by the check in the background", async () => {
    const folder = join(temporaryFolder(), "node");
    const store = await create(folder);
    await extend(store);
    await store.close();
    const key = bytesOf("never changes");
    const right = bytesOf("a value");
    const strange = bytesOf("nobody wrote this");
    const cases: readonly (readonly [KeyValueWrite, KeyValueWrite])[] = [
      [
        { type: "put", key: stateKeys.value(key), value: flipped(right, 3) },
        { type: "put", key: stateKeys.value(key), value: right },
      ],
      [
        { type: "delete", key: stateKeys.value(key) },
        { type: "put", key: stateKeys.value(key), value: right },
      ],
      [
        { type: "put", key: stateKeys.value(strange), value: right },
        { type: "delete", key: stateKeys.value(strange) },
      ],
    ];
    for (const [harm, repair] of cases) {
      await tamper(folder, "state", [harm]);
      const again = await open(folder);
      expect(await checked(again)).toContain("LEDGER_STORE_DAMAGED: value of state key");
      await again.close();
      await tamper(folder, "state", [repair]);
      const healed = await open(folder);
      expect(await checked(healed)).toBe("whole");
      await healed.close();
    }
  });

  test("a bucket root that is not that of its leaves is found", async () => {
    const folder = join(temporaryFolder(), "node");
    await (await create(folder)).close();
    const bucket = bucketOf(bytesOf("never changes"));
    const value = encode([1, bytesOf("no root")]);
    await tamper(folder, "state", [{ type: "put", key: stateKeys.bucketRoot(bucket), value }]);
    const again = await open(folder);
    expect(await checked(again)).toContain(`bucket ${bucket}`);
    await again.close();
    const unreadable = encode([1]);
    const key = stateKeys.bucketRoot(bucket);
    await tamper(folder, "state", [{ type: "put", key, value: unreadable }]);
    expect(await codeOf(() => open(folder))).toBe("LEDGER_STORE_DAMAGED");
  });
});
