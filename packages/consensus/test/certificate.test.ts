// S14, S15: whatever is wrong with a certificate, all of it is refused.
import type { NetworkId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { realSigning, type Signing } from "../sim/signing.ts";
import { memberOf } from "../sim/world.ts";
import {
  type Certificate,
  type ConsensusRefusal,
  type Evidence,
  type HeightContext,
  type Message,
  type PolkaCertificate,
  type Proposal,
  proposalSignBytes,
  type RoundCertificate,
  type VerifySignature,
  type Vote,
  validatorSet,
  verifyCertificate,
  verifyEvidence,
  verifyMessage,
  verifyProposal,
  verifyVote,
  voteSignBytes,
} from "../src/index.ts";
import { a, b, network } from "./helpers/script.ts";

const members = 7;
const signing: Signing = realSigning(members);
const context: HeightContext = {
  network,
  era: 0,
  height: 5,
  validators: validatorSet(
    signing.keys.map((key, index) => ({ member: memberOf(index), key, suspended: index === 6 })),
  ),
  eligible: [0, 1, 2, 3, 4, 5],
};
const other = "77".repeat(32) as NetworkId;

interface Signed {
  readonly network?: NetworkId;
  readonly era?: number;
  /** Who really signs. */
  readonly signer?: number;
}

function voteOf(changes: Partial<Vote> = {}, how: Signed = {}): Vote {
  const unsigned = {
    type: "precommit" as const,
    height: 5,
    round: 2,
    blockId: a,
    voter: 0,
    ...changes,
  };
  const bytes = (): Uint8Array => voteSignBytes(unsigned, how.network ?? network, how.era ?? 0);
  return { ...unsigned, signature: signing.sign(how.signer ?? unsigned.voter, bytes) };
}

type Row = readonly [number, Uint8Array];

const row = (voter: number, changes: Partial<Vote> = {}, how: Signed = {}): Row => {
  const vote = voteOf({ voter, ...changes }, how);
  return [voter, vote.signature];
};

const rows = (...voters: readonly number[]): readonly Row[] => voters.map((voter) => row(voter));

function commit(signatures: readonly Row[], changes: Partial<Certificate> = {}): Certificate {
  return {
    type: "precommit",
    height: 5,
    round: 2,
    blockId: a,
    signatures,
    ...changes,
  } as Certificate;
}

function polka(signatures: readonly Row[]): PolkaCertificate {
  return { type: "prevote", height: 5, round: 2, blockId: a, signatures };
}

const prevoteRow = (voter: number): Row => row(voter, { type: "prevote" });

function roundOf(reason: RoundCertificate["reason"], votes: readonly Vote[]): RoundCertificate {
  const listed = votes.map(
    ({ voter, type, blockId, signature }) => [voter, type, blockId, signature] as const,
  );
  return { type: "round", reason, height: 5, round: 2, votes: listed };
}

const mixedVotes = [0, 1, 2, 3, 4].map((voter) =>
  voteOf({ voter, blockId: voter % 2 === 0 ? null : b }),
);

describe("certificates", () => {
  test.each<[string, Certificate]>([
    ["a commit of exactly a quorum", commit(rows(0, 1, 2, 3, 4))],
    ["a commit of all who may vote", commit(rows(0, 1, 2, 3, 4, 5))],
    ["a polka", polka([0, 1, 3, 4, 5].map(prevoteRow))],
    ["a quorum of precommits for anything", roundOf("precommits", mixedVotes)],
    [
      "f+1 votes of either type",
      roundOf("skip", [
        voteOf({ voter: 1, type: "prevote" }),
        voteOf({ voter: 3, blockId: null }),
        voteOf({ voter: 5 }),
      ]),
    ],
  ])("accepts %s", (_, certificate) => {
    expect(verifyCertificate(certificate, context, signing.verify)).toEqual({ ok: true });
  });

  const four = rows(0, 1, 2, 3);
  const flipped = (at: number): Row => {
    const [voter, signature] = row(4);
    return [voter, signature.with(at, (signature[at] ?? 0) ^ 1)];
  };
  const cases: readonly (readonly [string, Certificate, ConsensusRefusal])[] = [
    ["another height", commit(rows(0, 1, 2, 3, 4), { height: 6 }), "CONSENSUS_OTHER_HEIGHT"],
    ["no votes", commit([]), "CONSENSUS_NO_QUORUM"],
    ["one vote too few", commit(four), "CONSENSUS_NO_QUORUM"],
    ["a signer twice", commit([...four, row(3)]), "CONSENSUS_NOT_SORTED"],
    [
      "a quorum of one signer",
      commit([0, 0, 0, 0, 0].map((voter) => row(voter))),
      "CONSENSUS_NOT_SORTED",
    ],
    ["signers out of order", commit(rows(0, 1, 2, 4, 3)), "CONSENSUS_NOT_SORTED"],
    [
      "an index outside the set",
      commit([...four, [7, new Uint8Array(64)]]),
      "CONSENSUS_UNKNOWN_VALIDATOR",
    ],
    [
      "an index far outside the set",
      commit([...four, [299, new Uint8Array(64)]]),
      "CONSENSUS_UNKNOWN_VALIDATOR",
    ],
    [
      "a negative index",
      commit([[-1, new Uint8Array(64)], ...rows(0, 1, 2, 3)]),
      "CONSENSUS_NOT_SORTED",
    ],
    [
      "a suspended signer among enough others",
      commit([...rows(0, 1, 2, 3, 4), row(6)]),
      "CONSENSUS_SUSPENDED",
    ],
    [
      "a signature of somebody else",
      commit([...four, row(4, {}, { signer: 5 })]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "signatures swapped",
      commit([...rows(0, 1, 2), [3, row(4)[1]], [4, row(3)[1]]]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    ["a bit flipped in R", commit([...four, flipped(0)]), "CONSENSUS_BAD_SIGNATURE"],
    ["a bit flipped in S", commit([...four, flipped(40)]), "CONSENSUS_BAD_SIGNATURE"],
    ["an empty signature", commit([...four, [4, new Uint8Array(0)]]), "CONSENSUS_BAD_SIGNATURE"],
    ["a signature of zeros", commit([...four, [4, new Uint8Array(64)]]), "CONSENSUS_BAD_SIGNATURE"],
    [
      "garbage behind a quorum",
      commit([...rows(0, 1, 2, 3, 4), [5, new Uint8Array(64).fill(9)]]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "a prevote among precommits",
      commit([...four, row(4, { type: "prevote" })]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "prevotes shown as precommits",
      commit([0, 1, 2, 3, 4].map(prevoteRow)),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    ["precommits shown as prevotes", polka(rows(0, 1, 2, 3, 4)), "CONSENSUS_BAD_SIGNATURE"],
    [
      "votes for nil",
      commit([0, 1, 2, 3, 4].map((voter) => row(voter, { blockId: null }))),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "a vote for another block",
      commit([...four, row(4, { blockId: b })]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    ["a vote of another round", commit([...four, row(4, { round: 1 })]), "CONSENSUS_BAD_SIGNATURE"],
    [
      "all votes of another round",
      commit(rows(0, 1, 2, 3, 4), { round: 3 }),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "a vote of another height",
      commit([...four, row(4, { height: 4 })]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "a vote of another network",
      commit([...four, row(4, {}, { network: other })]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    ["a vote of another era", commit([...four, row(4, {}, { era: 1 })]), "CONSENSUS_BAD_SIGNATURE"],
    [
      "a vote signed with another index",
      commit([...four, [4, row(3, {}, { signer: 4 })[1]]]),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "another block id over the same votes",
      commit(rows(0, 1, 2, 3, 4), { blockId: b }),
      "CONSENSUS_BAD_SIGNATURE",
    ],
    [
      "a skip of f votes",
      roundOf("skip", [voteOf({ voter: 1 }), voteOf({ voter: 2 })]),
      "CONSENSUS_NO_QUORUM",
    ],
    [
      "a skip of one voter's two votes",
      roundOf("skip", [
        voteOf({ voter: 1, type: "prevote" }),
        voteOf({ voter: 1 }),
        voteOf({ voter: 2 }),
      ]),
      "CONSENSUS_NOT_SORTED",
    ],
    [
      "precommits with a prevote",
      roundOf("precommits", [...mixedVotes.slice(0, 4), voteOf({ voter: 4, type: "prevote" })]),
      "CONSENSUS_MIXED_VOTES",
    ],
    [
      "precommits one too few",
      roundOf("precommits", mixedVotes.slice(0, 4)),
      "CONSENSUS_NO_QUORUM",
    ],
    [
      "a suspended voter in a skip",
      roundOf("skip", [
        voteOf({ voter: 1 }),
        voteOf({ voter: 2 }),
        voteOf({ voter: 3 }),
        voteOf({ voter: 6 }),
      ]),
      "CONSENSUS_SUSPENDED",
    ],
  ];

  test.each(cases)("refuses %s", (_, certificate, code) => {
    const verdict = verifyCertificate(certificate, context, signing.verify);
    expect(verdict).toMatchObject({ ok: false, code });
  });

  test("there are at least 25 ways to be refused", () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
  });

  test("no signature is verified before the cheap checks are done", () => {
    let verified = 0;
    const counting: VerifySignature = (...given) => {
      verified += 1;
      return signing.verify(...given);
    };
    for (const [, certificate, code] of cases) {
      verified = 0;
      verifyCertificate(certificate, context, counting);
      if (code !== "CONSENSUS_BAD_SIGNATURE") expect(verified).toBe(0);
    }
  });
});

function proposalOf(changes: Partial<Proposal> = {}): Proposal {
  const proof: PolkaCertificate = {
    type: "prevote",
    height: 5,
    round: 1,
    blockId: a,
    signatures: [0, 1, 2, 3, 4].map((voter) => row(voter, { type: "prevote", round: 1 })),
  };
  const unsigned = {
    height: 5,
    round: 2,
    blockId: a,
    validRound: 1,
    proposer: 1,
    polka: proof,
    ...changes,
  };
  const bytes = (): Uint8Array => proposalSignBytes(unsigned, network, 0);
  return { ...unsigned, signature: signing.sign(unsigned.proposer, bytes), ...changes };
}

describe("proposals", () => {
  const fresh = { validRound: -1, polka: null };
  const proof = proposalOf().polka as PolkaCertificate;

  test.each<[string, Proposal]>([
    ["a fresh one", proposalOf(fresh)],
    ["one with its polka", proposalOf()],
  ])("accepts %s", (_, proposal) => {
    expect(verifyProposal(proposal, context, signing.verify)).toEqual({ ok: true });
  });

  test.each<[string, Proposal, ConsensusRefusal]>([
    ["another height", proposalOf({ height: 4 }), "CONSENSUS_OTHER_HEIGHT"],
    ["a proposer out of turn", proposalOf({ ...fresh, proposer: 2 }), "CONSENSUS_WRONG_PROPOSER"],
    ["an unknown proposer", proposalOf({ ...fresh, proposer: 1_000 }), "CONSENSUS_WRONG_PROPOSER"],
    ["S4: a valid round without a polka", proposalOf({ polka: null }), "CONSENSUS_BAD_VALID_ROUND"],
    [
      "S4: its own round as valid round",
      proposalOf({ validRound: 2, polka: { ...proof, round: 2 } }),
      "CONSENSUS_BAD_VALID_ROUND",
    ],
    [
      "S4: a later valid round",
      proposalOf({ validRound: 3, polka: { ...proof, round: 3 } }),
      "CONSENSUS_BAD_VALID_ROUND",
    ],
    ["S4: the polka of another round", proposalOf({ validRound: 0 }), "CONSENSUS_BAD_VALID_ROUND"],
    ["S4: the polka of another block", proposalOf({ blockId: b }), "CONSENSUS_BAD_VALID_ROUND"],
    [
      "S4: the polka of another height",
      proposalOf({ polka: { ...proof, height: 4 } }),
      "CONSENSUS_OTHER_HEIGHT",
    ],
    [
      "S4: a polka of too few",
      proposalOf({ polka: { ...proof, signatures: proof.signatures.slice(1) } }),
      "CONSENSUS_NO_QUORUM",
    ],
    ["a polka where none belongs", proposalOf({ validRound: -1 }), "CONSENSUS_BAD_VALID_ROUND"],
    [
      "a foreign signature",
      proposalOf({ ...fresh, signature: new Uint8Array(64).fill(3) }),
      "CONSENSUS_BAD_SIGNATURE",
    ],
  ])("refuses %s", (_, proposal, code) => {
    expect(verifyProposal(proposal, context, signing.verify)).toMatchObject({ ok: false, code });
  });
});

describe("votes", () => {
  test("S15: a signature binds network, era, height, round, type, block and voter", () => {
    const vote = voteOf();
    expect(verifyVote(vote, context, signing.verify)).toEqual({ ok: true });
    const forged: readonly Vote[] = [
      { ...vote, round: 3 },
      { ...vote, type: "prevote" },
      { ...vote, blockId: b },
      { ...vote, blockId: null },
      { ...vote, voter: 1 },
      voteOf({}, { network: other }),
      voteOf({}, { era: 1 }),
    ];
    for (const one of forged) {
      const verdict = verifyVote(one, context, signing.verify);
      expect(verdict).toMatchObject({ code: "CONSENSUS_BAD_SIGNATURE" });
    }
    const height6 = { ...context, height: 6 };
    const moved = { ...vote, height: 6 };
    expect(verifyVote(moved, height6, signing.verify)).toMatchObject({ ok: false });
    expect(verifyVote(voteOf({ voter: 6 }), context, signing.verify)).toMatchObject({
      code: "CONSENSUS_SUSPENDED",
    });
  });

  test("S15: a vote's bytes never serve as a proposal's", () => {
    const vote = voteSignBytes(voteOf(), network, 0);
    const proposal = proposalSignBytes(proposalOf(), network, 0);
    expect(Buffer.from(vote).includes("tegata/1/sign/vote")).toBe(true);
    expect(Buffer.from(proposal).includes("tegata/1/sign/proposal")).toBe(true);
  });

  test("an answer counts only if every message in it is the asker's and verifies", () => {
    const answerWith = (votes: readonly Vote[]): Message => ({
      kind: "answer",
      answer: { height: 5, voter: 0, proposals: [], votes },
    });
    const good = answerWith([voteOf(), voteOf({ round: 1 })]);
    expect(verifyMessage(good, context, signing.verify).ok).toBe(true);
    const foreign = answerWith([voteOf(), voteOf({ voter: 1 })]);
    expect(verifyMessage(foreign, context, signing.verify).ok).toBe(false);
    const forged = answerWith([voteOf(), { ...voteOf(), round: 9 }]);
    expect(verifyMessage(forged, context, signing.verify).ok).toBe(false);
  });
});

describe("evidence", () => {
  const key = signing.keys[2] as (typeof signing.keys)[number];
  const [nil, forA, forB] = [null, a, b].map((blockId) => voteOf({ voter: 2, blockId })) as [
    Vote,
    Vote,
    Vote,
  ];
  const pair = (first: Vote, second: Vote): Evidence => ({ type: "votes", key, first, second });

  test("D4: two votes for one place are a pair, nil before any block", () => {
    for (const evidence of [pair(nil, forA), pair(forA, forB)]) {
      expect(verifyEvidence(evidence, context, signing.verify)).toEqual({ ok: true });
    }
  });

  test.each<[string, Evidence]>([
    ["the same vote twice", pair(forA, forA)],
    ["the wrong order", pair(forB, forA)],
    ["two rounds", pair(forA, voteOf({ voter: 2, blockId: b, round: 3 }))],
    ["two heights", pair(forA, voteOf({ voter: 2, blockId: b, height: 6 }))],
    ["two types", pair(voteOf({ voter: 2, type: "prevote" }), forB)],
    ["two voters", pair(forA, voteOf({ voter: 3, blockId: b }))],
  ])("D4: refuses %s", (_, evidence) => {
    const verdict = verifyEvidence(evidence, context, signing.verify);
    expect(verdict).toMatchObject({ code: "CONSENSUS_NOT_A_PAIR" });
  });

  test("D4: both must be signed by the key", () => {
    const forged = pair(forA, { ...forB, signature: forA.signature });
    const verdict = verifyEvidence(forged, context, signing.verify);
    expect(verdict).toMatchObject({ code: "CONSENSUS_BAD_SIGNATURE" });
  });

  test("two proposals of one round are a pair, also of one block with two valid rounds", () => {
    const fresh = { validRound: -1, polka: null };
    const proposals = (first: Proposal, second: Proposal): Evidence => ({
      type: "proposals",
      key: signing.keys[1] as (typeof signing.keys)[number],
      first,
      second,
    });
    const [one, two] = [proposalOf(fresh), proposalOf({ ...fresh, blockId: b })];
    expect(verifyEvidence(proposals(one, two), context, signing.verify).ok).toBe(true);
    expect(verifyEvidence(proposals(two, one), context, signing.verify).ok).toBe(false);
    const again = { ...proposalOf(), polka: null };
    expect(verifyEvidence(proposals(one, again), context, signing.verify).ok).toBe(true);
    const withPolka = { ...again, polka: proposalOf().polka };
    expect(withPolka.polka).not.toBeNull();
    expect(verifyEvidence(proposals(one, withPolka), context, signing.verify)).toMatchObject({
      code: "CONSENSUS_NOT_A_PAIR",
    });
  });
});
