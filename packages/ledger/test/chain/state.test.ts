import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bucketOf,
  bucketRoot,
  bucketRootsOf,
  type Change,
  CONTROL_LANE,
  changesRootOf,
  checkpointFor,
  clockKey,
  consensusKeyKey,
  countedRoot,
  decodeStateKey,
  decodeStateValue,
  EMPTY_BUCKET_ROOT,
  evidenceKey,
  generationKey,
  grantId,
  grantKey,
  grantPrefix,
  isCheckpoint,
  laneKey,
  lastHeightKey,
  limits,
  memberKey,
  memoryState,
  parametersKey,
  quotaKey,
  readGeneration,
  readGrant,
  readQuota,
  readStream,
  retainedKey,
  type StateEntry,
  StateView,
  sidelinedKey,
  stateRootOf,
  streamKey,
  TABLE,
  tablePrefix,
  u64,
  validatorChangesKey,
  validatorsKey,
  writerKey,
} from "../../src/chain/index.ts";
import {
  compareBytes,
  EMPTY_HASH,
  encode,
  fromHex,
  hashId,
  InvariantError,
  inclusionProof,
  LedgerError,
  merkleRoot,
  rootOfPath,
  sha256,
  taggedHash,
} from "../../src/primitives/index.ts";
import {
  bytesOf,
  commit,
  coverFor,
  founderOf,
  grant,
  ledgerWithStream,
  member,
  records,
  sign,
  streamOf,
  streamRoll,
} from "./fixtures.ts";

describe("the keys of the state", () => {
  const { id, card } = founderOf(0);
  const { consensusKey } = card;
  const stream = streamOf("keys");
  const grantOf = grantId(stream, 2, 0);

  test.each([
    ["member", memberKey(id), { memberId: id }],
    ["lane", laneKey(id, CONTROL_LANE), { memberId: id, lane: CONTROL_LANE }],
    ["writer", writerKey(id), { memberId: id }],
    ["stream", streamKey(stream), { streamId: stream }],
    ["grant", grantKey(stream, grantOf), { streamId: stream, grantId: grantOf }],
    ["quota", quotaKey(id), { memberId: id }],
    ["validators", validatorsKey, {}],
    ["sidelined", sidelinedKey, {}],
    ["parameters", parametersKey, {}],
    ["clock", clockKey, {}],
    ["generation", generationKey(stream, 258), { streamId: stream, generation: 258 }],
    ["retained", retainedKey(stream, 258), { streamId: stream, row: 258 }],
    ["lastHeight", lastHeightKey, {}],
    ["validatorChanges", validatorChangesKey, {}],
    ["consensusKey", consensusKeyKey(consensusKey), { key: consensusKey }],
    [
      "evidence",
      evidenceKey(consensusKey, 2 ** 40 + 7),
      { key: consensusKey, height: 2 ** 40 + 7 },
    ],
  ] as const)("%s begins with its table and can be taken apart", (table, key, parts) => {
    expect(key[0]).toBe(TABLE[table]);
    expect(tablePrefix(table)).toEqual(key.subarray(0, 1));
    expect(decodeStateKey(key)).toEqual({ table, ...parts });
    expect(() => decodeStateKey(Uint8Array.from([...key, 0]))).toThrow(LedgerError);
  });

  test("keys of no table are refused", () => {
    for (const key of [[], [0], [16], [255, 1]]) {
      expect(() => decodeStateKey(Uint8Array.from(key))).toThrow(LedgerError);
    }
  });

  test("generations of a stream sort in their order, grants lie together", () => {
    expect(compareBytes(generationKey(stream, 255), generationKey(stream, 256))).toBe(-1);
    expect(grantKey(stream, grantOf).subarray(0, 17)).toEqual(grantPrefix(stream));
  });
});

