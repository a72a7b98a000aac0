// Members that are broken on purpose, to see whether the checkers notice. Each breaks one rule by
// wrapping the whole of consensus: nothing in the code under test knows of it.
import {
  type ConsensusState,
  type Effect,
  type HeightState,
  type Input,
  type Step,
  step,
  type Vote,
} from "../src/index.ts";
import type { Parts } from "./replica.ts";
import { harsh, type Swarm } from "./swarm.ts";

type Stepper = Parts["step"];

/** Sees the state before each input; such a member's log cannot be compared. */
function before(change: (height: HeightState) => HeightState): Partial<Parts> {
  const mutant: Stepper = (state, input) => {
    const { height } = state;
    return step(height === null ? state : { ...state, height: change(height) }, input);
  };
  return { step: mutant, isLogCompared: false };
}

/** Sees each input. */
function changed(change: (input: Input, state: ConsensusState) => Input): Stepper {
  return (state, input) => step(state, change(input, state));
}

/** Sees the effects of each input. */
function filtered(keep: (effect: Effect) => boolean): Stepper {
  return (state, input) => {
    const [next, effects] = step(state, input);
    return [next, effects.filter(keep)];
  };
}

/** Feeds votes nobody cast after the real input. */
function withPhantoms(phantoms: (height: HeightState, input: Input) => readonly Vote[]): Stepper {
  return (state, input) => {
    let [next, effects]: Step = step(state, input);
    if (next.height === null || next.height.decision !== null) return [next, effects];
    for (const vote of phantoms(next.height, input)) {
      const [after, more] = step(next, { type: "vote", vote });
      [next, effects] = [after, [...effects, ...more]];
    }
    return [next, effects];
  };
}

function unlocked(height: HeightState): HeightState {
  return { ...height, lockPolka: null, rules: { ...height.rules, locked: null } };
}

/** Some validator that has not voted so in a round, as the author of an invented vote. */
function silentVoter(height: HeightState, vote: Vote): number | null {
  const votes = height.rounds.find(({ round }) => round === vote.round)?.votes;
  if (votes === undefined) return null;
  const { first } = vote.type === "prevote" ? votes.prevotes : votes.precommits;
  const voter = first.findLastIndex((one, index) => one === null && index !== height.start.self);
  return voter === -1 ? null : voter;
}

/** Counts one vote too many: a quorum less one suffices. */
function oneTooMany(height: HeightState, input: Input): readonly Vote[] {
  const vote = input.type === "vote" ? input.vote : null;
  if (vote === null || vote.height !== height.start.height) return [];
  const votes = height.rounds.find(({ round }) => round === vote.round)?.votes;
  if (votes === undefined) return [];
  const tally = vote.type === "prevote" ? votes.prevotes : votes.precommits;
  const count = tally.counts.find(({ blockId }) => blockId === vote.blockId)?.votes ?? 0;
  const voter = silentVoter(height, vote);
  const isShort = count === Math.floor((2 * height.start.validators.length) / 3);
  return isShort && voter !== null ? [{ ...vote, voter, signature: new Uint8Array(64) }] : [];
}

/** Takes the two votes of one validator for those of two. */
function messagesAsSenders(height: HeightState, input: Input): readonly Vote[] {
  const vote = input.type === "vote" ? input.vote : null;
  if (vote === null || vote.height !== height.start.height) return [];
  if (vote.round <= height.rules.round) return [];
  const votes = height.rounds.find(({ round }) => round === vote.round)?.votes;
  const isDouble =
    votes?.prevotes.first[vote.voter] !== null && votes?.precommits.first[vote.voter] !== null;
  const voter = silentVoter(height, vote);
  return isDouble && voter !== null ? [{ ...vote, voter, signature: new Uint8Array(64) }] : [];
}

/** What a nil polka of the current round does to a lock in the mutant that lets it go. */
function withoutLockOnNil(height: HeightState): HeightState {
  const votes = height.rounds.find(({ round }) => round === height.rules.round)?.votes;
  const nil = votes?.prevotes.counts.find(({ blockId }) => blockId === null)?.votes ?? 0;
  return 3 * nil > 2 * height.start.validators.length ? unlocked(height) : height;
}

/** An elapsed wait of an earlier round taken for one of the current round. */
function anyTimeout(input: Input, { height }: ConsensusState): Input {
  if (height === null || input.type !== "timeout") return input;
  const { timeout } = input;
  if (timeout.kind === "gap" || timeout.kind === "resend") return input;
  const { start, rules } = height;
  const kind = timeout.kind === "propose" && rules.step === "prevote" ? "prevote" : timeout.kind;
  return { type: "timeout", timeout: { kind, height: start.height, round: rules.round } };
}

/** A broken member and the rule it breaks. */
export interface Mutant {
  readonly name: string;
  readonly parts: Partial<Parts>;
  /** Circumstances in which it shows; by default those every seed draws. */
  readonly swarm?: Partial<Swarm>;
}

/** Every way of being broken that the checkers must notice. */
export const mutants: readonly Mutant[] = [
  { name: "prevotes whatever its lock says (L23, L29)", parts: before(unlocked) },
  { name: "lets its lock go on a nil polka", parts: before(withoutLockOnNil), swarm: harsh },
  { name: "counts one vote too many", parts: { step: withPhantoms(oneTooMany) } },
  { name: "counts messages, not senders (L55)", parts: { step: withPhantoms(messagesAsSenders) } },
  {
    name: "keeps neither log nor guard",
    parts: { isLogKept: false, isGuarded: false, isLogCompared: false },
  },
  {
    name: "takes every block for valid",
    parts: {
      step: changed((input) => (input.type === "verdict" ? { ...input, valid: true } : input)),
    },
  },
  {
    name: "ignores whether a block is timely or due",
    parts: {
      step: changed((input) =>
        input.type === "verdict" ? { ...input, timely: true, due: true } : input,
      ),
    },
  },
  { name: "takes an old wait for a new one", parts: { step: changed(anyTimeout) } },
  {
    name: "logs nothing but the start of a height",
    parts: {
      step: filtered((effect) => effect.type !== "persist" || effect.record.type === "startHeight"),
    },
  },
  {
    name: "does not log its verdicts",
    parts: {
      step: filtered((effect) => effect.type !== "persist" || effect.record.type !== "verdict"),
    },
  },
  {
    name: "takes nothing over from its guard",
    parts: {
      step: changed((input) =>
        input.type === "resume" ? { ...input, said: [], lock: null } : input,
      ),
    },
  },
  { name: "waits for nothing", parts: { step: filtered(({ type }) => type !== "schedule") } },
  {
    name: "neither fills gaps nor says anything again",
    parts: {
      step: filtered((effect) => {
        if (effect.type === "sendTo") return effect.message.kind === "answer";
        return effect.type !== "schedule" || effect.timeout.kind !== "resend";
      }),
    },
  },
  {
    name: "asks for no block it lacks a verdict of",
    parts: { step: filtered(({ type }) => type !== "validate") },
  },
];
