import type { MemberId, PublicKey } from "../primitives/ids.ts";
import { limits } from "./limits.ts";
import { couldVote, keyRowsAfter } from "./roster/key-intervals.ts";
import type { OffenceFacts } from "./roster/offence.ts";
import { genesisRoster, type Roster } from "./roster/roster.ts";
import type {
  ConsensusKeyState,
  EvidenceState,
  Validator,
  ValidatorChange,
} from "./roster/shapes.ts";
import { withRequest } from "./roster/validator-changes.ts";
import { validatorOf } from "./roster/validators.ts";
import {
  consensusKeyKey,
  evidenceKey,
  lastHeightKey,
  sidelinedKey,
  validatorChangesKey,
  validatorsKey,
} from "./state-keys.ts";
import { tables } from "./state-tables.ts";
import { present, readValidators } from "./state-values.ts";
import type { StateReader, StateView } from "./state-view.ts";

function readChanges(reader: StateReader): readonly ValidatorChange[] {
  return present(tables.validatorChanges.read(reader, validatorChangesKey));
}

/** Who votes and who proposes at the height after the state's. */
export function readRoster(reader: StateReader): Roster {
  const { terms, endedTerms } = present(tables.sidelined.read(reader, sidelinedKey));
  return {
    validators: readValidators(reader),
    terms,
    endedTerms,
    changes: readChanges(reader),
    last: present(tables.lastHeight.read(reader, lastHeightKey)),
  };
}

/** At which heights a consensus key could vote, or null for one that never did. */
export function readConsensusKey(reader: StateReader, key: PublicKey): ConsensusKeyState | null {
  return tables.consensusKey.read(reader, consensusKeyKey(key));
}

/** The evidence against a consensus key for a height, or null where no block carried any. */
export function readEvidence(
  reader: StateReader,
  key: PublicKey,
  height: number,
): EvidenceState | null {
  return tables.evidence.read(reader, evidenceKey(key, height));
}

/** Writes that a block carried evidence against a consensus key for a height. */
export function writeEvidence(
  view: StateView,
  key: PublicKey,
  height: number,
  evidence: EvidenceState,
): void {
  tables.evidence.write(view, evidenceKey(key, height), evidence);
}

/** What a state says about offences, for {@link checkOffence}. */
export function offenceFactsOf(reader: StateReader): OffenceFacts {
  return {
    ownerOf: (key, height) => {
      const row = readConsensusKey(reader, key);
      return row !== null && couldVote(row, height) ? row.member : null;
    },
    isRecorded: (key, height) => readEvidence(reader, key, height) !== null,
    isSuspended: (member) => validatorOf(readValidators(reader), member)?.suspended === true,
  };
}

/** Writes what block `height` made of the roster, and at which heights keys can vote since. */
export function writeRoster(view: StateView, height: number, before: Roster, after: Roster): void {
  const { validators, terms, endedTerms, changes, last } = after;
  if (validators !== before.validators) {
    const rowOf = (key: PublicKey) => readConsensusKey(view, key);
    for (const [key, row] of keyRowsAfter(height, before.validators, validators, rowOf)) {
      tables.consensusKey.write(view, consensusKeyKey(key), row);
    }
    tables.validators.write(view, validatorsKey, validators);
  }
  if (terms !== before.terms || endedTerms !== before.endedTerms) {
    tables.sidelined.write(view, sidelinedKey, { terms, endedTerms });
  }
  if (last !== before.last) tables.lastHeight.write(view, lastHeightKey, last);
  if (changes !== before.changes) {
    tables.validatorChanges.write(view, validatorChangesKey, changes);
  }
}

/** Writes the roster of a new network, whose keys can vote from height 1. */
export function writeGenesisRoster(view: StateView, founders: readonly Validator[]): void {
  const { validators, terms, endedTerms, changes, last } = genesisRoster(founders);
  tables.validators.write(view, validatorsKey, validators);
  tables.sidelined.write(view, sidelinedKey, { terms, endedTerms });
  tables.lastHeight.write(view, lastHeightKey, last);
  tables.validatorChanges.write(view, validatorChangesKey, changes);
  for (const [key, row] of keyRowsAfter(0, [], validators, () => null)) {
    tables.consensusKey.write(view, consensusKeyKey(key), row);
  }
}

/** Why a change cannot be asked for. */
export type ChangeRefusal = "key-used" | "too-many";

/**
 * Why a change of the validator set cannot be asked for, or null. A consensus key is new: one that could ever
 * vote, or that another change waits with, is refused. Source: docs/PROTOCOL.md 5.10, step 5.
 */
export function changeRefusal(reader: StateReader, change: ValidatorChange): ChangeRefusal | null {
  const waiting = readChanges(reader);
  if ("key" in change) {
    const isTaken = waiting.some((other) => "key" in other && other.key === change.key);
    if (isTaken || readConsensusKey(reader, change.key) !== null) return "key-used";
  }
  const count = withRequest(waiting, change).length;
  return count > limits.validatorChangesMax ? "too-many" : null;
}

/** Makes a change of the validator set wait for its height, unless {@link changeRefusal} says why not. */
export function requestChange(
  view: StateView,
  change: ValidatorChange,
): { readonly ok: true } | { readonly ok: false; readonly reason: ChangeRefusal } {
  const reason = changeRefusal(view, change);
  if (reason !== null) return { ok: false, reason };
  const changes = withRequest(readChanges(view), change);
  tables.validatorChanges.write(view, validatorChangesKey, changes);
  return { ok: true };
}

/** Takes back a member's entry that waits: whoever goes is to be no voter, not even for a height. */
export function withdrawEntry(view: StateView, member: MemberId): void {
  const changes = readChanges(view);
  const left = changes.filter((each) => each.type !== "add" || each.member !== member);
  if (left.length === changes.length) return;
  tables.validatorChanges.write(view, validatorChangesKey, left);
}
