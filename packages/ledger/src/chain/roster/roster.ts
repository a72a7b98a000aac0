import type { MemberId } from "../../primitives/ids.ts";
import type {
  EndedTerm,
  LastHeight,
  Sidelining,
  Term,
  Validator,
  ValidatorChange,
} from "./shapes.ts";
import {
  type CertifiedHeight,
  failedProposers,
  forgetOld,
  keepRoom,
  noteSigns,
  releaseServed,
  sidelineFailed,
} from "./sidelining.ts";
import { sameChanges, takeChanges, withRequest } from "./validator-changes.ts";
import { byKey, faultyMax, sameValidators, suspend, suspendedCount } from "./validators.ts";

/** Who votes and who proposes: the state after a block, which governs the next height. */
export interface Roster {
  /** Ascending by key. */
  readonly validators: readonly Validator[];
  /** Terms in force, ascending by member id. */
  readonly terms: readonly Term[];
  /** Ended terms that still double the next one, ascending by member id. */
  readonly endedTerms: readonly EndedTerm[];
  /** What waits, ascending by member id. */
  readonly changes: readonly ValidatorChange[];
  readonly last: LastHeight;
}

/** What a block says to the roster. */
export interface RosterBlock {
  readonly height: number;
  /** Whom the header of the block before names; null at height 1. */
  readonly lastProposer: MemberId | null;
  /** What the certificate in the block proves about the height before; null at height 1. */
  readonly certified: CertifiedHeight | null;
  /** Members whom the block's evidence accuses, in its order. */
  readonly offenders: readonly MemberId[];
  /** Changes that the block decides. */
  readonly requests: readonly ValidatorChange[];
}

/** The roster of a new network. */
export function genesisRoster(validators: readonly Validator[]): Roster {
  return {
    validators: byKey(validators),
    terms: [],
    endedTerms: [],
    changes: [],
    last: { validators: [], eligible: [] },
  };
}

/** Indexes of those that propose at the next height: neither suspended nor sidelined. Never empty. */
export function eligibleOf({ validators, terms }: Roster): readonly number[] {
  const sidelined = new Set(terms.map(({ member }) => member));
  return validators.flatMap(({ member, suspended }, index) =>
    suspended || sidelined.has(member) ? [] : [index],
  );
}

/** The height that the block decides about becomes the last one; the same object where nothing differs. */
function lastOf(roster: Roster): LastHeight {
  const { last, validators } = roster;
  const eligible = eligibleOf(roster);
  const isSame =
    sameValidators(last.validators, validators) &&
    last.eligible.length === eligible.length &&
    last.eligible.every((index, place) => eligible[place] === index);
  return isSame ? last : { validators, eligible };
}

/** The old list where the new one holds the same items. */
function kept<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  const isSame =
    before.length === after.length && before.every((item, index) => item === after[index]);
  return isSame ? before : after;
}

function sidelinedAfter(
  roster: Roster,
  { height, certified, lastProposer }: RosterBlock,
  validators: readonly Validator[],
): Sidelining {
  const { terms, endedTerms } = roster;
  if (certified === null) return { terms, endedTerms };
  const { round, voters } = certified;
  const signed = noteSigns({ terms, endedTerms }, voters);
  const failed = failedProposers(roster.last, height - 1, round, lastProposer);
  return sidelineFailed(releaseServed(signed, height), height, validators, failed);
}

function changesAfter(
  roster: Roster,
  requests: readonly ValidatorChange[],
  suspended: readonly Validator[],
): ReturnType<typeof takeChanges> {
  const { validators, changes } = roster;
  const suspensions = suspendedCount(suspended) - suspendedCount(validators);
  const countMax = Math.max(1, faultyMax(validators.length)) - suspensions;
  const after = takeChanges(suspended, requests.reduce(withRequest, changes), countMax);
  return {
    validators: sameValidators(after.validators, validators) ? validators : after.validators,
    changes: sameChanges(after.changes, changes) ? changes : after.changes,
  };
}

/**
 * The roster after a block. Parts that a block leaves as they were are the same objects as before, and so
 * is the roster if all of them are. Source: docs/PROTOCOL.md 5.10.
 */
export function rosterAfter(roster: Roster, block: RosterBlock): Roster {
  const { height, offenders, requests } = block;
  const suspended = offenders.reduce(suspend, roster.validators);
  const sidelined = sidelinedAfter(roster, block, suspended);
  const { validators, changes } = changesAfter(roster, requests, suspended);
  const left = forgetOld(keepRoom(sidelined, height, validators), height);
  const terms = kept(roster.terms, left.terms);
  const endedTerms = kept(roster.endedTerms, left.endedTerms);
  const last = lastOf(roster);
  const isSame =
    validators === roster.validators &&
    changes === roster.changes &&
    terms === roster.terms &&
    endedTerms === roster.endedTerms &&
    last === roster.last;
  return isSame ? roster : { validators, terms, endedTerms, changes, last };
}
