import { describe, expect, test } from "vitest";
import {
  eligibleOf,
  type Roster,
  suspend,
  type ValidatorChange,
  withRequest,
} from "../../src/chain/index.ts";
import {
  type Chain,
  chainOf,
  grow,
  growTo,
  keyOf,
  memberOf,
  rosterOf,
  validatorAt,
} from "./roster-fixtures.ts";

const add = (index: number): ValidatorChange => ({
  type: "add",
  member: memberOf(index),
  key: keyOf(index),
});
const rekey = (index: number, version: number): ValidatorChange => ({
  type: "rekey",
  member: memberOf(index),
  key: keyOf(index, version),
});
const remove = (index: number): ValidatorChange => ({ type: "remove", member: memberOf(index) });
const restore = (index: number): ValidatorChange => ({ type: "restore", member: memberOf(index) });

function membersOf({ roster }: Chain): readonly number[] {
  return roster.validators.map(({ member }) => Number.parseInt(member, 16)).sort((a, b) => a - b);
}

function suspendedIn(count: number, ...indexes: readonly number[]): Roster {
  const roster = rosterOf(count);
  return {
    ...roster,
    validators: roster.validators.map((validator) => ({
      ...validator,
      suspended: indexes.some((index) => memberOf(index) === validator.member),
    })),
  };
}

