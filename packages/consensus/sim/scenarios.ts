// Circumstances by name, in place of what a seed draws: some failures need more than chance.
import { faultyMax } from "../src/index.ts";
import { prng } from "./prng.ts";
import { type Strategy, strategies } from "./strategies/names.ts";
import { harsh, type Partition, quiet, type Swarm } from "./swarm.ts";

/** A mixture of faults in place of what a seed draws. */
export type Scenario = (seed: number, members: number) => Partial<Swarm>;

/** One member does not hear another, as far as this is about. */
function withheldBetween(
  members: number,
  isWithheld: (from: number, to: number) => boolean,
  kinds: readonly string[],
): readonly string[] {
  const indexes = Array.from({ length: members }, (_, index) => index);
  const pairs = indexes.flatMap((from) => indexes.map((to) => [from, to] as const));
  return pairs.flatMap(([from, to]) =>
    from !== to && isWithheld(from, to) ? kinds.map((kind) => `${kind} ${from} ${to}`) : [],
  );
}

/** Locks come and go: many a vote never gets through, and a liar completes polkas for one alone. */
function locks(seed: number, members: number): Partial<Swarm> {
  const random = prng(seed, "locks");
  const liar = random.below(members);
  const kinds = ["prevote", "precommit", "polka", "round"];
  const isCut = (from: number, to: number): boolean =>
    from !== liar && to !== liar && random.chance(0.4);
  return {
    ...quiet,
    delayMinMs: 5,
    delayMeanMs: random.between(5, 60),
    withheld: withheldBetween(members, isCut, kinds),
    healAtMs: 8_000,
    crashes: Array.from({ length: random.below(4) }, () => ({
      member: random.below(members),
      atEffect: random.below(200),
      downMs: random.between(20, 300),
    })),
    liars: [{ member: liar, strategy: "lock splitter" }],
  };
}

/** Different locks at one height: polkas are shown to one alone, while somebody is always cut off. */
function relocks(seed: number, members: number): Partial<Swarm> {
  const random = prng(seed, "relocks");
  const indexes = Array.from({ length: members }, (_, index) => index);
  const liar = random.below(members);
  const partitions: Partition[] = [];
  for (let fromMs = 0; fromMs < 8_000; ) {
    const lone = random.below(members);
    const isCut = (from: number, to: number): boolean =>
      lone !== liar && from !== to && (from === lone || to === lone);
    const untilMs = fromMs + random.between(300, 1_200);
    const blocked = indexes.map((from) => indexes.map((to) => isCut(from, to)));
    partitions.push({ fromMs, untilMs, blocked });
    fromMs = untilMs;
  }
  return {
    ...quiet,
    delayMeanMs: random.between(3, 30),
    partitions,
    withheld: withheldBetween(members, () => true, ["polka", "commit"]),
    healAtMs: 8_000,
    liars: [{ member: liar, strategy: "lock splitter" }],
  };
}

/** A member that keeps its guard and loses everything else, again and again. */
function forgotten(seed: number, members: number): Partial<Swarm> {
  const random = prng(seed, "forgotten");
  const member = random.below(members);
  const healAtMs = 3_000;
  const wipes = Array.from({ length: 12 }, () => {
    return { member, atMs: random.between(50, healAtMs), lost: "data" as const, downMs: 5 };
  });
  return { ...quiet, delayMeanMs: random.between(5, 60), loss: 0.1, wipes, healAtMs };
}

/** As many liars as there may be, all of one kind, among the faults the seed draws. */
function lying(strategy: Strategy): Scenario {
  return (seed, members) => {
    const first = prng(seed, "lying").below(members);
    const liars = Array.from({ length: faultyMax(members) }, (_, index) => {
      return { member: (first + index) % members, strategy };
    });
    return { liars, wipes: [], servers: [], genesisMembers: members, changes: [] };
  };
}

/** Mixtures of faults that replace what a seed draws, by name. */
export const scenarios: Readonly<Record<string, Scenario>> = Object.freeze({
  ...Object.fromEntries(strategies.map((name) => [name.replaceAll(" ", "-"), lying(name)])),
  calm: () => quiet,
  harsh: () => harsh,
  locks,
  relocks,
  forgotten,
  /** Messages take longer than the first waits, before and after the healing. */
  slow: () => ({ ...quiet, delayMinMs: 650, delayMeanMs: 30, healAtMs: 1_000 }),
  /** Minutes in which nobody hears an offer, while every round fails. */
  outage: (_, members) => ({
    ...quiet,
    withheld: withheldBetween(members, () => true, ["proposal"]),
    healAtMs: 600_000,
  }),
});
