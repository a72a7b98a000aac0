import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../../test/helpers/shared-data.ts";
import {
  cardFromText,
  changesRootOf,
  checkBlock,
  checkBody,
  decodeBlock,
  decodeCard,
  decodeCompactBlock,
  decodeGenesis,
  decodeTransaction,
  genesisFromText,
  initialState,
  memoryState,
  verifyTransaction,
} from "../../src/chain/index.ts";
import { fromHex, type Hash, type NetworkId, toHex } from "../../src/primitives/index.ts";
import { founderOf } from "./fixtures.ts";
import { goldenFiles } from "./golden-samples.ts";

/** A write of the state in hex. */
interface Written {
  readonly key: string;
  readonly value: string;
}

const folder = join(import.meta.dirname, "..", "golden");
const read = <T>(name: string): T => readJson<T>(join(folder, name));

describe("golden vectors of the ledger", () => {
  test.each(goldenFiles())("$name is what the code writes", ({ name, content }) => {
    expect(JSON.parse(JSON.stringify(content))).toEqual(read(name));
  });

  test("card", () => {
    const golden = read<{ bytes: string; memberId: string; hash: string; text: string }>(
      "card.json",
    );
    const card = decodeCard(fromHex(golden.bytes));
    expect(card).toMatchObject({ memberId: golden.memberId, hash: golden.hash });
    expect(card.memberId).toBe(founderOf(0).id);
    expect(cardFromText(`\n ${golden.text}\r\n`).bytes).toEqual(card.bytes);
  });

  test("genesis and the state after it", () => {
    const golden = read<{
      bytes: string;
      networkId: string;
      text: string;
      state: readonly Written[];
    }>("genesis.json");
    const genesis = decodeGenesis(fromHex(golden.bytes));
    expect(genesis.networkId).toBe(golden.networkId);
    expect(genesisFromText(golden.text).networkId).toBe(golden.networkId);
    const state = initialState(genesis).map(([key, value]) => ({
      key: toHex(key),
      value: value === null ? null : toHex(value),
    }));
    expect(state).toEqual(golden.state);
  });

  test("a signed transaction of each kind", () => {
    const { transactions } = read<{
      transactions: readonly { kind: string; bytes: string; id: string; hash: string }[];
    }>("transactions.json");
    const { networkId } = read<{ networkId: string }>("genesis.json");
    const key = founderOf(0).signers.transaction.publicKey;
    for (const { kind, bytes, id, hash } of transactions) {
      const transaction = decodeTransaction(fromHex(bytes));
      expect(transaction).toMatchObject({ kind, id, hash });
      expect(verifyTransaction(transaction, key, networkId as never, 0)).toBe(true);
    }
  });

  test("a block, whole and compact", () => {
    const golden = read<{
      previous: string;
      previousCertificate: string;
      stateBefore: readonly Written[];
      bytes: string;
      compact: string;
      id: string;
      header: { changesRoot: string };
      transactionIds: readonly string[];
      changes: readonly Written[];
    }>("block.json");
    const block = decodeBlock(fromHex(golden.bytes));
    expect(block).toMatchObject({ id: golden.id, header: golden.header });
    expect(checkBody(block)).toEqual({ ok: true });
    const previous = decodeBlock(fromHex(golden.previous));
    expect(block.header.previousBlockId).toBe(previous.id);
    expect(toHex(block.previousCertificate)).toBe(golden.previousCertificate);
    const before = golden.stateBefore.map(
      ({ key, value }) => [fromHex(key), fromHex(value)] as const,
    );
    const { networkId, stateRoot } = read<{ networkId: NetworkId; stateRoot: Hash }>(
      "genesis.json",
    );
    const { height, timeMs } = previous.header;
    const head = { height, blockId: previous.id, timeMs };
    const verdict = checkBlock(memoryState(before), head, block, {
      stateRoot,
      isSigned: (transaction, key) => verifyTransaction(transaction, key, networkId, 0),
      certified: () => ({ round: 0, voters: [0, 1, 2].map((index) => founderOf(index).id) }),
      offence: () => null,
    });
    expect(verdict.ok).toBe(true);
    const compact = decodeCompactBlock(fromHex(golden.compact));
    expect(compact).toMatchObject({ id: golden.id, transactionIds: golden.transactionIds });
    const changes = golden.changes.map(({ key, value }) => [fromHex(key), fromHex(value)] as const);
    expect(changesRootOf(changes)).toBe(golden.header.changesRoot);
  });
});
