import type { NetworkId } from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ConsensusError,
  type Draft,
  decodeGuard,
  encodeGuardSlot,
  type GuardState,
  guardAllows,
  guardMemory,
  guardSlotBytes,
  isBeyondGuard,
  isForeignToGuard,
  newGuard,
  recoverGuard,
  withSignature,
} from "../src/index.ts";
import { a, b, network, signatureOf } from "./helpers/script.ts";

function vote(
  height: number,
  round: number,
  type: "prevote" | "precommit",
  blockId: typeof a | null = a,
): Draft {
  return { kind: "vote", vote: { type, height, round, blockId, voter: 0 } };
}

function proposal(height: number, round: number, blockId = a): Draft {
  const fields = { height, round, blockId, validRound: -1, proposer: 0, polka: null };
  return { kind: "proposal", proposal: fields };
}

/** The guard after signing these one after the other. */
function after(drafts: readonly Draft[]): GuardState {
  let state = newGuard(network);
  for (const draft of drafts) {
    const answer = guardAllows(state, draft, network, 0);
    if (!answer.ok || !("state" in answer)) throw new Error("the guard refused");
    state = withSignature(answer.state, signatureOf(answer.state.written));
  }
  return state;
}

function ask(state: GuardState, draft: Draft, era = 0): unknown {
  const answer = guardAllows(state, draft, network, era);
  if (!answer.ok) return answer.code;
  return "reuse" in answer ? "reuse" : "allowed";
}

