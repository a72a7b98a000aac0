// What goes wrong under a seed. Each seed draws its own mixture, so that together they cover far more
// than one fixed set of probabilities would.
import { faultyMax } from "../src/index.ts";
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

/** The faults of one seed. */
export interface Swarm {
  readonly delayMinMs: number;
  readonly delayMeanMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** From here on the network is whole, nobody crashes, and progress is demanded. */
  readonly healAtMs: number;
  readonly partitions: readonly Partition[];
  /** Kinds of messages that one member never gets from another before the healing. */
  readonly withheld: ReadonlySet<string>;
  readonly crashes: readonly Crash[];
  /** At most f of the validators, unless it is the checkers that are checked. */
  readonly liars: readonly Liar[];
  /** Transactions come rarely and one by one; otherwise there is always one. */
  readonly isIdle: boolean;
  readonly signDelayMs: number;
  readonly applyDelayMs: number;
  readonly skewMs: readonly number[];
  /** The last member joins the validators at this height; null: it is one from the beginning. */
  readonly joinsAt: number | null;
  /** This member is passed over as proposer from height 3 to 5. */
  readonly sidelined: number | null;
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

function withheldOf(random: Prng, members: number): ReadonlySet<string> {
  const kinds = ["proposal", "prevote", "precommit", "polka", "round", "commit", "body"];
  const withheld = new Set<string>();
  if (!random.chance(0.35)) return withheld;
  for (let count = 1 + random.below(8); count > 0; count -= 1) {
    const kind = kinds[random.below(kinds.length)];
    withheld.add(`${kind} ${random.below(members)} ${random.below(members)}`);
  }
  return withheld;
}

/** Up to f validators, half of the time none. */
function liarsOf(random: Prng, validators: number): readonly Liar[] {
  const liarsMax = faultyMax(validators);
  if (liarsMax === 0 || !random.chance(0.5)) return [];
  const members = Array.from({ length: validators }, (_, index) => index);
  return Array.from({ length: 1 + random.below(liarsMax) }, () => {
    const [member] = members.splice(random.below(members.length), 1) as [number];
    const strategy = strategies[random.below(strategies.length)] as Strategy;
    return { member, strategy };
  });
}

/** A network without faults, to which single ones can be added. */
export const quiet: Partial<Swarm> = {
  delayMinMs: 2,
  delayMeanMs: 3,
  loss: 0,
  duplication: 0,
  partitions: [],
  withheld: new Set(),
  crashes: [],
  liars: [],
  isIdle: false,
  joinsAt: null,
  sidelined: null,
};

/** Messages slower than the waits, many lost, one liar: locks come and go, rounds fail. */
export const harsh: Partial<Swarm> = {
  delayMeanMs: 250,
  loss: 0.3,
  healAtMs: 9_000,
  partitions: [],
  crashes: [],
  liars: [{ member: 3, strategy: "erratic" }],
  joinsAt: null,
};

/** Draws the faults of a seed. */
export function drawSwarm(seed: number, members: number): Swarm {
  const random = prng(seed, "swarm");
  const healAtMs = random.between(300, 3_500);
  const joinsAt = members > 2 && random.chance(0.15) ? 2 + random.below(4) : null;
  const validators = joinsAt === null ? members : members - 1;
  const partitions = random.chance(0.5) ? 1 + random.below(3) : 0;
  return {
    delayMinMs: random.between(1, 20),
    delayMeanMs: random.chance(0.2) ? random.between(50, 200) : random.between(2, 40),
    loss: random.chance(0.5) ? random.between(0, 0.3) : 0,
    duplication: random.chance(0.3) ? random.between(0, 0.3) : 0,
    healAtMs,
    partitions: Array.from({ length: partitions }, () => partition(random, members, healAtMs)),
    withheld: withheldOf(random, members),
    crashes: crashesOf(random, members),
    liars: liarsOf(random, validators),
    isIdle: random.chance(0.25),
    signDelayMs: random.chance(0.5) ? random.between(0, 8) : 0,
    applyDelayMs: random.between(0, 30),
    skewMs: Array.from({ length: members }, () =>
      random.chance(0.2) ? random.between(-700, 700) : 0,
    ),
    joinsAt,
    sidelined: members > 3 && random.chance(0.2) ? random.below(members) : null,
  };
}
