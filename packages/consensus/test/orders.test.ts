// L6: rules that are ready at once never stand in each other's way, whatever the order of arrival.
import { describe, expect, test } from "vitest";
import type { Input, Timeout } from "../src/index.ts";
import { a, b, Script } from "./helpers/script.ts";

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

const maker = new Script();
const prevote = (round: number, blockId: typeof a | null, voter: number): Input => ({
  type: "vote",
  vote: maker.voteOf("prevote", round, blockId, voter),
});
const precommit = (round: number, blockId: typeof a | null, voter: number): Input => ({
  type: "vote",
  vote: maker.voteOf("precommit", round, blockId, voter),
});
const propose = (round: number, blockId: typeof a, validRound = -1): Input => ({
  type: "proposal",
  proposal: maker.proposal(round, blockId, validRound),
});
const polka: Input = { type: "certificate", certificate: maker.polka(0, a, [1, 2, 3]) };
const commit: Input = { type: "certificate", certificate: maker.commit(0, a, [1, 2, 3]) };

/** Six messages each: all 720 orders of them are tried. */
const decisive: readonly (readonly [string, readonly Input[]])[] = [
  [
    "a quorum for nil and a decision",
    [
      ...[1, 2, 3].map((voter) => prevote(0, null, voter)),
      ...[1, 2, 3].map((voter) => precommit(0, a, voter)),
    ],
  ],
  [
    "an equivocator's first vote and the certificate that has its second",
    [
      propose(0, a),
      prevote(0, a, 1),
      prevote(0, null, 3),
      polka,
      precommit(0, a, 1),
      precommit(0, a, 2),
    ],
  ],
  [
    "votes of a later round that would lead away from the decision",
    [
      precommit(0, a, 1),
      precommit(0, a, 2),
      precommit(0, a, 3),
      prevote(4, null, 1),
      prevote(4, null, 2),
      precommit(4, null, 3),
    ],
  ],
  [
    "a decision as a certificate among the votes of others",
    [
      propose(0, b),
      prevote(0, b, 1),
      prevote(0, a, 2),
      prevote(0, a, 3),
      commit,
      precommit(1, b, 3),
    ],
  ],
  [
    "a block offered again with its polka, and votes for it in the later round",
    [
      propose(1, a, 0),
      prevote(1, a, 1),
      prevote(1, a, 2),
      precommit(1, a, 1),
      precommit(1, a, 2),
      precommit(1, a, 3),
    ],
  ],
];

const open: readonly (readonly [string, readonly Input[], number])[] = [
  [
    "nil in the first round and two validators in the second",
    [
      prevote(0, null, 1),
      prevote(0, null, 2),
      precommit(0, null, 1),
      precommit(0, null, 2),
      prevote(1, null, 2),
      prevote(1, null, 3),
    ],
    1,
  ],
  [
    "votes of four rounds, of which two validators share the last",
    [
      prevote(1, a, 1),
      prevote(2, a, 2),
      precommit(3, null, 1),
      prevote(3, b, 2),
      prevote(2, null, 3),
      prevote(1, null, 3),
    ],
    3,
  ],
  [
    "a polka, a fresh block and precommits for everything",
    [
      propose(0, a),
      prevote(0, a, 1),
      prevote(0, a, 2),
      precommit(0, null, 1),
      precommit(0, b, 2),
      precommit(0, null, 3),
    ],
    0,
  ],
];

function played(order: readonly Input[]): Script {
  const script = new Script();
  for (const block of [a, b]) script.opinions.set(block, { valid: true });
  for (const input of order) script.feed(input);
  return script;
}

/** Waits of the round in force, none of which ended yet. */
function waits(script: Script): readonly Timeout["kind"][] {
  return script
    .of("schedule")
    .flatMap(({ timeout }) =>
      "round" in timeout && timeout.round === script.rules.round && timeout.kind !== "resend"
        ? [timeout.kind]
        : [],
    );
}

/** Lets the waits of the current round end, the earliest step first; true if a later round began. */
function leavesItsRound(script: Script): boolean {
  const { round } = script.rules;
  for (const kind of ["propose", "prevote", "precommit"] as const) {
    if (script.rules.round === round && waits(script).includes(kind)) script.timeout(kind, round);
  }
  return script.rules.round > round;
}

describe("the same messages in all 720 orders", () => {
  test.each(decisive)("L6: decide the same: %s", (_, messages) => {
    for (const order of permutations(messages)) {
      const decisions = played(order).of("decide");
      expect(decisions.map(({ certificate }) => certificate.blockId)).toEqual([a]);
    }
  });

  test.each(open)(
    "L6: lead to the same round and leave nobody waiting for nothing: %s",
    (_, messages, round) => {
      for (const order of permutations(messages)) {
        const script = played(order);
        expect(script.of("decide")).toEqual([]);
        expect(script.rules.round).toBe(round);
        expect(waits(script).length).toBeGreaterThan(0);
        script.prevote(round, null, [1, 2, 3]);
        script.precommit(round, null, [1, 2, 3]);
        expect(leavesItsRound(script)).toBe(true);
      }
    },
  );
});
