import { laterRanges, unicodeVersion, unicodeVersionLast } from "../../src/chain/assigned.ts";
import { latinCapitals, lookAlikes } from "../../src/chain/confusable.ts";
import { isAddress, isHandle, isName, skeletons } from "../../src/chain/index.ts";

const goodNames = [
  "Asahi Seiki",
  "Аsаhі",
  "Ｂｏｓｃｈ",
  "Müller & Söhne GmbH",
  "IBM",
  "Plant 10",
  "Modern Works",
  "VVave",
  "A.B.C.",
  "r.n",
  "vvv",
  "\u2605",
  "株式会社\u3000日立",
  "タカハシ",
  "夕力八シ",
  "バカ",
  "へり",
  "𠮷野工作所",
  "Asahi\u3164Seiki",
  "Asahi Seiki\u{e0101}",
  "\u039citsubishi",
  "\u039d\u0399\u039a\u039f\u03a3",
  "\u03bd\u03b9\u03ba\u03bf\u03c2",
  "\u03f9hubu",
  "\u0130stanbul",
  "\ufdfa",
  "x".repeat(64),
  "𠮷".repeat(64),
];

const badNames = [
  "",
  "x".repeat(65),
  " a",
  "a\u3000",
  "Mu\u0308ller",
  "a\u200bb",
  "a\u00a0b",
  "a\u2003b",
  "a\nb",
  "a\u202eb",
  "a\u00adb",
  "a\ue000",
  "a\u2028b",
  "\u3164",
  "\u2800\ufe0f",
  "a\u0378",
  "a\ufdd0",
  "a\u{1faef}",
  "a\u{31350}",
];

const pairs: readonly (readonly [string, string])[] = [
  ["Asahi Seiki", "ASAHI-SEIKI"],
  ["Asahi", "Аsаhі"],
  ["Modern", "Modem"],
  ["Wave", "VVave"],
  ["Plant 10", "Plant lO"],
  ["タカハシ", "夕力八シ"],
  ["Mitsubishi", "\u039citsubishi"],
  ["Yamaha", "\u03a5amaha"],
  ["\u039d\u03b9\u03ba\u03b7", "\u039d\u0399\u039a\u0397"],
  ["\u039d\u0399\u039a\u039f\u03a3", "\u03bd\u03b9\u03ba\u03bf\u03c3"],
  ["Chubu", "\u03f2hubu"],
  ["Asahi Seiki", "asahi-seiki"],
  ["\u2605", "\u2606"],
  ["Company 1", "Company 2"],
  ["Asahi", "Asaki"],
  ["ハカ", "バカ"],
  ["日立", "日本"],
];

const handles = ["ab", "a-b-1", "a--", "z".repeat(31), "a", "1a", "-a", "a_b", "A", "ab\n", "ä"];

const addresses = [
  "/ip4/192.0.2.1/tcp/1",
  "/ip4/255.255.255.255/tcp/65535",
  "/ip4/0.0.0.0/tcp/4100",
  "/ip6/2001:db8::1/tcp/4100",
  "/ip6/2001:0db8:0:0:1:0:0:1/tcp/4100",
  "/ip6/::/tcp/4100",
  "/ip6/1:2:3:4:5:6:7::/tcp/4100",
  "/dns4/node.example.jp/tcp/4100",
  "/dns4/localhost/tcp/4100",
  "/dns4/192.0.2.256/tcp/4100",
  `/dns4/${"a".repeat(63)}/tcp/4100`,
  `/dns4/${"a".repeat(55)}.${"b".repeat(56)}/tcp/65535`,
  `/dns4/${"a".repeat(56)}.${"b".repeat(56)}/tcp/65535`,
  `/dns4/${"a".repeat(64)}/tcp/4100`,
  "/ip4/192.0.2.256/tcp/1",
  "/ip4/192.0.2.01/tcp/1",
  "/ip4/192.0.2/tcp/1",
  "/ip4/192.0.2.1/tcp/0",
  "/ip4/192.0.2.1/tcp/01",
  "/ip4/192.0.2.1/tcp/65536",
  "/ip4/192.0.2.1/tcp/1/",
  "/ip4/192.0.2.1/tcp/1/p2p/12D3KooWA",
  "/ip4/192.0.2.1/udp/1",
  "/ip6/:/tcp/1",
  "/ip6/::::/tcp/1",
  "/ip6/1::2::3/tcp/1",
  "/ip6/1:2:3:4:5:6:7/tcp/1",
  "/ip6/1:2:3:4:5:6:7:8::/tcp/1",
  "/ip6/2001:DB8::1/tcp/1",
  "/ip6/::ffff:192.0.2.1/tcp/1",
  "/ip6/fe80::1%eth0/tcp/1",
  "/dns4/a..b/tcp/1",
  "/dns4/a./tcp/1",
  "/dns4/-a/tcp/1",
  "/dns4/a-/tcp/1",
  "/dns4/a_b/tcp/1",
  "/dns4/A/tcp/1",
  "/dns/a/tcp/1",
  "/dns6/a/tcp/1",
  "192.0.2.1:4100",
];

function areConfusable([one, other]: readonly [string, string]): boolean {
  const looks = new Set(skeletons(one));
  return skeletons(other).some((look) => looks.has(look));
}

/** Names, handles and addresses, and what becomes of them. */
export function goldenNames(): Readonly<Record<string, unknown>> {
  return {
    names: [...goodNames, ...badNames].map((name) => {
      if (!isName(name)) return { name, accepted: false };
      const [skeleton, second = skeleton] = skeletons(name);
      return { name, accepted: true, skeleton, second };
    }),
    pairs: pairs.map((pair) => ({ one: pair[0], other: pair[1], confusable: areConfusable(pair) })),
    handles: handles.map((handle) => ({ handle, accepted: isHandle(handle) })),
    addresses: addresses.map((address) => ({ address, accepted: isAddress(address) })),
  };
}

function codePoint(character: string): string {
  return (character.codePointAt(0) as number).toString(16).padStart(4, "0");
}

/** Ranges of the code points for which this holds, each as its first and last one. */
function rangesWhere(holds: (character: string) => boolean): readonly (readonly string[])[] {
  const ranges: [string, string][] = [];
  let isOpen = false;
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    const isIn = holds(character);
    const last = ranges.at(-1);
    if (isIn && isOpen && last !== undefined) last[1] = codePoint(character);
    else if (isIn) ranges.push([codePoint(character), codePoint(character)]);
    isOpen = isIn;
  }
  return ranges;
}

/** The tables of docs/PROTOCOL.md, Names: code points in hex, ranges with both ends in them. */
export function confusableTables(): Readonly<Record<string, unknown>> {
  const foldedTo = (table: Readonly<Record<string, string>>) =>
    Object.entries(table).flatMap(([to, from]) =>
      [...from].map((character) => [codePoint(character), codePoint(to)]),
    );
  return {
    unicode: unicodeVersion,
    assignedLater: {
      to: unicodeVersionLast,
      ranges: laterRanges.map((range) => range.map(padded)),
    },
    defaultIgnorable: rangesWhere((character) => /\p{DI}/u.test(character)),
    lookAlikes: foldedTo(lookAlikes),
    latinCapitals: Object.entries(latinCapitals).map(([from, to]) => [
      codePoint(from),
      codePoint(to),
    ]),
  };
}

function padded(hex: string): string {
  return hex.padStart(4, "0");
}
