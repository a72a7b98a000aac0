import { describe, expect, test } from "vitest";
import { type Block, validatorsKey } from "../../src/chain/index.ts";
import {
  type BlockId,
  compareBytes,
  InvariantError,
  type TransactionId,
  toHex,
} from "../../src/primitives/index.ts";
import { type ChainStore, type CommittedSetChange, checkBlocks } from "../../src/storage/index.ts";
import {
  bytesOf,
  certificateOf,
  genesis,
  genesisHead,
  headOf,
  networkId,
  type SampleBlock,
  type SampleOptions,
  sampleBlock,
} from "./sample-chain.ts";

/** Commits a block after the head, payloads first, as a voting node does. */
export async function extend(store: ChainStore, options: SampleOptions = {}): Promise<SampleBlock> {
  const sample = sampleBlock(store.head(), options);
  const { height } = sample.block.header;
  await store.putPayloads(height, sample.payloads);
  await store.putCandidate(sample.block);
  await store.commit(sample);
  return sample;
}

/** Bytes that stand for a set; storage never looks inside. */
export function setOf(height: number): Uint8Array {
  return bytesOf(`validators after ${height}`);
}

/** The changes of the set that a store knows of, in its order. */
export async function setChangesOf(
  store: ChainStore,
  heightFirst: number,
  heightEnd: number,
): Promise<readonly CommittedSetChange[]> {
  const changes: CommittedSetChange[] = [];
  for await (const change of store.setChanges(heightFirst, heightEnd)) changes.push(change);
  return changes;
}

