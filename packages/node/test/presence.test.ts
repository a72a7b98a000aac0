import type { Block } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import { expect, test } from "vitest";
import { Presence } from "../src/presence.ts";

const [self, direct, walled] = ["a", "b", "c"].map((letter) => letter.repeat(64) as MemberId) as [
  MemberId,
  MemberId,
  MemberId,
];

/** A member with one connection, whose own certificates have the votes that it gets at once. */
function presenceOf(own: readonly MemberId[]) {
  let isMet = false;
  const peer = { version: null, dialFailure: null, dialedUsAtMs: null };
  const link = { direction: "out", sinceMs: 1 } as const;
  const presence = new Presence({
    network: {
      connected: () => [direct],
      peers: () =>
        [
          { ...peer, memberId: direct, connected: true, link },
          { ...peer, memberId: walled, connected: isMet, link: isMet ? link : null },
        ] as never,
    },
    clock: { nowMs: () => 5 } as never,
    ledger: {
      head: { height: 0 } as never,
      votersOf: () => own,
      // The bytes are the voters themselves: what they mean is the ledger's.
      votersIn: (bytes) => [...bytes].map((at) => [self, direct, walled][at] as MemberId),
    },
  });
  const reach = () => presence.all().get(walled)?.reach;
  const commit = (height: number, proposer: MemberId, voters: readonly number[]) =>
    presence.onCommitted({
      header: { height, proposer } as Block["header"],
      previousCertificate: Uint8Array.from(voters),
    });
  const meet = () => {
    isMet = true;
    presence.onConnected(walled);
  };
  const lose = () => {
    isMet = false;
    presence.onDisconnected(walled);
  };
  return { presence, reach, commit, meet, lose };
}

test("who votes too late for every certificate of one's own is heard by those in the blocks", () => {
  const { presence, reach, commit } = presenceOf([self, direct]);
  commit(1, direct, []);
  expect(reach()).toBe("away");
  commit(2, direct, [0, 1, 2]);
  expect(reach()).toBe("through-others");
  expect(presence.present()).toEqual(new Set([direct, walled]));
  for (let height = 3; height < 10; height += 1) commit(height, direct, [0, 1]);
  expect(reach()).toBe("through-others");
  commit(10, direct, [0, 1]);
  expect(reach()).toBe("away");
});

test("what was said before its connection ended says nothing of a member that is gone", () => {
  const { reach, commit, meet, lose } = presenceOf([self, direct, walled]);
  meet();
  commit(7, direct, [0, 1, 2]);
  lose();
  commit(8, walled, [0, 1, 2]);
  expect(reach()).toBe("away");
  commit(9, direct, [0, 1, 2]);
  expect(reach()).toBe("through-others");
});

test("who proposed a block was there", () => {
  const { reach, commit } = presenceOf([self, direct]);
  commit(1, walled, []);
  expect(reach()).toBe("through-others");
});
