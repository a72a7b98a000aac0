// What validators say to each other, and how it lies on the wire. Docs: protocol-consensus.md.
import {
  type BlockId,
  bytes as byteString,
  fixedBytes,
  flag,
  hexOf,
  type Infer,
  list,
  nullable,
  type PublicKey,
  record,
  type Shape,
  tuple,
  uint,
  union,
} from "@tegata/ledger/primitives";
import { validatorsMax } from "./validator-set.ts";

/** The last round there can be; far beyond any timeout, so that arithmetic on rounds stays exact. */
export const roundMax = 0x7fff_ffff;

/** Most messages of one's own a peer may report for a height. */
export const ownMessagesMax = 64;

/** First or second vote of a round. */
export type VoteType = "prevote" | "precommit";

/** Where a member stands in a round; `decided` until the block is applied. */
export type StatusStep = "propose" | "prevote" | "precommit" | "decided";

/** A word in memory, its place in the list on the wire. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Shape<Word> {
  const index = uint(words.length - 1);
  return {
    encode: (value, path = "value") => index.encode(words.indexOf(value), path),
    decode: (value, path) => words[index.decode(value, path)] as Word,
  };
}

/** Gives what was decoded a name of its kind, so that a polka is never taken for a decision. */
function typed<const Type extends string, T extends object>(
  type: Type,
  shape: Shape<T>,
): Shape<{ readonly type: Type } & T> {
  return {
    encode: (value, path) => shape.encode(value, path),
    decode: (value, path) => ({ type, ...shape.decode(value, path) }),
  };
}

const heightShape = uint();
const roundShape = uint(roundMax);
const indexShape = uint(validatorsMax - 1);
const blockIdShape = hexOf<BlockId>(32);
const signatureShape = fixedBytes(64);

/** A round, or -1 for none, as in the paper. */
export const validRoundShape: Shape<number> = {
  encode: (value, path) => (value === -1 ? -1 : roundShape.encode(value, path)),
  decode: (value, path) => (value === -1 ? -1 : roundShape.decode(value, path)),
};

const voteTypeShape = oneOf("prevote", "precommit");

const voteFields = {
  type: voteTypeShape,
  height: heightShape,
  round: roundShape,
  /** The block voted for, or null: the vote for nil. */
  blockId: nullable(blockIdShape),
  /** Index of the validator in the set of the height. */
  voter: indexShape,
};

/** A signed vote on the wire. */
export const voteShape = record({ ...voteFields, signature: signatureShape });

/** A vote before it is signed, in the log. */
export const unsignedVoteShape = record(voteFields);

const blockCertificateShape = record({
  height: heightShape,
  round: roundShape,
  blockId: blockIdShape,
  /** Index of the validator and its signature, ascending, each index once. */
  signatures: list(tuple(indexShape, signatureShape), validatorsMax),
});

/** A commit certificate on the wire; stored beside its block. */
export const commitShape = typed("precommit", blockCertificateShape);
/** A polka certificate on the wire; the same layout, other sign bytes. */
export const polkaShape = typed("prevote", blockCertificateShape);

/** A round certificate on the wire. */
export const roundCertificateShape = typed(
  "round",
  record({
    /** `skip`: f+1 validators are in this round; `precommits`: a quorum precommitted in it, anything. */
    reason: oneOf("skip", "precommits"),
    height: heightShape,
    round: roundShape,
    /** Index, vote type, block and signature, ascending, each index once. */
    votes: list(
      tuple(indexShape, voteTypeShape, nullable(blockIdShape), signatureShape),
      validatorsMax,
    ),
  }),
);

const proposalFields = {
  height: heightShape,
  round: roundShape,
  blockId: blockIdShape,
  /** Round of the polka this block had before, or -1: the block is fresh. */
  validRound: validRoundShape,
  /** Index of the proposer of the round, who need not have built the block. */
  proposer: indexShape,
};

/** The polka of `validRound`, so that the proposal proves itself; not covered by the signature. */
const proposalProof = { polka: nullable(polkaShape) };

/** A signed proposal on the wire. */
export const proposalShape = record({
  ...proposalFields,
  signature: signatureShape,
  ...proposalProof,
});

/** A proposal before it is signed, in the log. */
export const unsignedProposalShape = record({ ...proposalFields, ...proposalProof });

/** A status on the wire. */
export const statusShape = record({
  height: heightShape,
  round: roundShape,
  step: oneOf("propose", "prevote", "precommit", "decided"),
  /** Whether the proposal of this round is held. */
  proposal: flag,
  /** Votes of this round held: bit i (lowest first) of the bytes stands for validator i. */
  prevotes: byteString(Math.ceil(validatorsMax / 8)),
  precommits: byteString(Math.ceil(validatorsMax / 8)),
});

/** A question on the wire. */
export const questionShape = record({ height: heightShape, voter: indexShape });

/** An answer on the wire. */
export const answerShape = record({
  height: heightShape,
  /** The validator that asked. */
  voter: indexShape,
  proposals: list(proposalShape, ownMessagesMax),
  votes: list(voteShape, ownMessagesMax * 2),
});

/** Two different messages for one place, signed by one key. */
export const evidenceShape = union("type", {
  votes: [0, record({ key: hexOf<PublicKey>(32), first: voteShape, second: voteShape })],
  proposals: [
    1,
    record({ key: hexOf<PublicKey>(32), first: proposalShape, second: proposalShape }),
  ],
});

/** A signed prevote or precommit. */
export type Vote = Infer<typeof voteShape>;
/** A signed offer of a block for a round. */
export type Proposal = Infer<typeof proposalShape>;
/** A quorum of precommits for one block of one round: the block is decided. */
export type CommitCertificate = Infer<typeof commitShape>;
/** A quorum of prevotes for one block of one round. */
export type PolkaCertificate = Infer<typeof polkaShape>;
/** Why the round of a validator was entered or will be left. */
export type RoundCertificate = Infer<typeof roundCertificateShape>;
/** Any certificate; each is applied whole or not at all. */
export type Certificate = CommitCertificate | PolkaCertificate | RoundCertificate;
/** What a member has of the round it is in. */
export type Status = Infer<typeof statusShape>;
/** Asks for one's own messages of a height, before the first signature after a start. */
export type Question = Infer<typeof questionShape>;
/** The asker's own messages that the answerer holds. */
export type Answer = Infer<typeof answerShape>;
/** Proof that a validator said two things. */
export type Evidence = Infer<typeof evidenceShape>;

/** What goes over the wire. */
export type Message =
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "commit"; readonly certificate: CommitCertificate }
  | { readonly kind: "polka"; readonly certificate: PolkaCertificate }
  | { readonly kind: "round"; readonly certificate: RoundCertificate }
  | { readonly kind: "status"; readonly status: Status }
  | { readonly kind: "question"; readonly question: Question }
  | { readonly kind: "answer"; readonly answer: Answer };

/** An own message before it is signed. */
export type Draft =
  | { readonly kind: "proposal"; readonly proposal: Omit<Proposal, "signature"> }
  | { readonly kind: "vote"; readonly vote: Omit<Vote, "signature"> };
