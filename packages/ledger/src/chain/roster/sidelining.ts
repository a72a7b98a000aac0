import { assert } from "../../primitives/assert.ts";
import type { MemberId } from "../../primitives/ids.ts";
import { limits } from "../limits.ts";
import type { LastHeight, Sidelining, Term, Validator } from "./shapes.ts";
import { faultyMax, suspendedCount, validatorOf } from "./validators.ts";

/** What a block's previous certificate proves about the height before the block's. */
export interface CertifiedHeight {
  readonly round: number;
  /** Members whose precommits it carries. */
  readonly voters: readonly MemberId[];
}

function inOrder<T extends { readonly member: MemberId }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.member < b.member ? -1 : 1));
}

/** Ends terms. One that this very block began never kept anybody from a turn, and leaves no trace. */
function end(sidelining: Sidelining, height: number, isOver: (term: Term) => boolean): Sidelining {
  const over = sidelining.terms.filter(isOver);
  if (over.length === 0) return sidelining;
  const ended = over
    .filter(({ sinceHeight }) => sinceHeight < height)
    .map(({ member, termHeights }) => ({ member, endedHeight: height, termHeights }));
  return {
    terms: sidelining.terms.filter((term) => !over.includes(term)),
    endedTerms: inOrder([...sidelining.endedTerms, ...ended]),
  };
}

/** Step 2: who voted in a certificate on the chain since its term began can be released. */
export function noteSigns(sidelining: Sidelining, voters: readonly MemberId[]): Sidelining {
  const signs = (term: Term) => !term.hasSigned && voters.includes(term.member);
  if (!sidelining.terms.some(signs)) return sidelining;
  const terms = sidelining.terms.map((term) => (signs(term) ? { ...term, hasSigned: true } : term));
  return { ...sidelining, terms };
}

/** Step 3: terms end when they are over and their member has given a sign of life, or after the longest time. */
export function releaseServed(sidelining: Sidelining, height: number): Sidelining {
  return end(sidelining, height, ({ sinceHeight, termHeights, hasSigned }) => {
    const served = height - sinceHeight;
    return (hasSigned && served >= termHeights) || served >= limits.sidelinedReleaseHeights;
  });
}

/** Members whose turns passed before a height was decided in `round`; none above f, where the network failed. */
export function failedProposers(
  { validators, eligible }: LastHeight,
  height: number,
  round: number,
  builder: MemberId | null,
): readonly MemberId[] {
  if (round < 1 || round > faultyMax(validators.length)) return [];
  const failed: MemberId[] = [];
  for (let turn = 0; turn < round; turn += 1) {
    const index = eligible[(height + turn) % eligible.length];
    const proposer = index === undefined ? undefined : validators[index];
    assert(proposer !== undefined, "a height has an eligible proposer");
    if (proposer.member !== builder) failed.push(proposer.member);
  }
  return failed;
}

/**
 * Step 4: failed proposers begin a term, twice as long as one that ended not long ago. That one stays
 * beside it until {@link keepRoom} has said whether the new term outlives the block.
 */
export function sidelineFailed(
  sidelining: Sidelining,
  height: number,
  validators: readonly Validator[],
  failed: readonly MemberId[],
): Sidelining {
  const begun: Term[] = [];
  for (const member of failed) {
    const validator = validatorOf(validators, member);
    if (validator === null || validator.suspended) continue;
    if (sidelining.terms.some((term) => term.member === member)) continue;
    const ended = sidelining.endedTerms.find((term) => term.member === member);
    const isRecent = ended !== undefined && height - ended.endedHeight < limits.sidelinedHeightsMax;
    const termHeights = isRecent
      ? Math.min(ended.termHeights * 2, limits.sidelinedHeightsMax)
      : limits.sidelinedHeightsMin;
    begun.push({ member, sinceHeight: height, termHeights, hasSigned: false });
  }
  if (begun.length === 0) return sidelining;
  return { ...sidelining, terms: inOrder([...sidelining.terms, ...begun]) };
}

function longest(terms: readonly Term[]): Term | null {
  let found: Term | null = null;
  // The terms are in the order of member ids, so the first of equals is the lowest.
  for (const term of terms) {
    if (found === null || term.sinceHeight < found.sinceHeight) found = term;
  }
  return found;
}

/**
 * Step 6: only members that could propose are sidelined, and never more than f less the suspended ones.
 * A term that is left takes the place of its member's ended one.
 */
export function keepRoom(
  sidelining: Sidelining,
  height: number,
  validators: readonly Validator[],
): Sidelining {
  if (sidelining.terms.length === 0) return sidelining;
  let kept = end(sidelining, height, ({ member }) => {
    const validator = validatorOf(validators, member);
    return validator === null || validator.suspended;
  });
  const room = Math.max(0, faultyMax(validators.length) - suspendedCount(validators));
  while (kept.terms.length > room) {
    const released = longest(kept.terms);
    kept = end(kept, height, (term) => term === released);
  }
  const isOut = (member: MemberId) => kept.terms.some((term) => term.member === member);
  return { ...kept, endedTerms: kept.endedTerms.filter(({ member }) => !isOut(member)) };
}

/** Step 7: a term that ended long ago doubles nothing any more. */
export function forgetOld(sidelining: Sidelining, height: number): Sidelining {
  const isOld = (endedHeight: number) => height - endedHeight >= limits.sidelinedHeightsMax;
  if (!sidelining.endedTerms.some(({ endedHeight }) => isOld(endedHeight))) return sidelining;
  const endedTerms = sidelining.endedTerms.filter(({ endedHeight }) => !isOld(endedHeight));
  return { ...sidelining, endedTerms };
}
