import { prng } from "../../packages/consensus/sim/prng.ts";
import type { Service } from "./service.ts";

/** What can be killed of a company. */
export const victims = ["node", "gateway", "supervisor", "company"] as const;
export type Victim = (typeof victims)[number];

/** The processes of each, of which the first has to be alive. */
export const processesOf: Readonly<Record<Victim, Parameters<Service["strike"]>[0]>> = {
  node: ["node"],
  gateway: ["gateway"],
  supervisor: ["supervisor"],
  company: ["supervisor", "node", "gateway"],
};

/** One kill -9, as it was drawn. */
export interface Kill {
  /** From 1. */
  readonly number: number;
  readonly victim: Victim;
  /** Index of the company. */
  readonly member: number;
  /** It happens at this acknowledgement, counted from the moment from which it may happen. */
  readonly nth: number;
  /** Whose acknowledgements are counted: those of the company itself, or of all four. */
  readonly counted: "own" | "all";
  /** Whether it does not wait until everybody has recovered from the one before. */
  readonly isHasty: boolean;
}

const hastyShare = 1 / 3;
/** About two seconds of one company's rows. */
const nthMax = 30;
/** A company that is back acknowledges before it has caught up. */
const nthOfHastyMax = 5;
/** About as long as a company takes to start, in acknowledgements of the others. */
const nthOfAllMax = 120;

/** Kills in the order of a seed, each victim once before any comes again; the first ones do not depend on the count. */
export function drawKills(
  sorts: readonly Victim[],
  count: number,
  seed: number,
  members: number,
): readonly Kill[] {
  const draw = prng(seed, "kills");
  const kills: Kill[] = [];
  let left: Victim[] = [];
  for (let number = 1; number <= count; number += 1) {
    if (left.length === 0) left = [...sorts];
    const [victim = "company"] = left.splice(draw.below(left.length), 1);
    const before = kills.at(-1);
    const isHasty = draw.chance(hastyShare) && before !== undefined;
    const another = draw.below(members);
    const member = draw.chance(1 / 2) && isHasty ? before.member : another;
    const counted = draw.chance(1 / 2) && isHasty ? "all" : "own";
    const most = counted === "all" ? nthOfAllMax : isHasty ? nthOfHastyMax : nthMax;
    const nth = 1 + draw.below(most);
    kills.push({ number, victim, member, nth, counted, isHasty });
  }
  return kills;
}
