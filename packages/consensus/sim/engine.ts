// The code under test in one member: one queue, one state, and the log that must give the state again.
import {
  type ConsensusState,
  type Effect,
  type HeightState,
  type Input,
  initialState,
  replay,
  type Step,
} from "../src/index.ts";
import type { Checkers } from "./checkers.ts";
import type { Disk } from "./disk.ts";
import { sameValue } from "./same-value.ts";

/** The parts of a member, so that a broken one can be put in to see whether it is caught. */
export interface Parts {
  readonly step: (state: ConsensusState, input: Input) => Step;
  readonly isGuarded: boolean;
  readonly isLogKept: boolean;
  /** Whether the log, fed back, is compared with the state now and then. */
  readonly isLogCompared: boolean;
}

/** What the engine needs of its member. */
export interface EngineDesk {
  readonly index: number;
  readonly checkers: Checkers;
  readonly disk: Disk;
  readonly parts: Parts;
  isAlive(): boolean;
  /** Whether power is lost at this very effect. */
  isLost(): boolean;
  perform(effect: Effect): void;
  /** An input was dealt with. */
  settled(state: ConsensusState): void;
}

/** Every so many inputs the log is fed back and compared, and at every crash. */
const logCheckEvery = 200;

/** Consensus of one member. */
export class Engine {
  readonly #desk: EngineDesk;
  state: ConsensusState = initialState;
  /** The height as the log gives it when it is fed back. */
  #logged: HeightState | null = null;
  #queue: Input[] = [];
  #isBusy = false;
  #inputs = 0;

  constructor(desk: EngineDesk) {
    this.#desk = desk;
  }

  feed(input: Input): void {
    this.#queue.push(input);
    if (!this.#isBusy) this.#drain();
  }

  #drain(): void {
    const { index, checkers, parts, isAlive, settled } = this.#desk;
    this.#isBusy = true;
    for (let at = 0; at < this.#queue.length && isAlive(); at += 1) {
      const input = this.#queue[at] as Input;
      checkers.onInput(index, input);
      const before = this.state.height;
      const [state, effects] = parts.step(this.state, input);
      this.state = state;
      checkers.onStep(index, before, state.height, effects);
      this.#carryOut(effects);
      if (!isAlive()) break;
      this.#inputs += 1;
      if (this.#inputs % logCheckEvery === 0) this.compareLog();
      settled(state);
    }
    this.#queue = [];
    this.#isBusy = false;
  }

  #carryOut(effects: readonly Effect[]): void {
    const { isAlive, isLost, perform } = this.#desk;
    for (const effect of effects) {
      if (isLost()) return;
      perform(effect);
      if (!isAlive()) return;
    }
  }

  /** The member's memory is gone. */
  forget(): void {
    this.state = initialState;
    this.#logged = null;
    this.#queue = [];
  }

  /** Takes up the height of the log. */
  takeUp(): void {
    this.state = replay(this.#desk.disk.records);
    this.#logged = this.state.height;
  }

  /** A record went to the log: from now on the log says what the state says. */
  logged(): void {
    this.#logged = this.state.height;
  }

  /** The log, fed back, gives the very state there is. */
  compareLog(): void {
    const { index, checkers, disk, parts } = this.#desk;
    if (this.#logged === null || !parts.isLogCompared) return;
    if (!sameValue(replay(disk.records).height, this.#logged)) checkers.onLogDiffers(index);
  }
}
