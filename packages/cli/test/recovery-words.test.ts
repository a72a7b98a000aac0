import { join } from "node:path";
import { fromHex, toHex } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../test/helpers/shared-data.ts";
import { wordLines } from "../src/founding/ceremony.ts";
import { recoveryWords, rootSecretOf, wordsIn } from "../src/founding/recovery-words.ts";

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

  test.each(secrets)("$secret is read as people write it down", ({ words }) => {
    const list = words.split(" ");
    expect(wordsIn(`${wordLines(list).join("\n")}\n`)).toEqual(list);
    expect(
      wordsIn(` ${list.slice(0, 12).join("  ").toUpperCase()}\n${list.slice(12).join(" ")}\n`),
    ).toEqual(list);
    expect(wordsIn(list.map((word, index) => `${index + 1}. ${word}`).join("\n"))).toEqual(list);
  });

  test.each(refused)("are refused: $why", ({ words }) => {
    expect(rootSecretOf(words.split(" "))).toBeNull();
  });
});
