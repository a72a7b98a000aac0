// From the genesis to a late block by way of the heights alone at which the validators changed.
import { encodeValidators, type SetChange } from "@tegata/ledger/chain";
import { hashId } from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  founded,
  type Light,
  type LightRefusal,
  type LightVerdict,
  reach,
  stepTo,
} from "../src/index.ts";
import {
  certificateBytes,
  chainOf,
  commitOf,
  decided,
  followedTo,
  genesisOf,
  heightAt,
  life,
  lifePlans,
  type Made,
  person,
  unsuspended,
} from "./helpers/chain.ts";

const end = life.heights.length;

function stepOf(made: Made, next: Made): SetChange {
  const { header, certificate } = made.step;
  return { header, certificate, nextValidators: encodeValidators(next.validators) };
}

/** What leads from one height to another: every height from the first on, below the second. */
function stepsBetween(first: number, height: number): readonly SetChange[] {
  return life.heights
    .slice(first - 1, height - 1)
    .filter(({ header }) => header.validatorsHash !== header.nextValidatorsHash)
    .map((made) => stepOf(made, heightAt(made.header.height + 1)));
}

const start = founded(life.genesis);
const steps = stepsBetween(1, end);
const last = heightAt(end).step;
const goal = { header: last.header, certificate: last.certificate };

function codeOf(verdict: LightVerdict): LightRefusal | "reached" {
  return verdict.ok ? "reached" : verdict.code;
}

/** The step at this place of the way, changed. */
function with_(at: number, changed: Partial<SetChange>): readonly SetChange[] {
  const step = steps[at];
  if (step === undefined) throw new Error(`there is no step ${at}`);
  return steps.with(at, { ...step, ...changed });
}

function longer(bytes: Uint8Array | undefined): Uint8Array {
  return Uint8Array.from([...(bytes ?? []), 0]);
}

describe("reaching a block by steps", () => {
  test("every height is reached from the genesis as if each one before it had been followed", () => {
    expect(steps.length).toBe(14);
    for (const { header, step } of life.heights) {
      const { height } = header;
      const verdict = reach(start, stepsBetween(1, height), step);
      if (!verdict.ok) throw new Error(`${height}: ${verdict.code}`);
      expect(verdict.light).toEqual(followedTo(height));
      expect(verdict.followed.header).toEqual(header);
    }
  });

  test("it goes on from wherever somebody is whose set stays for a height", () => {
    for (const height of [1, 8, 10]) {
      const verdict = reach(followedTo(height), stepsBetween(height + 1, end), goal);
      expect(verdict).toMatchObject({ ok: true, light: followedTo(end) });
    }
    const amid = reach(followedTo(9), stepsBetween(10, end), goal);
    expect(codeOf(amid)).toBe("LIGHT_VALIDATORS_MISSING");
  });

  test("heights that change nothing are left out, those that do are not", () => {
    const light = followedTo(7);
    const given = (height: number) => ({
      ...heightAt(height).step,
      validators: encodeValidators(heightAt(height).validators),
    });
    expect(codeOf(stepTo(light, given(9)))).toBe("reached");
    expect(codeOf(stepTo(light, given(10)))).toBe("LIGHT_VALIDATORS_HASH");
    for (const height of [6, 7]) {
      expect(codeOf(stepTo(light, heightAt(height).step))).toBe("LIGHT_HEIGHT");
    }
  });

  test("a block of the very next height has to continue the one that is known", () => {
    const made = heightAt(9);
    const header = { ...made.header, previousBlockId: heightAt(7).ballot.blockId };
    const { step } = decided(life.genesis.networkId, header, made.validators, false);
    expect(codeOf(stepTo(followedTo(8), step))).toBe("LIGHT_PREVIOUS_BLOCK");
    expect(codeOf(stepTo(followedTo(7), { ...step, validators: sevenBytes }))).toBe("reached");
  });
});

