// What goes wrong under a seed. Each seed draws its own mixture, so that together they cover far more
// than one fixed set of probabilities would.
import { faultyMax, validatorsMax } from "../src/index.ts";
import { type Prng, prng } from "./prng.ts";
import { type Liar, type Strategy, strategies } from "./strategies/names.ts";

/** A time during which some members do not hear some others. */
export interface Partition {
  readonly fromMs: number;
  readonly untilMs: number;
  /** `blocked[from][to]`: one direction at a time, so partitions may be asymmetric. */
  readonly blocked: readonly (readonly boolean[])[];
}

/** A member that loses power while it carries out its n-th effect. */
export interface Crash {
  readonly member: number;
  readonly atEffect: number;
  readonly downMs: number;
}

/** Everybody loses power within a short time. */
export interface Storm {
  readonly atMs: number;
  readonly withinMs: number;
  readonly downMs: number;
}

/** A member that comes back without its guards, without its data, or without either. */
export interface Wipe {
  readonly member: number;
  readonly atMs: number;
  readonly lost: "guard" | "data" | "both";
  readonly downMs: number;
}

/** From here on a member's clock on the wall differs by so much; what is far off is set right with the healing. */
export interface ClockJump {
  readonly member: number;
  readonly atMs: number;
  readonly skewMs: number;
}

/** A member that stands still: nothing it waits for or gets moves before the end. */
export interface Pause {
  readonly member: number;
  readonly atMs: number;
  readonly forMs: number;
}

/** Ways to serve those behind badly. */
export type SyncLie =
  | "silence"
  | "wrong certificate"
  | "other height"
  | "wrong body"
  | "high claims";

/** A member that serves those behind badly. */
export interface LyingServer {
  readonly member: number;
  readonly lie: SyncLie;
}

/** A change of the validators that the block of this height, or the first after it, decides. */
export interface Change {
  readonly atHeight: number;
  readonly type: "add" | "rekey" | "remove" | "restore";
  readonly member: number;
  /** Which of its keys the member votes with from then on; of no meaning where it gets none. */
  readonly generation: number;
}

/** The faults of one seed: plain data, one entry for each fault. */
export interface Swarm {
  readonly delayMinMs: number;
  readonly delayMeanMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** From here on the network is whole, nobody crashes, and progress is demanded. */
  readonly healAtMs: number;
  readonly partitions: readonly Partition[];
  /** Kinds of packets that one member never gets from another before the healing: `kind from to`. */
  readonly withheld: readonly string[];
  readonly crashes: readonly Crash[];
  readonly storms: readonly Storm[];
  readonly wipes: readonly Wipe[];
  /** Members that find no room at their n-th write, stop, and come back when there is some. */
  readonly fullDisks: readonly Crash[];
  /** In the order of their times. */
  readonly clocks: readonly ClockJump[];
  readonly pauses: readonly Pause[];
  /** Members that never start. */
  readonly absent: readonly number[];
  /** At most f of the validators, unless it is the checkers that are checked. */
  readonly liars: readonly Liar[];
  readonly servers: readonly LyingServer[];
  /** The first of the members are the first validators; all of them if there are not so many. */
  readonly genesisMembers: number;
  readonly changes: readonly Change[];
  /** Transactions come rarely and one by one; otherwise there is always one. */
  readonly isIdle: boolean;
  /** Mean time between two transactions of an idle network. */
  readonly transactionGapMs: number;
  readonly signDelayMs: number;
  readonly applyDelayMs: number;
}

function partition(random: Prng, members: number, healAtMs: number): Partition {
  const fromMs = random.between(0, healAtMs * 0.8);
  const untilMs = Math.min(healAtMs, fromMs + random.between(200, 3_000));
  const kind = random.below(4);
  const cut = 1 + random.below(Math.max(1, members - 1));
  const lone = random.below(members);
  const other = (lone + 1 + random.below(Math.max(1, members - 1))) % members;
  const isBlocked = (from: number, to: number): boolean => {
    if (kind === 0) return from < cut !== to < cut;
    if (kind === 1) return from === lone || to === lone;
    if (kind === 2) return to === lone && from !== lone;
    return (from === lone && to === other) || (from === other && to === lone);
  };
  const indexes = Array.from({ length: members }, (_, index) => index);
  const blocked = indexes.map((from) => indexes.map((to) => from !== to && isBlocked(from, to)));
  return { fromMs, untilMs, blocked };
}

