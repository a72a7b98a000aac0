import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Frame, FrameReader } from "../../src/network/frames.ts";
import {
  type FrameType,
  frameRules,
  frameTypes,
  type StreamClass,
  streamClasses,
} from "../../src/network/limits.ts";
import { frame } from "./hostile.ts";

const hello = frame(frameTypes.hello, Uint8Array.of(0));

/** A reader of a class that has its hello behind it. */
function greeted(streamClass: StreamClass): FrameReader {
  const reader = new FrameReader(streamClass);
  reader.push(hello);
  expect(reader.next()?.type).toBe(frameTypes.hello);
  return reader;
}

function readAll(reader: FrameReader): Frame[] {
  const frames: Frame[] = [];
  for (let next = reader.next(); next !== null; next = reader.next()) frames.push(next);
  return frames;
}

describe("a frame reader", () => {
  test("gives the same frames however the bytes are cut", () => {
    const types = [frameTypes.transactions, frameTypes.announce, frameTypes.want] as const;
    const message = fc.tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(400)), (messages, cuts) => {
        const reader = greeted("tx");
        const bytes = Buffer.concat(messages.map(([type, body]) => frame(type, body)));
        const read: Frame[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          reader.push(bytes.subarray(at, at + cut));
          at += cut;
          read.push(...readAll(reader));
        }
        expect(read).toEqual(messages.map(([type, body]) => ({ type, body })));
      }),
    );
  });

  test("gives bodies that do not share memory with what came in", () => {
    const reader = greeted("vote");
    const bytes = frame(frameTypes.vote, Uint8Array.of(1, 2, 3));
    reader.push(bytes);
    const [read] = readAll(reader);
    bytes.fill(9);
    expect(read?.body).toEqual(Uint8Array.of(1, 2, 3));
    expect(read?.body.buffer.byteLength).toBe(3);
  });

  test("takes a body of exactly the limit and refuses one byte more as soon as its header is there", () => {
    for (const [number, rule] of Object.entries(frameRules)) {
      const type = Number(number) as FrameType;
      const streamClass = rule.stream === "each" ? "vote" : rule.stream;
      const fresh = (): FrameReader =>
        rule.stream === "each" ? new FrameReader(streamClass) : greeted(streamClass);
      const reader = fresh();
      reader.push(frame(type, new Uint8Array(rule.bodyBytesMax)));
      expect(reader.next()?.body).toHaveLength(rule.bodyBytesMax);

      const refusing = fresh();
      refusing.push(frame(type, new Uint8Array(0), rule.bodyBytesMax + 1));
      expect(() => refusing.next()).toThrow(
        expect.objectContaining({
          code: "NODE_PEER_FRAME_TOO_LARGE",
          detail: { type, bytes: rule.bodyBytesMax + 1 },
        }),
      );
    }
  });

  test("refuses types that do not exist and types of another stream", () => {
    for (const streamClass of streamClasses) {
      for (let type = 0; type < 256; type += 1) {
        const rule = frameRules[type as FrameType] as (typeof frameRules)[FrameType] | undefined;
        if (rule?.stream === streamClass) continue;
        const reader = greeted(streamClass);
        reader.push(frame(type, new Uint8Array(0)));
        expect(() => reader.next(), `${type} on ${streamClass}`).toThrow(
          expect.objectContaining({ code: "NODE_PEER_FRAME_UNKNOWN" }),
        );
      }
    }
  });

  test("refuses anything before the hello, and a frame without a type", () => {
    const early = new FrameReader("vote");
    early.push(frame(frameTypes.vote, new Uint8Array(1)));
    expect(() => early.next()).toThrow(
      expect.objectContaining({ code: "NODE_PEER_FRAME_UNKNOWN" }),
    );
    const empty = new FrameReader("vote");
    empty.push(new Uint8Array(5));
    expect(() => empty.next()).toThrow(
      expect.objectContaining({ code: "NODE_PEER_FRAME_MALFORMED" }),
    );
  });

  test("reserves no more than has arrived for a long body, so that announcing costs nothing", () => {
    const readers: FrameReader[] = [];
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 100; count += 1) {
      const reader = greeted("tx");
      const max = frameRules[frameTypes.transactions].bodyBytesMax;
      reader.push(frame(frameTypes.transactions, new Uint8Array(1), max));
      expect(reader.next()).toBeNull();
      readers.push(reader);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1_048_576);
    expect(readers).toHaveLength(100);
  });
});
