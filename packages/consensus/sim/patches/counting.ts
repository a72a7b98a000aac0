// Who counts, and how often.
import type { PatchRow } from "./patch.ts";

const votes = "consensus/src/votes.ts";
const settle = "consensus/src/settle.ts";
const validators = "consensus/src/validator-set.ts";

/** Who counts, and how often. */
export const countingRules: readonly PatchRow[] = [
  [
    "quorum-less-one",
    "counts one vote too many for a quorum",
    validators,
    "return Math.floor((2 * count) / 3) + 1;",
    "return Math.floor((2 * count) / 3);",
    1,
  ],
  [
    "mixed-blocks",
    "takes a quorum of votes for different blocks for a majority",
    votes,
    "return tally.counts.find((count) => count.votes >= quorum) ?? null;",
    "return (tally.voters >= quorum ? tally.counts[0] : null) ?? null;",
    2,
  ],
  [
    "nil-extends",
    "puts late precommits for nil into its certificate",
    votes,
    "vote.blockId === blockId &&\n    signatures",
    "signatures",
    2,
    "equivocating-voter",
  ],
  [
    "second-vote-counts",
    "counts both votes of one that votes twice",
    votes,
    "{ ...tally, second: seconds.with(voter, vote) },",
    "{ ...tally, second: seconds.with(voter, vote), counts: counted(tally.counts, blockId) },",
    3,
    "equivocating-voter",
  ],
  [
    "no-certified-override",
    "lets the first vote of a liar hide a polka that a certificate proves",
    votes,
    "return votes.polka ?? leading(votes.prevotes, quorum);",
    "return leading(votes.prevotes, quorum);",
    4,
    "locks",
  ],
  [
    "skips-on-messages",
    "counts messages and not senders when it skips a round (L55)",
    votes,
    "const voters = isNew ? votes.voters + 1 : votes.voters;",
    "const voters = votes.voters + 1;",
    1,
    "spammer",
  ],
  [
    "skips-on-f",
    "skips a round on the word of f validators (L55)",
    settle,
    "const needed = faultyMax(start.validators.length) + 1;",
    "const needed = faultyMax(start.validators.length);",
    3,
  ],
  [
    "waits-too-early",
    "begins to wait for prevotes before a quorum has voted (L34)",
    settle,
    "if (votes.prevotes.voters >= quorum && ",
    "if (votes.prevotes.voters > 0 && ",
    1,
  ],
  [
    "equal-votes-accuse",
    "accuses whoever says the same thing twice",
    votes,
    "if (first.blockId === blockId) return [tally, known];",
    "",
    1,
  ],
];
