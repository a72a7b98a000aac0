import type { MemberId } from "../../primitives/ids.ts";
import type { Validator } from "./shapes.ts";

/** How many of `count` validators may be faulty; a copy of what consensus counts, which the chain cannot see. */
export function faultyMax(count: number): number {
  return Math.floor((count - 1) / 3);
}

/** How many are suspended. */
export function suspendedCount(validators: readonly Validator[]): number {
  let count = 0;
  for (const { suspended } of validators) if (suspended) count += 1;
  return count;
}

/** Puts validators in the order of their keys; the order of lower-case hex is that of the bytes. */
export function byKey(validators: readonly Validator[]): readonly Validator[] {
  return [...validators].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The validator of a member, or null. */
export function validatorOf(validators: readonly Validator[], member: MemberId): Validator | null {
  return validators.find((validator) => validator.member === member) ?? null;
}

/**
 * Suspends a member under whatever key it votes now; the same array where it has no vote, is suspended
 * already, or f are. Source: docs/PROTOCOL.md 5.10, step 1.
 */
export function suspend(validators: readonly Validator[], member: MemberId): readonly Validator[] {
  const accused = validatorOf(validators, member);
  if (accused === null || accused.suspended) return validators;
  if (suspendedCount(validators) >= faultyMax(validators.length)) return validators;
  return validators.map((validator) =>
    validator === accused ? { ...validator, suspended: true } : validator,
  );
}

/** Whether two sets are the same. */
export function sameValidators(a: readonly Validator[], b: readonly Validator[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((one, index) => {
    const other = b[index];
    return (
      other === one ||
      (other?.key === one.key && other.member === one.member && other.suspended === one.suspended)
    );
  });
}
