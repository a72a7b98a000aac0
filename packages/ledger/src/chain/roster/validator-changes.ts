import type { MemberId } from "../../primitives/ids.ts";
import { limits } from "../limits.ts";
import type { Validator, ValidatorChange } from "./shapes.ts";
import { byKey, faultyMax, suspend, suspendedCount, validatorOf } from "./validators.ts";

/** What becomes of a waiting change at its turn. */
type Fate = "taken" | "waits" | "dropped";

/**
 * Adds a change to those that wait: ascending by member id, a member's own in the order they were asked
 * for; it takes the place of one of the same type. Source: docs/PROTOCOL.md 5.10, step 5.
 */
export function withRequest(
  changes: readonly ValidatorChange[],
  request: ValidatorChange,
): readonly ValidatorChange[] {
  const { member, type } = request;
  const others = changes.filter((change) => change.member !== member || change.type !== type);
  const place = others.findIndex((change) => change.member > member);
  return others.toSpliced(place === -1 ? others.length : place, 0, request);
}

/** Whether the same changes wait. */
export function sameChanges(a: readonly ValidatorChange[], b: readonly ValidatorChange[]): boolean {
  const keyOf = (change: ValidatorChange) => ("key" in change ? change.key : null);
  const isSame = (one: ValidatorChange, other: ValidatorChange | undefined) =>
    one.type === other?.type && one.member === other.member && keyOf(one) === keyOf(other);
  return a === b || (a.length === b.length && a.every((one, index) => isSame(one, b[index])));
}

function fateOf(validators: readonly Validator[], change: ValidatorChange): Fate {
  const validator = validatorOf(validators, change.member);
  const isKeyFree = (key: string) => validators.every((other) => other.key !== key);
  switch (change.type) {
    case "add": {
      const hasPlace = validator === null && validators.length < limits.membersMax;
      return hasPlace && isKeyFree(change.key) ? "taken" : "dropped";
    }
    case "rekey":
      return validator !== null && isKeyFree(change.key) ? "taken" : "dropped";
    case "restore":
      return validator?.suspended === true ? "taken" : "dropped";
    case "suspend":
      return suspend(validators, change.member) === validators ? "dropped" : "taken";
    case "remove": {
      if (validator === null) return "dropped";
      if (validator.suspended) return "taken";
      const count = validators.length - 1;
      return count > 0 && suspendedCount(validators) <= faultyMax(count) ? "taken" : "waits";
    }
  }
}

function changed(validators: readonly Validator[], change: ValidatorChange): readonly Validator[] {
  const { member } = change;
  switch (change.type) {
    case "add":
      return byKey([...validators, { member, key: change.key, suspended: false }]);
    case "rekey":
      return byKey(
        validators.map((each) => (each.member === member ? { ...each, key: change.key } : each)),
      );
    case "restore":
      return validators.map((each) =>
        each.member === member ? { ...each, suspended: false } : each,
      );
    case "suspend":
      return suspend(validators, member);
    case "remove":
      return validators.filter((each) => each.member !== member);
  }
}

/**
 * Takes at most `countMax` changes in one pass: suspensions first, then removals of suspended members, then
 * in order. What no longer fits is dropped, what would break a bound waits, and with it that member's later ones.
 * Source: docs/PROTOCOL.md 5.10, step 5.
 */
export function takeChanges(
  validators: readonly Validator[],
  changes: readonly ValidatorChange[],
  countMax: number,
): { readonly validators: readonly Validator[]; readonly changes: readonly ValidatorChange[] } {
  if (changes.length === 0 || countMax <= 0) return { validators, changes };
  const isUrgent = (change: ValidatorChange) =>
    change.type === "remove" && validatorOf(validators, change.member)?.suspended === true;
  const suspensions = changes.filter(({ type }) => type === "suspend");
  const urgent = new Set([...suspensions, ...changes.filter(isUrgent)]);
  const gone = new Set<ValidatorChange>();
  const waiting = new Set<MemberId>();
  let set = validators;
  let taken = 0;
  for (const change of [...urgent, ...changes.filter((each) => !urgent.has(each))]) {
    if (taken === countMax) break;
    if (waiting.has(change.member)) continue;
    const fate = fateOf(set, change);
    if (fate === "waits") {
      waiting.add(change.member);
      continue;
    }
    gone.add(change);
    if (fate === "dropped") continue;
    set = changed(set, change);
    taken += 1;
  }
  const left = gone.size === 0 ? changes : changes.filter((change) => !gone.has(change));
  return { validators: set, changes: left };
}
