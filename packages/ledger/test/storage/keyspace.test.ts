import { expect, test } from "vitest";
import type { BlockId, Hash, NetworkId, TransactionId } from "../../src/primitives/index.ts";
import { toHex } from "../../src/primitives/index.ts";
import { bodyKeys, stateKeys } from "../../src/storage/keyspace.ts";
import * as records from "../../src/storage/state-records.ts";

const id = "ab".repeat(32);
const hash = "cd".repeat(32);
const stateKey = Uint8Array.of(1, 2, 3);
const height = 0x01_0203_0405;
const u64 = "0000000102030405";
const payloadKey = bodyKeys.payload(height, id as TransactionId, 0x0102);

test("keys of both databases are the bytes of the protocol", () => {
  const keys: readonly (readonly [Uint8Array, string])[] = [
    [bodyKeys.block(height, id as BlockId), `42${u64}${id}`],
    [bodyKeys.certificate(height), `43${u64}`],
    [payloadKey, `50${u64}${id}0102`],
    [stateKeys.format, "6d"],
    [stateKeys.head, "68"],
    [stateKeys.value(stateKey), "73010203"],
    [stateKeys.transaction(id as TransactionId), `74${id}`],
    [stateKeys.bucketRoot(0xfff), "6b0fff"],
    [stateKeys.bucketLeaf(0xfff, stateKey), "620fff010203"],
    [stateKeys.bucketChanged(0xfff), "640fff"],
    [stateKeys.stateRoot(height), `72${u64}`],
    [stateKeys.blockId(height), `69${u64}`],
    [stateKeys.heightOfBlock(id as BlockId), `6e${id}`],
    [stateKeys.setChange(height), `76${u64}`],
    [stateKeys.purged(7, height), `780000000000000007${u64}`],
    [stateKeys.orphan(7, payloadKey), `780000000000000007${u64}${id}0102`],
  ];
  for (const [key, expected] of keys) expect(toHex(key)).toBe(expected);
});

test("values of the state database are the bytes of the protocol", () => {
  const head = { height: 7, blockId: id as BlockId, timeMs: 1_000 };
  const commitment = { blockId: id as BlockId, certificateHash: hash as Hash };
  const values: readonly (readonly [Uint8Array, string])[] = [
    [records.encodeFormat(id as NetworkId), `82025820${id}`],
    [records.encodeHead(head), `83075820${id}1903e8`],
    [records.encodePlace({ height: 7, index: 300 }), "820719012c"],
    [records.encodeCommitment(commitment), `${id}${hash}`],
    [records.encodeHeight(300), "19012c"],
  ];
  for (const [value, expected] of values) expect(toHex(value)).toBe(expected);
  expect(records.decodeHead(records.encodeHead(head))).toEqual(head);
  expect(records.decodeCommitment(records.encodeCommitment(commitment))).toEqual(commitment);
});

test("keys are read back as they were made, and ranges hold exactly their keys", () => {
  const block = bodyKeys.readBlock(bodyKeys.block(height, id as BlockId));
  expect([block.height, toHex(block.blockId)]).toEqual([height, id]);
  const payload = bodyKeys.readPayload(bodyKeys.payload(height, id as TransactionId, 515));
  expect([payload.height, toHex(payload.transactionId), payload.part]).toEqual([height, id, 515]);
  expect(stateKeys.readBucket(stateKeys.bucketLeaf(3_000, stateKey))).toBe(3_000);
  expect(stateKeys.stateKeyOfLeaf(stateKeys.bucketLeaf(3_000, stateKey))).toEqual(stateKey);
  expect(stateKeys.stateKeyOfValue(stateKeys.value(stateKey))).toEqual(stateKey);
  expect(stateKeys.readHeight(stateKeys.blockId(height))).toBe(height);
  const noted = { at: 7, height };
  expect(stateKeys.readPurged(stateKeys.purged(7, height))).toEqual({ ...noted, orphan: null });
  const orphan = stateKeys.readPurged(stateKeys.orphan(7, payloadKey));
  expect(orphan).toEqual({ ...noted, orphan: payloadKey });
  const { first, end } = stateKeys.bucketLeaves(0x0aff);
  expect([toHex(first), toHex(end)]).toEqual(["620aff", "620b"]);
  const changes = stateKeys.setChanges(1, 0x0203);
  expect(toHex(changes.first)).toBe("760000000000000001");
  expect(toHex(changes.end)).toBe("760000000000000203");
  const values = stateKeys.valuesStartingWith(Uint8Array.of(4, 255, 255));
  expect([toHex(values.first), toHex(values.end)]).toEqual(["7304ffff", "7305"]);
});
