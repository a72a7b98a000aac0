// The lag rule: a node that is behind must not sign for a height the others may have decided. Claims are
// cheap, so they count only from f+1 validators and expire unless data follows.
import { faultyMax } from "./validator-set.ts";

/** How long a claim counts that no verified block or certificate backs. */
export const claimMs = 5_000;

/** What a validator says it has committed, and when it said so first. */
export interface Claim {
  readonly committed: number;
  readonly sinceMs: number;
}

/** The highest claim of each validator, by index. */
export type Claims = ReadonlyMap<number, Claim>;

/**
 * The claims with one more. Saying the same again does not renew it; a higher one does, so whoever
 * truly advances is believed. The caller forgets all claims when the validators change.
 */
export function withClaim(
  claims: Claims,
  validator: number,
  committed: number,
  nowMs: number,
): Claims {
  const before = claims.get(validator);
  if (before !== undefined && before.committed >= committed) return claims;
  return new Map(claims).set(validator, { committed, sinceMs: nowMs });
}

/** Whether f+1 validators claim, unexpired, to have committed this height: one of them is correct. */
export function isBehind(
  claims: Claims,
  height: number,
  validatorCount: number,
  nowMs: number,
): boolean {
  let claiming = 0;
  for (const { committed, sinceMs } of claims.values()) {
    if (committed >= height && nowMs - sinceMs < claimMs) claiming += 1;
  }
  return claiming > faultyMax(validatorCount);
}
