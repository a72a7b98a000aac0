import type { World } from "./world.ts";

/** When a member is there: its lives from start to loss of power, and the times it stands still. */
export class Life {
  readonly #world: World;
  isAlive = false;
  #count = 0;
  #pausedUntilMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    this.isAlive = true;
    this.#count += 1;
  }

  /** The end of this life; `then` follows unless somebody began another before. */
  end(downMs: number, then: () => void): void {
    this.isAlive = false;
    this.#world.clock.after(downMs, () => {
      if (!this.isAlive) then();
    });
  }

  get isPaused(): boolean {
    return this.#world.clock.nowMs < this.#pausedUntilMs;
  }

  pause(forMs: number): void {
    this.#pausedUntilMs = this.#world.clock.nowMs + forMs;
  }

  /** Does something later, unless this life is over by then; if the member stands still, after that. */
  later(delayMs: number, run: () => void): void {
    const life = this.#count;
    this.#world.clock.after(delayMs, () => {
      if (!this.isAlive || this.#count !== life) return;
      if (this.isPaused) this.whenAwake(run);
      else run();
    });
  }

  /** Waits for the end of a pause. */
  whenAwake(run: () => void): void {
    this.later(this.#pausedUntilMs - this.#world.clock.nowMs, run);
  }
}
