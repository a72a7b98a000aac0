import { join } from "node:path";
import { fromHex, toHex } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../test/helpers/shared-data.ts";
import { recoveryWords, rootSecretOf } from "../src/founding/recovery-words.ts";

interface Golden {
  readonly secrets: readonly { readonly secret: string; readonly words: string }[];
  readonly refused: readonly { readonly why: string; readonly words: string }[];
}

const { secrets, refused } = readJson<Golden>(
  join(import.meta.dirname, "golden", "recovery-words.json"),
);

describe("the words of a root secret", () => {
  test.each(secrets)("$secret is written and read back", ({ secret, words }) => {
    expect(recoveryWords(fromHex(secret)).join(" ")).toBe(words);
    expect(toHex(rootSecretOf(words.split(" ")) ?? new Uint8Array(0))).toBe(secret);
  });

  test.each(refused)("are refused: $why", ({ words }) => {
    expect(rootSecretOf(words.split(" "))).toBeNull();
  });
});
