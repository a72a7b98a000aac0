// What may happen between any two steps of a height: a decision from elsewhere, a crash, a bug.
import { describe, expect, test } from "vitest";
import {
  type ConsensusState,
  guardMemory,
  type Input,
  replay,
  step,
  type Timeout,
} from "../src/index.ts";
import { a, b, Script } from "./helpers/script.ts";

/** What happens to member 0 of 4 in three rounds: it locks a, goes on, and hears of b. */
function course(script: Script): readonly (() => void)[] {
  script.opinions.set(a, { valid: true });
  script.opinions.set(b, { valid: true });
  return [
    () => script.propose(0, a),
    () => script.prevote(0, a, [1]),
    () => script.prevote(0, a, [2]),
    () => script.precommit(0, null, [1, 2]),
    () => script.timeout("precommit", 0),
    () => script.propose(1, b),
    () => script.prevote(1, null, [1, 2, 3]),
    () => script.precommit(1, null, [1, 2, 3]),
    () => script.timeout("precommit", 1),
    () => script.timeout("propose", 2),
    () => script.prevote(2, b, [1, 2]),
    () => script.prevote(2, b, [3]),
    () => script.precommit(2, b, [1]),
  ];
}

const steps = course(new Script()).length;
const places = Array.from({ length: steps + 1 }, (_, index) => index);

describe("a decision from sync", () => {
  test.each(places)(
    "S13: after %i steps of a height ends it: no vote of it is asked for or leaves",
    (at) => {
      for (const signs of [true, false]) {
        const script = new Script({ signs });
        const way = course(script);
        for (const act of way.slice(0, at)) act();
        const drafts = script.of("sign").map(({ draft }) => draft);
        script.feed({ type: "certificate", certificate: script.commit(0, a, [1, 2, 3]) });
        expect(script.of("decide").map(({ certificate }) => certificate.blockId)).toEqual([a]);
        script.effects.length = 0;
        for (const draft of drafts) script.sign(draft);
        for (const act of way.slice(at)) act();
        const left = script.effects.filter(({ type }) => type === "sign" || type === "decide");
        expect(left).toEqual([]);
        const said = script.of("broadcast").map(({ message }) => message.kind);
        expect(said.filter((kind) => kind !== "vote")).toEqual([]);
        for (const { message } of script.of("broadcast")) {
          // An own late precommit for the very block that was decided is no harm, and completes the proof.
          expect(message).toMatchObject({ vote: { type: "precommit", blockId: a, round: 0 } });
        }
      }
    },
  );
});

/** Makes a state unchangeable all the way down. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Uint8Array) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}

describe("a step that fails", () => {
  test("S8: leaves the state before it as it was, lock included, because nothing is changed in place", () => {
    const script = new Script();
    let state: ConsensusState = script.state;
    const inputs: Input[] = [];
    const feed = script.feed.bind(script);
    script.feed = (input) => {
      inputs.push(input);
      return feed(input);
    };
    for (const act of course(script)) act();
    expect(inputs.length).toBeGreaterThan(20);
    for (const input of inputs) [state] = step(frozen(state), frozen(input));
    expect(state.height).toEqual(script.state.height);
  });
});

describe("a member that restarts on a silent network", () => {
  const waitsOf = (script: Script): readonly Timeout["kind"][] =>
    script.of("schedule").map(({ timeout }) => timeout.kind);

  /** Waits that were running before the crash and are needed to leave the round. */
  function running(script: Script): readonly Timeout["kind"][] {
    const { step: at, waiting } = script.rules;
    return waiting.filter((kind) => kind === "precommit" || kind === at);
  }

  test.each(places)("L4: after %i steps of a height waits again for all it waited for", (at) => {
    const script = new Script();
    for (const act of course(script).slice(0, at)) act();
    if (script.state.height?.decision !== null) return;
    const again = new Script();
    again.effects.length = 0;
    again.state = replay(script.of("persist").map(({ record }) => record));
    again.feed(guardMemory(script.guarded(), 0, 1));
    expect(waitsOf(again)).toEqual(expect.arrayContaining([...running(script), "resend"]));
    expect(again.rules).toEqual(script.rules);
    for (const kind of ["propose", "prevote", "precommit"] as const) {
      if (waitsOf(again).includes(kind)) again.timeout(kind, again.rules.round);
    }
    const isLeft = again.rules.round > script.rules.round;
    const isStepOver = again.rules.step !== script.rules.step;
    const isNothingDue = running(script).length === 0;
    expect(isLeft || isStepOver || isNothingDue).toBe(true);
  });
});
