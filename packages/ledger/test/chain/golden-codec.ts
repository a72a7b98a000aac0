import { decode, decodeLimits, fromHex, LedgerError } from "../../src/primitives/index.ts";

const nested = (arrays: number, inside: string) => "81".repeat(arrays - 1) + inside;

/** What is decoded, by what makes it worth a look. */
const samples: Readonly<Record<string, string>> = {
  "the largest integer": "1b001fffffffffffff",
  "one more": "1b0020000000000000",
  "the smallest integer": "3b001ffffffffffffe",
  "one less": "3b001fffffffffffff",
  "23 in two bytes": "1817",
  "24 in two bytes": "1818",
  "255 in three bytes": "1900ff",
  "65,535 in five bytes": "1a0000ffff",
  "2^32 - 1 in nine bytes": "1b00000000ffffffff",
  "a length of 1 in two bytes": "580161",
  "a reserved length": "1c",
  "an indefinite byte string": "5f4161ff",
  "an indefinite array": "9f00ff",
  "a break": "ff",
  "a map": "a0",
  "a tag": "c000",
  "a half float": "f90000",
  undefined: "f7",
  "a simple value in two bytes": "f8f6",
  nothing: "",
  "a head that is cut": "19ff",
  "bytes that are cut": "4261",
  "an array that is cut": "8200",
  "two values": "0000",
  "a lone continuation byte": "6180",
  "an overlong form": "62c080",
  "a surrogate": "63eda080",
  "beyond the last code point": "64f4908080",
  "a byte order mark, which is text": "63efbbbf",
  "a byte string is not text": "4180",
  "16 arrays, the last empty": nested(16, "80"),
  "16 arrays around a number": nested(16, "8100"),
  "a 17th array, empty": nested(17, "80"),
  "a 17th array around a number": nested(17, "8100"),
  "16 arrays side by side within one": `90${"80".repeat(16)}`,
};

/** One array of `count` equal items: the items are counted, and so is the array. */
const counted = [
  { head: "99ffff", item: "f6", count: 65_535 },
  { head: "9a00010000", item: "f6", count: 65_536 },
  { head: "997fff", item: "8100", count: 32_767 },
  { head: "998000", item: "8100", count: 32_768 },
] as const;
/** The same within a block, by its own limit. */
const countedInBlock = [
  { head: "9a000fffff", item: "f6", count: 1_048_575 },
  { head: "9a00100000", item: "f6", count: 1_048_576 },
] as const;

function isAccepted(hex: string, itemsMax: number): boolean {
  try {
    decode(fromHex(hex), { ...decodeLimits, itemsMax });
    return true;
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_NOT_CANONICAL") return false;
    throw error;
  }
}

/** What the canonical encoding takes and what it refuses, at its limits too. */
export function goldenCodec(): Readonly<Record<string, unknown>> {
  const atLimit =
    (itemsMax: number) => (array: (typeof counted | typeof countedInBlock)[number]) => ({
      itemsMax,
      ...array,
      accepted: isAccepted(array.head + array.item.repeat(array.count), itemsMax),
    });
  return {
    samples: Object.entries(samples).map(([what, bytes]) => ({
      what,
      bytes,
      accepted: isAccepted(bytes, decodeLimits.itemsMax),
    })),
    counted: [
      ...counted.map(atLimit(decodeLimits.itemsMax)),
      ...countedInBlock.map(atLimit(1_048_576)),
    ],
  };
}