describe("the signer guard", () => {
  test("only goes up: height, then round, then proposal, prevote, precommit", () => {
    const state = after([vote(5, 2, "prevote")]);
    expect(ask(state, vote(5, 2, "precommit"))).toBe("allowed");
    expect(ask(state, proposal(5, 3))).toBe("allowed");
    expect(ask(state, vote(6, 0, "prevote"))).toBe("allowed");
    expect(ask(state, proposal(5, 2))).toBe("CONSENSUS_GUARD_BEHIND");
    expect(ask(state, vote(5, 1, "precommit"))).toBe("CONSENSUS_GUARD_BEHIND");
    expect(ask(state, vote(4, 9, "precommit"))).toBe("CONSENSUS_GUARD_BEHIND");
  });

  test("S9: the same message gets the same signature, another for its place none", () => {
    const state = after([vote(5, 2, "prevote"), vote(5, 2, "precommit")]);
    expect(guardAllows(state, vote(5, 2, "prevote"), network, 0)).toEqual({
      ok: true,
      reuse: signatureOf(1),
    });
    expect(guardAllows(state, vote(5, 2, "precommit"), network, 0)).toEqual({
      ok: true,
      reuse: signatureOf(2),
    });
    expect(ask(state, vote(5, 2, "precommit", b))).toBe("CONSENSUS_GUARD_CONFLICT");
    expect(ask(state, vote(5, 2, "precommit", null))).toBe("CONSENSUS_GUARD_CONFLICT");
    expect(ask(state, vote(5, 2, "prevote", b))).toBe("CONSENSUS_GUARD_BEHIND");
  });

  test("a proposal with another valid round is another proposal", () => {
    const state = after([proposal(5, 2)]);
    const fields = { height: 5, round: 2, blockId: a, proposer: 0, polka: null };
    const other: Draft = { kind: "proposal", proposal: { ...fields, validRound: 1 } };
    expect(ask(state, other)).toBe("CONSENSUS_GUARD_CONFLICT");
  });

  test("a new era begins above the old one, the old one is over", () => {
    const state = after([vote(5, 2, "prevote")]);
    expect(ask(state, vote(5, 0, "prevote"), 1)).toBe("allowed");
    const answer = guardAllows(state, vote(5, 0, "prevote"), network, 1);
    if (!answer.ok || !("state" in answer)) throw new Error("the guard refused");
    expect(ask(withSignature(answer.state, signatureOf(1)), vote(9, 0, "prevote"))).toBe(
      "CONSENSUS_GUARD_BEHIND",
    );
  });

  test("a guard of another network signs nothing", () => {
    const other = "77".repeat(32) as NetworkId;
    expect(guardAllows(newGuard(network), vote(1, 0, "prevote"), other, 0)).toEqual({
      ok: false,
      code: "CONSENSUS_GUARD_OTHER_NETWORK",
    });
  });

  test("whatever is asked in whatever order, no place gets two signatures", () => {
    const draft = fc.record({
      height: fc.integer({ min: 1, max: 3 }),
      round: fc.integer({ min: 0, max: 3 }),
      type: fc.constantFrom("prevote" as const, "precommit" as const),
      blockId: fc.constantFrom(a, b, null),
    });
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 60 }), (asked) => {
        let state = newGuard(network);
        const signed = new Map<string, unknown>();
        for (const { height, round, type, blockId } of asked) {
          const answer = guardAllows(state, vote(height, round, type, blockId), network, 0);
          if (!answer.ok) continue;
          const place = `${height} ${round} ${type}`;
          expect(signed.get(place) ?? `${blockId}`).toBe(`${blockId}`);
          signed.set(place, `${blockId}`);
          if ("state" in answer) state = withSignature(answer.state, signatureOf(0));
        }
      }),
    );
  });

  test("S12: what others hold is beyond the guard if it is later or different", () => {
    const state = after([vote(5, 2, "prevote")]);
    expect(isBeyondGuard(state, vote(5, 2, "prevote"), 0)).toBe(false);
    expect(isBeyondGuard(state, vote(5, 1, "precommit"), 0)).toBe(false);
    expect(isBeyondGuard(state, vote(5, 2, "prevote", b), 0)).toBe(true);
    expect(isBeyondGuard(state, vote(5, 2, "precommit"), 0)).toBe(true);
    expect(isBeyondGuard(newGuard(network), vote(1, 0, "prevote"), 0)).toBe(true);
  });

  test("S12: foreign is what it did not sign, as far as it remembers", () => {
    const said = [vote(7, 0, "prevote"), vote(7, 0, "precommit"), vote(7, 1, "prevote")];
    const state = after(said);
    for (const draft of said) expect(isForeignToGuard(state, draft, 0)).toBe(false);
    expect(isForeignToGuard(state, vote(7, 0, "prevote", b), 0)).toBe(true);
    expect(isForeignToGuard(state, vote(7, 1, "precommit"), 0)).toBe(true);
    expect(isForeignToGuard(state, vote(8, 0, "prevote"), 0)).toBe(true);
    expect(isForeignToGuard(state, vote(6, 0, "prevote", b), 0)).toBe(false);
    expect(isForeignToGuard(newGuard(network), vote(1, 0, "prevote"), 0)).toBe(true);
    const rounds = [1, 2, 3, 4, 5, 6, 7];
    const long = after(rounds.map((round) => vote(7, round, "prevote")));
    expect(isForeignToGuard(long, vote(7, 1, "prevote"), 0)).toBe(false);
    expect(isForeignToGuard(long, vote(7, 3, "precommit"), 0)).toBe(true);
  });

  test("its lock is the newest precommit for a block of the height, however long ago", () => {
    const rounds = Array.from({ length: 20 }, (_, round) => vote(5, round + 1, "precommit", null));
    const state = after([vote(5, 0, "precommit"), ...rounds]);
    expect(state.said).toHaveLength(6);
    expect(state.lock).toEqual({ height: 5, round: 0, blockId: a });
    const next = guardAllows(state, vote(6, 0, "prevote"), network, 0);
    expect(next).toMatchObject({ ok: true, state: { lock: null } });
    const newEra = guardAllows(state, vote(5, 0, "prevote"), network, 1);
    expect(newEra).toMatchObject({ ok: true, state: { lock: null } });
  });

  test("it remembers the last messages of its height and the lock, for the next start", () => {
    const state = after([
      vote(4, 0, "precommit"),
      vote(5, 1, "precommit", b),
      vote(5, 2, "precommit", null),
      proposal(5, 3),
    ]);
    const memory = guardMemory(state, 0, 5);
    expect(memory.lock).toEqual({ round: 1, blockId: b });
    expect(memory.said.map(({ kind }) => kind)).toEqual(["vote", "vote", "proposal"]);
    expect(guardMemory(state, 0, 6)).toEqual({ type: "resume", said: [], lock: null });
    expect(guardMemory(state, 1, 5)).toEqual({ type: "resume", said: [], lock: null });
  });
});

