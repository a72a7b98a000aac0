import { describe, expect, test } from "vitest";
import { seedSealBytes } from "../../src/chain/membership-body.ts";
import { streamSealBytes } from "../../src/chain/transaction-body.ts";
import {
  createSigner,
  encode,
  idBytes,
  memberId,
  streamId,
  taggedHash,
  toHex,
} from "../../src/primitives/index.ts";
import { sealTo } from "../../src/vault/hpke.ts";
import {
  drawBytes,
  generateEntryId,
  generateSecret,
  generateStreamId,
} from "../../src/vault/random.ts";
import {
  openEncryptionSeed,
  openStreamSecrets,
  sealEncryptionSeed,
  sealStreamSecrets,
} from "../../src/vault/recovery.ts";
import {
  deriveRootKeys,
  generateRootSecret,
  generateWorkingKeys,
} from "../../src/vault/root-secret.ts";
import { bytesOf, metaKey, owner, stream, streamRoot } from "./fixtures.ts";

const { recovery, signingSeed } = deriveRootKeys(bytesOf("root secret"));
const key = recovery.publicKey.bytes;
const other = memberId(bytesOf("other"));
const notOpened = { ok: false, code: "LEDGER_SEAL_NOT_OPENED" };

describe("the root secret", () => {
  test("gives one signing key and one recovery key, unrelated to each other", () => {
    const again = deriveRootKeys(bytesOf("root secret"));
    expect(again.signingSeed).toEqual(signingSeed);
    expect(again.recovery.publicKey.bytes).toEqual(key);
    const different = deriveRootKeys(bytesOf("root secret").with(31, 0));
    expect(different.signingSeed).not.toEqual(signingSeed);
    expect(different.recovery.publicKey.bytes).not.toEqual(key);
    expect(createSigner(signingSeed).publicKey).toHaveLength(64);
    expect(() => deriveRootKeys(new Uint8Array(31))).toThrow();
  });

  test("is drawn, like working keys, from 32 random bytes", () => {
    const { network, consensus, transaction, encryption } = generateWorkingKeys();
    const secrets = [network, consensus, transaction, encryption, generateRootSecret()];
    secrets.push(generateSecret(), generateRootSecret());
    expect(new Set(secrets.map(toHex)).size).toBe(7);
    for (const secret of secrets) expect(secret).toHaveLength(32);
    expect(generateStreamId(owner)).toMatch(new RegExp(`^${owner.slice(0, 16)}[0-9a-f]{16}$`));
    expect(generateStreamId(owner)).not.toBe(generateStreamId(owner));
    expect(generateEntryId()).not.toBe(generateEntryId());
    expect(() => drawBytes(0)).toThrow();
    expect(() => drawBytes(1_025)).toThrow();
  });
});

describe("a recovery seal", () => {
  test("gives the encryption seed back to the holder of the root secret", async () => {
    const seed = bytesOf("seed");
    const place = { member: owner, keyVersion: 1 };
    const sealed = await sealEncryptionSeed(key, place, seed);
    expect(sealed).toHaveLength(seedSealBytes);
    expect(await openEncryptionSeed(recovery, place, sealed)).toEqual({ ok: true, seed });
    for (const change of [{ member: other }, { keyVersion: 2 }]) {
      expect(await openEncryptionSeed(recovery, { ...place, ...change }, sealed)).toEqual(
        notOpened,
      );
    }
    const stranger = deriveRootKeys(bytesOf("another root secret")).recovery;
    expect(await openEncryptionSeed(stranger, place, sealed)).toEqual(notOpened);
    await expect(sealEncryptionSeed(key, place, seed.subarray(1))).rejects.toThrow();
  });

  test("gives stream root and meta key back to the holder of the root secret", async () => {
    const place = { member: owner, streamId: stream, generation: 1 };
    const sealed = await sealStreamSecrets(key, place, { streamRoot, metaKey });
    expect(sealed).toHaveLength(streamSealBytes);
    expect(await openStreamSecrets(recovery, place, sealed)).toEqual({
      ok: true,
      streamRoot,
      metaKey,
    });
    const elsewhere = { streamId: streamId(bytesOf("other").subarray(16)) };
    for (const change of [{ member: other }, elsewhere, { generation: 2 }]) {
      expect(await openStreamSecrets(recovery, { ...place, ...change }, sealed)).toEqual(notOpened);
    }
    const short = { streamRoot: streamRoot.subarray(1), metaKey };
    await expect(sealStreamSecrets(key, place, short)).rejects.toThrow();
  });

  test("of another content is refused", async () => {
    const seedInfo = taggedHash("recovery-info", encode(["encryption", idBytes(owner), 1]));
    const seed = await sealTo(key, seedInfo, new Uint8Array(33));
    const place = { member: owner, keyVersion: 1 };
    const refused = { ok: false, code: "LEDGER_SEAL_CONTENT" };
    expect(await openEncryptionSeed(recovery, place, seed)).toEqual(refused);
    const streamInfo = encode(["stream", idBytes(owner), idBytes(stream), 1]);
    const secrets = await sealTo(key, taggedHash("recovery-info", streamInfo), new Uint8Array(63));
    const streamPlace = { member: owner, streamId: stream, generation: 1 };
    expect(await openStreamSecrets(recovery, streamPlace, secrets)).toEqual(refused);
  });
});