describe("changes of the validator set", () => {
  test("are in force at the next height, in the order of keys", () => {
    const chain = grow(chainOf(rosterOf(3)), { requests: [add(3)] });
    expect(chain.roster.validators).toEqual([3, 2, 1, 0].map((index) => validatorAt(index)));
    expect(chain.roster.changes).toEqual([]);
    expect(chain.roster.last.validators).toHaveLength(3);
    expect(grow(chain).roster.last.validators).toHaveLength(4);
  });

  test("suspend by vote before all others, up to f, and drop what is more", () => {
    const suspend = (index: number): ValidatorChange => ({
      type: "suspend",
      member: memberOf(index),
    });
    const chain = grow(chainOf(rosterOf(7)), {
      requests: [add(7), remove(0), suspend(6), suspend(5), suspend(4)],
    });
    const suspended = ({ roster }: typeof chain) =>
      roster.validators.flatMap(({ member, suspended: is }) => (is ? member : []));
    expect(suspended(chain).sort()).toEqual([memberOf(4), memberOf(5)].sort());
    expect(membersOf(chain)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const next = grow(chain);
    expect(suspended(next)).toHaveLength(2);
    expect(next.roster.changes).not.toContainEqual(suspend(6));
  });

  test("grow a network from one member to ten, at most max(1, f) a height", () => {
    let chain = grow(chainOf(rosterOf(1)), {
      requests: [9, 3, 1, 7, 5, 2, 8, 4, 6].map(add),
    });
    const sizes = [chain.roster.validators.length];
    while (chain.roster.changes.length > 0) {
      chain = grow(chain);
      sizes.push(chain.roster.validators.length);
    }
    // From seven on f is 2.
    expect(sizes).toEqual([2, 3, 4, 5, 6, 7, 9, 10]);
    expect(membersOf(chain)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("shrink it back to one, and the last one never leaves", () => {
    let chain = grow(chainOf(rosterOf(10)), {
      requests: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(remove),
    });
    const sizes = [chain.roster.validators.length];
    while (chain.roster.validators.length > 1) {
      chain = grow(chain);
      sizes.push(chain.roster.validators.length);
    }
    expect(sizes).toEqual([7, 5, 4, 3, 2, 1]);
    expect(membersOf(chain)).toEqual([9]);
    expect(growTo(chain, 40).roster).toMatchObject({ changes: [remove(9)] });
    const joined = grow(chain, { requests: [add(1)] });
    expect(membersOf(joined)).toEqual([1, 9]);
    expect(membersOf(grow(joined))).toEqual([1]);
  });

  test("wait in the order of member ids, and one of the same kind takes the place of another", () => {
    const changes = [add(8), rekey(2, 1), remove(5), rekey(2, 2), restore(2)].reduce(
      withRequest,
      [],
    );
    expect(changes).toEqual([rekey(2, 2), restore(2), remove(5), add(8)]);
  });

  test("take removals of suspended members first", () => {
    const chain = grow(chainOf(suspendedIn(4, 3)), { requests: [add(0), add(5), remove(3)] });
    expect(membersOf(chain)).toEqual([0, 1, 2]);
    expect(chain.roster.changes).toEqual([add(0), add(5)]);
    expect(membersOf(grow(chain))).toEqual([0, 1, 2, 5]);
  });

  test("hold back a removal that would leave more than f suspended, and no other change", () => {
    const waiting = grow(chainOf(suspendedIn(4, 3)), { requests: [remove(1), rekey(2, 1)] });
    expect(membersOf(waiting)).toEqual([0, 1, 2, 3]);
    expect(waiting.roster.changes).toEqual([remove(1)]);
    expect(waiting.roster.validators).toContainEqual({ ...validatorAt(2), key: keyOf(2, 1) });
    expect(growTo(waiting, 30).roster.changes).toEqual([remove(1)]);
    const larger = grow(waiting, { requests: [restore(3)] });
    expect(larger.roster.changes).toEqual([remove(1)]);
    expect(membersOf(grow(larger))).toEqual([0, 2, 3]);
  });

  test("hold back what a member asks for behind its removal that waits", () => {
    const chain = grow(chainOf(rosterOf(1)), { requests: [remove(0), rekey(0, 1)] });
    expect(chain.roster.changes).toEqual([remove(0), rekey(0, 1)]);
    expect(chain.roster.validators).toEqual([validatorAt(0)]);
  });

  test("count suspensions of the same block", () => {
    const seven = grow(chainOf(rosterOf(7)), {
      requests: [remove(1), remove(2), remove(4)],
      offenders: [memberOf(5)],
    });
    expect(membersOf(seven)).toEqual([0, 2, 3, 4, 5, 6]);
    const both = grow(chainOf(rosterOf(7)), {
      requests: [remove(1)],
      offenders: [memberOf(5), memberOf(6)],
    });
    expect(membersOf(both)).toHaveLength(7);
    expect(both.roster.changes).toEqual([remove(1)]);
  });

  test("drop what does not fit, without counting it", () => {
    const requests = [add(0), rekey(8, 0), remove(9), restore(1), add(12)];
    const chain = grow(chainOf(rosterOf(4)), { requests });
    expect(membersOf(chain)).toEqual([0, 1, 2, 3, 12]);
    expect(chain.roster.changes).toEqual([]);
  });

  test("never give one key to two members", () => {
    const [stolen, key] = [memberOf(9), keyOf(1)];
    const added = grow(chainOf(rosterOf(4)), { requests: [{ type: "add", member: stolen, key }] });
    expect(membersOf(added)).toEqual([0, 1, 2, 3]);
    const taken = { type: "rekey", member: memberOf(2), key } as const;
    expect(grow(chainOf(rosterOf(4)), { requests: [taken] }).roster.validators).toEqual(
      rosterOf(4).validators,
    );
  });

  test("keep a suspended member suspended under its new key", () => {
    const chain = grow(chainOf(suspendedIn(4, 1)), { requests: [rekey(1, 3)] });
    expect(chain.roster.validators).toContainEqual({
      member: memberOf(1),
      key: keyOf(1, 3),
      suspended: true,
    });
    expect(eligibleOf(chain.roster)).toHaveLength(3);
    expect(eligibleOf(grow(chain, { requests: [restore(1)] }).roster)).toHaveLength(4);
  });

  test("stop at 300 validators", () => {
    const chain = grow(chainOf(rosterOf(300)), { requests: [add(300)] });
    expect(chain.roster.validators).toHaveLength(300);
    expect(chain.roster.changes).toEqual([]);
  });
});

describe("suspension", () => {
  test("leaves the count as it is and ends at f", () => {
    const seven = rosterOf(7).validators;
    const one = suspend(seven, memberOf(4));
    expect(one.filter(({ suspended }) => suspended)).toEqual([validatorAt(4, true)]);
    expect(suspend(one, memberOf(4))).toBe(one);
    const two = suspend(one, memberOf(1));
    expect(two).toHaveLength(7);
    expect(suspend(two, memberOf(2))).toBe(two);
    expect(suspend(seven, memberOf(90))).toBe(seven);
  });

  test.each([1, 2, 3])("does not happen among %i, where f is 0", (count) => {
    const { roster } = grow(chainOf(rosterOf(count)), { offenders: [memberOf(0)] });
    expect(roster.validators.every(({ suspended }) => !suspended)).toBe(true);
  });
});