const sevenBytes = encodeValidators(heightAt(8).validators);
/** Place of the step at which the liar is suspended. */
const suspension = steps.findIndex(({ header }) => header === heightAt(9).step.header);
const nine = heightAt(9);
const twice = steps.flatMap((step, at) => (at === suspension ? [step, step] : [step]));
const other = (() => {
  const genesis = genesisOf(2);
  const heights = chainOf(genesis, lifePlans.slice(0, 3));
  return stepOf(heights[1] as Made, heights[2] as Made);
})();

/** A quorum that signs another next set than it should, or none. */
function announcing(nextValidatorsHash: string): SetChange {
  const header = {
    ...nine.header,
    nextValidatorsHash: hashId(Buffer.from(nextValidatorsHash, "hex")),
  };
  const { step } = decided(life.genesis.networkId, header, nine.validators, false);
  return {
    ...(steps[suspension] as SetChange),
    header: step.header,
    certificate: step.certificate,
  };
}

function certificateOf(made: Made, by: Made): Uint8Array {
  return certificateBytes(commitOf(made.ballot, by.validators, unsuspended(by.validators)));
}

describe("steps that do not lead there", () => {
  test.each([
    ["none at all", [], "LIGHT_VALIDATORS_HASH"],
    ["the first is missing", steps.slice(1), "LIGHT_VALIDATORS_HASH"],
    ["one in the middle is missing", steps.toSpliced(suspension, 1), "LIGHT_VALIDATORS_HASH"],
    ["the last is missing", steps.slice(0, -1), "LIGHT_VALIDATORS_HASH"],
    [
      "two have changed places",
      [...steps.slice(0, 2).toReversed(), ...steps.slice(2)],
      "LIGHT_VALIDATORS_HASH",
    ],
    ["all are in reverse", steps.toReversed(), "LIGHT_VALIDATORS_HASH"],
    ["one comes twice", twice, "LIGHT_HEIGHT"],
    ["one comes from another network", [other, ...steps], "LIGHT_VALIDATORS_HASH"],
    [
      "the block itself is a step",
      [...steps, { ...goal, nextValidators: sevenBytes }],
      "LIGHT_SET_UNCHANGED",
    ],
    [
      "one changes nothing",
      steps.toSpliced(suspension, 0, stepOf(heightAt(8), nine)),
      "LIGHT_SET_UNCHANGED",
    ],
    [
      "the set before is given for the one after",
      with_(suspension, { nextValidators: encodeValidators(nine.validators) }),
      "LIGHT_VALIDATORS_HASH",
    ],
    [
      "a stranger stands in the last set",
      with_(steps.length - 1, {
        nextValidators: encodeValidators([
          { member: person(6).member, key: person(6).key, suspended: false },
        ]),
      }),
      "LIGHT_VALIDATORS_HASH",
    ],
    [
      "a set has a byte more",
      with_(3, { nextValidators: longer(steps[3]?.nextValidators) }),
      "LIGHT_VALIDATORS_HASH",
    ],
    [
      "a set is empty bytes",
      with_(3, { nextValidators: new Uint8Array(0) }),
      "LIGHT_VALIDATORS_HASH",
    ],
    [
      "a header has a byte more",
      with_(3, { header: longer(steps[3]?.header) }),
      "LIGHT_HEADER_FORMAT",
    ],
    [
      "a certificate has a byte more",
      with_(3, { certificate: longer(steps[3]?.certificate) }),
      "LIGHT_CERTIFICATE_FORMAT",
    ],
    [
      "a certificate is far too long",
      with_(3, { certificate: new Uint8Array(65_537) }),
      "LIGHT_CERTIFICATE_FORMAT",
    ],
    [
      "a certificate is another step's",
      with_(3, { certificate: steps[4]?.certificate ?? sevenBytes }),
      "LIGHT_CERTIFICATE_BLOCK",
    ],
    [
      "the set that comes after certifies the step",
      with_(2, { certificate: certificateOf(heightAt(4), heightAt(5)) }),
      "LIGHT_CERTIFICATE_VOTES",
    ],
    [
      "the set before certifies the step",
      with_(2, { certificate: certificateOf(heightAt(4), heightAt(3)) }),
      "LIGHT_CERTIFICATE_VOTES",
    ],
    [
      "too few certify the step",
      with_(suspension, {
        certificate: certificateBytes(commitOf(nine.ballot, nine.validators, [0, 1, 2, 3])),
      }),
      "LIGHT_CERTIFICATE_VOTES",
    ],
    [
      "a quorum announces a set that is not given",
      steps.with(suspension, announcing("ab".repeat(32))),
      "LIGHT_VALIDATORS_HASH",
    ],
    [
      "a quorum announces no change",
      steps.with(suspension, announcing(nine.header.validatorsHash)),
      "LIGHT_SET_UNCHANGED",
    ],
  ] satisfies readonly (readonly [string, readonly SetChange[], LightRefusal])[])(
    "%s: %3$s",
    (_, given, expected) => {
      const before = structuredClone(start);
      expect(codeOf(reach(start, given, goal))).toBe(expected);
      expect(start).toEqual(before);
    },
  );

  test("a block decided by the set before the last change is not reached with that change", () => {
    const old = heightAt(end - 2);
    const late = { ...heightAt(end).header, validatorsHash: old.header.validatorsHash };
    const { step } = decided(life.genesis.networkId, late, old.validators, false);
    expect(codeOf(reach(start, steps, step))).toBe("LIGHT_VALIDATORS_HASH");
  });

  test("more steps than a proof has are not even looked at", () => {
    const none = { header: new Uint8Array(0), certificate: new Uint8Array(0) };
    const many = (count: number): readonly SetChange[] =>
      Array.from({ length: count }, () => ({ ...none, nextValidators: none.header }));
    expect(codeOf(reach(start, many(4_097), goal))).toBe("LIGHT_STEPS");
    expect(codeOf(reach(start, many(4_096), goal))).toBe("LIGHT_HEADER_FORMAT");
  });
});

