import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode, type Value } from "../../src/primitives/index.ts";
import {
  type GrantPlace,
  grantInfo,
  grantSealBytes,
  openGrant,
  sealGrant,
} from "../../src/vault/grant.ts";
import { exportSecret } from "../../src/vault/hkdf.ts";
import { sealTo } from "../../src/vault/hpke.ts";
import { coverNodes, createKeyTree, epochMax, facetRoot } from "../../src/vault/key-tree.ts";
import { openPart } from "../../src/vault/part.ts";
import { createXwingKeyPair } from "../../src/vault/xwing.ts";
import {
  bytesOf,
  epochKeyOf,
  grantPlace,
  metaKey,
  network,
  partOf,
  place,
  sealedBatch,
  stream,
  streamRoot,
  telemetry,
} from "./fixtures.ts";

const pair = createXwingKeyPair(bytesOf("grantee's key"));
const secrets = { granteeKey: pair.publicKey.bytes, streamRoot, metaKey };

function nodesOf(facet: number, first: number, last: number): Value {
  const root = facetRoot(streamRoot, { network, streamId: stream, generation: 1, facet });
  return coverNodes(root, first, last).map(({ level, index, node }) => [level, index, node]);
}

/** A grant with a content of the test's choice, as a faulty or hostile owner could make it. */
async function forged(content: Value | Uint8Array): Promise<Uint8Array> {
  const plaintext = content instanceof Uint8Array ? content : encode(content);
  return await sealTo(pair.publicKey.bytes, grantInfo(grantPlace), plaintext);
}