describe("a view of the state", () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 3 });
  const value = fc.option(fc.uint8Array({ maxLength: 3 }), { nil: null });
  const writes = fc.array(fc.tuple(key, value), { maxLength: 20 });

  test("shows its writes over the reader, which stays as it is", () => {
    fc.assert(
      fc.property(writes, writes, (before, after) => {
        const state = memoryState(before);
        const whole = memoryState([...before, ...after]);
        const entries = state.entries();
        const view = new StateView(state);
        for (const [name, written] of after) view.set(name, written);
        for (const [name] of [...before, ...after]) {
          expect(view.get(name)).toEqual(whole.get(name));
        }
        expect(state.entries()).toEqual(entries);
      }),
    );
  });

  test("its changes are the last writes, sorted by key, in whatever order they were made", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { selector: (one) => one.join() }),
        fc.infiniteStream(fc.nat()),
        (keys, picks) => {
          const inOrder = new StateView({ get: () => null });
          const shuffled = new StateView({ get: () => null });
          for (const name of keys) inOrder.set(name, sha256(name));
          const rest = [...keys];
          for (const pick of picks) {
            if (rest.length === 0) break;
            const [name] = rest.splice(pick % rest.length, 1);
            if (name !== undefined) {
              shuffled.set(name, null);
              shuffled.set(name, sha256(name));
            }
          }
          const changes = inOrder.changes();
          expect(shuffled.changes()).toEqual(changes);
          expect(changes.map(([name]) => name)).toEqual([...keys].sort(compareBytes));
        },
      ),
    );
  });

  test("asks the reader once for a key", () => {
    let asked = 0;
    const view = new StateView({
      get: () => {
        asked += 1;
        return null;
      },
    });
    view.get(Uint8Array.of(1));
    view.get(Uint8Array.of(1));
    expect(asked).toBe(1);
  });
});

describe("what transactions leave in the state", () => {
  test("a stream, its generations, its grants and the quota", () => {
    const { ledger, owner, stream } = ledgerWithStream();
    const created = readStream(ledger.state, stream);
    expect(created).toMatchObject({ owner: owner.id, generation: 1, height: 1 });
    const { id: grantee } = member(ledger, 1);
    const granted = sign(ledger, owner, grant(ledger, owner, stream, [coverFor(grantee)]));
    commit(ledger, [granted]);
    const id = grantId(stream, 2, 0);
    expect(readGrant(ledger.state, stream, id)).toMatchObject({
      grantee,
      transactionId: granted.id,
      coverIndex: 0,
      height: 2,
      endedHeight: null,
    });
    const roll = streamRoll(ledger, owner, stream);
    const ending = sign(ledger, owner, { ...roll, body: { ...roll.body, endedGrants: [id] } });
    commit(ledger, [ending]);
    expect(readGrant(ledger.state, stream, id)?.endedHeight).toBe(3);
    expect(readStream(ledger.state, stream)).toEqual({ ...created, generation: 2 });
    expect(readGeneration(ledger.state, stream, 1)).toEqual({
      heightFirst: 1,
      transactionId: created?.transactionId,
    });
    expect(readGeneration(ledger.state, stream, 2)).toEqual({
      heightFirst: 3,
      transactionId: ending.id,
    });
    const batch = records(ledger, owner, stream);
    commit(ledger, [sign(ledger, owner, { ...batch, body: { ...batch.body, generation: 2 } })]);
    expect(readQuota(ledger.state, owner.id)).toEqual({
      day: Math.floor(ledger.head.timeMs / 86_400_000),
      dayPayloadBytes: 272 + 800,
      retainedPayloadBytes: 272 + 800,
    });
  });

  test("every entry can be read by its table alone", () => {
    const { ledger } = ledgerWithStream();
    for (const [key, value] of ledger.state.entries()) {
      const { table } = decodeStateKey(key);
      expect(() => decodeStateValue(table, value)).not.toThrow();
      expect(() => decodeStateValue(table, Uint8Array.from([...value, 0]))).toThrow(LedgerError);
    }
  });

  test("a grant's id is fixed by its place", () => {
    const stream = streamOf("place");
    const place = encode([fromHex(stream), 5, 1]);
    const expected = Buffer.from(taggedHash("grant", place).subarray(0, 16)).toString("hex");
    expect(grantId(stream, 5, 1)).toBe(expected);
    expect(grantId(stream, 5, 2)).not.toBe(expected);
  });
});

