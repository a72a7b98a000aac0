// One seed: a whole network, first among faults, then healed; progress is demanded then.
import { step } from "../src/index.ts";
import { Checkers } from "./checkers.ts";
import { DishonestReplica } from "./dishonest.ts";
import type { Parts } from "./engine.ts";
import { indexOf } from "./identity.ts";
import { Meter } from "./meter.ts";
import { prng } from "./prng.ts";
import { Replica } from "./replica.ts";
import { namedSigning, type Signing } from "./signing.ts";
import type { Swarm } from "./swarm.ts";
import { type Told, World } from "./world.ts";

/** Heights every honest member must commit under each seed, and events each seed has at least. */
const heightsMin = 8;
const eventsMin = 1_000;
/** Once the network is whole again, a height takes no more virtual time than this. */
const stallMs = 60_000;
/** A seed that goes on for so long is a bug of the simulation. */
const eventsMax = 2_000_000;

/** What is simulated. */
export interface Options {
  readonly seed: number;
  readonly members: number;
  /** By default signatures only name their signer. */
  readonly signing?: Signing;
  /** Whether messages, log and guard pass through their bytes. */
  readonly isEncoded?: boolean;
  readonly isTold?: boolean;
  /** Faults in place of those the seed draws. */
  readonly swarm?: Partial<Swarm>;
  readonly parts?: Partial<Parts>;
  /** Heights every honest member must commit; 8 by default. */
  readonly heights?: number;
  /** Whether the way of each transaction is timed. */
  readonly isTimed?: boolean;
}

/** What came of a seed. */
export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly isStalled: boolean;
  readonly events: number;
  readonly heights: number;
  readonly virtualMs: number;
  readonly traceHash: string;
  /** Members proven dishonest by what they said, where two honest ones decided differently. */
  readonly accused: readonly number[];
  readonly timeline: readonly Told[];
  /** Members that were passed over as proposers at some height. */
  readonly sidelined: readonly number[];
  /** Members that were suspended on evidence at some height. */
  readonly suspended: readonly number[];
  /** From submission to commit at the same member, if it was asked for. */
  readonly latenciesMs: readonly number[];
}

/** The real thing: the parts a mutant replaces. */
export const honestParts: Parts = Object.freeze({
  step,
  isGuarded: true,
  isLogKept: true,
  isLogCompared: true,
});

/** Transactions of an idle network come now and then, each to one member that passes it on. */
function scheduleTransactions(world: World, replicas: readonly Replica[]): void {
  if (!world.swarm.isIdle) return;
  const random = prng(world.seed, "transactions");
  let transaction = 0;
  const next = (): void => {
    transaction += 1;
    const at = random.below(world.members);
    if (replicas[at]?.isAlive) {
      for (let to = 0; to < world.members; to += 1) {
        if (to !== at) world.send(at, to, { type: "transaction", transaction });
      }
      world.meter?.submitted(at, transaction);
      replicas[at].addTransaction(transaction);
    }
    world.clock.after(random.between(0.03, 1.97) * world.swarm.transactionGapMs, next);
  };
  world.clock.after(random.between(0, 50), next);
}

/** Faults that come at a time, whatever the members do. */
function scheduleFaults(world: World, replicas: readonly Replica[]): void {
  const { clock, swarm } = world;
  const random = prng(world.seed, "storms");
  for (const { atMs, withinMs, downMs } of swarm.storms) {
    for (const replica of replicas) {
      clock.after(atMs + random.unit() * withinMs, () => {
        if (!world.isHealed) replica.crash(downMs * random.unit());
      });
    }
  }
  for (const wipe of swarm.wipes) clock.after(wipe.atMs, () => replicas[wipe.member]?.wipe(wipe));
  for (const { member, atMs, forMs } of swarm.pauses) {
    clock.after(atMs, () => replicas[member]?.pause(forMs));
  }
}

/** Members on which progress does not fail. */
function reliable(world: World, replicas: readonly Replica[]): readonly Replica[] {
  const { absent } = world.swarm;
  return replicas.filter(({ index }) => !world.isLiar(index) && !absent.includes(index));
}

/** Who was passed over as proposer, and who suspended, at some height of the longest chain. */
function standings(
  world: World,
  replicas: readonly Replica[],
): Pick<Outcome, "sidelined" | "suspended"> {
  const [sidelined, suspended] = [new Set<number>(), new Set<number>()];
  const longest = replicas.toSorted((one, other) => other.committed - one.committed)[0];
  for (const { blockId } of longest?.disk.chain ?? []) {
    const { terms, validators } = world.chains.at(blockId).roster;
    for (const { member } of terms) sidelined.add(indexOf(member));
    for (const one of validators) if (one.suspended) suspended.add(indexOf(one.member));
  }
  const sorted = (members: ReadonlySet<number>): readonly number[] =>
    [...members].sort((one, other) => one - other);
  return { sidelined: sorted(sidelined), suspended: sorted(suspended) };
}

/** Lets a network run until all honest members are far enough; true if they stood still for too long. */
function runToEnd(world: World, replicas: readonly Replica[], heights: number): boolean {
  const honest = reliable(world, replicas);
  let target = heights;
  let reached = 0;
  let progressMs = 0;
  let seen = -1;
  while (world.violations.length === 0) {
    if (world.appliedCount !== seen) {
      seen = world.appliedCount;
      const least = honest.reduce((height, one) => Math.min(height, one.committed), target);
      if (least > reached) progressMs = world.clock.nowMs;
      reached = least;
      if (reached >= target) {
        if (world.isHealed && world.eventCount >= eventsMin) return false;
        target += 1;
        for (const replica of replicas) replica.raiseTarget(target);
      }
    }
    const sinceMs = Math.max(world.swarm.healAtMs, progressMs);
    if (world.clock.nowMs > sinceMs + stallMs || world.eventCount > eventsMax) return true;
    if (!world.clock.advance()) return true;
  }
  return false;
}

/** Runs one seed to its end. */
export function simulate(options: Options): Outcome {
  const { seed, members } = options;
  const {
    signing = namedSigning(members),
    swarm = {},
    isEncoded = false,
    isTold = false,
    isTimed = false,
    heights = heightsMin,
  } = options;
  const world = new World({ seed, members, signing, swarm, isEncoded, isTold });
  if (isTimed) world.meter = new Meter(world.clock);
  const checkers = new Checkers(world);
  const parts = { ...honestParts, ...options.parts };
  const replicas = Array.from({ length: members }, (_, index) =>
    world.isLiar(index)
      ? new DishonestReplica(index, world, checkers, { ...parts, step })
      : new Replica(index, world, checkers, parts),
  );
  world.receivers.push(...replicas);
  const random = prng(seed, "starts");
  const { absent } = world.swarm;
  for (const replica of replicas) {
    replica.targetHeight = heights;
    if (absent.includes(replica.index)) continue;
    world.clock.after(random.between(0, 100), () => {
      if (!replica.isAlive) replica.start();
    });
  }
  scheduleTransactions(world, replicas);
  scheduleFaults(world, replicas);
  const isStalled = runToEnd(world, replicas, heights);
  if (isStalled) world.tell(null, "STALLED");
  const honest = reliable(world, replicas);
  return {
    seed,
    violations: world.violations,
    isStalled,
    events: world.eventCount,
    heights: Math.min(...honest.map(({ committed }) => committed)),
    virtualMs: world.clock.nowMs,
    traceHash: world.traceHash,
    accused: checkers.accused,
    timeline: world.timeline ?? [],
    ...standings(world, honest),
    latenciesMs: world.meter?.latenciesMs ?? [],
  };
}
