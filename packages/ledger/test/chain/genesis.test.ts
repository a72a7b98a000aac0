import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  buildGenesis,
  cardSkeletons,
  checkCard,
  currentKey,
  decodeGenesis,
  defaultParameters,
  genesisFromText,
  genesisHead,
  genesisRoster,
  genesisToText,
  genesisValidators,
  initialState,
  limits,
  type MemberCard,
  memoryState,
  readClock,
  readConsensusKey,
  readCounters,
  readKeyOwner,
  readMember,
  readNameOwner,
  readNetwork,
  readParameters,
  readProtocolVersions,
  readRoster,
  readValidators,
  readWriter,
} from "../../src/chain/index.ts";
import {
  compareBytes,
  decode,
  encode,
  fromHex,
  LedgerError,
  type LedgerErrorCode,
  taggedHash,
  toHex,
  type Value,
} from "../../src/primitives/index.ts";
import { cardWith, founderOf, genesisTimeMs, networkName } from "./fixtures.ts";
import { accepted, mutate, mutation } from "./mutation.ts";

const cards = [0, 1, 2].map((index) => founderOf(index).card);
const genesis = buildGenesis(cards, defaultParameters, genesisTimeMs);

function errorOf(action: () => unknown): LedgerError | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}

function codeWith(...others: readonly MemberCard[]): LedgerErrorCode | null {
  const founders = [founderOf(0).card, ...others];
  return errorOf(() => buildGenesis(founders, defaultParameters, genesisTimeMs))?.code ?? null;
}

/** The genesis with its list of cards replaced. */
function withCards(list: readonly Value[]): Uint8Array {
  const items = [...(decode(genesis.bytes) as Value[])];
  items[4] = list;
  return encode(items);
}

