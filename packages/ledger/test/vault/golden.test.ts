import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../../test/helpers/shared-data.ts";
import type { FieldProof, LeafProof, Row } from "../../src/chain/disclosure.ts";
import { toHex } from "../../src/primitives/index.ts";
import { type GrantPlace, grantInfo, openGrant, sealGrant } from "../../src/vault/grant.ts";
import { exportSecret, importSecret } from "../../src/vault/hkdf.ts";
import { openSealed } from "../../src/vault/hpke.ts";
import { cover, createFacetTree, facetRoot, nodeAt } from "../../src/vault/key-tree.ts";
import { openMeta, sealMeta } from "../../src/vault/meta.ts";
import {
  type Batch,
  discloseField,
  discloseRow,
  openPart,
  sealBatch,
} from "../../src/vault/part.ts";
import { openEncryptionSeed, openStreamSecrets } from "../../src/vault/recovery.ts";
import { deriveRootKeys } from "../../src/vault/root-secret.ts";
import { createXwingKeyPair } from "../../src/vault/xwing.ts";
import { hex } from "./wycheproof.ts";

/** A cell as JSON can say it: byte strings are `{"bytes": hex}`. */
type Written = null | boolean | number | string | readonly string[] | { readonly bytes: string };
type InHex<Proof> = {
  readonly [Key in keyof Proof]: Proof[Key] extends number
    ? number
    : Proof[Key] extends Uint8Array
      ? string
      : readonly string[];
};

interface Golden {
  readonly rootSecret: {
    readonly secret: string;
    readonly signingSeed: string;
    readonly recoveryKey: string;
  };
  readonly keyTree: {
    readonly streamRoot: string;
    readonly network: GrantPlace["network"];
    readonly stream: GrantPlace["streamId"];
    readonly facetRoots: readonly {
      readonly generation: number;
      readonly facet: number;
      readonly root: string;
    }[];
    readonly nodes: readonly {
      readonly level: number;
      readonly index: number;
      readonly node: string;
    }[];
    readonly covers: readonly {
      readonly first: number;
      readonly last: number;
      readonly nodes: readonly (readonly [number, number])[];
    }[];
  };
  readonly batch: {
    readonly place: Omit<Batch, "facets" | "epochLength">;
    readonly rnd: string;
    readonly facets: readonly {
      readonly disclosure: "row" | "field";
      readonly epochKey: string;
      readonly rows: readonly (readonly Written[])[];
      readonly root: string;
      readonly commitment: string;
      readonly payload: string;
      readonly row1: InHex<LeafProof>;
      readonly field1?: InHex<FieldProof>;
    }[];
  };
  readonly meta: Readonly<
    Record<"metaKey" | "salt" | "schema" | "commitment" | "payload", string>
  > & {
    readonly network: GrantPlace["network"];
    readonly owner: GrantPlace["owner"];
    readonly stream: GrantPlace["streamId"];
    readonly schemaHash: Batch["schemaHash"];
  };
  readonly grant: Readonly<Record<"granteeSeed" | "info" | "content" | "sealed", string>> & {
    readonly place: GrantPlace;
  };
  readonly recovery: Readonly<
    Record<"seed" | "sealedSeed" | "streamContent" | "sealedStream", string>
  > & {
    readonly member: GrantPlace["owner"];
    readonly stream: GrantPlace["streamId"];
    readonly generation: number;
  };
}

const golden = readJson<Golden>(join(import.meta.dirname, "..", "golden", "vault.json"));
const { keyTree, grant, meta, recovery } = golden;

function read(row: readonly Written[]): Row {
  return row.map((cell) =>
    typeof cell === "object" && cell !== null && "bytes" in cell ? hex(cell.bytes) : cell,
  ) as Row;
}

function inHex<Proof extends object>(proof: Proof): InHex<Proof> {
  const entries = Object.entries(proof).map(([name, value]) => {
    if (Array.isArray(value)) return [name, value.map(toHex)];
    return [name, value instanceof Uint8Array ? toHex(value) : value];
  });
  return Object.fromEntries(entries) as InHex<Proof>;
}

const batch: Batch = {
  ...golden.batch.place,
  epochLength: "1h",
  facets: golden.batch.facets.map(({ disclosure, rows, epochKey }) => ({
    disclosure,
    rows: rows.map(read),
    epochKey: importSecret(hex(epochKey), "epoch key"),
  })),
};

