import { describe, expect, test } from "vitest";
import {
  ConsensusError,
  decodeWal,
  encodeWalRecord,
  replay,
  type WalRecord,
  walRecordBytesMax,
} from "../src/index.ts";
import { a, Script } from "./helpers/script.ts";

/** The log of a validator that locked a block, and its frames. */
function lockedLog(): readonly WalRecord[] {
  const script = new Script();
  script.opinions.set(a, { valid: true });
  script.propose(0, a);
  script.prevote(0, a, [1, 2]);
  return script.of("persist").map(({ record }) => record);
}

const records = lockedLog();
const frames = records.map((record, index) => encodeWalRecord(record, 1, index));
const log = Buffer.concat(frames);
const ends = frames.map((_, index) =>
  frames.slice(0, index + 1).reduce((sum, frame) => sum + frame.length, 0),
);

describe("the log of a height", () => {
  test("reading gives back what was written, also from a preallocated file", () => {
    expect(decodeWal(log)).toEqual({ records, isTorn: false });
    const file = Buffer.concat([log, new Uint8Array(100_000)]);
    expect(decodeWal(file)).toEqual({ records, isTorn: false });
  });

  test("an empty or zeroed file is an empty log", () => {
    expect(decodeWal(new Uint8Array(0))).toEqual({ records: [], isTorn: false });
    expect(decodeWal(new Uint8Array(5_000))).toEqual({ records: [], isTorn: false });
  });

  test("S11: cut at any byte, it gives the records that are whole", () => {
    for (let length = 0; length <= log.length; length += 1) {
      const whole = ends.filter((end) => end <= length).length;
      const content = decodeWal(log.subarray(0, length));
      expect(content.records).toEqual(records.slice(0, whole));
      const padded = Buffer.concat([log.subarray(0, length), new Uint8Array(50)]);
      expect(decodeWal(padded).records).toEqual(records.slice(0, whole));
    }
  });

  test("S11: a flipped byte in the last record loses that record and nothing else", () => {
    const start = ends.at(-2) ?? 0;
    for (let at = start; at < log.length; at += 1) {
      const changed = Uint8Array.from(log).with(at, (log[at] ?? 0) ^ 0x40);
      const content = decodeWal(changed);
      expect(content.records).toEqual(records.slice(0, -1));
      expect(content.isTorn).toBe(true);
    }
  });

  test("S11: a flipped byte in any earlier record is damage, and is said to be", () => {
    const start = ends.at(-2) ?? 0;
    for (let at = ends[0] ?? 0; at < start; at += 1) {
      const changed = Uint8Array.from(log).with(at, (log[at] ?? 0) ^ 0x01);
      expect(() => decodeWal(changed)).toThrow(ConsensusError);
    }
  });

  test("the rest of an older, longer log behind the end is no part of it", () => {
    const older = Buffer.concat(records.map((record, index) => encodeWalRecord(record, 0, index)));
    const file = Uint8Array.from(older);
    file.set(log.subarray(0, ends[1]));
    expect(decodeWal(file).records).toEqual(records.slice(0, 2));
  });

  test("a length beyond any record is no frame", () => {
    const file = new Uint8Array(64);
    new DataView(file.buffer).setUint32(0, walRecordBytesMax + 1);
    expect(decodeWal(file).records).toEqual([]);
  });

  test("feeding any first part of it back gives a state, and the whole of it the lock", () => {
    for (let count = 1; count <= records.length; count += 1) {
      expect(replay(records.slice(0, count)).height).not.toBeNull();
    }
    expect(replay(records).height?.rules.locked).toEqual({ round: 0, blockId: a });
    expect(replay(decodeWal(log).records)).toEqual(replay(records));
  });
});
