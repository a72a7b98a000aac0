import type { ConsensusState } from "@tegata/consensus";
import type { ConsensusEvents } from "./consensus-events.ts";

type Rules = NonNullable<ConsensusState["height"]>["rules"];

/** Tells of rounds that begin and of steps that end. */
export class RoundWatch {
  readonly #events: Pick<ConsensusEvents, "onRound" | "onStep">;
  #height = 0;
  #round = -1;
  #step: Rules["step"] | null = null;
  #sinceMs = 0;

  constructor(events: Pick<ConsensusEvents, "onRound" | "onStep">) {
    this.#events = events;
  }

  /** Looks at the state after an input. */
  look({ height: current }: ConsensusState): void {
    const height = current?.start.height ?? 0;
    const round = current?.rules.round ?? 0;
    const step = current?.rules.step ?? null;
    const isSameRound = height === this.#height && round === this.#round;
    if (isSameRound && step === this.#step) return;
    const nowMs = performance.now();
    if (this.#step !== null) this.#events.onStep(this.#step, (nowMs - this.#sinceMs) / 1_000);
    this.#height = height;
    this.#round = round;
    this.#step = step;
    this.#sinceMs = nowMs;
    if (!isSameRound) this.#events.onRound(height, round);
  }
}
