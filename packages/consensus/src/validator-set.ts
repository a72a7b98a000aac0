import {
  assert,
  encode,
  type Hash,
  hashId,
  idBytes,
  type MemberId,
  type PublicKey,
  taggedHash,
} from "@tegata/ledger/primitives";

/** One vote at a height: a member and the consensus key it votes with. */
export interface Validator {
  readonly member: MemberId;
  readonly key: PublicKey;
  /** Suspended on evidence: stays in the count, but its votes do not count and it does not propose. */
  readonly suspended: boolean;
}

/** The validators of a height in the order of their keys; messages name a validator by its index. */
export type ValidatorSet = readonly Validator[];

/** A network has at most this many members. Source: docs/PROTOCOL.md, Members and genesis. */
export const validatorsMax = 300;

/** Puts validators in key order; the order of lower-case hex is the order of the bytes. */
export function validatorSet(validators: readonly Validator[]): ValidatorSet {
  assert(validators.length > 0, "a height has a validator");
  assert(validators.length <= validatorsMax, "a height has at most 300 validators");
  const sorted = [...validators].sort((a, b) => (a.key < b.key ? -1 : 1));
  const distinct = sorted.every((validator, index) => sorted[index - 1]?.key !== validator.key);
  assert(distinct, "each validator has its own key");
  return sorted;
}

/** Votes that make a polka or a decision: more than two thirds of all validators, suspended included. */
export function quorumOf(count: number): number {
  return Math.floor((2 * count) / 3) + 1;
}

/** How many validators may be faulty: f = floor((n-1)/3), 0 for n = 1 to 3. */
export function faultyMax(count: number): number {
  return Math.floor((count - 1) / 3);
}

/** Index of the validator whose turn it is; `eligible` lists indexes in key order. */
export function proposerOf(eligible: readonly number[], height: number, round: number): number {
  const proposer = eligible[(height + round) % eligible.length];
  assert(proposer !== undefined, "a height has an eligible proposer");
  return proposer;
}

/** What a block header says of its validators. Source: docs/PROTOCOL.md, Blocks. */
export function validatorsHash(validators: ValidatorSet): Hash {
  const rows = validators.map(({ member, key, suspended }) => [
    idBytes(member),
    idBytes(key),
    suspended,
  ]);
  return hashId(taggedHash("validators", encode(rows)));
}
