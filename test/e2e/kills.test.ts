import { expect, test } from "vitest";
import { drawKills, victims } from "../chaos/kill-plan.ts";
import { runKills } from "../chaos/kills.ts";

test("ten times kill -9 at an acknowledgement that a seed draws: everything acknowledged is committed and read, once", async () => {
  const kills = drawKills(victims, 10, 1, 4);
  // Of each sort one, and some before everybody has recovered from the one before.
  expect(new Set(kills.map(({ victim }) => victim))).toEqual(new Set(victims));
  expect(kills.some(({ isHasty }) => isHasty)).toBe(true);
  const { strokes, counts } = await runKills({ kills, keep: null, say: () => undefined });
  expect(strokes.map(({ kill }) => kill)).toEqual(kills);
  const { acknowledged, height, ...others } = counts;
  expect(acknowledged).toBeGreaterThan(0);
  expect(others).toEqual({
    committed: acknowledged,
    readable: acknowledged,
    lost: 0,
    doubled: 0,
    misplaced: 0,
    chains: 1,
  });
});
