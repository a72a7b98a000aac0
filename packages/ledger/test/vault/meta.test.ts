import { describe, expect, test } from "vitest";
import { encodeSchema } from "../../src/chain/schema.ts";
import {
  encode,
  hashId,
  idBytes,
  memberId,
  networkId,
  sha256,
  streamId,
  taggedHash,
  toHex,
  type Value,
} from "../../src/primitives/index.ts";
import { sealCommitted } from "../../src/vault/committed-seal.ts";
import { deriveSecret, importSecret } from "../../src/vault/hkdf.ts";
import { type MetaToOpen, openMeta, sealMeta } from "../../src/vault/meta.ts";
import { bytesOf, metaKey, network, owner, stream } from "./fixtures.ts";

const place = { network, owner, streamId: stream };
const schema = encodeSchema({
  name: "press 4",
  zone: "Asia/Tokyo",
  facets: [{ name: "status" }, { name: "identity" }],
  fields: [
    { name: "state", type: "text", facet: 0, unit: null },
    { name: "temperature", type: "decimal", facet: 0, unit: "degC" },
    { name: "serial", type: "text", facet: 1, unit: null },
  ],
  kind: "rows",
});
const salt = bytesOf("salt");
const sealed = sealMeta(place, metaKey, schema, salt);
const meta: MetaToOpen = { ...place, ...sealed, metaKey };

describe("a sealed schema", () => {
  test("opens for whoever holds the meta key, and shows its size class only", () => {
    expect(openMeta(meta)).toEqual({ ok: true, schemaSalt: salt, schemaBytes: schema });
    expect(sealed.payload).toHaveLength(256 + 16);
    expect(sealed.schemaHash).toBe(toHex(taggedHash("schema", salt, schema)));
  });

  test("has a hash nobody can guess: two seals of one schema have different ones", () => {
    const first = sealMeta(place, metaKey, schema);
    const second = sealMeta(place, metaKey, schema);
    expect(first.schemaHash).not.toBe(second.schemaHash);
    expect(first.commitment).not.toEqual(second.commitment);
  });

  test("is refused with another key, in another place or under another hash", () => {
    const other = bytesOf("other");
    const misplaced: readonly MetaToOpen[] = [
      { ...meta, metaKey: other },
      { ...meta, network: networkId(other) },
      { ...meta, owner: memberId(other) },
      { ...meta, streamId: streamId(other.subarray(16)) },
      { ...meta, schemaHash: hashId(other) },
      { ...meta, commitment: other },
      { ...meta, commitment: other.subarray(1) },
    ];
    for (const one of misplaced) {
      expect(openMeta(one)).toEqual({ ok: false, code: "LEDGER_PART_WRONG_KEY" });
    }
    const payload = meta.payload.with(3, (meta.payload[3] as number) ^ 1);
    expect(openMeta({ ...meta, payload })).toEqual({ ok: false, code: "LEDGER_PART_ALTERED" });
    const short = { ...meta, payload: meta.payload.subarray(1) };
    expect(openMeta(short)).toEqual({ ok: false, code: "LEDGER_PART_SIZE" });
  });

  test("of another schema than the one committed to, or of none, is refused", () => {
    const secret = deriveSecret(
      importSecret(metaKey, "meta key"),
      encode(["tegata/1/meta", idBytes(stream)]),
    );
    const ids = [network, owner, stream, sealed.schemaHash].map(idBytes);
    const context = { headerHash: sha256(encode(["meta", 1, ...ids, 256])), index: 0 };
    const forge = (content: Value): MetaToOpen => ({
      ...meta,
      ...sealCommitted(secret, context, encode(content)),
    });
    expect(openMeta(forge([salt, schema])).ok).toBe(true);
    for (const content of [
      [salt, schema.subarray(1)],
      [bytesOf("other"), schema],
    ]) {
      expect(openMeta(forge(content))).toEqual({ ok: false, code: "LEDGER_META_HASH" });
    }
    for (const content of [[salt], [schema, salt], [salt, "schema"], 1]) {
      expect(openMeta(forge(content))).toMatchObject({ ok: false, code: "LEDGER_PART_CONTENT" });
    }
  });

  test("has at most 256 KiB", () => {
    const largest = new Uint8Array(262_144);
    const made = sealMeta(place, metaKey, largest, salt);
    expect(openMeta({ ...place, ...made, metaKey })).toMatchObject({ schemaBytes: largest });
    expect(() => sealMeta(place, metaKey, new Uint8Array(262_145))).toThrow(
      expect.objectContaining({ code: "LEDGER_TOO_LARGE" }),
    );
    expect(() => sealMeta(place, metaKey.subarray(1), schema)).toThrow();
    expect(() => sealMeta(place, metaKey, schema, salt.subarray(1))).toThrow();
  });
});
