import { describe, expect, test } from "vitest";
import { eligibleOf } from "../../src/chain/index.ts";
import type { MemberId } from "../../src/primitives/index.ts";
import {
  type Chain,
  chainOf,
  grow,
  growTo,
  memberOf,
  proposerOf,
  rosterOf,
  type Said,
} from "./roster-fixtures.ts";

const stranger = memberOf(999);

/** A block whose certificate says that the proposers of the rounds before `round` failed. */
function failing(chain: Chain, round: number, said: Said = {}): Chain {
  return grow(chain, { round, lastProposer: stranger, ...said });
}

/** Grows until a given member was the first proposer of the last height. */
function untilTurnOf(chain: Chain, member: MemberId): Chain {
  let grown = grow(chain);
  while (grown.builder !== member) grown = grow(grown);
  return grown;
}

function sidelined({ roster }: Chain): readonly MemberId[] {
  return roster.terms.map(({ member }) => member);
}

/** Lets the member fail at its turn; it is sidelined by the block after. */
function fail(chain: Chain, member: MemberId): Chain {
  return failing(untilTurnOf(chain, member), 1);
}

describe("a proposer that lets its turn pass", () => {
  test("does not propose from the height after the block that carries the proof", () => {
    const before = growTo(chainOf(rosterOf(4)), 9);
    const failed = before.builder as MemberId;
    const chain = failing(before, 1);
    expect(chain.height).toBe(10);
    expect(chain.roster.terms).toEqual([
      { member: failed, sinceHeight: 10, termHeights: 256, hasSigned: false },
    ]);
    expect(eligibleOf(chain.roster)).toHaveLength(3);
    const turns = [0, 1, 2, 3].map((round) => proposerOf(chain.roster, 11, round));
    expect(turns).not.toContain(failed);
    expect(chain.roster.validators).toHaveLength(4);
  });

  test("is each proposer of the rounds before, by the list in force at the decided height", () => {
    const before = growTo(chainOf(rosterOf(10)), 5);
    const failed = [0, 1, 2].map((round) => proposerOf(before.before, 5, round)).sort();
    expect(sidelined(failing(before, 3))).toEqual(failed);
  });

  test("is not the one who built the block after all", () => {
    const before = growTo(chainOf(rosterOf(10)), 5);
    const [first, second] = [0, 1].map((round) => proposerOf(before.before, 5, round));
    expect(sidelined(grow(before, { round: 2, lastProposer: first as MemberId }))).toEqual([
      second,
    ]);
    expect(sidelined(grow(before, { round: 1, lastProposer: first as MemberId }))).toEqual([]);
  });

  test("is nobody when more rounds than f failed, because then the network did", () => {
    for (const count of [1, 2, 3, 4, 6, 7, 10]) {
      const before = growTo(chainOf(rosterOf(count)), 3);
      const f = Math.floor((count - 1) / 3);
      expect(failing(before, f + 1).roster.terms).toEqual([]);
      expect(failing(before, f + 7).roster.terms).toEqual([]);
      expect(failing(before, f).roster.terms).toHaveLength(f);
    }
  });

  test("is known from block 2 on, the first that carries a certificate", () => {
    const first = failing(chainOf(rosterOf(4)), 1);
    expect(first.roster.terms).toEqual([]);
    expect(sidelined(failing(first, 1))).toEqual([first.builder]);
  });

  test("is not sidelined twice by a height that was decided before its term was in force", () => {
    const one = failing(growTo(chainOf(rosterOf(4)), 4), 1);
    const [term] = one.roster.terms;
    // Height 5 was decided by the list of before, in which the same member came first again.
    const again = failingFirst(one, term?.member as MemberId);
    expect(again.roster.terms).toEqual([{ ...term, hasSigned: true }]);
  });
});

/** The next block, as if only this member had been eligible at the last height, and had failed. */
function failingFirst(chain: Chain, first: MemberId): Chain {
  const { last } = chain.roster;
  const index = last.validators.findIndex(({ member }) => member === first);
  const roster = { ...chain.roster, last: { ...last, eligible: [index] } };
  return failing({ ...chain, roster }, 1);
}

