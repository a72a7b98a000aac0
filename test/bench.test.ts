import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  batchRows,
  bestOf,
  type Calibration,
  driftOf,
  latencyLimit,
  quantile,
  recordUs,
  type Setting,
  type StageCosts,
  stageOf,
  submitUs,
  throughputLimit,
  validatorUs,
  type Work,
} from "../bench/formulas.ts";

const cost = fc.double({ min: 0.1, max: 10_000, noNaN: true });
const stage: fc.Arbitrary<StageCosts> = fc.record({
  decodeUs: cost,
  hashUs: cost,
  merkleUs: cost,
  storeUs: cost,
  sealUs: cost,
  jsonUs: cost,
  outboxUs: cost,
  handOverUs: cost,
  bytes: fc.integer({ min: 100, max: 1_000_000 }),
});
const calibrations: fc.Arbitrary<Calibration> = fc.record({
  verifyUs: cost,
  signUs: cost,
  syncMs: fc.double({ min: 0.01, max: 50, noNaN: true }),
  delayMs: fc.double({ min: 0.005, max: 5, noNaN: true }),
  diskBytesPerSecond: fc.double({ min: 1e6, max: 1e10, noNaN: true }),
  batch: stage,
  single: stage,
});
const settings: fc.Arbitrary<Setting> = fc.record({
  cores: fc.integer({ min: 1, max: 128 }),
  validators: fc.integer({ min: 1, max: 100 }),
  gateways: fc.integer({ min: 0, max: 100 }),
});
const slower = fc.double({ min: 1, max: 10, noNaN: true });
const cpuCosts = [
  "decodeUs",
  "hashUs",
  "merkleUs",
  "storeUs",
  "sealUs",
  "jsonUs",
  "outboxUs",
  "handOverUs",
] as const;

const works: fc.Arbitrary<Work> = fc.record({
  rowsPerCall: fc.integer({ min: 1, max: 500 }),
  rowsPerTransaction: fc.double({ min: 1, max: 500, noNaN: true }),
});

describe("the limit of a throughput", () => {
  test("is the least of its terms, and named after it", () => {
    fc.assert(
      fc.property(calibrations, works, settings, (calibration, work, setting) => {
        const { perSecond, term, terms } = throughputLimit(calibration, work, setting);
        const given = Object.values(terms).filter((value) => value !== null);
        expect(perSecond).toBe(Math.min(...given));
        expect(terms[term]).toBe(perSecond);
        expect(perSecond).toBeGreaterThan(0);
      }),
    );
  });

  test("never rises when any part becomes dearer", () => {
    fc.assert(
      fc.property(
        calibrations,
        works,
        settings,
        fc.constantFrom(...cpuCosts, "bytes" as const),
        slower,
        (calibration, work, setting, name, factor) => {
          const dearerStage = (one: StageCosts) => ({ ...one, [name]: one[name] * factor });
          const { single, batch } = calibration;
          const dearer = { ...calibration, single: dearerStage(single), batch: dearerStage(batch) };
          const before = throughputLimit(calibration, work, setting).perSecond;
          const after = throughputLimit(dearer, work, setting).perSecond;
          expect(after).toBeLessThanOrEqual(before * (1 + 1e-9));
        },
      ),
    );
  });

  test("never rises with validators on the machine, never falls with its cores", () => {
    fc.assert(
      fc.property(calibrations, works, settings, (calibration, work, setting) => {
        const limitOf = (changed: Partial<Setting>): number =>
          throughputLimit(calibration, work, { ...setting, ...changed }).perSecond;
        const here = limitOf({});
        expect(limitOf({ validators: setting.validators + 1 })).toBeLessThanOrEqual(here);
        expect(limitOf({ cores: setting.cores + 1 })).toBeGreaterThanOrEqual(here);
      }),
    );
  });

  test("leaves no more work than the cores have time for", () => {
    fc.assert(
      fc.property(calibrations, works, settings, (calibration, work, setting) => {
        const { perSecond } = throughputLimit(calibration, work, setting);
        const neededUs = perSecond * recordUs(calibration, work, setting);
        expect(neededUs).toBeLessThanOrEqual(setting.cores * 1e6 * (1 + 1e-9));
      }),
    );
  });

  test("counts every validator, and sealing, signing and the outbox only where a gateway works", () => {
    fc.assert(
      fc.property(calibrations, settings, (calibration, setting) => {
        const work: Work = { rowsPerCall: 1, rowsPerTransaction: 1 };
        const { single } = calibration;
        const without = { ...setting, gateways: 0 };
        const through = { ...setting, gateways: 1 };
        expect(submitUs(calibration, work, without)).toBeCloseTo(single.handOverUs, 5);
        const added = single.jsonUs + single.outboxUs + single.sealUs + calibration.signUs;
        const more = submitUs(calibration, work, through) - single.handOverUs;
        expect(more).toBeCloseTo(added, 5);
        const validating = recordUs(calibration, work, without) - single.handOverUs;
        const each = validatorUs(calibration, single);
        expect(validating).toBeCloseTo(setting.validators * each, 3);
      }),
    );
  });

  test("takes costs between one row and a hundred from the line through both", () => {
    fc.assert(
      fc.property(
        calibrations,
        fc.double({ min: 1, max: 100, noNaN: true }),
        (calibration, rows) => {
          expect(stageOf(calibration, 1)).toEqual(calibration.single);
          const { single, batch } = calibration;
          const stage = stageOf(calibration, rows);
          for (const name of cpuCosts) {
            const [low, high] = [
              Math.min(single[name], batch[name]),
              Math.max(single[name], batch[name]),
            ];
            expect(stage[name]).toBeGreaterThanOrEqual(low);
            expect(stage[name]).toBeLessThanOrEqual(high * (1 + 1e-9));
            expect(stageOf(calibration, 100)[name]).toBeCloseTo(batch[name], 6);
          }
        },
      ),
    );
  });
});