/** What every chain store promises; `open` gives one of the sample network with the genesis in it. */
export function chainStoreContract(name: string, open: () => Promise<ChainStore>): void {
  async function withStore(use: (store: ChainStore) => Promise<void>): Promise<void> {
    const store = await open();
    try {
      await use(store);
    } finally {
      await store.close();
    }
  }

  describe(`${name} keeps the contract of a chain store`, () => {
    test("starts with the genesis as its head and state", () =>
      withStore(async (store) => {
        expect(store.networkId).toBe(networkId);
        expect(store.head()).toEqual(genesisHead);
        for (const [key, value] of genesis.changes) expect(store.reader().get(key)).toEqual(value);
        expect(store.blockId(0)).toBe(networkId);
        expect(store.block(0)).toBeNull();
        expect(store.certificate(0)).toBeNull();
        expect(store.blockId(1)).toBeNull();
        expect(store.stateRoot(0)).not.toBeNull();
        expect(store.stateRoot(1)).toBeNull();
      }));

    test("a commit moves head, state, index and blocks together", () =>
      withStore(async (store) => {
        const reader = store.reader();
        const key = bytesOf("key 1");
        expect(reader.get(key)).toBeNull();
        const { block, changes, payloads } = await extend(store, { transactions: [[10, 20], []] });
        expect(store.head()).toEqual(headOf(block));
        expect(reader.get(key)).toEqual(changes[0]?.[1]);
        expect(store.blockId(1)).toBe(block.id);
        expect(store.block(1)?.bytes).toEqual(block.bytes);
        expect(store.blockById(block.id)?.header).toEqual(block.header);
        expect(store.certificate(1)).toEqual(certificateOf(1));
        for (const [index, { id }] of block.transactions.entries()) {
          expect(store.transaction(id)).toMatchObject({ height: 1, index, transaction: { id } });
        }
        for (const one of payloads) expect(store.payload(one)).toEqual(one.bytes);
        expect(store.missingPayloads(1)).toEqual([]);
      }));

    test("a deleted key is gone", () =>
      withStore(async (store) => {
        const key = bytesOf("a member");
        await extend(store, { changes: [[key, null]] });
        expect(store.reader().get(key)).toBeNull();
      }));

    test("what nobody committed is not found", () =>
      withStore(async (store) => {
        await extend(store);
        const stranger = toHex(bytesOf("stranger"));
        expect(store.transaction(stranger as TransactionId)).toBeNull();
        expect(store.blockById(stranger as BlockId)).toBeNull();
        expect(store.payload({ transactionId: stranger as TransactionId, part: 0 })).toBeNull();
        expect(store.block(2)).toBeNull();
        expect(store.certificate(2)).toBeNull();
      }));

    test("state entries are those under a prefix, in order, without it missing", () =>
      withStore(async (store) => {
        const at = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
        const keys = [at(7, 2), at(7), at(7, 0, 1), at(8), at(6, 255)];
        await extend(store, { changes: keys.map((key) => [key, at(1)] as const) });
        const found: string[] = [];
        for await (const { key } of store.stateEntries(at(7))) found.push(toHex(key));
        expect(found).toEqual(["07", "070001", "0702"]);
      }));

    test("candidates and their payloads are held before they are committed", () =>
      withStore(async (store) => {
        const a = sampleBlock(store.head(), { salt: "a" });
        const b = sampleBlock(store.head(), { salt: "b" });
        const [payload] = a.payloads;
        if (payload === undefined) throw new Error("the sample has a payload");
        expect(store.hasCandidate(1, a.block.id)).toBe(false);
        expect(store.hasPayload(1, payload)).toBe(false);
        await store.putCandidate(a.block);
        await store.putCandidate(a.block);
        await store.putCandidate(b.block);
        await store.putPayloads(1, a.payloads);
        expect(store.hasCandidate(1, a.block.id)).toBe(true);
        expect(store.hasCandidate(2, a.block.id)).toBe(false);
        expect(store.candidate(1, b.block.id)?.bytes).toEqual(b.block.bytes);
        expect(store.blockById(b.block.id)?.id).toBe(b.block.id);
        expect(store.hasPayload(1, payload)).toBe(true);
        expect(store.hasPayload(2, payload)).toBe(false);
        expect(store.payload(payload)).toEqual(payload.bytes);
        expect(store.head().height).toBe(0);
        expect(store.block(1)).toBeNull();
      }));

    test("what the chain did not take is collected with the next commit, what it took stays", () =>
      withStore(async (store) => {
        const lost = sampleBlock(store.head(), { salt: "lost", transactions: [[50]] });
        await store.putCandidate(lost.block);
        await store.putPayloads(1, lost.payloads);
        const taken = await extend(store);
        const [orphan] = lost.payloads;
        const [kept] = taken.payloads;
        if (orphan === undefined || kept === undefined) throw new Error("samples have payloads");
        // The own precommit may still be asked for until the next height is on the disk.
        expect(store.hasPayload(1, orphan)).toBe(true);
        await extend(store);
        expect(store.hasPayload(1, orphan)).toBe(false);
        expect(store.payload(orphan)).toBeNull();
        expect(store.blockById(lost.block.id)).toBeNull();
        expect(store.payload(kept)).toEqual(kept.bytes);
        expect(store.block(1)?.id).toBe(taken.block.id);
      }));

    test("a block that came without payloads names what is missing and takes it later", () =>
      withStore(async (store) => {
        const sample = sampleBlock(store.head(), { transactions: [[10], [20, 30]] });
        await store.commit(sample);
        await extend(store);
        const names = sample.payloads.map(({ transactionId, part }) => ({ transactionId, part }));
        expect(store.missingPayloads(1)).toEqual(names);
        await store.putPayloads(1, sample.payloads.slice(1));
        expect(store.missingPayloads(1)).toEqual(names.slice(0, 1));
        await extend(store);
        expect(store.missingPayloads(1)).toEqual(names.slice(0, 1));
        for (const one of sample.payloads.slice(1)) expect(store.payload(one)).toEqual(one.bytes);
      }));

    test("blocks come in order, from a height, up to a count or the head", () =>
      withStore(async (store) => {
        for (let height = 1; height <= 5; height += 1) await extend(store, { transactions: [] });
        const heights = (first: number, countMax: number): number[] =>
          [...store.blocks(first, countMax)].map(({ header }) => header.height);
        expect(heights(2, 3)).toEqual([2, 3, 4]);
        expect(heights(4, 100)).toEqual([4, 5]);
        expect(heights(0, 2)).toEqual([1]);
        expect(heights(6, 100)).toEqual([]);
        expect([...checkBlocks(store)]).toEqual(
          [5, 4, 3, 2, 1].map((height) => ({ height, damage: null })),
        );
        expect([...checkBlocks(store, 2)].map(({ height }) => height)).toEqual([5, 4]);
      }));

    test("heights that changed the set of validators are found, in order and within bounds", () =>
      withStore(async (store) => {
        const changing = [2, 3, 5, 300];
        const made: SampleBlock[] = [];
        for (let height = 1; height <= 301; height += 1) {
          const options = changing.includes(height) ? { nextValidators: setOf(height) } : {};
          made.push(await extend(store, { transactions: [], ...options }));
        }
        const expected = changing.map((height) => ({
          height,
          header: made[height - 1]?.block.headerBytes,
          certificate: certificateOf(height),
          nextValidators: setOf(height),
        }));
        expect(await setChangesOf(store, 0, 1_000)).toEqual(expected);
        expect(await setChangesOf(store, 3, 300)).toEqual(expected.slice(1, 3));
        expect(await setChangesOf(store, 4, 5)).toEqual([]);
        expect(await setChangesOf(store, 9, 2)).toEqual([]);
        expect(await setChangesOf(store, 301, 1_000)).toEqual([]);
      }));

    test("a block that announces another set than it writes is not committed", () =>
      withStore(async (store) => {
        const sample = sampleBlock(store.head(), { nextValidators: setOf(1) });
        const others = [[validatorsKey, setOf(2)] as const];
        for (const changes of [[], others, [[validatorsKey, null] as const]]) {
          await expect(store.commit({ ...sample, changes })).rejects.toThrow(InvariantError);
        }
        expect(store.head().height).toBe(0);
        await store.commit(sample);
        expect(await setChangesOf(store, 1, 9)).toHaveLength(1);
      }));

    test("the whole state agrees with its tree, also while blocks are committed", () =>
      withStore(async (store) => {
        for (let height = 1; height <= 257; height += 1) await extend(store, { transactions: [] });
        let steps = 0;
        for await (const checked of store.checkState()) {
          expect(checked).toBeGreaterThan(0);
          if (steps % 8 === 0) await extend(store, { transactions: [] });
          steps += 1;
        }
        expect(steps).toBeGreaterThan(8);
        expect(store.stateRoot(256)).not.toBeNull();
      }));

    test("blocks that are committed together leave what they leave one by one", () =>
      withStore(async (singly) => {
        const store = await open();
        try {
          for (const last of [1, 40, 255, 256, 257, 300]) {
            const run: SampleBlock[] = [];
            for (let head = store.head(); head.height < last; ) {
              const height = head.height + 1;
              const changing = height % 7 === 0 ? { nextValidators: setOf(height) } : {};
              const key = bytesOf(`a key of ${height % 5}`);
              const value = height % 11 === 0 ? null : bytesOf(`value ${height}`);
              const changes = [[key, value] as const];
              const sample = sampleBlock(head, { transactions: [[5], []], changes, ...changing });
              await store.putPayloads(height, sample.payloads);
              await singly.putPayloads(height, sample.payloads);
              await singly.commit(sample);
              run.push(sample);
              head = headOf(sample.block);
            }
            await store.commit(...run);
            expect(store.head()).toEqual(singly.head());
          }
          for (const checkpoint of [0, 256]) {
            expect(store.stateRoot(checkpoint)).toBe(singly.stateRoot(checkpoint));
          }
          expect(await setChangesOf(store, 1, 400)).toEqual(await setChangesOf(singly, 1, 400));
          for (const { id, header, transactions } of singly.blocks(1, 400)) {
            const { height } = header;
            expect(store.block(height)?.id).toBe(id);
            expect(store.certificate(height)).toEqual(singly.certificate(height));
            expect(store.blockById(id)?.header.height).toBe(height);
            expect(store.missingPayloads(height)).toEqual([]);
            for (const one of transactions) expect(store.transaction(one.id)?.height).toBe(height);
          }
          for (let index = 0; index < 5; index += 1) {
            const key = bytesOf(`a key of ${index}`);
            expect(store.reader().get(key)).toEqual(singly.reader().get(key));
          }
          for (const { damage } of checkBlocks(store)) expect(damage).toBeNull();
        } finally {
          await store.close();
        }
      }));

    test("blocks are committed together only in a row, and not beyond a checkpoint", () =>
      withStore(async (store) => {
        await expect(store.commit()).rejects.toThrow(InvariantError);
        const run: SampleBlock[] = [];
        for (
          let head = store.head();
          head.height < 257;
          head = headOf(run.at(-1)?.block as Block)
        ) {
          run.push(sampleBlock(head, { transactions: [] }));
        }
        await expect(store.commit(...run)).rejects.toThrow(InvariantError);
        await expect(store.commit(...run.slice(0, 2), ...run.slice(3, 5))).rejects.toThrow(
          InvariantError,
        );
        expect(store.head().height).toBe(0);
        expect(store.blockId(1)).toBeNull();
        await store.commit(...run.slice(0, 256));
        expect(store.stateRoot(256)).not.toBeNull();
        await store.commit(...run.slice(256));
        expect(store.head().height).toBe(257);
      }));

    test("what a run left behind of its own heights goes with the next commit", () =>
      withStore(async (store) => {
        const first = sampleBlock(store.head(), { transactions: [[3]] });
        const second = sampleBlock(headOf(first.block), { transactions: [[3]] });
        const third = sampleBlock(headOf(second.block), { transactions: [[3]] });
        const lost = sampleBlock(headOf(first.block), { salt: "lost", transactions: [[4]] });
        await store.putCandidate(lost.block);
        await store.putPayloads(2, lost.payloads);
        for (const { block, payloads } of [first, second]) {
          await store.putPayloads(block.header.height, payloads);
        }
        await store.commit(first, second);
        await store.commit(third);
        expect(lost.payloads.some((one) => store.hasPayload(2, one))).toBe(false);
        for (const one of [...first.payloads, ...second.payloads]) {
          expect(store.payload(one)).toEqual(one.bytes);
        }
      }));

    test("only the block after the head can be committed, and only one at a time", () =>
      withStore(async (store) => {
        const first = sampleBlock(store.head());
        const second = sampleBlock(headOf(first.block));
        const fork = sampleBlock({ ...genesisHead, blockId: second.block.id });
        await expect(store.commit(second)).rejects.toThrow(InvariantError);
        await expect(store.commit(fork)).rejects.toThrow(InvariantError);
        const running = store.commit(first);
        await expect(store.commit(first)).rejects.toThrow(InvariantError);
        await running;
        await expect(store.commit(first)).rejects.toThrow(InvariantError);
        await expect(store.putCandidate(first.block)).rejects.toThrow(InvariantError);
        expect(store.head().height).toBe(1);
      }));

    test("a foreign payload is not stored at a committed height", () =>
      withStore(async (store) => {
        await extend(store);
        const foreign = sampleBlock(store.head(), { salt: "foreign" });
        await expect(store.putPayloads(1, foreign.payloads)).rejects.toThrow(InvariantError);
      }));

    test("the values a reader gives do not change with later blocks' arrays", () =>
      withStore(async (store) => {
        const value = bytesOf("x");
        await extend(store, { changes: [[bytesOf("k"), value]] });
        const kept = store.reader().get(bytesOf("k"))?.slice() ?? new Uint8Array(0);
        value.fill(0);
        expect(compareBytes(store.reader().get(bytesOf("k")) ?? value, kept)).toBe(0);
      }));
  });
}