describe("a term", () => {
  const member = memberOf(2);

  test("ends after 256 heights for a member whose vote came on the chain meanwhile", () => {
    const began = fail(chainOf(rosterOf(4)), member);
    const since = began.height;
    const signed = grow(began);
    expect(signed.roster.terms[0]?.hasSigned).toBe(true);
    expect(sidelined(growTo(signed, since + 255))).toEqual([member]);
    const ended = growTo(signed, since + 256);
    expect(sidelined(ended)).toEqual([]);
    expect(ended.roster.endedTerms).toEqual([
      { member, endedHeight: since + 256, termHeights: 256 },
    ]);
    expect(eligibleOf(ended.roster)).toHaveLength(4);
  });

  test("is not shortened by the certificate in the block that began it", () => {
    const began = fail(chainOf(rosterOf(4)), member);
    expect(began.roster.terms[0]?.hasSigned).toBe(false);
  });

  test("goes on for a silent member until it signs, and at most for 16,384 heights", () => {
    const others = [0, 1, 3].map(memberOf);
    const began = fail(chainOf(rosterOf(4)), member);
    const since = began.height;
    const silent = growTo(began, since + 1_000, { voters: others });
    expect(sidelined(silent)).toEqual([member]);
    expect(sidelined(grow(silent))).toEqual([]);
    expect(sidelined(growTo(silent, since + 16_383, { voters: others }))).toEqual([member]);
    expect(sidelined(growTo(silent, since + 16_384, { voters: others }))).toEqual([]);
  });

  test("doubles each time up to 8,192, while the one before ended less than 8,192 heights ago", () => {
    let chain = chainOf(rosterOf(4));
    const terms: number[] = [];
    for (let times = 0; times < 8; times += 1) {
      chain = fail(chain, member);
      terms.push(chain.roster.terms[0]?.termHeights ?? 0);
      expect(chain.roster.endedTerms).toEqual([]);
      chain = growTo(chain, chain.height + (terms.at(-1) as number));
      expect(sidelined(chain)).toEqual([]);
    }
    expect(terms).toEqual([256, 512, 1_024, 2_048, 4_096, 8_192, 8_192, 8_192]);
  });

  test("counts as the first again 8,192 heights after the last one, which is forgotten then", () => {
    const first = fail(chainOf(rosterOf(4)), member);
    const ended = growTo(first, first.height + 256);
    const nearly = growTo(ended, ended.height + 8_191);
    expect(nearly.roster.endedTerms).toHaveLength(1);
    expect(grow(nearly).roster.endedTerms).toEqual([]);
    const at = (chain: Chain) => failingFirst(chain, member).roster.terms[0];
    expect(at(growTo(ended, ended.height + 8_190))?.termHeights).toBe(512);
    expect(at(nearly)?.termHeights).toBe(256);
  });

  test("begins anew, doubled, if it ends in the block that proves another failure", () => {
    const began = fail(chainOf(rosterOf(4)), member);
    const nearly = growTo(began, began.height + 255);
    const chain = failingFirst(nearly, member);
    expect(chain.roster.terms).toEqual([
      { member, sinceHeight: began.height + 256, termHeights: 512, hasSigned: false },
    ]);
  });
});