describe("the limit of a latency", () => {
  test("is the sum of its parts and grows with each", () => {
    fc.assert(
      fc.property(calibrations, settings, slower, (calibration, setting, factor) => {
        const limit = latencyLimit(calibration, setting);
        expect(limit.ms).toBeCloseTo(limit.delayMs + limit.syncMs + limit.cpuMs, 6);
        for (const name of ["verifyUs", "signUs", "syncMs", "delayMs"] as const) {
          const dearer = { ...calibration, [name]: calibration[name] * factor };
          expect(latencyLimit(dearer, setting).ms).toBeGreaterThanOrEqual(limit.ms);
        }
      }),
    );
  });

  test("is higher through a gateway than at the node's own door", () => {
    fc.assert(
      fc.property(calibrations, settings, (calibration, setting) => {
        const atNode = latencyLimit(calibration, { ...setting, gateways: 0 });
        const throughGateway = latencyLimit(calibration, { ...setting, gateways: 1 });
        expect(throughGateway.ms).toBeGreaterThan(atNode.ms);
      }),
    );
  });
});

/** Beyond the batch that is calibrated costs are drawn on, and two lines that are drawn on may cross. */
const measuredWorks = works.filter(
  ({ rowsPerCall, rowsPerTransaction }) => Math.max(rowsPerCall, rowsPerTransaction) <= batchRows,
);

describe("two calibrations", () => {
  test("give limits at least as high as each of them, so that noise flatters nobody", () => {
    fc.assert(
      fc.property(
        calibrations,
        calibrations,
        measuredWorks,
        settings,
        (before, after, work, setting) => {
          const best = bestOf(before, after);
          for (const one of [before, after]) {
            const limit = throughputLimit(one, work, setting).perSecond;
            const bestLimit = throughputLimit(best, work, setting).perSecond;
            expect(bestLimit).toBeGreaterThanOrEqual(limit * (1 - 1e-9));
            expect(latencyLimit(best, setting).ms).toBeLessThanOrEqual(
              latencyLimit(one, setting).ms * (1 + 1e-9),
            );
          }
        },
      ),
    );
  });

  test("are unsteady from a difference of more than 15 percent on, whichever comes first", () => {
    fc.assert(
      fc.property(calibrations, fc.double({ min: 0, max: 1, noNaN: true }), (before, share) => {
        const after = { ...before, verifyUs: before.verifyUs * (1 + share) };
        const drift = driftOf(before, after);
        expect(drift.share).toBeCloseTo(share, 6);
        expect(driftOf(after, before).share).toBeCloseTo(share, 6);
        if (Math.abs(share - 0.15) > 1e-6) expect(drift.unsteady).toBe(share > 0.15);
      }),
    );
  });

  test("are steady when they are the same", () => {
    fc.assert(
      fc.property(calibrations, (one) => {
        expect(driftOf(one, one)).toMatchObject({ share: 0, unsteady: false });
        expect(bestOf(one, one)).toEqual(one);
      }),
    );
  });
});

describe("a quantile", () => {
  test("is one of the samples, with as many below as it says", () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const value = quantile(all, share) as number;
        expect(all).toContain(value);
        const atMost = all.filter((sample) => sample <= value).length;
        expect(atMost).toBeGreaterThanOrEqual(share * all.length - 1e-6);
        expect(quantile(all, 1)).toBe(Math.max(...all));
      }),
    );
  });

  test("does not exist without samples", () => {
    expect(quantile([], 0.5)).toBeNull();
  });
});
