import type { MemberId } from "@tegata/ledger/primitives";
import { beforeEach, describe, expect, test } from "vitest";
import { ClockWatch } from "../../src/host/clock-watch.ts";
import { createLog } from "../../src/log.ts";

const [one, two, three] = ["a", "b", "c"].map((letter) => letter.repeat(64) as MemberId) as [
  MemberId,
  MemberId,
  MemberId,
];
const hourMs = 3_600_000;
const nowMs = 1_800_000_000_000;

let lines: string[];
let see: (proposer: MemberId, timeMs: number, machineMs: number) => void;
let aheadMs: () => number | null;
let seeOfTwo: (timeMs: number, machineMs: number) => void;
let connect: (machineMs: number) => void;

beforeEach(() => {
  lines = [];
  const log = createLog("info", { write: (line) => void lines.push(JSON.parse(line).msg) });
  const watch = new ClockWatch(log);
  see = (proposer, timeMs, machineMs) => watch.see(proposer, timeMs, machineMs, 4);
  aheadMs = () => watch.aheadMs;
  connect = (machineMs) => watch.onConnected(machineMs);
  seeOfTwo = (timeMs, machineMs) => watch.see(one, timeMs, machineMs, 2);
});

describe("a clock among four", () => {
  test("is right while blocks come from about now", () => {
    for (const proposer of [one, two, three]) see(proposer, nowMs - 800, nowMs);
    expect(aheadMs()).toBe(null);
    expect(lines).toEqual([]);
  });

  test.each([
    ["ahead", hourMs],
    ["behind", -24 * hourMs],
  ])("that is %s is told once, and once more when it is right", (_, offMs) => {
    see(one, nowMs, nowMs + offMs);
    expect(aheadMs()).toBe(null);
    see(two, nowMs, nowMs + offMs);
    see(three, nowMs, nowMs + offMs);
    expect(aheadMs()).toBe(offMs);
    for (const proposer of [one, two, three]) see(proposer, nowMs, nowMs);
    expect(aheadMs()).toBe(null);
    expect(lines).toEqual([
      "clock off: this machine's clock is not the network's; run NTP",
      "the clock is right again",
    ]);
  });

  test("is right although one other's is wrong", () => {
    see(one, nowMs + hourMs, nowMs);
    see(two, nowMs, nowMs);
    see(three, nowMs, nowMs);
    see(one, nowMs + hourMs, nowMs);
    expect(aheadMs()).toBe(null);
  });

  test("is off although one other's is wrong in the same way", () => {
    see(one, nowMs + hourMs, nowMs + hourMs);
    see(two, nowMs, nowMs + hourMs);
    see(three, nowMs, nowMs + hourMs);
    expect(aheadMs()).toBe(hourMs);
  });
});

describe("a clock of two companies", () => {
  test("is right although the other's proposal waited a minute for this node to come back", () => {
    connect(nowMs);
    seeOfTwo(nowMs - 60_000, nowMs + 800);
    expect(aheadMs()).toBe(null);
    seeOfTwo(nowMs + 2_000, nowMs + 2_400);
    expect(aheadMs()).toBe(null);
    expect(lines).toEqual([]);
  });

  test("that is a minute ahead is told by the first proposal that cannot have waited", () => {
    connect(nowMs + 60_000);
    seeOfTwo(nowMs, nowMs + 60_000);
    expect(aheadMs()).toBe(null);
    seeOfTwo(nowMs + 16_000, nowMs + 76_000);
    expect(aheadMs()).toBe(60_000);
  });

  test("that is behind is told at once, because no proposal comes from the future by waiting", () => {
    connect(nowMs - hourMs);
    seeOfTwo(nowMs, nowMs - hourMs);
    expect(aheadMs()).toBe(-hourMs);
  });

  test("that was set back since the connection is told", () => {
    connect(nowMs + hourMs);
    seeOfTwo(nowMs - 60_000, nowMs);
    expect(aheadMs()).toBe(60_000);
  });
});