describe("a genesis", () => {
  test("does not depend on the order in which the cards came", () => {
    for (const order of [
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const shuffled = order.map((index) => founderOf(index).card);
      expect(buildGenesis(shuffled, defaultParameters, genesisTimeMs)).toStrictEqual(genesis);
    }
  });

  test("comes back from its bytes and from its line of text, and names the network", () => {
    expect(decodeGenesis(genesis.bytes)).toStrictEqual(genesis);
    expect(genesisFromText(`${genesisToText(genesis)}\n`)).toStrictEqual(genesis);
    expect(genesis.networkId).toBe(toHex(taggedHash("genesis", genesis.bytes)));
    expect(genesisHead(genesis)).toEqual({
      height: 0,
      blockId: genesis.networkId,
      timeMs: genesisTimeMs,
    });
  });

  test("another time or another parameter is another network", () => {
    const later = buildGenesis(cards, defaultParameters, genesisTimeMs + 1);
    const slower = { ...defaultParameters, heartbeatMs: 30_000 };
    const other = buildGenesis(cards, slower, genesisTimeMs);
    expect(new Set([genesis, later, other].map(({ networkId }) => networkId)).size).toBe(3);
  });

  test("one company alone can found a network", () => {
    const alone = buildGenesis(cards.slice(0, 1), defaultParameters, genesisTimeMs);
    expect(genesisValidators(alone)).toHaveLength(1);
  });

  test("its cards must be in order and each once", () => {
    const list = (decode(genesis.bytes) as Value[])[4] as Value[];
    const [a, b] = list as [Value, Value];
    for (const wrong of [[b, a], [a, a], [...list].reverse()]) {
      expect(errorOf(() => decodeGenesis(withCards(wrong)))?.code).toBe("LEDGER_GENESIS_ORDER");
    }
    expect(errorOf(() => decodeGenesis(withCards([])))?.code).toBe("LEDGER_BAD_SHAPE");
    expect(errorOf(() => decodeGenesis(withCards(list)))).toBeNull();
  });

  test("a refused card refuses it, with the card's own code", () => {
    const late = cardWith(1, { expiresMs: genesisTimeMs });
    const founders = [founderOf(0).card, late];
    const error = errorOf(() => buildGenesis(founders, defaultParameters, genesisTimeMs));
    expect(error?.code).toBe("LEDGER_GENESIS_CARD");
    expect(error?.detail).toEqual({ memberId: late.memberId, reason: "LEDGER_CARD_EXPIRED" });
    const elsewhere = cardWith(1, { networkName: "Kanto Motors" });
    expect(checkCard(elsewhere, { networkName, timeMs: genesisTimeMs })).toMatchObject({
      code: "LEDGER_CARD_OTHER_NETWORK",
    });
    expect(codeWith(elsewhere)).toBe("LEDGER_GENESIS_CARD");
  });

  test("no key may serve two founders, in whatever roles", () => {
    const taken = cardWith(1, { recoveryKey: founderOf(0).body.encryptionKey });
    expect(codeWith(taken)).toBe("LEDGER_GENESIS_KEY_REPEATED");
  });

  test("names and handles that look alike are refused, across both", () => {
    expect(codeWith(cardWith(1, { name: "Аsahi  Seiki" }))).toBe("LEDGER_GENESIS_CONFUSABLE");
    expect(codeWith(cardWith(1, { handle: "asahi-seiki" }))).toBe("LEDGER_GENESIS_CONFUSABLE");
    expect(codeWith(cardWith(1, { handle: "company-a" }))).toBe("LEDGER_GENESIS_CONFUSABLE");
    expect(codeWith(founderOf(1).card)).toBeNull();
  });

  test("no change of its bytes is taken for it", () => {
    const alone = buildGenesis(cards.slice(0, 1), defaultParameters, genesisTimeMs);
    fc.assert(
      fc.property(mutation, (change) => {
        const decoded = accepted(decodeGenesis, mutate(alone.bytes, change));
        return decoded === null || decoded.networkId !== alone.networkId;
      }),
      { numRuns: 150 },
    );
    const huge = new Uint8Array(limits.genesisBytesMax + 1);
    expect(errorOf(() => decodeGenesis(huge))?.code).toBe("LEDGER_TOO_LARGE");
  });

  test("parameters have bounds", () => {
    const built = (changed: Partial<typeof defaultParameters>) => () =>
      buildGenesis(cards.slice(0, 1), { ...defaultParameters, ...changed }, genesisTimeMs);
    expect(errorOf(built({ heartbeatMs: 0 }))?.code).toBe("LEDGER_BAD_SHAPE");
    expect(errorOf(built({ timeoutCapMs: 86_400_001 }))?.code).toBe("LEDGER_BAD_SHAPE");
    expect(errorOf(built({ memberDayPayloadBytesMax: 0 }))).toBeNull();
  });
});

describe("the state of height 0", () => {
  const state = memoryState(initialState(genesis));

  test("has every founder with its keys, as validators in order of their keys", () => {
    for (const card of genesis.cards) {
      const member = readMember(state, card.memberId);
      if (member === null) throw new Error("a founder is a member");
      expect(member).toMatchObject({
        name: card.name,
        handle: card.handle,
        joinedHeight: 0,
        admission: 1,
        leftHeight: null,
      });
      expect(toHex(currentKey(member, "transaction").key)).toBe(card.transactionKey);
      expect(toHex(currentKey(member, "consensus").key)).toBe(card.consensusKey);
      expect(toHex(currentKey(member, "network").key)).toBe(card.networkKey);
      expect(currentKey(member, "encryption")).toEqual({
        role: "encryption",
        version: 1,
        key: card.encryptionKey,
        height: 0,
        endMs: null,
        isCompromised: false,
      });
      expect(readWriter(state, card.memberId)).toBe(0);
    }
    const validators = readValidators(state);
    expect(validators).toEqual(genesisValidators(genesis));
    const keys = validators.map(({ key }) => fromHex(key));
    const ascending = keys.every(
      (key, index) => index === 0 || compareBytes(keys[index - 1] as Uint8Array, key) < 0,
    );
    expect(ascending).toBe(true);
    expect(validators.map(({ member }) => member).sort()).toEqual(
      genesis.cards.map(({ memberId }) => memberId),
    );
  });

  test("has nobody sidelined, nothing that waits, and keys that vote from height 1", () => {
    expect(readRoster(state)).toEqual(genesisRoster(genesisValidators(genesis)));
    for (const { memberId, consensusKey } of genesis.cards) {
      expect(readConsensusKey(state, consensusKey)).toEqual({
        member: memberId,
        intervals: [{ firstHeight: 1, lastHeight: null }],
      });
    }
  });

  test("knows whose every key and name is, which network it is, and its version", () => {
    for (const card of genesis.cards) {
      const { memberId: member } = card;
      const owner = (key: Uint8Array) => readKeyOwner(state, key);
      expect(owner(fromHex(card.rootKey))).toEqual({ member, use: "root" });
      expect(owner(card.recoveryKey)).toEqual({ member, use: "recovery" });
      expect(owner(fromHex(card.networkKey))).toEqual({ member, use: "network" });
      expect(owner(fromHex(card.consensusKey))).toEqual({ member, use: "consensus" });
      expect(owner(fromHex(card.transactionKey))).toEqual({ member, use: "transaction" });
      expect(owner(card.encryptionKey)).toEqual({ member, use: "encryption" });
      for (const skeleton of cardSkeletons(card)) {
        expect(readNameOwner(state, skeleton)).toBe(member);
      }
    }
    const { networkId, networkName } = genesis;
    expect(readNetwork(state)).toEqual({ networkId, networkName });
    expect(readCounters(state)).toEqual({ requests: 0, members: genesis.cards.length });
    expect(readProtocolVersions(state)).toEqual([{ version: 2, height: 0 }]);
  });

  test("has the parameters and the clock, and nothing else", () => {
    expect(readParameters(state)).toEqual(defaultParameters);
    expect(readClock(state)).toEqual({ height: 0, timeMs: genesisTimeMs, proposer: null });
    const names = genesis.cards.flatMap((card) => cardSkeletons(card));
    expect(state.entries()).toHaveLength(8 * genesis.cards.length + names.length + 9);
  });
});
