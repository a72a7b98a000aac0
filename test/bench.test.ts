import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bestOf,
  type Calibration,
  driftOf,
  latencyLimit,
  quantile,
  type Setting,
  type StageCosts,
  submitUs,
  throughputLimit,
  validatorUs,
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

describe("the limit of a throughput", () => {
  test("is the least of its terms, and named after it", () => {
    fc.assert(
      fc.property(calibrations, settings, (calibration, setting) => {
        const { perSecond, term, terms } = throughputLimit(calibration, calibration.batch, setting);
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
        settings,
        fc.constantFrom(...cpuCosts, "bytes" as const),
        slower,
        (calibration, setting, name, factor) => {
          const { single } = calibration;
          const dearer = { ...single, [name]: single[name] * factor };
          const before = throughputLimit(calibration, single, setting).perSecond;
          const after = throughputLimit(calibration, dearer, setting).perSecond;
          expect(after).toBeLessThanOrEqual(before * (1 + 1e-9));
        },
      ),
    );
  });

  test("never rises with validators on the machine, never falls with its cores", () => {
    fc.assert(
      fc.property(calibrations, settings, (calibration, setting) => {
        const limitOf = (changed: Partial<Setting>): number =>
          throughputLimit(calibration, calibration.batch, { ...setting, ...changed }).perSecond;
        const here = limitOf({});
        expect(limitOf({ validators: setting.validators + 1 })).toBeLessThanOrEqual(here);
        expect(limitOf({ cores: setting.cores + 1 })).toBeGreaterThanOrEqual(here);
      }),
    );
  });

  test("leaves no more work than the cores have time for", () => {
    fc.assert(
      fc.property(calibrations, settings, (calibration, setting) => {
        const { single } = calibration;
        const { perSecond } = throughputLimit(calibration, single, setting);
        const each =
          setting.validators * validatorUs(calibration, single) +
          submitUs(calibration, single, setting);
        expect(perSecond * each).toBeLessThanOrEqual(setting.cores * 1e6 * (1 + 1e-9));
      }),
    );
  });

  test("counts sealing, signing and the outbox only where a gateway works", () => {
    fc.assert(
      fc.property(calibrations, settings, (calibration, setting) => {
        const { batch } = calibration;
        const without = submitUs(calibration, batch, { ...setting, gateways: 0 });
        const through = submitUs(calibration, batch, { ...setting, gateways: 1 });
        expect(without).toBe(batch.handOverUs);
        const added = batch.jsonUs + batch.outboxUs + batch.sealUs + calibration.signUs;
        expect(through - without).toBeCloseTo(added, 5);
      }),
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

describe("two calibrations", () => {
  test("give limits at least as high as each of them, so that noise flatters nobody", () => {
    fc.assert(
      fc.property(calibrations, calibrations, settings, (before, after, setting) => {
        const best = bestOf(before, after);
        for (const one of [before, after]) {
          const limit = throughputLimit(one, one.single, setting).perSecond;
          const bestLimit = throughputLimit(best, best.single, setting).perSecond;
          expect(bestLimit).toBeGreaterThanOrEqual(limit * (1 - 1e-9));
          expect(latencyLimit(best, setting).ms).toBeLessThanOrEqual(
            latencyLimit(one, setting).ms * (1 + 1e-9),
          );
        }
      }),
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
