import type { Validator } from "@tegata/consensus";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";
import { expect, test } from "vitest";
import { LagWatch } from "../../src/host/lag-watch.ts";

const idOf = (index: number): string => `${index}`.repeat(64);
const validators = [1, 2, 3, 4].map(
  (index): Validator => ({
    member: idOf(index) as MemberId,
    key: idOf(index) as PublicKey,
    suspended: index === 4,
  }),
);

test("one validator, one that is suspended and one that is none do not make a node keep silent, two do", () => {
  const watch = new LagWatch();
  for (const index of [1, 4, 5]) watch.report(validators, idOf(index) as MemberId, 90);
  expect(watch.isBehind(80, 4)).toBe(false);
  watch.report(validators, idOf(2) as MemberId, 80);
  expect(watch.isBehind(80, 4)).toBe(true);
  expect(watch.isBehind(81, 4)).toBe(false);
});

test("claims are forgotten when the validators change", () => {
  const watch = new LagWatch();
  for (const index of [1, 2]) watch.report(validators, idOf(index) as MemberId, 90);
  expect(watch.isBehind(80, 4)).toBe(true);
  watch.report(validators.slice(1), idOf(2) as MemberId, 90);
  expect(watch.isBehind(80, 3)).toBe(true);
  expect(watch.isBehind(80, 4)).toBe(false);
});
