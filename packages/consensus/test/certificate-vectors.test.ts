// S14: each kind of certificate put wrong in every way that somebody once got wrong, and all of it refused,
// whatever is right about the rest.
import type { BlockId, NetworkId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { realSigning } from "../sim/signing.ts";
import { memberOf } from "../sim/world.ts";
import {
  type Certificate,
  type Validator,
  type Vote,
  type VotingContext,
  validatorSet,
  verifyCertificate,
  voteSignBytes,
} from "../src/index.ts";
import { a, b, network } from "./helpers/script.ts";

const other = "77".repeat(32) as NetworkId;
const [height, round] = [5, 2];
/** Seven validators, the last of which is suspended; an eighth key is nobody's. */
const signing = realSigning(8);
const validators: readonly Validator[] = signing.keys.slice(0, 7).map((key, index) => ({
  member: memberOf(index),
  key,
  suspended: index === 6,
}));
const context: VotingContext = { network, era: 0, height, validators: validatorSet(validators) };

/** A vote as it stands in a certificate, and how it came to its signature. */
interface Row {
  readonly voter: number;
  readonly type: Vote["type"];
  readonly blockId: BlockId | null;
  readonly signature: Uint8Array;
}

type Kind = "commit" | "polka" | "precommits" | "skip";
const kinds: readonly Kind[] = ["commit", "polka", "precommits", "skip"];

const typeIn = (kind: Kind): Vote["type"] => (kind === "polka" ? "prevote" : "precommit");

/** What is signed in place of what the row says. */
interface Lie extends Partial<Vote> {
  readonly network?: NetworkId;
  readonly era?: number;
  readonly signer?: number;
}

function row(kind: Kind, voter: number, lie: Lie = {}): Row {
  const { network: signedFor = network, era = 0, signer = voter, ...changes } = lie;
  const said = { type: typeIn(kind), height, round, blockId: a, voter };
  const signed = { ...said, ...changes };
  const signature = signing.sign(signer, () => voteSignBytes(signed, signedFor, era));
  return { voter, type: said.type, blockId: a, signature };
}

function certificate(kind: Kind, rows: readonly Row[], changes: object = {}): Certificate {
  const place = { height, round };
  if (kind === "skip" || kind === "precommits") {
    const votes = rows.map(
      ({ voter, type, blockId, signature }) => [voter, type, blockId, signature] as const,
    );
    return { type: "round", reason: kind, ...place, votes, ...changes };
  }
  const signatures = rows.map(({ voter, signature }) => [voter, signature] as const);
  return { type: typeIn(kind), ...place, blockId: a, signatures, ...changes } as Certificate;
}

/** As few rows as the kind needs. */
function enough(kind: Kind): readonly Row[] {
  return [0, 1, 2, 3, 4].slice(kind === "skip" ? 2 : 0).map((voter) => row(kind, voter));
}

const accepts = (given: Certificate, judged: VotingContext = context): boolean =>
  verifyCertificate(given, judged, signing.verify).ok;

/** The certificate with its last row exchanged. */
const withLast = (kind: Kind, last: Row): Certificate =>
  certificate(kind, enough(kind).with(-1, last));

const flipped = (kind: Kind, at: number): Row => {
  const last = row(kind, 4);
  return { ...last, signature: last.signature.with(at, (last.signature[at] ?? 0) ^ 1) };
};

const withSignature = (kind: Kind, signature: Uint8Array): Certificate =>
  withLast(kind, { ...row(kind, 4), signature });

/** Every way to be wrong; the same for each kind. */
const wrongs: readonly (readonly [string, (kind: Kind) => Certificate])[] = [
  ["no votes", (kind) => certificate(kind, [])],
  ["one vote too few", (kind) => certificate(kind, enough(kind).slice(1))],
  [
    "its first signer twice",
    (kind) => certificate(kind, [...enough(kind).slice(0, 1), ...enough(kind)]),
  ],
  ["its last signer twice", (kind) => certificate(kind, [...enough(kind), row(kind, 4)])],
  [
    "one signer only",
    (kind) =>
      certificate(
        kind,
        enough(kind).map(() => row(kind, 2)),
      ),
  ],
  ["signers in reverse", (kind) => certificate(kind, enough(kind).toReversed())],
  [
    "two signers exchanged",
    (kind) =>
      certificate(kind, [
        row(kind, 1),
        row(kind, 0),
        ...[2, 3, 4].map((voter) => row(kind, voter)),
      ]),
  ],
  [
    "an index behind the last",
    (kind) => certificate(kind, [...enough(kind), { ...row(kind, 4), voter: 7 }]),
  ],
  [
    "an index far outside",
    (kind) => certificate(kind, [...enough(kind), { ...row(kind, 4), voter: 299 }]),
  ],
  [
    "a negative index",
    (kind) => certificate(kind, [{ ...row(kind, 0), voter: -1 }, ...enough(kind)]),
  ],
  [
    "an index that is no whole number",
    (kind) => certificate(kind, [...enough(kind), { ...row(kind, 4), voter: 4.5 }]),
  ],
  ["a suspended signer in place of one", (kind) => withLast(kind, row(kind, 6))],
  [
    "a suspended signer beside enough others",
    (kind) => certificate(kind, [...enough(kind), row(kind, 6)]),
  ],
  ["a key that is nobody's", (kind) => withLast(kind, row(kind, 4, { signer: 7 }))],
  ["the signature of another validator", (kind) => withLast(kind, row(kind, 4, { signer: 5 }))],
  [
    "the signature of another index by the right key",
    (kind) => withLast(kind, row(kind, 4, { voter: 3 })),
  ],
  ["a bit changed in R", (kind) => withLast(kind, flipped(kind, 0))],
  ["a bit changed in S", (kind) => withLast(kind, flipped(kind, 40))],
  ["the highest bit of S", (kind) => withLast(kind, flipped(kind, 63))],
  ["an empty signature", (kind) => withSignature(kind, new Uint8Array(0))],
  ["a signature cut short", (kind) => withSignature(kind, row(kind, 4).signature.slice(0, 63))],
  [
    "a signature with a byte more",
    (kind) => withSignature(kind, Uint8Array.of(...row(kind, 4).signature, 0)),
  ],
  ["a signature of zeros", (kind) => withSignature(kind, new Uint8Array(64))],
  [
    "garbage behind enough votes",
    (kind) =>
      certificate(kind, [
        ...enough(kind),
        { ...row(kind, 5), signature: new Uint8Array(64).fill(9) },
      ]),
  ],
  ["a vote of another height", (kind) => withLast(kind, row(kind, 4, { height: 4 }))],
  ["a vote of another round", (kind) => withLast(kind, row(kind, 4, { round: 1 }))],
  ["a vote for another block", (kind) => withLast(kind, row(kind, 4, { blockId: b }))],
  ["a vote for nil", (kind) => withLast(kind, row(kind, 4, { blockId: null }))],
  [
    "a vote of the other type",
    (kind) => withLast(kind, row(kind, 4, { type: kind === "polka" ? "precommit" : "prevote" })),
  ],
  ["a vote of another network", (kind) => withLast(kind, row(kind, 4, { network: other }))],
  ["a vote of another era", (kind) => withLast(kind, row(kind, 4, { era: 1 }))],
  ["another height over the same votes", (kind) => certificate(kind, enough(kind), { height: 4 })],
  ["another round over the same votes", (kind) => certificate(kind, enough(kind), { round: 3 })],
];

describe.each(kinds)("a certificate of kind %s", (kind) => {
  test("is accepted with as few votes as it needs, and with all there can be", () => {
    expect(accepts(certificate(kind, enough(kind)))).toBe(true);
    const all = [0, 1, 2, 3, 4, 5].map((voter) => row(kind, voter));
    expect(accepts(certificate(kind, all))).toBe(true);
  });

  test.each(wrongs)("S14: is refused whole with %s", (_, make) => {
    expect(accepts(make(kind))).toBe(false);
  });

  test("S14: is wrong in more than 25 ways", () => {
    expect(wrongs.length).toBeGreaterThan(25);
  });

  test("S14: is refused by the set of another height: one key replaced, one more, one fewer", () => {
    const [first, ...rest] = validators as readonly [Validator, ...Validator[]];
    const stranger = signing.keys[7] as Validator["key"];
    const sets: readonly (readonly Validator[])[] = [
      [
        ...validators.slice(0, 4),
        { ...(validators[4] as Validator), key: stranger },
        ...validators.slice(5),
      ],
      [
        ...validators,
        { ...first, member: memberOf(9), key: `00${stranger.slice(2)}` as Validator["key"] },
      ],
      rest,
    ];
    for (const set of sets) {
      const judged = { ...context, validators: validatorSet(set) };
      expect(accepts(certificate(kind, enough(kind)), judged)).toBe(false);
    }
  });
});

describe("certificates of one kind", () => {
  test("S14: never serve as another", () => {
    const votes = [0, 1, 2, 3, 4].map((voter) => row("commit", voter));
    expect(accepts(certificate("commit", votes))).toBe(true);
    expect(accepts(certificate("polka", votes))).toBe(false);
    const prevotes = [0, 1, 2, 3, 4].map((voter) => row("polka", voter));
    expect(accepts(certificate("polka", prevotes))).toBe(true);
    expect(accepts(certificate("commit", prevotes))).toBe(false);
    expect(accepts(certificate("precommits", prevotes))).toBe(false);
    expect(accepts(certificate("skip", prevotes))).toBe(true);
  });

  test("S14: a block's certificate has nothing to say of another block", () => {
    for (const kind of ["commit", "polka"] as const) {
      expect(accepts(certificate(kind, enough(kind), { blockId: b }))).toBe(false);
    }
  });
});