describe("golden vectors of the vault", () => {
  test("keys of a root secret", () => {
    const keys = deriveRootKeys(hex(golden.rootSecret.secret));
    expect(toHex(keys.signingSeed)).toBe(golden.rootSecret.signingSeed);
    expect(toHex(keys.recovery.publicKey.bytes)).toBe(golden.rootSecret.recoveryKey);
  });

  test.each(keyTree.facetRoots)("root of facet $facet in generation $generation", (one) => {
    const { network, stream: streamId, streamRoot } = keyTree;
    const { generation, facet, root } = one;
    const made = facetRoot(hex(streamRoot), { network, streamId, generation, facet });
    expect(toHex(made)).toBe(root);
  });

  test.each(keyTree.nodes)("node $index on level $level", ({ level, index, node }) => {
    const root = hex(keyTree.facetRoots[0]?.root);
    expect(toHex(nodeAt(root, level, index))).toBe(node);
    if (level < 20) return;
    const key = createFacetTree(root).epochKey(index);
    expect(key === null ? null : toHex(exportSecret(key))).toBe(node);
  });

  test.each(keyTree.covers)("cover of $first to $last", ({ first, last, nodes }) => {
    expect(cover(first, last).map(({ level, index }) => [level, index])).toEqual(nodes);
  });

  test("a sealed batch, its opening and its disclosures", () => {
    const sealed = sealBatch(batch, hex(golden.batch.rnd));
    golden.batch.facets.forEach((facet, index) => {
      expect(toHex(sealed.facets[index]?.root ?? hex(""))).toBe(facet.root);
      expect(toHex(sealed.facets[index]?.commitment ?? hex(""))).toBe(facet.commitment);
      expect(toHex(sealed.payloads[index] ?? hex(""))).toBe(facet.payload);
      const part = {
        ...batch,
        ...(batch.facets[index] as Batch["facets"][number]),
        rnd: sealed.rnd,
        facets: sealed.facets,
        payloadSizes: sealed.payloads.map((payload) => payload.length),
        facet: index,
        fieldCount: (facet.rows[0]?.length ?? 0) - 1,
        payload: hex(facet.payload),
      };
      expect(openPart(part)).toEqual({ ok: true, rows: facet.rows.map(read) });
      expect(inHex(discloseRow(part, 1))).toEqual(facet.row1);
      if (facet.field1 === undefined) return;
      expect(inHex(discloseField(part, 1, 1))).toEqual({ ...facet.row1, ...facet.field1 });
    });
  });

  test("a sealed schema", () => {
    const { network, owner, stream: streamId, schemaHash } = meta;
    const [metaKey, salt, schema] = [meta.metaKey, meta.salt, meta.schema].map(hex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const sealed = sealMeta({ network, owner, streamId }, metaKey, schema, salt);
    expect(sealed.schemaHash).toBe(schemaHash);
    expect(toHex(sealed.commitment)).toBe(meta.commitment);
    expect(toHex(sealed.payload)).toBe(meta.payload);
    const opened = openMeta({ network, owner, streamId, ...sealed, metaKey });
    expect(opened).toEqual({ ok: true, schemaSalt: salt, schemaBytes: schema });
  });

  test("a grant", async () => {
    const pair = createXwingKeyPair(hex(grant.granteeSeed));
    expect(toHex(grantInfo(grant.place))).toBe(grant.info);
    const opened = await openGrant(grant.place, pair, hex(grant.sealed));
    expect(opened.ok && opened.facets.map(({ facet }) => facet)).toEqual(grant.place.facets);
    const secrets = {
      granteeKey: pair.publicKey.bytes,
      streamRoot: hex(keyTree.streamRoot),
      metaKey: hex(meta.metaKey),
    };
    const content = await openSealed(pair, hex(grant.info), await sealGrant(grant.place, secrets));
    expect(content.ok && toHex(content.plaintext)).toBe(grant.content);
  });

  test("recovery seals", async () => {
    const { recovery: pair } = deriveRootKeys(hex(golden.rootSecret.secret));
    const { member, stream: streamId, generation } = recovery;
    const seed = await openEncryptionSeed(
      pair,
      { member, keyVersion: 1 },
      hex(recovery.sealedSeed),
    );
    expect(seed).toEqual({ ok: true, seed: hex(recovery.seed) });
    const place = { member, streamId, generation };
    const secrets = await openStreamSecrets(pair, place, hex(recovery.sealedStream));
    const content = hex(recovery.streamContent);
    const [streamRoot, metaKey] = [content.slice(0, 32), content.slice(32)];
    expect(secrets).toEqual({ ok: true, streamRoot, metaKey });
  });
});
