import type { KeyObject } from "node:crypto";
import type { Row } from "../../src/chain/disclosure.ts";
import { streamIdOf } from "../../src/chain/stream-id.ts";
import { hashId, memberId, networkId, sha256 } from "../../src/primitives/index.ts";
import type { BatchPlace } from "../../src/vault/batch-header.ts";
import type { GrantPlace } from "../../src/vault/grant.ts";
import { importSecret } from "../../src/vault/hkdf.ts";
import { createFacetTree, facetRoot } from "../../src/vault/key-tree.ts";
import { type Batch, type PartToOpen, type SealedBatch, sealBatch } from "../../src/vault/part.ts";

/** 32 bytes that stand for a word: known, different for different words. */
export function bytesOf(word: string): Uint8Array {
  return sha256(new TextEncoder().encode(word));
}

/** A key made of {@link bytesOf}. */
export function keyOf(word: string): KeyObject {
  return importSecret(bytesOf(word), word);
}

export const network = networkId(bytesOf("network"));
export const owner = memberId(bytesOf("owner"));
export const grantee = memberId(bytesOf("grantee"));
export const stream = streamIdOf(owner, bytesOf("stream").subarray(0, 8));
export const streamRoot: Uint8Array = bytesOf("stream root");
export const metaKey: Uint8Array = bytesOf("meta key");

export const place: BatchPlace = {
  network,
  owner,
  streamId: stream,
  generation: 1,
  epoch: 493_000,
  lane: stream,
  sequence: 7,
  schemaHash: hashId(bytesOf("schema")),
};

export const grantPlace: GrantPlace = {
  network,
  streamId: stream,
  sequence: 9,
  coverIndex: 0,
  owner,
  grantee,
  keyVersion: 1,
  generation: 1,
  facets: [0, 1],
  epochFirst: 492_990,
  epochLast: 493_010,
};

/** The first millisecond of the batch's epoch, and some behind it. */
export const t0: number = place.epoch * 3_600_000;

export const telemetry: readonly Row[] = [
  [t0, 1, "running", ["12.50"]],
  [t0 + 1_000, 2, null, []],
  [t0 + 2_000, 3, true, new Uint8Array([1, 2, 3])],
];
export const identity: readonly Row[] = [
  [t0, "AA-1"],
  [t0 + 1_000, "AA-2"],
  [t0 + 2_000, "AA-3"],
];

/** The key of a facet's epoch, as the owner of {@link streamRoot} derives it. */
export function epochKeyOf(facet: number, epoch: number = place.epoch): KeyObject {
  const root = facetRoot(streamRoot, { network, streamId: stream, generation: 1, facet });
  const key = createFacetTree(root).epochKey(epoch);
  if (key === null) throw new Error("the owner holds every epoch");
  return key;
}

export const batch: Batch = {
  ...place,
  epochLength: "1h",
  facets: [
    { disclosure: "row", rows: telemetry, epochKey: epochKeyOf(0) },
    { disclosure: "field", rows: identity, epochKey: epochKeyOf(1) },
  ],
};

/** How the ledger gives part `facet` of what {@link sealBatch} made of `batch`. */
export function partOf(sealed: SealedBatch, facet: number, of: Batch = batch): PartToOpen {
  const { disclosure, rows, epochKey } = of.facets[facet] as Batch["facets"][number];
  return {
    ...of,
    rnd: sealed.rnd,
    facets: sealed.facets,
    payloadSizes: sealed.payloads.map((payload) => payload.length),
    facet,
    disclosure,
    fieldCount: (rows[0]?.length ?? 1) - 1,
    epochKey,
    payload: sealed.payloads[facet] as Uint8Array,
  };
}

/** {@link batch}, sealed with known randomness. */
export function sealedBatch(rnd: Uint8Array = bytesOf("rnd")): SealedBatch {
  return sealBatch(batch, rnd);
}
