import {
  type ConsensusKeyState,
  genesisRoster,
  type MemberState,
  type Roster,
  type Validator,
} from "@tegata/ledger/chain";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { type Accusation, standingsOf } from "../../src/host/standings.ts";

const names = ["a1", "b2", "c3", "d4"];
const [first, second, third, fourth] = names.map((byte) => byte.repeat(32)) as [
  MemberId,
  MemberId,
  MemberId,
  MemberId,
];

function keyOf(member: MemberId): PublicKey {
  return `0${member.slice(1)}` as string as PublicKey;
}

function validator(member: MemberId, suspended = false): Validator {
  return { member, key: keyOf(member), suspended };
}

function memberState(memberId: MemberId, joinedHeight: number) {
  const key = Uint8Array.from(Buffer.from(keyOf(memberId), "hex"));
  const keys = [{ role: "consensus" as const, version: 1, key, height: joinedHeight }];
  return { memberId, state: { keys, joinedHeight } as unknown as MemberState };
}

const members = [first, second, third, fourth].map((one) => memberState(one, 3));

function interval(member: MemberId, firstHeight: number, lastHeight: number | null) {
  return [keyOf(member), { member, intervals: [{ firstHeight, lastHeight }] }] as const;
}

function standings(roster: Roster, keys: ReadonlyMap<PublicKey, ConsensusKeyState>) {
  const accused: Accusation = {
    ...{ member: second, height: 41, key: keyOf(second), offenceHeight: 39 },
  };
  const earlier: Accusation = { ...accused, height: 12, offenceHeight: 11 };
  return standingsOf(members, {
    roster,
    accusations: [earlier, accused],
    keyState: (key) => keys.get(key) ?? null,
  });
}

describe("the standing of a member", () => {
  test("tells a suspension by vote from one for an offence before it", () => {
    const roster = genesisRoster([validator(first), validator(second, true), validator(third)]);
    const later = standings(roster, new Map([interval(second, 1, 60)])).get(second);
    expect(later).toEqual({ standing: "suspended", sinceHeight: 60, offenceHeight: null });
    const rekeyed = standings(roster, new Map()).get(second);
    expect(rekeyed).toEqual({ standing: "suspended", sinceHeight: 41, offenceHeight: 39 });
  });

  test("says since which block it votes, is passed over, is suspended or follows", () => {
    const roster: Roster = {
      ...genesisRoster([validator(first), validator(second, true), validator(third)]),
      terms: [{ member: third, sinceHeight: 50, termHeights: 256, hasSigned: true }],
    };
    const keys = new Map([
      interval(first, 21, null),
      interval(second, 1, 41),
      interval(third, 1, null),
      interval(fourth, 1, 33),
    ]);
    expect([...standings(roster, keys)]).toEqual([
      [first, { standing: "voting", sinceHeight: 20, offenceHeight: null }],
      [second, { standing: "suspended", sinceHeight: 41, offenceHeight: 39 }],
      [third, { standing: "sidelined", sinceHeight: 50, offenceHeight: null }],
      [fourth, { standing: "following", sinceHeight: 33, offenceHeight: null }],
    ]);
  });

  test("begins anew with the end of a term, and with joining for who never voted", () => {
    const roster: Roster = {
      ...genesisRoster([validator(first)]),
      endedTerms: [{ member: first, endedHeight: 300, termHeights: 256 }],
    };
    const found = standings(roster, new Map([interval(first, 1, null)]));
    expect(found.get(first)).toMatchObject({ standing: "voting", sinceHeight: 300 });
    expect(found.get(fourth)).toMatchObject({ standing: "following", sinceHeight: 3 });
  });
});
