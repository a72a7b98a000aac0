// A height that goes on for thousands of rounds, or whose validators flood it, must not fill the disk. Its
// log begins anew with a chapter: the state without what others said in rounds that are not the current
// one. The state forgets that itself at the same moment, so that log and state stay equal. Votes of other
// rounds are no condition of safety; whoever is ahead sends the certificate that leads there, and whoever
// decides sends that.
import { assert } from "@tegata/ledger/primitives";
import { currentRound, type HeightState } from "./height.ts";
import { emptyRound, type RoundRecord } from "./rounds.ts";
import { addVote, type RoundVotes } from "./votes.ts";
import type { Chapter } from "./wal-record.ts";
import { remember } from "./words.ts";

/** Records a log has before it begins anew; most have fewer than 150 bytes. */
export const logRecordsMax = 4_096;

/** What a log begins anew with. */
export function chapterOf(height: HeightState): Chapter {
  const { rules, rounds, decision } = height;
  assert(decision === null, "a decided height is about to end");
  const { proposal, isDoubled, opinion, isFetching, votes } = currentRound(height);
  const { polka, lockPolka, entered, blocks, drafts, isProposable } = height;
  const { type: _, ...start } = height.start;
  return {
    type: "chapter",
    start,
    rules: { ...rules, waiting: [...rules.waiting] },
    proposal,
    isDoubled,
    opinion,
    isFetching,
    votes: [votes.prevotes, votes.precommits].flatMap(({ first, second }) =>
      [...first, ...second].flatMap((vote) => vote ?? []),
    ),
    roundPolka: votes.polka,
    words: [
      ...remember(
        height.words,
        rounds.filter(({ round }) => round !== rules.round),
      ),
    ],
    polka,
    lockPolka,
    entered,
    blocks: [...blocks],
    drafts: [...drafts],
    isProposable,
  };
}

function roundOf(chapter: Chapter): RoundRecord {
  const { proposal, isDoubled, opinion, isFetching, roundPolka, start, rules } = chapter;
  const empty = emptyRound(rules.round, start.validators.length);
  const counted = chapter.votes.reduce<RoundVotes>(
    (votes, vote) => addVote(votes, vote)[0],
    empty.votes,
  );
  const votes = { ...counted, polka: roundPolka };
  return { round: rules.round, proposal, isDoubled, votes, opinion, isFetching };
}

/** The height as it is after the chapter was logged. */
export function heightOf(chapter: Chapter): HeightState {
  const { start, rules, words, polka, lockPolka, entered } = chapter;
  const { blocks, drafts, isProposable } = chapter;
  return {
    start: { ...start, type: "startHeight" },
    rules,
    rounds: [roundOf(chapter)],
    words,
    polka,
    lockPolka,
    entered,
    blocks,
    drafts,
    isProposable,
    logged: 1,
    decision: null,
  };
}
