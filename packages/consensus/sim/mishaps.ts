// What befalls one member at its n-th effect or its n-th write.
import type { Crash, Swarm } from "./swarm.ts";

/** Counts what a member does, and says when it is time. */
export class Mishaps {
  readonly #crashes: Crash[];
  readonly #fullDisks: Crash[];
  #effects = 0;
  #writes = 0;

  constructor(member: number, { crashes, fullDisks }: Swarm) {
    const ofMember = (all: readonly Crash[]): Crash[] =>
      all.filter((one) => one.member === member).sort((a, b) => a.atEffect - b.atEffect);
    this.#crashes = ofMember(crashes);
    this.#fullDisks = ofMember(fullDisks);
  }

  /** The loss of power at this effect, or null. */
  atEffect(isHealed: boolean): Crash | null {
    this.#effects += 1;
    return dueAt(this.#crashes, this.#effects, isHealed);
  }

  /** The lack of room at this write, or null. */
  atWrite(isHealed: boolean): Crash | null {
    this.#writes += 1;
    return dueAt(this.#fullDisks, this.#writes, isHealed);
  }
}

function dueAt(mishaps: Crash[], count: number, isHealed: boolean): Crash | null {
  const next = mishaps[0];
  if (next === undefined || count < next.atEffect || isHealed) return null;
  mishaps.shift();
  return next;
}