describe("room for the sidelined", () => {
  test("is f, and whoever was out longest returns when another one fails", () => {
    const first = fail(chainOf(rosterOf(4)), memberOf(3));
    const second = fail(first, memberOf(0));
    expect(sidelined(second)).toEqual([memberOf(0)]);
    expect(second.roster.endedTerms).toEqual([
      { member: memberOf(3), endedHeight: second.height, termHeights: 256 },
    ]);
  });

  test("goes by member id among those that began together", () => {
    const two = failing(growTo(chainOf(rosterOf(7)), 6), 2);
    const together = sidelined(two);
    expect(together).toHaveLength(2);
    let third = grow(two);
    while (together.includes(third.builder as MemberId)) third = grow(third);
    const after = failing(third, 1);
    expect(sidelined(after)).toHaveLength(2);
    expect(sidelined(after)).not.toContain(together[0]);
    expect(sidelined(after)).toContain(together[1]);
  });

  test("shrinks by each suspended member, whose own term ends", () => {
    const two = failing(growTo(chainOf(rosterOf(7)), 6), 2);
    const [low, high] = sidelined(two) as [MemberId, MemberId];
    const own = grow(two, { offenders: [low] });
    expect(sidelined(own)).toEqual([high]);
    const other = [0, 1, 2, 3, 4, 5, 6].map(memberOf).find((id) => id !== low && id !== high);
    const both = grow(own, { offenders: [other as MemberId] });
    expect(sidelined(both)).toEqual([]);
    expect(eligibleOf(both.roster)).toHaveLength(5);
    expect(both.roster.endedTerms.map(({ member }) => member)).toEqual([low, high].sort());
  });

  test("shrinks with the set, and a member that leaves it keeps its record for its return", () => {
    const began = fail(chainOf(rosterOf(7)), memberOf(2));
    const left = grow(began, { requests: [{ type: "remove", member: memberOf(2) }] });
    expect(sidelined(left)).toEqual([]);
    expect(left.roster.endedTerms).toEqual([
      { member: memberOf(2), endedHeight: left.height, termHeights: 256 },
    ]);
    const key = "f".repeat(64) as never;
    const back = grow(left, { requests: [{ type: "add", member: memberOf(2), key }] });
    expect(fail(back, memberOf(2)).roster.terms[0]?.termHeights).toBe(512);
    const small = grow(fail(chainOf(rosterOf(4)), memberOf(2)), {
      requests: [{ type: "remove", member: memberOf(0) }],
    });
    expect(sidelined(small)).toEqual([]);
  });

  test("is not taken by a member that the same block suspends: its failure is not counted", () => {
    const turn = untilTurnOf(chainOf(rosterOf(7)), memberOf(2));
    const { roster } = failing(turn, 1, { offenders: [memberOf(2)] });
    expect([roster.terms, roster.endedTerms]).toEqual([[], []]);
  });

  test("is not taken by a member that the same block removes: its failure leaves no trace", () => {
    const turn = untilTurnOf(chainOf(rosterOf(7)), memberOf(2));
    const gone = failing(turn, 1, { requests: [{ type: "remove", member: memberOf(2) }] });
    expect([gone.roster.terms, gone.roster.endedTerms]).toEqual([[], []]);
  });

  test("that is missing in the block which would begin a term keeps all as it was", () => {
    const full = grow(chainOf(rosterOf(4)), { offenders: [memberOf(1)] });
    const turn = untilTurnOf(full, memberOf(2));
    const { roster } = failing(turn, 1);
    expect([roster.terms, roster.endedTerms]).toEqual([[], []]);
    expect(roster.terms).toBe(turn.roster.terms);
    expect(roster.endedTerms).toBe(turn.roster.endedTerms);
  });

  test("that is missing leaves an earlier ended term as it was, and the next one only doubled", () => {
    const began = fail(chainOf(rosterOf(4)), memberOf(2));
    const ended = growTo(began, began.height + 256);
    const full = grow(ended, { offenders: [memberOf(1)] });
    const turn = untilTurnOf(full, memberOf(2));
    const none = failing(turn, 1);
    expect(none.roster.terms).toEqual([]);
    expect(none.roster.endedTerms).toEqual([
      { member: memberOf(2), endedHeight: ended.height, termHeights: 256 },
    ]);
    const room = grow(none, { requests: [{ type: "restore", member: memberOf(1) }] });
    const again = fail(room, memberOf(2));
    expect(again.roster.terms[0]?.termHeights).toBe(512);
    expect(again.roster.endedTerms).toEqual([]);
  });

  test("for one of two that begin together goes to the higher id, and the lower leaves no trace", () => {
    const full = grow(growTo(chainOf(rosterOf(7)), 6), { offenders: [memberOf(6)] });
    const failed = [0, 1].map((round) => proposerOf(full.roster, 8, round)).sort();
    const after = failing(grow(full), 2);
    expect(sidelined(after)).toEqual([failed[1]]);
    expect(after.roster.endedTerms).toEqual([]);
  });

  test("that is taken by a new term ends the longest one in force, which is kept as ended", () => {
    const first = failing(growTo(chainOf(rosterOf(4)), 5), 1);
    const out = sidelined(first)[0] as MemberId;
    const second = failing(grow(first), 1);
    expect(sidelined(second)).not.toContain(out);
    expect(second.roster.endedTerms).toEqual([
      { member: out, endedHeight: second.height, termHeights: 256 },
    ]);
  });
});
