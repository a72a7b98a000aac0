// What one dead validator costs the others: the same network with and without it, in virtual time.
import { simulate } from "./cluster.ts";
import { quiet, type Swarm } from "./swarm.ts";

/** A network without faults and with one fixed delay on every line. */
export const fixedLines: Partial<Swarm> = {
  ...quiet,
  delayMinMs: 20,
  delayMeanMs: 0,
  healAtMs: 0,
  signDelayMs: 1,
  applyDelayMs: 2,
};

/** What was measured of one network. */
export interface Pace {
  /** Heights per second of virtual time while there is always something to commit. */
  readonly heightsPerSecond: number;
  /** From submission at a random live member to commit there, transactions coming one by one. */
  readonly latencyMedianMs: number;
  readonly sidelined: readonly number[];
}

/** What is compared. */
export interface DeadMember {
  readonly members: number;
  readonly heights: number;
  readonly dead: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The pace of a network of which some members never start. */
export function paceOf(members: number, heights: number, absent: readonly number[]): Pace {
  const swarm = { ...fixedLines, absent };
  const busy = simulate({ seed: 1, members, heights, swarm });
  const idle = { ...swarm, isIdle: true, transactionGapMs: 150 };
  const timed = simulate({ seed: 1, members, heights, swarm: idle, isTimed: true });
  return {
    heightsPerSecond: busy.isStalled ? 0 : (heights * 1_000) / busy.virtualMs,
    latencyMedianMs: timed.isStalled ? Number.POSITIVE_INFINITY : median(timed.latenciesMs),
    sidelined: busy.sidelined,
  };
}

/** The pace of a network, healthy and with one member dead from the first height on. */
export function costOfDeath({ members, heights, dead }: DeadMember): {
  readonly healthy: Pace;
  readonly withoutIt: Pace;
} {
  return { healthy: paceOf(members, heights, []), withoutIt: paceOf(members, heights, [dead]) };
}