describe("a lost guard", () => {
  test("is made again from what all others hold: above every word, with the newest lock", () => {
    const signed = (draft: Draft) =>
      draft.kind === "vote" ? [{ ...draft.vote, signature: signatureOf(0) }] : [];
    const answer = (...drafts: readonly Draft[]) => ({
      height: 5,
      voter: 0,
      proposals: [],
      votes: drafts.flatMap(signed),
    });
    const state = recoverGuard(network, 0, [
      answer(vote(5, 0, "prevote"), vote(5, 0, "precommit")),
      answer(vote(5, 2, "prevote", null)),
      answer(),
    ]);
    expect(state.lock).toEqual({ height: 5, round: 0, blockId: a });
    expect(ask(state, vote(5, 2, "prevote", b))).toBe("CONSENSUS_GUARD_CONFLICT");
    expect(ask(state, vote(5, 1, "precommit"))).toBe("CONSENSUS_GUARD_BEHIND");
    expect(ask(state, vote(5, 2, "precommit"))).toBe("allowed");
    expect(guardMemory(state, 0, 5).said).toHaveLength(3);
    expect(decodeGuard(Buffer.concat([new Uint8Array(4_096), encodeGuardSlot(state)]))).toEqual(
      state,
    );
    expect(recoverGuard(network, 0, []).said).toEqual([]);
  });
});

describe("the guard's file", () => {
  const older = after([vote(5, 2, "prevote")]);
  const newer = after([vote(5, 2, "prevote"), vote(5, 2, "precommit")]);

  const file = (first: Uint8Array, second: Uint8Array): Uint8Array =>
    Buffer.concat([first, second]);

  test("the intact slot that was written last counts, wherever it is", () => {
    const [one, two] = [encodeGuardSlot(older), encodeGuardSlot(newer)];
    expect(one).toHaveLength(guardSlotBytes);
    expect(decodeGuard(file(one, two))).toEqual(newer);
    expect(decodeGuard(file(two, one))).toEqual(newer);
    expect(decodeGuard(file(one, new Uint8Array(guardSlotBytes)))).toEqual(older);
  });

  test("a slot torn at any byte is no loss: the other one counts", () => {
    const [one, two] = [encodeGuardSlot(older), encodeGuardSlot(newer)];
    for (let length = 0; length < 400; length += 1) {
      const torn = Uint8Array.from(one);
      torn.set(two.subarray(0, length));
      const read = decodeGuard(file(older.written === 1 ? one : two, torn));
      expect([older, newer]).toContainEqual(read);
    }
    for (let at = 0; at < 36 + 200; at += 1) {
      const bad = two.with(at, (two[at] ?? 0) ^ 0x10);
      expect(decodeGuard(file(bad, one))).toEqual(older);
    }
  });

  test("two damaged slots are an error, never an empty guard", () => {
    const bad = new Uint8Array(guardSlotBytes).fill(1);
    expect(() => decodeGuard(file(bad, bad))).toThrow(ConsensusError);
    expect(() => decodeGuard(new Uint8Array(0))).toThrow(ConsensusError);
    expect(() => decodeGuard(new Uint8Array(2 * guardSlotBytes))).toThrow(ConsensusError);
  });
});