describe("the roots", () => {
  test("a header names the checkpoint that is at least 17 heights old", () => {
    const named = [1, 17, 272, 273, 528, 529, 100_000].map(checkpointFor);
    expect(named).toEqual([0, 0, 0, 256, 256, 512, 99_840]);
    for (let height = 1; height < 2_000; height += 1) {
      const checkpoint = checkpointFor(height);
      expect(isCheckpoint(checkpoint)).toBe(true);
      expect(checkpoint === 0 || height - checkpoint > limits.checkpointLagHeights).toBe(true);
      expect(height - checkpoint).toBeLessThanOrEqual(272);
    }
  });

  test("a counted root binds the number of leaves, written as eight bytes", () => {
    expect(u64(2 ** 40 + 1)).toEqual(Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 1));
    const leaves = [bytesOf("a"), bytesOf("b")];
    const expected = taggedHash("test", u64(2), merkleRoot(leaves));
    expect(countedRoot("test", leaves)).toBe(hashId(expected));
    expect(countedRoot("test", [])).toBe(hashId(taggedHash("test", u64(0), EMPTY_HASH)));
  });

  test("a bucket is the first 12 bits of the key's hash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (key) => {
        const hash = Buffer.from(sha256(key)).toString("hex");
        expect(bucketOf(key)).toBe(Number.parseInt(hash.slice(0, 3), 16));
      }),
    );
  });

  const entries = fc
    .uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 4 }), {
      selector: (key) => key.join(),
      maxLength: 30,
    })
    .map((keys) => keys.map((key): StateEntry => [key, sha256(key)]));

  test("the root of a state depends on what is in it and not on the order", () => {
    const rootOf = (state: readonly StateEntry[]) =>
      stateRootOf(bucketRootsOf(state), state.length);
    fc.assert(
      fc.property(entries, (state) => {
        const root = rootOf(state);
        expect(rootOf([...state].reverse())).toBe(root);
        const [first, ...rest] = state;
        if (first === undefined) return;
        expect(rootOf(rest)).not.toBe(root);
        expect(rootOf([[first[0], bytesOf("changed")], ...rest])).not.toBe(root);
      }),
      { numRuns: 5 },
    );
  });

  test("one bucket recomputed gives the root of the whole", () => {
    const [key, other] = [Uint8Array.of(4, 1), Uint8Array.of(4, 2)];
    const state: StateEntry[] = [[key, bytesOf("1")]];
    const roots = [...bucketRootsOf(state)];
    expect(roots.filter((root) => compareBytes(root, EMPTY_BUCKET_ROOT) !== 0)).toHaveLength(1);
    roots[bucketOf(other)] = bucketRoot([[other, bytesOf("2")]]);
    const whole = bucketRootsOf([...state, [other, bytesOf("2")]]);
    expect(stateRootOf(roots, 2)).toBe(stateRootOf(whole, 2));
    expect(stateRootOf(roots, 3)).not.toBe(stateRootOf(whole, 2));
  });

  test("unsorted buckets and missing ones are our own mistakes", () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
    const value = bytesOf("v");
    expect(() =>
      bucketRoot([
        [b, value],
        [a, value],
      ]),
    ).toThrow(InvariantError);
    expect(() =>
      bucketRoot([
        [a, value],
        [a, value],
      ]),
    ).toThrow(InvariantError);
    expect(() => stateRootOf([], 0)).toThrow(InvariantError);
  });

  test("a deletion is a change of its own", () => {
    const key = Uint8Array.of(5);
    const changes: readonly (readonly Change[])[] = [
      [],
      [[key, null]],
      [[key, new Uint8Array(0)]],
      [[key, encode(null)]],
    ];
    const roots = changes.map(changesRootOf);
    expect(new Set(roots).size).toBe(4);
  });

  test("a path leads to the root of the tree it was taken from, and to no other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (count, pick) => {
        const leaves = Array.from({ length: count }, (_, index) => bytesOf(`leaf ${index}`));
        const index = pick % count;
        const leaf = leaves[index] as Uint8Array;
        const path = inclusionProof(leaves, index);
        expect(rootOfPath(leaf, index, count, path)).toEqual(merkleRoot(leaves));
        expect(rootOfPath(bytesOf("x"), index, count, path)).not.toEqual(merkleRoot(leaves));
        expect(rootOfPath(leaf, index, count, [...path, leaf])).toBeNull();
        expect(rootOfPath(leaf, count, count, path)).toBeNull();
        expect(rootOfPath(leaf, -1, count, path)).toBeNull();
        expect(rootOfPath(leaf, 0.5, count, path)).toBeNull();
        if (path.length > 0) expect(rootOfPath(leaf, index, count, path.slice(1))).toBeNull();
      }),
    );
    expect(rootOfPath(bytesOf("a"), 0, 2, [new Uint8Array(31)])).toBeNull();
  });
});
