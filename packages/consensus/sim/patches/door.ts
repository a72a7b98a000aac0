// What comes in, and how much of it is kept.
import type { PatchRow } from "./patch.ts";

const rounds = "consensus/src/rounds.ts";
const certificate = "consensus/src/certificate.ts";
const door = "consensus/src/door.ts";
const waitingRoom = "consensus/src/waiting-room.ts";
const signBytes = "consensus/src/sign-bytes.ts";

/** What comes in, and how much of it is kept. */
export const doorRules: readonly PatchRow[] = [
  [
    "votes-unsigned",
    "lets votes in that their voter did not sign",
    door,
    `return isSigned(vote, context, verify) ? accepted : refuse("CONSENSUS_BAD_SIGNATURE");`,
    "return accepted;",
    1,
    "certificate-padder",
  ],
  [
    "valid-round-unproven",
    "lets an offer claim a polka it does not bring (L28)",
    door,
    `return fits ? accepted : refuse("CONSENSUS_BAD_VALID_ROUND");`,
    'return fits || proposal.polka === null ? accepted : refuse("CONSENSUS_BAD_VALID_ROUND");',
    35,
    "equivocating-proposer",
  ],
  [
    "valid-round-not-earlier",
    "lets an offer claim a polka of its own round (L28)",
    door,
    "validRound < proposal.round &&",
    "",
    17,
    "equivocating-proposer",
  ],
  [
    "certificate-repeats",
    "lets a certificate name a validator twice",
    certificate,
    "if (vote.voter <= previous)",
    "if (vote.voter < previous)",
    17,
    "certificate-padder",
  ],
  [
    "certificate-unsigned",
    "lets a certificate in whose signatures are garbage",
    certificate,
    "if (!isSigned(vote, context, verify)) {",
    "if (vote.signature.length === 0) {",
    1,
    "certificate-padder",
  ],
  [
    "certificate-too-few",
    "lets a certificate in that has too few votes",
    certificate,
    "if (votes.length < votesMin(certificate, context.validators.length)) {",
    "if (votes.length === 0) {",
    1,
    "certificate-padder",
  ],
  [
    "prevotes-as-precommits",
    "signs a prevote and a precommit with the same bytes",
    signBytes,
    `vote.type === "prevote" ? 0 : 1,`,
    "0,",
    7,
    "certificate-padder",
  ],
  [
    "round-not-signed",
    "signs votes of different rounds with the same bytes",
    signBytes,
    "vote.round,\n",
    "0,\n",
    3,
    "certificate-padder",
  ],
  [
    "suspended-count",
    "counts the votes of the suspended",
    certificate,
    `return validator.suspended ? refuse("CONSENSUS_SUSPENDED") : accepted;`,
    "return accepted;",
    2,
    "supporter",
  ],
  [
    "rounds-ahead",
    "keeps whatever is said about rounds to come",
    rounds,
    "export const roundsAheadMax = 2;",
    "export const roundsAheadMax = 1_000_000;",
    1,
    "spammer",
  ],
  [
    "waiting-room",
    "lets any number of messages wait",
    waitingRoom,
    "export const waitingMax = 64;",
    "export const waitingMax = 1_000_000;",
    1,
    "spammer",
  ],
];
