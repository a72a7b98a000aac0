import type { CommitCertificate } from "@tegata/consensus";
import {
  type BlockHeader,
  encodeHeader,
  encodeValidators,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import { type BlockId, encode, hashId, type NetworkId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { advance, founded, type LightRefusal, type LightStep, trusted } from "../src/index.ts";
import {
  bytesOf,
  certificateBytes,
  commitOf,
  decided,
  followedTo,
  genesisOf,
  heightAt,
  life,
  type Made,
  person,
  signatureOf,
  unsuspended,
} from "./helpers/chain.ts";

/** Seven validators, the height after which one of them is suspended. */
const whole = heightAt(9);
/** Seven validators, one of them suspended. */
const wounded = heightAt(10);
/** Six validators where seven were. */
const smaller = heightAt(13);

/** What comes of a step where it is given: a code, and with it the reason of consensus if there is one. */
function answer(made: Made, changed: Partial<LightStep>): string {
  const light = followedTo(made.header.height - 1);
  const before = structuredClone(light);
  const verdict = advance(light, { ...made.step, ...changed });
  expect(light).toEqual(before);
  if (verdict.ok) return "followed";
  const reason = verdict.code === "LIGHT_CERTIFICATE_VOTES" ? ` ${verdict.detail?.reason}` : "";
  return `${verdict.code}${reason}`;
}

const otherHash = hashId(bytesOf("another hash"));
const otherId = otherHash as string as BlockId;

describe("a header", () => {
  /** Field, another value, what a quorum that signs it could not get past; null where it is believed. */
  const fields: readonly (readonly [keyof BlockHeader, unknown, LightRefusal | null])[] = [
    ["height", 10, "LIGHT_HEIGHT"],
    ["height", 8, "LIGHT_HEIGHT"],
    ["timeMs", heightAt(8).header.timeMs, "LIGHT_TIME"],
    ["timeMs", whole.header.timeMs + 1, null],
    ["proposer", hashId(bytesOf("a stranger")), "LIGHT_PROPOSER"],
    ["previousBlockId", heightAt(7).ballot.blockId, "LIGHT_PREVIOUS_BLOCK"],
    ["previousBlockId", otherId, "LIGHT_PREVIOUS_BLOCK"],
    ["transactionsRoot", otherHash, null],
    ["changesRoot", otherHash, null],
    ["stateRoot", otherHash, null],
    ["validatorsHash", otherHash, "LIGHT_VALIDATORS_HASH"],
    ["validatorsHash", wounded.header.validatorsHash, "LIGHT_VALIDATORS_HASH"],
    ["nextValidatorsHash", otherHash, null],
    ["previousCertificateHash", otherHash, null],
    ["evidenceRoot", otherHash, null],
  ];

  test.each(fields)("with another %s (%s) is refused under the old certificate", (field, value) => {
    const header = encodeHeader({ ...whole.header, [field]: value });
    expect(answer(whole, { header })).toMatch(/^LIGHT_/);
  });

  test.each(fields)("with another %s (%s), signed by a quorum: %s", (field, value, code) => {
    const header: BlockHeader = { ...whole.header, [field]: value };
    const { step } = decided(life.genesis.networkId, header, whole.validators, false);
    expect(answer(whole, step)).toBe(code ?? "followed");
  });

  test("whose proposer is suspended is refused, whoever signs it", () => {
    const header = { ...wounded.header, proposer: person(6).member };
    const { step } = decided(life.genesis.networkId, header, wounded.validators, true);
    expect(answer(wounded, step)).toBe("LIGHT_PROPOSER");
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["another version", encode([2, 1])],
    ["a byte more", Uint8Array.from([...whole.step.header, 0])],
    ["a byte less", whole.step.header.slice(0, -1)],
    ["far too many bytes", new Uint8Array(100_000)],
    ["a certificate", whole.step.certificate],
  ])("that is %s is no header", (_, header) => {
    expect(answer(whole, { header })).toBe("LIGHT_HEADER_FORMAT");
  });

  test("of a later, an earlier or the same height is out of order", () => {
    const light = followedTo(8);
    for (const height of [7, 8, 10, 20]) {
      expect(advance(light, heightAt(height).step)).toMatchObject({ code: "LIGHT_HEIGHT" });
    }
  });

  test("of another network is refused from its first height on", () => {
    const other = founded(genesisOf(2));
    expect(advance(other, heightAt(1).step)).toMatchObject({ code: "LIGHT_PREVIOUS_BLOCK" });
  });
});

describe("a certificate", () => {
  const able = unsuspended(whole.validators);
  const five = able.slice(0, 5);
  const commitBy = (voters: readonly number[], changed: Partial<Made["ballot"]> = {}) =>
    commitOf({ ...whole.ballot, ...changed }, whole.validators, voters);
  const right = commitBy(five);
  type Signatures = CommitCertificate["signatures"];
  const withSignatures = (signatures: Signatures): CommitCertificate => ({ ...right, signatures });
  const rows = (...places: readonly number[]): Signatures =>
    places.map((place) => right.signatures[place] as Signatures[number]);
  const votes = (reason: string): string => `LIGHT_CERTIFICATE_VOTES CONSENSUS_${reason}`;
  const garbage = new Uint8Array(64).fill(7);

  test.each([
    ["a quorum", right, "followed"],
    ["all of them", commitBy(able), "followed"],
    ["a quorum of a later round", commitBy(five, { round: 3 }), "followed"],
    ["one too few", commitBy(five.slice(1)), votes("NO_QUORUM")],
    ["nobody", withSignatures([]), votes("NO_QUORUM")],
    ["one signer twice", withSignatures(rows(0, 0, 1, 2, 3, 4)), votes("NOT_SORTED")],
    ["one signer twice for a quorum", withSignatures(rows(0, 1, 2, 3, 3)), votes("NOT_SORTED")],
    ["signers out of order", withSignatures(rows(1, 0, 2, 3, 4)), votes("NOT_SORTED")],
    [
      "a quorum padded with garbage",
      withSignatures([...right.signatures, [6, garbage]]),
      votes("BAD_SIGNATURE"),
    ],
    [
      "a quorum and an index beyond the set",
      withSignatures([...right.signatures, [7, garbage]]),
      votes("UNKNOWN_VALIDATOR"),
    ],
    [
      "a signature under another's index",
      withSignatures([...rows(0, 1, 2, 3), [5, rows(4)[0]?.[1] ?? garbage]]),
      votes("BAD_SIGNATURE"),
    ],
    ["prevotes", commitBy(five, { type: "prevote" }), votes("BAD_SIGNATURE")],
    ["another era", commitBy(five, { era: 1 }), votes("BAD_SIGNATURE")],
    [
      "another network",
      commitBy(five, { network: otherHash as string as NetworkId }),
      votes("BAD_SIGNATURE"),
    ],
    ["a round nobody signed", { ...right, round: 1 }, votes("BAD_SIGNATURE")],
    ["the height before", { ...right, height: 8 }, votes("OTHER_HEIGHT")],
    ["signatures for another height", commitBy(five, { height: 8 }), votes("OTHER_HEIGHT")],
    [
      "two rounds mixed",
      withSignatures([...rows(0, 1, 2, 3), ...commitBy([4], { round: 1 }).signatures]),
      votes("BAD_SIGNATURE"),
    ],
    [
      "two heights mixed",
      withSignatures([...rows(0, 1, 2, 3), ...commitBy([4], { height: 8 }).signatures]),
      votes("BAD_SIGNATURE"),
    ],
    [
      "two blocks mixed",
      withSignatures([...rows(0, 1, 2, 3), ...commitBy([4], { blockId: otherId }).signatures]),
      votes("BAD_SIGNATURE"),
    ],
    ["another block", commitBy(five, { blockId: otherId }), "LIGHT_CERTIFICATE_BLOCK"],
    ["another block's signatures", { ...right, blockId: otherId }, "LIGHT_CERTIFICATE_BLOCK"],
    ["the block before", heightAt(8).commit, "LIGHT_CERTIFICATE_BLOCK"],
  ] satisfies readonly (readonly [string, CommitCertificate, string])[])(
    "of %s: %3$s",
    (_, commit, expected) => {
      expect(answer(whole, { certificate: certificateBytes(commit) })).toBe(expected);
    },
  );

  test.each([
    ["nothing", new Uint8Array(0)],
    ["a byte more", Uint8Array.from([...whole.step.certificate, 0])],
    ["a byte less", whole.step.certificate.slice(0, -1)],
    ["more bytes than any certificate has", new Uint8Array(65_537)],
    ["a header", whole.step.header],
    ["a null for its block", encode([9, 0, null, []])],
  ])("that is %s is none", (_, certificate) => {
    expect(answer(whole, { certificate })).toBe("LIGHT_CERTIFICATE_FORMAT");
  });

  test("with a suspended signer counts for nothing, although the others are a quorum", () => {
    const { ballot, validators } = wounded;
    const everybody = validators.map((_, index) => index);
    const certificate = certificateBytes(commitOf(ballot, validators, everybody));
    expect(answer(wounded, { certificate })).toBe(votes("SUSPENDED"));
    const able = unsuspended(validators);
    const without = certificateBytes(commitOf(ballot, validators, able));
    expect(answer(wounded, { certificate: without })).toBe("followed");
    const four = certificateBytes(commitOf(ballot, validators, able.slice(0, 4)));
    expect(answer(wounded, { certificate: four })).toBe(votes("NO_QUORUM"));
  });

  test("of the old set's quorum decides nothing where the set has grown", () => {
    const old = heightAt(3).validators;
    const grown = heightAt(4);
    expect([old.length, grown.validators.length]).toEqual([2, 3]);
    const voters = grown.validators.flatMap(({ key }, index) =>
      old.some((validator) => validator.key === key) ? [index] : [],
    );
    expect(voters).toHaveLength(2);
    const certificate = certificateBytes(commitOf(grown.ballot, grown.validators, voters));
    expect(answer(grown, { certificate })).toBe(votes("NO_QUORUM"));
  });

  test("of the old set, with the one who left, decides nothing where the set has shrunk", () => {
    const before = heightAt(12).validators;
    expect([before.length, smaller.validators.length]).toEqual([7, 6]);
    const commit = commitOf(smaller.ballot, before, unsuspended(before));
    expect(answer(smaller, { certificate: certificateBytes(commit) })).toMatch(
      /CONSENSUS_(?:BAD_SIGNATURE|UNKNOWN_VALIDATOR)$/,
    );
  });

  test("by a key that was replaced decides nothing", () => {
    const rekeyed = heightAt(12);
    const old = heightAt(11).validators;
    const { member, key } = person(1);
    const at = rekeyed.validators.findIndex((validator) => validator.member === member);
    const validator = old.find((each) => each.key === key);
    if (validator === undefined) throw new Error("the old key is in the old set");
    const everybody = unsuspended(rekeyed.validators);
    const commit = commitOf(rekeyed.ballot, rekeyed.validators, everybody);
    const signatures = commit.signatures.map(([voter, signature]) =>
      voter === at
        ? ([voter, signatureOf(rekeyed.ballot, validator, voter)] as const)
        : ([voter, signature] as const),
    );
    expect(answer(rekeyed, {})).toBe("followed");
    const certificate = certificateBytes({ ...commit, signatures });
    expect(answer(rekeyed, { certificate })).toBe(votes("BAD_SIGNATURE"));
  });
});

describe("a set of validators", () => {
  const { validators } = smaller;
  const first = validators[0];
  if (first === undefined) throw new Error("a set has a validator");

  test.each([
    ["empty", []],
    ["without one", validators.slice(1)],
    ["with one twice", [first, ...validators]],
    ["with a stranger", [...validators, { ...first, member: person(6).member }]],
    ["in another order", validators.toReversed()],
    ["with one more suspended", [{ ...first, suspended: true }, ...validators.slice(1)]],
    ["with another's member", [{ ...first, member: person(6).member }, ...validators.slice(1)]],
    ["of the height before", heightAt(12).validators],
  ])("that is %s is not the announced one", (_, set) => {
    expect(answer(smaller, { validators: encodeValidators(set) })).toBe("LIGHT_VALIDATORS_HASH");
  });

  test("has to be given where it changes", () => {
    expect(smaller.step.validators).not.toBeNull();
    expect(answer(smaller, { validators: null })).toBe("LIGHT_VALIDATORS_MISSING");
  });

  test("is checked where it does not change", () => {
    const set = encodeValidators(whole.validators.slice(1));
    expect(whole.step.validators).toBeNull();
    expect(answer(whole, { validators: set })).toBe("LIGHT_VALIDATORS_HASH");
  });

  test.each([
    ["empty", []],
    ["out of order", whole.validators.toReversed()],
    ["with a key twice", whole.validators.map((each) => ({ ...each, key: first.key }))],
  ])("that is %s is no set even where a quorum announced it", (_, set) => {
    const lie = encodeValidators(set);
    const next = decided(
      life.genesis.networkId,
      { ...whole.header, nextValidatorsHash: validatorsHashOf(set) },
      whole.validators,
      false,
    );
    const light = advance(followedTo(8), next.step);
    if (!light.ok) throw new Error(light.code);
    const header = {
      ...heightAt(10).header,
      previousBlockId: next.ballot.blockId,
      validatorsHash: validatorsHashOf(set),
    };
    const step = decided(life.genesis.networkId, header, whole.validators, false).step;
    expect(advance(light.light, { ...step, validators: lie })).toMatchObject({
      code: "LIGHT_VALIDATORS_FORMAT",
    });
  });

  test("announced falsely by a quorum stops the chain at the next height", () => {
    const header = { ...whole.header, nextValidatorsHash: otherHash };
    const lie = decided(life.genesis.networkId, header, whole.validators, false);
    const followed = advance(followedTo(8), lie.step);
    if (!followed.ok) throw new Error(followed.code);
    const honest = decided(
      life.genesis.networkId,
      { ...wounded.header, previousBlockId: lie.ballot.blockId },
      wounded.validators,
      true,
    );
    expect(advance(followed.light, honest.step)).toMatchObject({ code: "LIGHT_VALIDATORS_HASH" });
  });
});

describe("a trusted header", () => {
  const point = {
    network: life.genesis.networkId,
    era: 0,
    header: whole.step.header,
    validators: encodeValidators(whole.validators),
  };

  test("that is broken, or with a foreign set, is no beginning", () => {
    const header = point.header.slice(1);
    const validators = encodeValidators(wounded.validators);
    expect(trusted({ ...point, header })).toMatchObject({ code: "LIGHT_HEADER_FORMAT" });
    expect(trusted({ ...point, validators })).toMatchObject({ code: "LIGHT_VALIDATORS_HASH" });
  });

  test.each([
    ["network", { network: otherHash as string as NetworkId }],
    ["era", { era: 1 }],
  ])("of another %s does not go on with this chain", (_, changed) => {
    const start = trusted({ ...point, ...changed });
    if (!start.ok) throw new Error(start.code);
    expect(advance(start.light, wounded.step)).toMatchObject({
      code: "LIGHT_CERTIFICATE_VOTES",
      detail: { reason: "CONSENSUS_BAD_SIGNATURE" },
    });
  });
});