describe("a grant", () => {
  test("gives its reader the epochs of its span in its facets, and no other", async () => {
    const opened = await openGrant(grantPlace, pair, await sealGrant(grantPlace, secrets));
    if (!opened.ok) throw new Error(opened.code);
    expect(opened.metaKey).toEqual(metaKey);
    expect(opened.facets.map(({ facet }) => facet)).toEqual([0, 1]);
    for (const { facet, nodes } of opened.facets) {
      const tree = createKeyTree(nodes);
      for (let epoch = 492_980; epoch < 493_020; epoch += 1) {
        const key = tree.epochKey(epoch);
        const inside = epoch >= grantPlace.epochFirst && epoch <= grantPlace.epochLast;
        const owned = exportSecret(epochKeyOf(facet, epoch));
        expect(key === null ? null : exportSecret(key)).toEqual(inside ? owned : null);
      }
    }
    const tree = createKeyTree(opened.facets[0]?.nodes ?? []);
    const epochKey = tree.epochKey(place.epoch);
    if (epochKey === null) throw new Error("the epoch of the batch is granted");
    const part = { ...partOf(sealedBatch(), 0), epochKey };
    expect(openPart(part)).toEqual({ ok: true, rows: telemetry });
  });

  test("of any span and facets is as large as foretold, and opens", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.nat(epochMax), fc.nat(epochMax)),
        fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 16 }),
        async ([a, b], unsorted) => {
          const facets = unsorted.sort((x, y) => x - y);
          const one = {
            ...grantPlace,
            facets,
            epochFirst: Math.min(a, b),
            epochLast: Math.max(a, b),
          };
          const sealed = await sealGrant(one, secrets);
          expect(sealed).toHaveLength(grantSealBytes(facets, one.epochFirst, one.epochLast));
          expect((await openGrant(one, pair, sealed)).ok).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
    expect(grantSealBytes([0], 0, epochMax)).toBeLessThan(1_300);
    expect(grantSealBytes([0], 1, epochMax - 1)).toBeLessThan(2_800);
  });

  const changes: readonly (readonly [name: string, change: Partial<GrantPlace>])[] = [
    ["network", { network: "ab".repeat(32) as GrantPlace["network"] }],
    ["stream", { streamId: "ab".repeat(16) as GrantPlace["streamId"] }],
    ["sequence", { sequence: 10 }],
    ["cover index", { coverIndex: 1 }],
    ["owner", { owner: "ab".repeat(32) as GrantPlace["owner"] }],
    ["grantee", { grantee: "ab".repeat(32) as GrantPlace["grantee"] }],
    ["key version", { keyVersion: 2 }],
    ["generation", { generation: 2 }],
    ["facets", { facets: [0] }],
    ["first epoch", { epochFirst: 492_991 }],
    ["last epoch", { epochLast: 493_011 }],
  ];
  test.each(changes)("pitfall 6: copied to another %s does not open", async (_, change) => {
    const sealed = await sealGrant(grantPlace, secrets);
    expect((await openGrant(grantPlace, pair, sealed)).ok).toBe(true);
    expect(await openGrant({ ...grantPlace, ...change }, pair, sealed)).toEqual({
      ok: false,
      code: "LEDGER_SEAL_NOT_OPENED",
    });
  });

  test("pitfall 6: every field of a grant's place is in that list", () => {
    expect(changes.flatMap(([, change]) => Object.keys(change)).sort()).toEqual(
      Object.keys(grantPlace).sort(),
    );
  });

  test("pitfall 17: made for one version of a key opens with that version's key alone", async () => {
    const newer = createXwingKeyPair(bytesOf("grantee's next key"));
    const sealed = await sealGrant(grantPlace, secrets);
    expect((await openGrant(grantPlace, newer, sealed)).ok).toBe(false);
    expect((await openGrant(grantPlace, pair, sealed)).ok).toBe(true);
  });

  test("is refused unless its keys are exactly the cover of what it names", async () => {
    const { epochFirst: first, epochLast: last } = grantPlace;
    const right = nodesOf(0, first, last) as readonly Value[];
    const contents: readonly Value[] = [
      [metaKey, [[0, right]]],
      [
        metaKey,
        [
          [0, right],
          [2, nodesOf(2, first, last)],
        ],
      ],
      [
        metaKey,
        [
          [1, nodesOf(1, first, last)],
          [0, right],
        ],
      ],
      [
        metaKey,
        [
          [0, right],
          [1, nodesOf(1, first, last + 1)],
        ],
      ],
      [
        metaKey,
        [
          [0, right],
          [1, nodesOf(1, first, last - 1)],
        ],
      ],
      [
        metaKey,
        [
          [0, right],
          [1, nodesOf(1, 0, epochMax)],
        ],
      ],
      [
        metaKey,
        [
          [0, right.toReversed()],
          [1, nodesOf(1, first, last)],
        ],
      ],
      [
        metaKey,
        [
          [0, [...right, right[0] as Value]],
          [1, nodesOf(1, first, last)],
        ],
      ],
      [
        metaKey,
        [
          [0, right],
          [1, []],
        ],
      ],
      [metaKey, []],
    ];
    for (const content of contents) {
      expect(await openGrant(grantPlace, pair, await forged(content))).toEqual({
        ok: false,
        code: "LEDGER_GRANT_COVER",
      });
    }
    const good = [
      metaKey,
      [
        [0, right],
        [1, nodesOf(1, first, last)],
      ],
    ];
    expect((await openGrant(grantPlace, pair, await forged(good))).ok).toBe(true);
  });

  test("is refused when it opens to something else", async () => {
    const node = [20, 1, metaKey];
    const contents: readonly (Value | Uint8Array)[] = [
      new Uint8Array(0),
      Uint8Array.of(0x9f, 0xff),
      1,
      [metaKey],
      [metaKey, [], null],
      [metaKey.subarray(1), []],
      [metaKey, [[16, [node]]]],
      [metaKey, [[0, [[21, 1, metaKey]]]]],
      [metaKey, [[0, [[20, 2 ** 20, metaKey]]]]],
      [metaKey, [[0, [[20, 1, metaKey.subarray(1)]]]]],
      [metaKey, [[0, new Array<Value>(39).fill(node)]]],
      [metaKey, new Array<Value>(17).fill([0, [node]])],
    ];
    for (const content of contents) {
      expect(await openGrant(grantPlace, pair, await forged(content))).toEqual({
        ok: false,
        code: "LEDGER_SEAL_CONTENT",
      });
    }
  });

  test("of no span is refused before anything is opened", async () => {
    const backwards = { ...grantPlace, epochFirst: 5, epochLast: 4 };
    const beyond = { ...grantPlace, epochLast: epochMax + 1 };
    for (const one of [backwards, beyond]) {
      expect(await openGrant(one, pair, new Uint8Array(0))).toEqual({
        ok: false,
        code: "LEDGER_GRANT_COVER",
      });
    }
  });
});
