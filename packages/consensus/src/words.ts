// What is remembered of each validator when the rounds it voted in are forgotten: how far it went and what
// it was locked on. One that lost its memory asks for it, however many rounds ago it spoke.
import type { Vote } from "./messages.ts";
import type { Rounds } from "./rounds.ts";

/** Of each validator its last vote in rounds that were forgotten, and its last precommit for a block. */
export type Words = readonly Vote[];

/** Nothing was forgotten yet. */
export const noWords: Words = Object.freeze([]);

function isLock({ type, blockId }: Vote): boolean {
  return type === "precommit" && blockId !== null;
}

/** The words with those of rounds that are forgotten now. */
export function remember(words: Words, forgotten: Rounds): Words {
  if (forgotten.length === 0) return words;
  const last = new Map<number, Vote>();
  const locks = new Map<number, Vote>();
  const hear = (vote: Vote | null): void => {
    if (vote === null) return;
    const { voter, round } = vote;
    if (round >= (last.get(voter)?.round ?? 0)) last.set(voter, vote);
    if (isLock(vote) && round >= (locks.get(voter)?.round ?? 0)) locks.set(voter, vote);
  };
  words.forEach(hear);
  for (const { votes } of forgotten) {
    for (const { first, second } of [votes.prevotes, votes.precommits]) {
      first.forEach(hear);
      second.forEach(hear);
    }
  }
  const voters = [...last.keys()].sort((a, b) => a - b);
  return voters.flatMap((voter) => {
    const both = [locks.get(voter), last.get(voter)];
    return both.flatMap((vote, index) =>
      vote === undefined || vote === both[index - 1] ? [] : vote,
    );
  });
}
