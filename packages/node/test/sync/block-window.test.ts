import type { MemberId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import type { CertifiedBlock } from "../../src/sync/block-source.ts";
import { BlockWindow, type WindowLimits } from "../../src/sync/block-window.ts";
import { syncLimits } from "../../src/sync/limits.ts";

const honest = "0b".repeat(32) as MemberId;
const liar = "0a".repeat(32) as MemberId;
const limits: WindowLimits = {
  ...{ blocksPerRequest: 10, aheadBlocks: 60, aheadRequests: 3 },
  aheadBytes: syncLimits.aheadBytes,
};

/** A question that is open until the test answers it. */
interface Question {
  readonly height: number;
  readonly count: number;
  readonly answer: (run: readonly CertifiedBlock[] | null) => Promise<void>;
}

function certified(height: number, bytes: number, from: MemberId): CertifiedBlock {
  const block = { header: { height }, bytes: new Uint8Array(bytes) };
  return { block, certificate: {}, from } as unknown as CertifiedBlock;
}

function run(height: number, count: number, bytes = 100, from = honest): CertifiedBlock[] {
  return Array.from({ length: count }, (_, index) => certified(height + index, bytes, from));
}

function opened(bounds: WindowLimits = limits) {
  const questions: Question[] = [];
  const source = {
    fetch: (height: number, count: number) =>
      new Promise<readonly CertifiedBlock[] | null>((resolve) => {
        const answer = async (given: readonly CertifiedBlock[] | null): Promise<void> => {
          questions.splice(questions.indexOf(question), 1);
          resolve(given);
          await new Promise((done) => setImmediate(done));
        };
        const question = { height, count, answer };
        questions.push(question);
      }),
  };
  const window = new BlockWindow(source, bounds);
  const asked = () => questions.map(({ height, count }) => [height, count]);
  const answer = async (height: number, given: readonly CertifiedBlock[] | null) => {
    const question = questions.find((one) => one.height === height);
    if (question === undefined) throw new Error(`nobody asks for ${height}`);
    await question.answer(given);
  };
  return { window, asked, answer };
}

describe("what is fetched ahead", () => {
  test("is asked for in a few questions at a time, and no further than anybody claims", async () => {
    const { window, asked, answer } = opened();
    window.move(1, 34);
    expect(asked()).toEqual([
      [1, 10],
      [11, 10],
      [21, 10],
    ]);
    await answer(11, run(11, 10));
    expect(asked()).toEqual([
      [1, 10],
      [21, 10],
      [31, 4],
    ]);
    expect(window.at(11)?.from).toBe(honest);
    expect(window.at(1)).toBeNull();
  });

  test("is asked for again from where an answer ended", async () => {
    const { window, asked, answer } = opened();
    window.move(1, 20);
    await answer(1, run(1, 3));
    expect(asked()).toEqual([
      [11, 10],
      [4, 7],
    ]);
    expect((await window.next(3))?.block.header.height).toBe(3);
  });

  test("is bounded in heights and bytes, but for the one that comes next", async () => {
    const { window, asked, answer } = opened();
    window.move(1, 1_000_000);
    for (let height = 1; height <= 51; height += 10) await answer(height, run(height, 10));
    expect(asked()).toEqual([]);
    expect(window.bytes).toBe(60 * 100);
    window.move(5, 1_000_000);
    expect(window.bytes).toBe(56 * 100);
    expect(asked()).toEqual([[61, 4]]);

    const large = opened({ ...limits, aheadBytes: 2 * 1_048_576 + 1 });
    large.window.move(1, 1_000_000);
    expect(large.asked()).toHaveLength(3);
    await large.answer(11, run(11, 10, 1_048_576));
    await large.answer(21, run(21, 10, 1_048_576));
    expect(large.asked()).toEqual([[1, 10]]);
    await large.answer(1, null);
    large.window.move(1, 1_000_000);
    expect(large.asked()).toEqual([[1, 10]]);
    await large.answer(1, run(1, 10));
    expect(large.asked()).toEqual([]);
    large.window.move(21, 1_000_000);
    expect(large.asked()).toEqual([]);
    large.window.move(30, 1_000_000);
    expect(large.asked()).toEqual([
      [31, 10],
      [41, 10],
    ]);
  });

  test("is not kept where it was not asked for", async () => {
    const { window, answer } = opened();
    window.move(1, 15);
    await answer(11, [...run(11, 5), ...run(90, 3)]);
    expect(window.at(90)).toBeNull();
    expect(window.bytes).toBe(5 * 100);
    window.clear();
    expect(window.bytes).toBe(0);
    await answer(1, run(1, 10));
    expect(window.at(1)).toBeNull();
    expect(await window.next(1)).toBeNull();
  });

  test("is thrown away and asked for again where a liar gave it", async () => {
    const { window, asked, answer } = opened();
    window.move(1, 30);
    await answer(1, run(1, 10));
    await answer(11, run(11, 10, 100, liar));
    await answer(21, run(21, 10));
    window.dropFrom(liar);
    expect(window.bytes).toBe(20 * 100);
    window.move(1, 30);
    expect(asked()).toEqual([[11, 10]]);
  });

  test("that nobody could give is none, and whoever waits hears of it", async () => {
    const { window, answer } = opened();
    window.move(1, 5);
    const next = window.next(2);
    await answer(1, null);
    expect(await next).toBeNull();
  });
});
