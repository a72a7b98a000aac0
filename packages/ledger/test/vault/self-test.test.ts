import { createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openAead, sealAead } from "../../src/vault/aead.ts";
import { openCommitted } from "../../src/vault/committed-seal.ts";
import { hkdfExpand } from "../../src/vault/hkdf.ts";
import { openSealed } from "../../src/vault/hpke.ts";
import { selfTestVault, type VaultCryptography } from "../../src/vault/self-test.ts";
import { decapsulateXwing, importXwingKey } from "../../src/vault/xwing.ts";
import { bytesOf } from "./fixtures.ts";

const good: VaultCryptography = {
  sealAead,
  openAead,
  openCommitted,
  hkdfExpand,
  importXwingKey,
  decapsulateXwing,
  openSealed,
};
const zero = new Uint8Array(32);

/** Broken in one way each; the name is a part of the test that must notice. */
const broken: readonly (readonly [test: string, change: Partial<VaultCryptography>])[] = [
  ["AES-256-GCM gives its known answer", { sealAead: () => new Uint8Array(32) }],
  ["AES-256-GCM opens its seal", { openAead: () => null }],
  [
    "a flipped bit is refused",
    { openAead: (key, nonce, aad, sealed) => openAead(key, nonce, aad, sealed) ?? zero },
  ],
  [
    "a short tag is refused",
    {
      openAead: (key, nonce, aad, sealed) =>
        sealed.length < 32 ? zero : openAead(key, nonce, aad, sealed),
    },
  ],
  [
    "other aad is refused",
    { openAead: (key, nonce, _, sealed) => openAead(key, nonce, new Uint8Array(0), sealed) },
  ],
  [
    "HKDF-SHA-256 gives its known answer",
    { hkdfExpand: (_, __, length) => new Uint8Array(length) },
  ],
  [
    "a committed seal opens",
    { openCommitted: () => ({ ok: false, code: "LEDGER_PART_WRONG_KEY" }) },
  ],
  ["another key is refused", { openCommitted: () => ({ ok: true, content: zero }) }],
  ["X-Wing gives its known answer", { decapsulateXwing: () => zero }],
  [
    "a good encryption key is accepted",
    {
      importXwingKey: () => {
        throw new Error("none");
      },
    },
  ],
  [
    "a short encryption key is refused",
    {
      importXwingKey: () => ({
        bytes: zero,
        mlKem: createSecretKey(zero),
        x25519: createSecretKey(zero),
      }),
    },
  ],
  [
    "a low-order share is refused",
    { decapsulateXwing: (pair, bytes) => decapsulateXwing(pair, bytes) ?? zero },
  ],
  [
    "HPKE opens a seal of another implementation",
    { openSealed: async () => ({ ok: true, plaintext: bytesOf("other") }) },
  ],
  [
    "a seal for another purpose is refused",
    {
      openSealed: (pair, _, sealed) =>
        openSealed(pair, new TextEncoder().encode("tegata/1 self-test"), sealed),
    },
  ],
];

describe("the self-test of the vault", () => {
  test("passes with the cryptography of this machine", async () => {
    await expect(selfTestVault()).resolves.toBeUndefined();
    await expect(selfTestVault(good)).resolves.toBeUndefined();
  });

  test.each(broken)("notices: %s", async (name, change) => {
    await expect(selfTestVault({ ...good, ...change })).rejects.toMatchObject({
      code: "LEDGER_SELF_TEST_FAILED",
      detail: { test: name },
    });
  });
});