function crashesOf(random: Prng, members: number): readonly Crash[] {
  if (!random.chance(0.6)) return [];
  const count = 1 + random.below(random.chance(0.2) ? members * 2 : 3);
  return Array.from({ length: count }, () => ({
    member: random.below(members),
    atEffect: random.below(400),
    downMs: random.between(20, 1_500),
  }));
}

function withheldOf(random: Prng, members: number): readonly string[] {
  const kinds = [
    "proposal",
    "prevote",
    "precommit",
    "polka",
    "round",
    "commit",
    "body",
    "evidence",
  ];
  const withheld = new Set<string>();
  if (!random.chance(0.35)) return [];
  for (let count = 1 + random.below(8); count > 0; count -= 1) {
    const kind = kinds[random.below(kinds.length)];
    withheld.add(`${kind} ${random.below(members)} ${random.below(members)}`);
  }
  return [...withheld];
}

/** Up to `countMax` times something, with this probability at all. */
function some<T>(random: Prng, probability: number, countMax: number, draw: () => T): readonly T[] {
  if (!random.chance(probability)) return [];
  return Array.from({ length: 1 + random.below(countMax) }, draw);
}

/** Who validates at first and what changes, and how many of any set on the way may be faulty. */
function rosterOf(
  random: Prng,
  members: number,
): Pick<Swarm, "genesisMembers" | "changes"> & { readonly faultyAtMost: number } {
  if (members === 1 || !random.chance(0.3)) {
    return { genesisMembers: validatorsMax, changes: [], faultyAtMost: faultyMax(members) };
  }
  const genesisMembers = random.chance(0.5) ? members : 1 + random.below(members);
  const set = new Set(Array.from({ length: genesisMembers }, (_, index) => index));
  const generations = new Map<number, number>();
  const changes: Change[] = [];
  // The rules may take removals before what was asked for earlier.
  let sizeMin = set.size;
  let atHeight = 1;
  for (let count = 1 + random.below(6); count > 0; count -= 1) {
    atHeight += random.below(3);
    const member = random.below(members);
    const isIn = set.has(member);
    const isRemoved = isIn && set.size > 1 && random.chance(0.6);
    const generation = (generations.get(member) ?? (isIn ? 0 : -1)) + (isRemoved ? 0 : 1);
    generations.set(member, generation);
    changes.push({
      atHeight,
      type: isRemoved ? "remove" : isIn ? "rekey" : "add",
      member,
      generation,
    });
    if (isRemoved) set.delete(member);
    else set.add(member);
    sizeMin -= isRemoved ? 1 : 0;
  }
  return { genesisMembers, changes, faultyAtMost: faultyMax(Math.max(1, sizeMin)) };
}

const syncLies: readonly SyncLie[] = [
  "silence",
  "wrong certificate",
  "other height",
  "wrong body",
  "high claims",
];
const losses: readonly Wipe["lost"][] = ["guard", "data", "both"];

/** Members that nobody may count on, each with its own ways: they lie, they serve badly, they forget. */
function faultyOf(
  random: Prng,
  members: number,
  faultyAtMost: number,
  healAtMs: number,
): Pick<Swarm, "liars" | "servers" | "wipes"> {
  const liars: Liar[] = [];
  const servers: LyingServer[] = [];
  const wipes: Wipe[] = [];
  if (faultyAtMost === 0 || !random.chance(0.7)) return { liars, servers, wipes };
  const left = Array.from({ length: members }, (_, index) => index);
  for (let count = 1 + random.below(faultyAtMost); count > 0; count -= 1) {
    const [member] = left.splice(random.below(left.length), 1) as [number];
    if (random.chance(0.25)) {
      const lie = syncLies[random.below(syncLies.length)] as SyncLie;
      servers.push({ member, lie });
    }
    if (random.chance(0.75)) {
      const strategy = strategies[random.below(strategies.length)] as Strategy;
      liars.push({ member, strategy });
    } else {
      const lost = losses[random.below(losses.length)] as Wipe["lost"];
      const atMs = random.between(100, healAtMs);
      wipes.push({ member, atMs, lost, downMs: random.between(5, 800) });
    }
  }
  return { liars, servers, wipes };
}

