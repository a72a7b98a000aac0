import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CardRefusalCode,
  cardFromText,
  cardHash,
  cardToText,
  checkCard,
  decodeCard,
  isAddress,
  isHandle,
  isName,
  limits,
  type MemberCard,
  type MemberCardBody,
  memberIdOf,
  signCard,
} from "../../src/chain/index.ts";
import {
  decode,
  fromHex,
  LedgerError,
  type LedgerErrorCode,
  type PublicKey,
  taggedHash,
  toHex,
  type Value,
} from "../../src/primitives/index.ts";
import { cardWith, founderOf, genesisTimeMs, networkName } from "./fixtures.ts";
import { accepted, mutate, mutation } from "./mutation.ts";

const { card, body, signers } = founderOf(0);
const at = { networkName, timeMs: genesisTimeMs };

function codeOf(action: () => unknown): LedgerErrorCode | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

function refusalOf(changed: Partial<MemberCardBody>): CardRefusalCode | null {
  const verdict = checkCard({ ...body, ...changed }, at);
  return verdict.ok ? null : verdict.code;
}

describe("a member card", () => {
  test("comes back from its bytes and from its line of text", () => {
    expect(decodeCard(card.bytes)).toStrictEqual(card);
    const line = cardToText(card);
    expect(line).toMatch(/^tgc1[\w-]+$/);
    expect(cardFromText(`  ${line}\r\n`)).toStrictEqual(card);
    expect(checkCard(card, at)).toEqual({ ok: true });
  });

  test("names its member by the root key and itself by its body", () => {
    const [bodyBytes] = decode(card.bytes) as Value[];
    expect(card.memberId).toBe(toHex(taggedHash("member", fromHex(body.rootKey))));
    expect(card.memberId).toBe(memberIdOf(body.rootKey));
    expect(card.hash).toBe(cardHash(bodyBytes as Uint8Array));
  });

  test.each(["root", "network", "consensus", "transaction"] as const)(
    "needs the signature of its %s key",
    (role) => {
      const impostor = { ...signers, [role]: founderOf(1).signers[role] };
      expect(codeOf(() => signCard(body, impostor))).toBe("LEDGER_CARD_SIGNATURE");
    },
  );

  test("roles cannot stand in for each other", () => {
    const swapped = { ...signers, root: signers.network, network: signers.root };
    expect(codeOf(() => signCard(body, swapped))).toBe("LEDGER_CARD_SIGNATURE");
  });

  test("no change of its bytes gives a card of the same member", () => {
    fc.assert(
      fc.property(mutation, (change) => {
        expect(accepted(decodeCard, mutate(card.bytes, change))).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test("no change of its line of text is read as a card", () => {
    const line = cardToText(card);
    fc.assert(
      fc.property(fc.nat(line.length - 1), fc.constantFrom("", "A", "_", "=", " "), (index, by) => {
        const changed = line.slice(0, index) + by + line.slice(index + 1);
        if (changed.trim() === line) return;
        expect(codeOf(() => cardFromText(changed))).not.toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  test("a text that is too long, or of another kind, is refused before it is decoded", () => {
    const long = `tgc1${"A".repeat(limits.cardBytesMax * 2)}`;
    expect(codeOf(() => cardFromText(long))).toBe("LEDGER_BAD_TEXT");
    expect(codeOf(() => cardFromText(cardToText(card).replace("tgc1", "tgg1")))).toBe(
      "LEDGER_BAD_TEXT",
    );
    const huge = new Uint8Array(limits.cardBytesMax + 1);
    expect(codeOf(() => decodeCard(huge))).toBe("LEDGER_TOO_LARGE");
  });
});

describe("checking a card", () => {
  const lowOrder = "01".padEnd(64, "0") as PublicKey;

  test.each<readonly [CardRefusalCode, Partial<MemberCardBody>]>([
    ["LEDGER_CARD_OTHER_NETWORK", { networkName: "Kansai Motor" }],
    ["LEDGER_CARD_EXPIRED", { expiresMs: genesisTimeMs }],
    ["LEDGER_CARD_NAME", { name: " Asahi" }],
    ["LEDGER_CARD_HANDLE", { handle: "Asahi" }],
    ["LEDGER_CARD_ADDRESS", { addresses: ["/ip4/192.0.2.1/udp/4100"] }],
    ["LEDGER_CARD_KEY_REPEATED", { networkKey: body.consensusKey }],
    ["LEDGER_CARD_KEY_REPEATED", { recoveryKey: body.encryptionKey }],
    ["LEDGER_BAD_SIGNING_KEY", { transactionKey: lowOrder }],
    ["LEDGER_BAD_SIGNING_KEY", { rootKey: lowOrder }],
    ["LEDGER_BAD_ENCRYPTION_KEY", { encryptionKey: new Uint8Array(1_216) }],
    ["LEDGER_BAD_ENCRYPTION_KEY", { recoveryKey: new Uint8Array(1_216).fill(255) }],
  ])("%s is reached", (code, changed) => {
    expect(refusalOf(changed)).toBe(code);
  });

  test("is valid until its last millisecond", () => {
    expect(refusalOf({ expiresMs: genesisTimeMs + 1 })).toBeNull();
  });

  test.each([
    "旭精機",
    "株式会社　日立",
    "Müller & Söhne GmbH",
    "a",
    "x".repeat(64),
    "𠮷野工作所".repeat(12).slice(0, 64),
  ])("%s is a name", (name) => {
    expect(isName(name)).toBe(true);
  });

  test.each([
    "",
    "x".repeat(65),
    " a",
    "a ",
    "a\u3000",
    "Mu\u0308ller",
    "a\u200bb",
    "a\u00a0b",
    "a\nb",
    "a\u0007b",
    "a\u202eb",
    "\ud800",
    "a\ue000",
    "\u3164",
    "\u2800\ufe0f",
    // Unassigned, no character at all, and assigned by Unicode 15.0 and 17.0.
    "a\u0378",
    "a\ufdd0",
    "a\u{1faef}",
    "a\u{31350}",
    "a\u{323b0}",
  ])("%j is no name", (name) => {
    expect(isName(name)).toBe(false);
  });

  test("handles are ASCII words", () => {
    for (const good of ["ab", "a-b-1", "z".repeat(31)]) expect(isHandle(good)).toBe(true);
    for (const bad of ["a", "1a", "-a", "a_b", "A", "z".repeat(32), "ä", "ab\n"]) {
      expect(isHandle(bad)).toBe(false);
    }
  });

  test.each([
    "/ip4/192.0.2.1/tcp/1",
    "/ip4/255.255.255.255/tcp/65535",
    "/ip6/2001:db8::1/tcp/4100",
    "/ip6/::1/tcp/4100",
    "/ip6/::/tcp/4100",
    "/ip6/2001:0db8:0:0:1:0:0:1/tcp/4100",
    "/ip6/1:2:3:4:5:6:7::/tcp/4100",
    "/dns4/node.example.jp/tcp/4100",
    "/dns4/localhost/tcp/4100",
  ])("%s is an address", (address) => {
    expect(isAddress(address)).toBe(true);
  });

  test.each([
    "/ip4/192.0.2.256/tcp/1",
    "/ip4/192.0.2.01/tcp/1",
    "/ip4/192.0.2.1/tcp/0",
    "/ip4/192.0.2.1/tcp/65536",
    "/ip4/192.0.2.1/tcp/1/p2p/x",
    "/ip4/192.0.2.1/tcp/01",
    "/ip4/192.0.2.1/tcp/1/",
    "/ip4/192.0.2.1/udp/1",
    "/ip6/::::/tcp/1",
    "/ip6/:1/tcp/1",
    "/ip6/1::2::3/tcp/1",
    "/ip6/1:2:3:4:5:6:7/tcp/1",
    "/ip6/1:2:3:4:5:6:7:8::/tcp/1",
    "/ip6/2001:DB8::1/tcp/1",
    "/ip6/::ffff:192.0.2.1/tcp/1",
    "/ip6/fe80::1%eth0/tcp/1",
    "/ip6/00001::1/tcp/1",
    "/dns/a/tcp/1",
    "/dns4/a./tcp/1",
    "/dns4/a_b/tcp/1",
    "/dns4/-a/tcp/1",
    "/dns4/a..b/tcp/1",
    "/dns4/A/tcp/1",
    `/dns4/${"a.".repeat(70)}a/tcp/1`,
    "/unix/tmp",
    "192.0.2.1:4100",
  ])("%s is no address", (address) => {
    expect(isAddress(address)).toBe(false);
  });

  test("a card with other contents is another card of the same member", () => {
    const moved: MemberCard = cardWith(0, { addresses: ["/dns4/other.example/tcp/4100"] });
    expect(moved.memberId).toBe(card.memberId);
    expect(moved.hash).not.toBe(card.hash);
  });
});