describe("whatever a stranger does to the steps", () => {
  const inputs = ["header", "certificate", "nextValidators"] as const;
  const reachable: Light = followedTo(end);

  test("any other choice or order of them leads nowhere", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(steps.length - 1), { maxLength: 20 }), (places) => {
        const given = places.map((place) => steps[place] as SetChange);
        const isWay = places.length === steps.length && places.every((place, at) => place === at);
        expect(reach(start, given, goal).ok).toBe(isWay);
      }),
      { numRuns: 300 },
    );
  });

  test("a step left out, put in twice or exchanged for another is noticed", () => {
    const place = fc.nat(steps.length - 1);
    fc.assert(
      fc.property(place, place, fc.constantFrom("out", "twice", "exchanged"), (at, to, deed) => {
        const step = steps[at] as SetChange;
        const given =
          deed === "out"
            ? steps.toSpliced(at, 1)
            : deed === "twice"
              ? steps.toSpliced(to, 0, step)
              : steps.with(at, steps[to] as SetChange).with(to, step);
        const isWay = deed === "exchanged" && at === to;
        expect(reach(start, given, goal).ok).toBe(isWay);
      }),
      { numRuns: 200 },
    );
  });

  test("any change of any byte of any step is refused", () => {
    fc.assert(
      fc.property(
        fc.nat(steps.length - 1),
        fc.constantFrom(...inputs),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (place, input, at, mask) => {
          const bytes = Uint8Array.from(steps[place]?.[input] ?? []);
          const index = at % bytes.length;
          bytes[index] = (bytes[index] as number) ^ mask;
          expect(reach(start, with_(place, { [input]: bytes }), goal).ok).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
    expect(reach(start, steps, goal)).toMatchObject({ ok: true, light: reachable });
  });

  test("invented bytes are refused and never thrown at", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.constantFrom(...steps.flatMap((step) => inputs.map((input) => step[input]))),
    );
    const change = fc.record({ header: bytes, certificate: bytes, nextValidators: bytes });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 4 }),
        bytes,
        bytes,
        (given, header, certificate) => {
          expect(reach(start, given, { header, certificate }).ok).toBe(
            given.length === 0 &&
              header === steps[0]?.header &&
              certificate === steps[0].certificate,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
