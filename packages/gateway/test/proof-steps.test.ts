import { encodeValidators, type SetChange } from "@tegata/ledger/chain";
import { hashId, sha256 } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { founded, reach } from "../../light/src/index.ts";
import { heightAt, life, type Made } from "../../light/test/helpers/chain.ts";
import { readSteps } from "../src/proof-steps.ts";

const start = founded(life.genesis);
const founders = start.validatorsHash;

interface Change extends SetChange {
  readonly height: number;
}

function changeOf({ header, step }: Made): Change {
  const { height } = header;
  const nextValidators = encodeValidators(heightAt(height + 1).validators);
  return { height, header: step.header, certificate: step.certificate, nextValidators };
}

const changes = life.heights
  .filter(({ header }) => header.validatorsHash !== header.nextValidatorsHash)
  .map(changeOf);

/** What a node answers that gives so many at a time of what it holds. */
function nodeOf(held: readonly Change[], countMax: number) {
  return {
    asked: 0,
    async setChanges(heightFirst: number, heightEnd: number) {
      this.asked += 1;
      const found = held.filter(({ height }) => height >= heightFirst && height < heightEnd);
      return { changes: found.slice(0, countMax), more: found.length > countMax };
    },
  };
}

const last = heightAt(life.heights.length);

describe("the steps of a proof", () => {
  test.each([1, 3, 100])(
    "are read from the node, %i at a time, and lead to the block",
    async (countMax) => {
      const node = nodeOf(changes, countMax);
      const steps = await readSteps(node, founders, last.header);
      expect(node.asked).toBe(Math.ceil(changes.length / countMax));
      expect(reach(start, steps, last.step)).toMatchObject({ ok: true });
    },
  );

  test("are those below the block, for each height", async () => {
    for (const { header, step } of life.heights) {
      const steps = await readSteps(nodeOf(changes, 4), founders, header);
      expect(steps).toHaveLength(changes.filter(({ height }) => height < header.height).length);
      expect(reach(start, steps, step).ok).toBe(true);
    }
  });

  test("with a gap, as a store older than its index has, are no proof", async () => {
    for (const at of changes.keys()) {
      const held = changes.toSpliced(at, 1);
      await expect(readSteps(nodeOf(held, 4), founders, last.header)).rejects.toMatchObject({
        code: "GATEWAY_PROOF_GAP",
        detail: { height: last.header.height },
      });
    }
    const foreign = hashId(sha256(new Uint8Array(1)));
    await expect(readSteps(nodeOf([], 4), foreign, heightAt(1).header)).rejects.toMatchObject({
      code: "GATEWAY_PROOF_GAP",
    });
  });

  test("that are more than a proof holds are refused before all are read", async () => {
    const [first] = changes as [Change];
    const many = Array.from({ length: 9_000 }, (_, index) => ({ ...first, height: index + 1 }));
    const node = nodeOf(many, 1_000);
    const header = { ...last.header, height: 10_000 };
    await expect(readSteps(node, founders, header)).rejects.toMatchObject({
      code: "GATEWAY_PROOF_TOO_LONG",
      detail: { height: 10_000, most: 4_096 },
    });
    expect(node.asked).toBe(5);
  });
});
