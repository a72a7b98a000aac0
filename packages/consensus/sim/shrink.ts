// Makes a failing seed small: fewer faults, an earlier healing, the same failure.
import type { Outcome } from "./cluster.ts";
import { faultsLeft, run, type Setting } from "./setting.ts";

/** Work is bounded by what happens, not by the clock: the same failure shrinks to the same thing everywhere. */
const eventsMax = 600_000;
/** Nobody reads fractions of this. */
const healStepMs = 50;

/** Kinds of failure, without the members, heights and rounds they happened at. */
export function kindsOf({ violations, isStalled }: Outcome): readonly string[] {
  const kinds = violations.map((sentence) => sentence.replace(/\d[\da-f/]*/g, "_"));
  return isStalled ? [...kinds, "stalled"] : kinds;
}

/** What is left of a failure. */
export interface Shrunk {
  readonly setting: Setting;
  readonly outcome: Outcome;
  /** How many runs it took. */
  readonly runs: number;
}

/** Shrinks a failing setting. */
export function shrink(failing: Setting): Shrunk {
  let outcome = run(failing);
  const kinds = kindsOf(outcome);
  let setting = failing;
  let [events, runs] = [outcome.events, 1];

  const attempt = (smaller: Setting): boolean => {
    if (events >= eventsMax) return false;
    const result = run(smaller);
    events += result.events;
    runs += 1;
    if (!kindsOf(result).some((kind) => kinds.includes(kind))) return false;
    [setting, outcome] = [smaller, result];
    return true;
  };
  const drop = (names: readonly string[]): boolean =>
    attempt({ ...setting, without: [...setting.without, ...names] });

  /** Larger parts first, then single faults, as long as any goes. */
  const dropFaults = (): void => {
    let size = faultsLeft(setting).length;
    while (size > 0 && events < eventsMax) {
      let isLess = false;
      for (let at = 0; ; ) {
        const names = faultsLeft(setting).slice(at, at + size);
        if (names.length === 0) break;
        if (drop(names)) isLess = true;
        else at += size;
      }
      size = isLess && size === 1 ? 1 : Math.floor(size / 2);
    }
  };

  const healEarlier = (): void => {
    let [low, high] = [-1, Math.ceil(outcome.virtualMs / healStepMs)];
    while (high - low > 1 && events < eventsMax) {
      const middle = Math.floor((low + high) / 2);
      if (attempt({ ...setting, healAtMs: middle * healStepMs })) high = middle;
      else low = middle;
    }
  };

  dropFaults();
  healEarlier();
  dropFaults();
  return { setting, outcome, runs };
}
