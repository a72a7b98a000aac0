import { encodeValidators, genesisValidators } from "@tegata/ledger/chain";
import { describe, expect, test } from "vitest";
import { advance, founded, type Light, trusted, verifyCommit } from "../src/index.ts";
import { followedTo, heightAt, life, person } from "./helpers/chain.ts";

/** Follows what a server gives, from its first height to its last. */
function followed(start: Light, from: number): readonly Light[] {
  const lights: Light[] = [];
  let light = start;
  for (const { step } of life.heights.slice(from)) {
    const verdict = advance(light, step);
    if (!verdict.ok) throw new Error(`height ${light.height + 1}: ${verdict.code}`);
    light = verdict.light;
    lights.push(light);
  }
  return lights;
}

describe("following a chain", () => {
  test("a set that grows from one to seven and shrinks again is followed from the genesis", () => {
    const lights = followed(founded(life.genesis), 0);
    const sizes = lights.map(({ validators }) => validators.length);
    expect(sizes).toEqual([1, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 6, 5, 4, 3, 3, 2, 1, 1]);
    for (const [index, light] of lights.entries()) {
      const { validators, header, ballot } = heightAt(index + 1);
      expect(light.validators).toEqual(validators);
      expect(light).toMatchObject({
        network: life.genesis.networkId,
        era: 0,
        height: index + 1,
        blockId: ballot.blockId,
        timeMs: header.timeMs,
        nextValidatorsHash: header.nextValidatorsHash,
      });
    }
    expect(lights.at(-1)?.validators[0]?.key).toBe(person(1).spare.publicKey);
  });

  test("it begins with the founders at height 0, under the network's id", () => {
    expect(founded(life.genesis)).toMatchObject({
      height: 0,
      blockId: life.genesis.networkId,
      timeMs: life.genesis.timeMs,
      validators: genesisValidators(life.genesis),
    });
  });

  test("each height says which block was decided and by whom", () => {
    const { step, header, ballot, commit, validators } = heightAt(9);
    const verdict = advance(followedTo(8), step);
    expect(verdict.ok && verdict.followed).toEqual({
      blockId: ballot.blockId,
      header,
      signers: commit.signatures.map(([voter]) => validators[voter]),
    });
  });

  test("a trusted header with its validators is as good a beginning as the genesis", () => {
    const end = followed(founded(life.genesis), 0).at(-1);
    for (const { step, validators, header } of life.heights) {
      const start = trusted({
        network: life.genesis.networkId,
        era: 0,
        header: step.header,
        validators: encodeValidators(validators),
      });
      if (!start.ok) throw new Error(start.code);
      expect(start.light).toEqual(followedTo(header.height));
      expect(followed(start.light, header.height).at(-1) ?? start.light).toEqual(end);
    }
  });

  test("the state is plain data: written down and read back it goes on alike", () => {
    const light = followedTo(11);
    const kept = JSON.parse(JSON.stringify(light)) as Light;
    expect(kept).toEqual(light);
    expect(advance(kept, heightAt(12).step)).toEqual(advance(light, heightAt(12).step));
    expect(JSON.stringify(light).length).toBeLessThan(3_000);
  });

  test("validators given although they did not change are checked and taken", () => {
    const { step, validators } = heightAt(9);
    const again = { ...step, validators: encodeValidators(validators) };
    expect(advance(followedTo(8), again)).toEqual(advance(followedTo(8), step));
  });

  test("a suspended validator counts in the quorum and signs nothing", () => {
    const { validators, commit } = heightAt(10);
    const suspended = validators.findIndex((validator) => validator.suspended);
    expect(validators[suspended]?.member).toBe(person(6).member);
    expect(commit.signatures).toHaveLength(5);
    expect(commit.signatures.map(([voter]) => voter)).not.toContain(suspended);
    expect(followedTo(10).validators[suspended]?.suspended).toBe(true);
  });

  test("a certificate alone is verified against a given set", () => {
    const { step, ballot, validators } = heightAt(9);
    const { network, era, height, blockId } = ballot;
    const decided = { network, era, height, blockId, validators };
    expect(verifyCommit(step.certificate, decided)).toMatchObject({ ok: true });
    expect(verifyCommit(step.certificate, { ...decided, era: 1 })).toMatchObject({
      code: "LIGHT_CERTIFICATE_VOTES",
    });
  });
});
