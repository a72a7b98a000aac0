import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLeaf, encodeLeaf, type Row } from "../../src/chain/disclosure.ts";
import { bodyShapes, SUITE } from "../../src/chain/transaction-body.ts";
import {
  concat,
  encode,
  hashId,
  LedgerError,
  memberId,
  merkleLeafHash,
  merkleNodeHash,
  merkleRoot,
  networkId,
  streamId,
  toHex,
  type Value,
} from "../../src/primitives/index.ts";
import { openAead, sealAead } from "../../src/vault/aead.ts";
import { batchHeaderHash } from "../../src/vault/batch-header.ts";
import { deriveSealKeys, openCommitted, type SealContext } from "../../src/vault/committed-seal.ts";
import { deriveSecret, exportSecret, hkdfExpand } from "../../src/vault/hkdf.ts";
import { createFacetTree, createKeyTree, facetRoot, nodeAt } from "../../src/vault/key-tree.ts";
import { labels } from "../../src/vault/labels.ts";
import { pad } from "../../src/vault/padding.ts";
import {
  type Batch,
  discloseField,
  discloseRow,
  openPart,
  type PartToDisclose,
  type PartToOpen,
  type SealedBatch,
  sealBatch,
} from "../../src/vault/part.ts";
import { partSalts, partSecret } from "../../src/vault/part-keys.ts";
import {
  batch,
  bytesOf,
  epochKeyOf,
  keyOf,
  network,
  partOf,
  place,
  sealedBatch,
  stream,
  streamRoot,
  t0,
  telemetry,
} from "./fixtures.ts";
import { salamander } from "./gcm-salamander.ts";

const vaultSource = join(import.meta.dirname, "..", "..", "src", "vault");
const other = bytesOf("other");

/** Key and nonce with which a facet was encrypted, as hex. */
function keyAndNonce(sealing: Batch, sealed: SealedBatch, facet: number): string {
  const { epochKey } = sealing.facets[facet] as Batch["facets"][number];
  const secret = partSecret(epochKey, { ...sealing, rnd: sealed.rnd, facet });
  const headerHash = batchHeaderHash({
    ...sealing,
    rnd: sealed.rnd,
    roots: sealed.facets.map(({ root }) => root),
    paddedLengths: sealed.payloads.map((payload) => payload.length - 16),
  });
  const { key, nonce } = deriveSealKeys(secret, { headerHash, index: facet });
  return toHex(concat(exportSecret(key), nonce));
}

function disclosed(part: PartToOpen, rows: readonly Row[]): PartToDisclose {
  return { ...part, rows };
}

