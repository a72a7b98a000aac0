/** Every way of being dishonest that a member can have; each has a file of its own here. */
export const strategies = Object.freeze([
  "equivocating proposer",
  "equivocating voter",
  "erratic",
  "silent",
  "withholding",
  "supporter",
  "spammer",
  "amnesiac",
  "invalid blocks",
  "certificate padder",
  "lock splitter",
  "time attacker",
  "height liar",
] as const);

/** How a dishonest member behaves; colluders are drawn by no seed, since more than f of them win. */
export type Strategy = (typeof strategies)[number] | "colluder";

/** A dishonest member. */
export interface Liar {
  readonly member: number;
  readonly strategy: Strategy;
}
