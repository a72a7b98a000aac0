import type { Prng } from "../../../packages/consensus/sim/prng.ts";

/** What a store is worked with. */
export interface Hands {
  readonly draw: Prng;
  /** Everything that was acknowledged in earlier runs over this folder. */
  readonly said: readonly string[];
  /** Acknowledges something: from now on it must be there after every loss of power. */
  say(text: string): void;
}

/** What is found of what was acknowledged. */
export interface Found {
  readonly kept: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

/** A part of the product that keeps something on a disk, driven as the product drives it. */
export interface Store {
  readonly name: string;
  /** Opens it, made if it is not there, and works for a while. Ends early where it throws. */
  work(folder: string, hands: Hands): Promise<void>;
  /**
   * Opens it again, as a start does, and looks for everything that was acknowledged. It may be a copy that
   * is not needed afterwards. Throws where it does not open or what is there is not whole.
   */
  look(folder: string, said: readonly string[]): Promise<Found>;
}

/** What is found where everything is either there or not. */
export function foundAmong(said: readonly string[], isThere: (text: string) => boolean): Found {
  const lost = said.filter((text) => !isThere(text));
  return { kept: said.length - lost.length, lost, doubled: [] };
}