describe("encryption", () => {
  test("pitfall 1: only one file of the vault can make a cipher", () => {
    const makers = readdirSync(vaultSource).filter((name) =>
      /create(?:Dec|C)ipheriv/.test(readFileSync(join(vaultSource, name), "utf8")),
    );
    expect(makers).toEqual(["aead.ts"]);
    const text = readFileSync(join(vaultSource, "aead.ts"), "utf8");
    const calls = text.match(/create(?:Dec|C)ipheriv\([^;]*;/g) ?? [];
    expect(calls).toHaveLength(2);
    for (const call of calls) expect(call).toContain("{ authTagLength: tagBytes }");
  });

  test("pitfall 3: a ciphertext made for two keys opens for at most one", () => {
    const context: SealContext = { headerHash: bytesOf("header"), index: 0 };
    const aad = concat(context.headerHash, Uint8Array.of(0));
    const [a, b] = [keyOf("a"), keyOf("b")];
    const [first, second] = [deriveSealKeys(a, context), deriveSealKeys(b, context)];
    const padded = pad(new TextEncoder().encode("a letter that changes with its reader"));
    const made = sealAead(first.key, first.nonce, aad, padded).subarray(0, padded.length);
    const payload = salamander(first, second, aad, made);

    expect(openAead(first.key, first.nonce, aad, payload)).not.toBeNull();
    expect(openAead(second.key, second.nonce, aad, payload)).not.toBeNull();
    for (const commitment of [first.commitment, second.commitment, other]) {
      const opened = [a, b].map((secret) =>
        openCommitted(secret, context, { commitment, payload }),
      );
      const refusals = opened.filter((one) => !one.ok && one.code === "LEDGER_PART_WRONG_KEY");
      expect(refusals).toHaveLength(commitment === other ? 2 : 1);
      expect(opened.filter(({ ok }) => ok).length).toBeLessThanOrEqual(1);
    }
    const forFirst = { commitment: first.commitment, payload };
    expect(openCommitted(a, context, forFirst).ok).toBe(true);
    expect(openCommitted(b, context, forFirst).ok).toBe(false);
  });

  test("pitfall 4: after the restore of an old disk no key and nonce come again", () => {
    const seen = new Set<string>();
    for (const life of ["before the restore", "after it"]) {
      for (let sequence = 1; sequence <= 100; sequence += 1) {
        const sealing = { ...batch, sequence };
        const sealed = sealBatch(sealing);
        for (const facet of [0, 1]) seen.add(keyAndNonce(sealing, sealed, facet));
      }
      expect(seen.size, life).toBe(life === "after it" ? 400 : 200);
    }
  });

  test("pitfall 26: with a broken random generator, other rows or places still get other keys", () => {
    const rnd = new Uint8Array(32);
    const later = batch.facets.map((facet) => ({
      ...facet,
      rows: facet.rows.map((row) => row.with(0, (row[0] as number) + 1)),
    }));
    const variants: readonly Batch[] = [
      batch,
      { ...batch, facets: later },
      { ...batch, sequence: 8 },
      { ...batch, schemaHash: hashId(other) },
      { ...batch, owner: memberId(other) },
      { ...batch, generation: 2 },
      { ...batch, streamId: streamId(other.subarray(16)) },
    ];
    const keys = variants.flatMap((one) =>
      [0, 1].map((facet) => keyAndNonce(one, sealBatch(one, rnd), facet)),
    );
    expect(new Set(keys).size).toBe(2 * variants.length);
  });

  const id = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const changes: Readonly<Record<string, fc.Arbitrary<Partial<PartToOpen>>>> = {
    network: id.map((bytes) => ({ network: networkId(bytes) })),
    owner: id.map((bytes) => ({ owner: memberId(bytes) })),
    streamId: id.map((bytes) => ({ streamId: streamId(bytes.subarray(16)) })),
    generation: fc.integer({ min: 2 }).map((generation) => ({ generation })),
    epoch: fc.nat(492_999).map((epoch) => ({ epoch })),
    lane: id.map((bytes) => ({ lane: streamId(bytes.subarray(16)) })),
    sequence: fc.integer({ min: 8 }).map((sequence) => ({ sequence })),
    schemaHash: id.map((bytes) => ({ schemaHash: hashId(bytes) })),
    rnd: id.map((rnd) => ({ rnd })),
  };
  test.each(Object.keys(changes))("pitfall 5: with another %s a part does not open", (name) => {
    const part = partOf(sealedBatch(), 0);
    expect(openPart(part).ok).toBe(true);
    fc.assert(
      fc.property(changes[name] as fc.Arbitrary<Partial<PartToOpen>>, (change) => {
        expect(openPart({ ...part, ...change })).toEqual({
          ok: false,
          code: "LEDGER_PART_WRONG_KEY",
        });
      }),
    );
  });

  test("pitfall 5: every field of a batch's place is in that list", () => {
    expect(Object.keys(changes).sort()).toEqual([...Object.keys(place), "rnd"].sort());
  });

  test("pitfall 5: with a root, a size or a commitment of any facet changed it does not open", () => {
    const part = partOf(sealedBatch(), 0);
    const [status, identity] = part.facets as [PartToOpen["facets"][0], PartToOpen["facets"][0]];
    const refused: readonly PartToOpen[] = [
      { ...part, facets: [{ ...status, root: other }, identity] },
      { ...part, facets: [status, { ...identity, root: other }] },
      { ...part, facets: [{ ...status, commitment: other }, identity] },
      { ...part, payloadSizes: part.payloadSizes.with(1, 528) },
      { ...part, facets: [status], payloadSizes: part.payloadSizes.slice(0, 1) },
      { ...part, facets: [identity, status] },
    ];
    for (const one of refused) {
      expect(openPart(one)).toEqual({ ok: false, code: "LEDGER_PART_WRONG_KEY" });
    }
  });

  test("pitfall 5: the part of another facet, epoch or batch does not open in its place", () => {
    const sealed = sealedBatch();
    const part = partOf(sealed, 0);
    const swapped = { ...part, payload: sealed.payloads[1] as Uint8Array };
    expect(openPart(swapped)).toEqual({ ok: false, code: "LEDGER_PART_ALTERED" });
    expect(openPart({ ...partOf(sealed, 1), facet: 0 }).ok).toBe(false);
    expect(openPart({ ...part, epochKey: epochKeyOf(0, place.epoch + 1) }).ok).toBe(false);
    const next = sealBatch({ ...batch, sequence: 8 }, bytesOf("rnd"));
    expect(openPart({ ...part, payload: next.payloads[0] as Uint8Array }).ok).toBe(false);
  });

  test("pitfall 16: there is one suite, bound by every header, and no other is accepted", () => {
    const body: readonly Value[] = [SUITE, 1, 5, false, other, other, [[other, other]]];
    expect(bodyShapes.records.decode(body, "body").suite).toBe(1);
    for (const suite of [0, 2, null, "1"]) {
      expect(() => bodyShapes.records.decode(body.with(0, suite), "body")).toThrow();
    }
  });

  test("pitfall 19: commitments are compared in constant time, in one place", () => {
    const comparing = readdirSync(vaultSource).filter((name) =>
      /(?:equalBytes|compareBytes|[!=]==)[^;\n]*commitment(?!Bytes|\.length)/i.test(
        readFileSync(join(vaultSource, name), "utf8"),
      ),
    );
    expect(comparing).toEqual([]);
    const text = readFileSync(join(vaultSource, "committed-seal.ts"), "utf8");
    expect(text).toContain("timingSafeEqual(sealed.commitment, commitment)");
    const part = partOf(sealedBatch(), 0);
    for (const length of [0, 31, 33]) {
      const facets = part.facets.with(0, { root: other, commitment: new Uint8Array(length) });
      expect(openPart({ ...part, facets })).toEqual({ ok: false, code: "LEDGER_PART_WRONG_KEY" });
    }
  });
});

describe("keys", () => {
  test("pitfall 13: all nodes of one generation lead to no key of the next", () => {
    const [first, next] = [1, 2].map((generation) =>
      facetRoot(streamRoot, { network, streamId: stream, generation, facet: 0 }),
    ) as [Uint8Array, Uint8Array];
    const rolled = facetRoot(bytesOf("new root"), {
      network,
      streamId: stream,
      generation: 2,
      facet: 0,
    });
    const old = createFacetTree(first);
    const sealing: Batch = { ...batch, generation: 2, facets: batch.facets.slice(0, 1) };
    const revoked = createKeyTree([{ level: 0, index: 0, node: first }]);
    for (const root of [next, rolled]) {
      const epochKey = createFacetTree(root).epochKey(place.epoch);
      if (epochKey === null) throw new Error("an owner holds every epoch");
      const facets = sealing.facets.map((facet) => ({ ...facet, epochKey }));
      const live = { ...sealing, facets };
      const sealed = sealBatch(live);
      expect(openPart(partOf(sealed, 0, live)).ok).toBe(true);
      for (const generation of [1, 2]) {
        const key = revoked.epochKey(place.epoch);
        if (key === null) throw new Error("the old generation is still readable");
        const attempt = { ...partOf(sealed, 0, live), generation, epochKey: key };
        expect(openPart(attempt)).toEqual({ ok: false, code: "LEDGER_PART_WRONG_KEY" });
      }
    }
    expect(nodeAt(first, 0, 0)).not.toEqual(nodeAt(next, 0, 0));
    expect(old.epochKey(0)).not.toBeNull();
  });

  test("pitfall 14: no label equals or begins another that is used under the same key", () => {
    const { terms, ...bare } = labels;
    const texts = Object.values(bare).map((bytes) => Buffer.from(bytes).toString("ascii"));
    const all = [...texts, ...Object.values(terms)];
    expect(new Set(all).size).toBe(all.length);
    for (const one of all) {
      expect(one).toMatch(/^tegata\/1\/[a-z/]+$/);
      for (const another of all) expect(one !== another && another.startsWith(one)).toBe(false);
    }
    for (const text of texts) expect(encode(text)[0]).not.toBe(text.charCodeAt(0));
  });

  test("pitfall 14: what stands in one term of an info cannot move into the next", () => {
    const secret = keyOf("k");
    const derive = (...terms: readonly string[]): string =>
      toHex(exportSecret(deriveSecret(secret, encode(terms))));
    expect(derive("ab", "c")).not.toBe(derive("a", "bc"));
    const salts = partSalts(secret);
    expect(salts("row", 1, 23)).not.toEqual(salts("row", 12, 3));
    expect(salts("field", 1, 2)).not.toEqual(salts("field", 2, 1));
  });

  test("pitfall 15: no key is asked for two outputs under one info", () => {
    const secret = partSecret(epochKeyOf(0), { ...place, rnd: other, facet: 0 });
    const saltKey = deriveSecret(secret, labels.salt);
    const context = { headerHash: other, index: 0 };
    const { key, nonce, commitment } = deriveSealKeys(secret, context);
    const info = concat(labels.seal, other, Uint8Array.of(0));
    const whole = concat(exportSecret(key), nonce, commitment);
    expect(hkdfExpand(secret, info, 76)).toEqual(whole);
    const outputs = [exportSecret(saltKey), exportSecret(key), commitment].map(toHex);
    expect(new Set(outputs).size).toBe(3);
  });

  test("pitfall 21: nothing that is sealed or opened is ever compressed", () => {
    const packages = join(import.meta.dirname, "..", "..", "..");
    const compressors = globSync("*/src/**/*.ts", { cwd: packages }).filter((path) =>
      /node:zlib|CompressionStream|\b(?:inflate|deflate|gunzip|brotli)/i.test(
        readFileSync(join(packages, path), "utf8"),
      ),
    );
    // A checksum, and the bundle of a doctor: written, never read.
    const allowed = ["cli/src/doctor/bundle.ts", "collect/src/spool.ts"];
    expect(compressors.map((path) => path.replaceAll("\\", "/")).sort()).toEqual(allowed);
  });

  test("pitfall 22: secrets show neither when printed nor when written as JSON nor in refusals", () => {
    const tree = createFacetTree(streamRoot);
    const epochKey = tree.epochKey(3);
    if (epochKey === null) throw new Error("an owner holds every epoch");
    const refusal = openPart({ ...partOf(sealedBatch(), 0), epochKey });
    const shown = [tree, epochKey, refusal]
      .flatMap((one) => [inspect(one, { depth: 9, showHidden: true }), JSON.stringify(one)])
      .join("\n");
    for (const secret of [streamRoot, exportSecret(epochKey)]) {
      expect(shown).not.toContain(toHex(secret).slice(0, 8));
      expect(shown).not.toContain([...secret.subarray(0, 4)].join(", "));
      expect(shown).not.toContain(Buffer.from(secret).toString("base64").slice(0, 8));
    }
  });
});

describe("commitments", () => {
  test("pitfall 10: a value that anybody can guess is not found from its leaf without the salt", () => {
    const rows: readonly Row[] = [[t0, 7]];
    const facets = [{ disclosure: "row" as const, rows, epochKey: epochKeyOf(0) }];
    const sealed = sealBatch({ ...batch, facets });
    const root = toHex(sealed.facets[0]?.root as Uint8Array);
    const guesses = [new Uint8Array(32), sealed.rnd, bytesOf(""), sealed.facets[0]?.commitment];
    for (const salt of guesses as readonly Uint8Array[]) {
      const count = merkleLeafHash(encodeLeaf({ type: "count", salt, rows: 1 }));
      for (let value = 0; value < 1_000; value += 1) {
        const leaf = encodeLeaf({ type: "row", row: 0, salt, cells: [t0, value] });
        expect(toHex(merkleNodeHash(count, merkleLeafHash(leaf)))).not.toBe(root);
      }
    }
  });

  test("pitfall 10: nothing that travels in the clear is a function of the rows alone", () => {
    const [first, second] = [sealBatch(batch), sealBatch(batch)];
    const clear = (sealed: SealedBatch): readonly string[] => [
      ...sealed.facets.flatMap(({ root, commitment }) => [toHex(root), toHex(commitment)]),
      ...sealed.payloads.map((payload) => toHex(merkleLeafHash(payload))),
    ];
    const seen = new Set([...clear(first), ...clear(second)]);
    expect(seen.size).toBe(2 * clear(first).length);
  });

  test("pitfall 10: the disclosure of one row shows no other row's salt or value", () => {
    const sealed = sealedBatch();
    const part = disclosed(partOf(sealed, 0), telemetry);
    const saltOf = partSalts(partSecret(part.epochKey, part));
    const { leaf, leafPath } = discloseRow(part, 1);
    const shown = toHex(concat(leaf, ...leafPath));
    expect(shown).toContain(toHex(saltOf("row", 1, 0)));
    const hidden = [saltOf("row", 0, 0), saltOf("row", 2, 0), saltOf("count", 0, 0)];
    const keys = [part.epochKey, partSecret(part.epochKey, part)].map(exportSecret);
    keys.push(exportSecret(deriveSecret(partSecret(part.epochKey, part), labels.salt)));
    for (const secret of [...hidden, ...keys]) expect(shown).not.toContain(toHex(secret));
    expect(shown).not.toContain(toHex(encode("running")));
  });

  test("pitfall 10: the disclosure of one field shows no other field's salt or value", () => {
    const rows: readonly Row[] = [
      [t0, "AA-1", "secret lot"],
      [t0, "AA-2", "other lot"],
    ];
    const facets = [{ disclosure: "field" as const, rows, epochKey: epochKeyOf(0) }];
    const sealing: Batch = { ...batch, facets };
    const part = disclosed(partOf(sealBatch(sealing), 0, sealing), rows);
    const saltOf = partSalts(partSecret(part.epochKey, part));
    const { leaf, leafPath, fieldLeaf, fieldPath } = discloseField(part, 0, 1);
    const shown = toHex(concat(leaf, ...leafPath, fieldLeaf, ...fieldPath));
    expect(shown).toContain(toHex(saltOf("field", 0, 1)));
    for (const [row, field] of [
      [0, 0],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ] as const) {
      expect(shown).not.toContain(toHex(saltOf("field", row, field)));
    }
    expect(shown).not.toContain(toHex(saltOf("fieldDecoy", 0, 3)));
    expect(shown).not.toContain(toHex(encode("secret lot")));
    expect(shown).not.toContain(toHex(encode("AA-2")));
  });

  test("pitfall 27: no cell is a float, whoever writes it", () => {
    const fraction = fc.double().filter((number) => !Number.isSafeInteger(number));
    fc.assert(
      fc.property(fraction, (number) => {
        expect(() => encodeLeaf({ type: "row", row: 0, salt: other, cells: [t0, number] })).toThrow(
          LedgerError,
        );
      }),
    );
    const float = Uint8Array.of(0xfb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a);
    const leaf = encode(["row", 0, other, [t0, 1]]);
    expect(decodeLeaf(leaf)).not.toBeNull();
    expect(decodeLeaf(concat(leaf.subarray(0, -1), float))).toBeNull();
  });

  test("pitfall 11: leaves of one kind cannot be read as another, nor nodes as leaves", () => {
    const salt = bytesOf("salt");
    const leaves = [
      encodeLeaf({ type: "count", salt, rows: 1 }),
      encodeLeaf({ type: "row", row: 1, salt, cells: [] }),
      encodeLeaf({ type: "fields", row: 1, root: salt }),
      encodeLeaf({ type: "field", row: 1, field: 1, salt, cell: [] }),
      encodeLeaf({ type: "field-decoy", row: 1, field: 1, salt }),
      encodeLeaf({ type: "decoy", index: 1, salt }),
    ];
    const types = leaves.map((leaf) => decodeLeaf(leaf)?.type);
    expect(types).toEqual(["count", "row", "fields", "field", "field-decoy", "decoy"]);
    expect(new Set(leaves.map(toHex)).size).toBe(6);
    const [a, b] = [bytesOf("a"), bytesOf("b")];
    expect(merkleNodeHash(a, b)).not.toEqual(merkleLeafHash(concat(a, b)));
    expect(merkleRoot([a, b, b])).not.toEqual(merkleRoot([a, b, b, b]));
  });

  test("decoys fill the tree up, so that a path tells the number of rows only to the next power of two", () => {
    const sizes = [1, 2, 3].map((count) => {
      const rows = telemetry.slice(0, count);
      const facets = [{ disclosure: "row" as const, rows, epochKey: epochKeyOf(0) }];
      const sealing: Batch = { ...batch, facets };
      const part = disclosed(partOf(sealBatch(sealing), 0, sealing), rows);
      return discloseRow(part, 0).leafPath.length;
    });
    expect(sizes).toEqual([1, 2, 2]);
  });

  test.each([
    ["a value that is no leaf", encode([1, 2])],
    ["an unknown kind", encode(["rows", 1, other])],
    ["a short salt", encode(["row", 1, other.subarray(1), []])],
    ["a negative row", encode(["row", -1, other, []])],
    ["too many terms", encode(["count", other, 1, 1])],
    ["too few terms", encode(["field", 1, 1, other])],
    ["no canonical bytes", Uint8Array.of(0x9f, 0xff)],
    ["no cell", encode(["field", 1, 1, other, [1]])],
    ["nothing", new Uint8Array(0)],
  ])("a leaf read from %s is refused", (_, bytes) => {
    expect(decodeLeaf(bytes)).toBeNull();
  });
});
