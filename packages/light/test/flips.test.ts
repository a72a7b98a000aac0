// Whatever a stranger changes in what it passes on, nothing else is followed than what was decided.
import { decodeGenesis, encodeValidators } from "@tegata/ledger/chain";
import { LedgerError } from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, founded, type LightStep, trusted } from "../src/index.ts";
import { followedTo, heightAt, life } from "./helpers/chain.ts";

const inputs = ["header", "certificate", "validators"] as const;

function flipped(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const other = Uint8Array.from(bytes);
  other[at] = (other[at] as number) ^ mask;
  return other;
}

/** Every input in full; at heights where the set stays it may be given all the same. */
function wholeStep(height: number): LightStep & { readonly validators: Uint8Array } {
  const { step, validators } = heightAt(height);
  return { ...step, validators: encodeValidators(validators) };
}

const lights = life.heights.map((_, index) => followedTo(index));
const heights = fc.integer({ min: 1, max: life.heights.length });
const masks = fc.integer({ min: 1, max: 255 });

describe("bytes on their way", () => {
  test.each([1, 9, 10, 13])(
    "each byte of each input of height %i, changed in its lowest or highest bit, is noticed",
    (height) => {
      const light = lights[height - 1];
      if (light === undefined) throw new Error("no such height");
      const step = wholeStep(height);
      const before = structuredClone(light);
      let count = 0;
      for (const input of inputs) {
        for (let at = 0; at < step[input].length; at += 1) {
          for (const mask of [0x01, 0x80]) {
            const changed = { ...step, [input]: flipped(step[input], at, mask) };
            const verdict = advance(light, changed);
            expect(verdict.ok, `${input}, byte ${at}, mask ${mask}`).toBe(false);
            count += 1;
          }
        }
      }
      expect(count).toBeGreaterThan(500);
      expect(light).toEqual(before);
      expect(advance(light, step).ok).toBe(true);
    },
  );

  test("any change of any byte at any height is refused", () => {
    fc.assert(
      fc.property(
        heights,
        fc.constantFrom(...inputs),
        fc.nat(),
        masks,
        (height, input, at, mask) => {
          const light = lights[height - 1];
          const step = wholeStep(height);
          const bytes = flipped(step[input], at % step[input].length, mask);
          if (light !== undefined)
            expect(advance(light, { ...step, [input]: bytes }).ok).toBe(false);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("cut, extended, exchanged or invented bytes are refused and never thrown at", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .tuple(heights, fc.constantFrom(...inputs))
        .map(([height, input]) => wholeStep(height)[input]),
      fc
        .tuple(heights, fc.constantFrom(...inputs), fc.nat(600))
        .map(([height, input, end]) => wholeStep(height)[input].slice(0, end)),
    );
    fc.assert(
      fc.property(
        heights,
        bytes,
        bytes,
        fc.option(bytes),
        (height, header, certificate, validators) => {
          const light = lights[height - 1];
          if (light === undefined) return;
          const verdict = advance(light, { header, certificate, validators });
          if (!verdict.ok) return;
          expect(verdict.followed.blockId).toBe(heightAt(height).ballot.blockId);
          expect(verdict.light).toEqual(lights[height] ?? verdict.light);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a trusted header with a changed byte is refused, or nothing follows it", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), masks, (inHeader, at, mask) => {
        const { header, validators } = wholeStep(9);
        const part = inHeader ? header : validators;
        const changed = flipped(part, at % part.length, mask);
        const start = trusted({
          network: life.genesis.networkId,
          era: 0,
          header: inHeader ? changed : header,
          validators: inHeader ? validators : changed,
        });
        if (!start.ok) return;
        expect(advance(start.light, wholeStep(10)).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("a genesis with a changed byte is none, or founds a network without this history", () => {
    fc.assert(
      fc.property(fc.nat(life.genesis.bytes.length - 1), masks, (at, mask) => {
        const bytes = flipped(life.genesis.bytes, at, mask);
        try {
          expect(advance(founded(decodeGenesis(bytes)), wholeStep(1)).ok).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(LedgerError);
        }
      }),
      { numRuns: 100 },
    );
  });
});
