import type { Edit } from "./plan.ts";

/** Heads of lengths that nobody means: CBOR lengths of 2^32 and more, u32 of all ones, varints without end. */
const wildHeads: readonly (readonly number[])[] = [
  [0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x9b, 0, 0, 0, 1, 0, 0, 0, 0],
  [0x9a, 0xff, 0xff, 0xff, 0xff],
  [0x7a, 0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0x00, 0x00, 0x00, 0x00],
];

const longestMade = 1 << 20;

type Change = (bytes: Uint8Array, at: number, edit: Edit) => readonly Uint8Array[];

const changes: readonly Change[] = [
  (bytes, at, { what }) => {
    const flipped = bytes.slice(at, at + 1).map((byte) => byte ^ (1 << (what & 7)));
    return [bytes.subarray(0, at), flipped, bytes.subarray(at + 1)];
  },
  (bytes, at, { bytes: given }) => [
    bytes.subarray(0, at),
    given,
    bytes.subarray(at + given.length),
  ],
  (bytes, at, { bytes: given }) => [bytes.subarray(0, at), given, bytes.subarray(at)],
  (bytes, at, { amount }) => [bytes.subarray(0, at), bytes.subarray(at + 1 + (amount % 16))],
  (bytes, at) => [bytes.subarray(0, at)],
  (bytes, at, { amount }) => {
    const end = at + 1 + (amount % 64);
    return [bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)];
  },
  (bytes, at, { amount }) => {
    const head = Uint8Array.from(wildHeads[amount % wildHeads.length] ?? []);
    return [bytes.subarray(0, at), head, bytes.subarray(at)];
  },
];

/** One change of the bytes, without knowing what they mean. */
export function changeBytes(bytes: Uint8Array, edit: Edit): Uint8Array {
  const change = changes[edit.what % changes.length] as Change;
  const at = bytes.length === 0 ? 0 : edit.at % bytes.length;
  const made = Buffer.concat(change(bytes, at, edit));
  return new Uint8Array(made.subarray(0, longestMade));
}
