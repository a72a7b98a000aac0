import type { MemberId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { Pace } from "../../src/host/pace.ts";

const flooder = "f1".repeat(32) as MemberId;
const modest = "0d".repeat(32) as MemberId;

/** Frames a member brings until it has to wait, and the wait. */
function flood(pace: Pace): { readonly frames: number; readonly wait: Promise<void> } {
  for (let frames = 1; frames < 100_000; frames += 1) {
    const wait = pace.count(flooder);
    if (wait !== undefined) return { frames, wait };
  }
  throw new Error("a flood never has to wait");
}

describe("the stream of votes of a member", () => {
  test("is read no further in one turn than its share, which holds up nobody else", async () => {
    const pace = new Pace(async () => undefined);
    const first = flood(pace);
    expect(first.frames).toBeLessThan(1_000);
    expect(pace.count(modest)).toBeUndefined();
    expect(pace.count(flooder)).toBe(first.wait);
    await first.wait;
    expect(flood(pace).frames).toBe(first.frames);
  });

  test("waits until what it brought is dealt with", async () => {
    const dealtWith = Promise.withResolvers<void>();
    const pace = new Pace(() => dealtWith.promise);
    const { wait } = flood(pace);
    let isOver = false;
    const over = wait.then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    dealtWith.resolve();
    await over;
  });
});
