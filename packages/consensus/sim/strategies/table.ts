import type { Parts } from "../engine.ts";
import { amnesiac } from "./amnesiac.ts";
import { certificatePadder } from "./certificate-padder.ts";
import { colluder } from "./colluder.ts";
import type { Deceit, Liar } from "./deceit.ts";
import { equivocatingProposer } from "./equivocating-proposer.ts";
import { equivocatingVoter } from "./equivocating-voter.ts";
import { erratic } from "./erratic.ts";
import { heightLiar } from "./height-liar.ts";
import { invalidBlocks } from "./invalid-blocks.ts";
import { lockSplitter } from "./lock-splitter.ts";
import type { Strategy } from "./names.ts";
import { silent } from "./silent.ts";
import { spammer } from "./spammer.ts";
import { supporter } from "./supporter.ts";
import { timeAttacker } from "./time-attacker.ts";
import { withholding } from "./withholding.ts";

/** What each strategy makes of a member; one that only forgets says what the protocol says. */
export const deceits: { readonly [name in Strategy]: (liar: Liar) => Deceit } = Object.freeze({
  "equivocating proposer": equivocatingProposer,
  "equivocating voter": equivocatingVoter,
  erratic,
  silent,
  withholding,
  supporter,
  spammer,
  amnesiac: () => ({}),
  "invalid blocks": invalidBlocks,
  "certificate padder": certificatePadder,
  "lock splitter": lockSplitter,
  "time attacker": timeAttacker,
  "height liar": heightLiar,
  colluder,
});

/** How the insides of a liar differ from those of an honest member. */
export function insidesOf(strategy: Strategy): Partial<Parts> {
  return strategy === "amnesiac" ? amnesiac : {};
}