function clocksOf(random: Prng, members: number, healAtMs: number): readonly ClockJump[] {
  const jumps = some(random, 0.3, 4, () => {
    const isFar = random.chance(0.3);
    const skewMs = random.between(-1, 1) * (isFar ? 3_600_000 : 700);
    const atMs = random.chance(0.5) ? 0 : random.between(0, healAtMs);
    return { member: random.below(members), atMs, skewMs };
  });
  return [...jumps].sort((a, b) => a.atMs - b.atMs);
}

/** A network without faults, to which single ones can be added. */
export const quiet: Partial<Swarm> = {
  delayMinMs: 2,
  delayMeanMs: 3,
  loss: 0,
  duplication: 0,
  partitions: [],
  withheld: [],
  crashes: [],
  storms: [],
  wipes: [],
  fullDisks: [],
  clocks: [],
  pauses: [],
  absent: [],
  liars: [],
  servers: [],
  genesisMembers: validatorsMax,
  changes: [],
  isIdle: false,
};

/** Messages slower than the waits, many lost, one liar: locks come and go, rounds fail. */
export const harsh: Partial<Swarm> = {
  delayMeanMs: 250,
  loss: 0.3,
  healAtMs: 9_000,
  partitions: [],
  crashes: [],
  storms: [],
  wipes: [],
  fullDisks: [],
  servers: [],
  genesisMembers: validatorsMax,
  changes: [],
  liars: [{ member: 3, strategy: "erratic" }],
};

/** Draws the faults of a seed. */
export function drawSwarm(seed: number, members: number): Swarm {
  const random = prng(seed, "swarm");
  const healAtMs = random.between(300, 2_800);
  const { genesisMembers, changes, faultyAtMost } = rosterOf(random, members);
  const partitions = random.chance(0.5) ? 1 + random.below(3) : 0;
  const member = (): number => random.below(members);
  return {
    delayMinMs: random.between(1, 20),
    delayMeanMs: random.chance(0.2) ? random.between(50, 200) : random.between(2, 40),
    loss: random.chance(0.5) ? random.between(0, 0.3) : 0,
    duplication: random.chance(0.3) ? random.between(0, 0.3) : 0,
    healAtMs,
    partitions: Array.from({ length: partitions }, () => partition(random, members, healAtMs)),
    withheld: withheldOf(random, members),
    crashes: crashesOf(random, members),
    storms: some(random, 0.12, 3, () => ({
      atMs: random.between(0, healAtMs),
      withinMs: random.between(0, 60),
      downMs: random.between(5, 300),
    })),
    ...faultyOf(random, members, faultyAtMost, healAtMs),
    fullDisks: some(random, 0.15, 2, () => ({
      member: member(),
      atEffect: random.below(200),
      downMs: random.between(20, 1_000),
    })),
    clocks: clocksOf(random, members, healAtMs),
    pauses: some(random, 0.25, 3, () => {
      const atMs = random.between(0, healAtMs);
      return {
        member: member(),
        atMs,
        forMs: Math.min(healAtMs - atMs, random.between(30, 2_000)),
      };
    }),
    genesisMembers,
    changes,
    absent: [],
    isIdle: random.chance(0.25),
    transactionGapMs: 300,
    signDelayMs: random.chance(0.5) ? random.between(0, 8) : 0,
    applyDelayMs: random.between(0, 30),
  };
}
