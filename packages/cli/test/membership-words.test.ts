import { transactionCures } from "@tegata/ledger/chain";
import type { Hash, NetworkId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { fingerprintWords } from "../src/founding/fingerprint-words.ts";
import { enMembershipRefusals } from "../src/words/en-membership-refusals.ts";

describe("what a person reads about membership", () => {
  test("every refusal with words is one of the ledger's", () => {
    expect(Object.keys(transactionCures)).toEqual(
      expect.arrayContaining(Object.keys(enMembershipRefusals)),
    );
    for (const words of Object.values(enMembershipRefusals)) {
      const { message, why, next } = words();
      expect([message, why, next].every((line) => line.length > 0)).toBe(true);
    }
  });

  test("eight words stand for a network and an application, and for no other", () => {
    const network = "11".repeat(32) as NetworkId;
    const words = fingerprintWords(network, "22".repeat(32) as Hash);
    expect(words).toEqual("entry regret twenty style acquire cement outer sun".split(" "));
    expect(fingerprintWords(network, "23".repeat(32) as Hash)).not.toEqual(words);
    expect(fingerprintWords("12".repeat(32) as NetworkId, "22".repeat(32) as Hash)).not.toEqual(
      words,
    );
  });
});
