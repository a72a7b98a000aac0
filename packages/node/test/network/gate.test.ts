import { expect, test } from "vitest";
import { Gate } from "../../src/network/gate.ts";
import { hostGroupOf } from "../../src/network/identity.ts";
import { networkLimits } from "../../src/network/limits.ts";
import { LogThrottle } from "../../src/network/log-throttle.ts";
import { member } from "./testnet.ts";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

function gateWithOnePeer(): { readonly gate: Gate; readonly excludedAt: (ms: number) => boolean } {
  const gate = new Gate("nobody", networkLimits, new LogThrottle(silent, 60_000));
  gate.setMembers([member(1, [])]);
  const [peer] = gate.peers;
  return { gate, excludedAt: (ms) => gate.isExcluded(peer?.peerId ?? "", ms) };
}

test("a peer that breaks rules again and again is kept out 1 s, doubling to 30 s", () => {
  const { gate, excludedAt } = gateWithOnePeer();
  let nowMs = 0;
  for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    for (const peer of gate.peers) gate.exclude(peer, nowMs);
    expect(excludedAt(nowMs + pauseMs - 1)).toBe(true);
    nowMs += pauseMs;
    expect(excludedAt(nowMs)).toBe(false);
  }
});

test("a peer that has kept the rules for a minute begins anew", () => {
  const { gate, excludedAt } = gateWithOnePeer();
  for (const atMs of [0, 1_000]) for (const peer of gate.peers) gate.exclude(peer, atMs);
  const laterMs = 3_000 + 60_000;
  for (const peer of gate.peers) gate.exclude(peer, laterMs);
  expect(excludedAt(laterMs + 999)).toBe(true);
  expect(excludedAt(laterMs + 1_000)).toBe(false);
});

test("hosts of one IPv6 network count as one, and other hosts by themselves", () => {
  const groups: readonly (readonly [string, string])[] = [
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8:0:0:5::9", "2001:db8:0:0"],
    ["2001:0db8:0000:0000:ffff:ffff:ffff:ffff", "2001:db8:0:0"],
    ["2001:db8:0:1::1", "2001:db8:0:1"],
    ["::1", "0:0:0:0"],
    ["fe80::", "fe80:0:0:0"],
  ];
  for (const [host, group] of groups) expect(hostGroupOf(host), host).toBe(group);
});

test("counters of a member survive a new set, and a member that left is forgotten", () => {
  const { gate } = gateWithOnePeer();
  const [before] = gate.peers;
  before?.counters.violations.set("X", 1);
  const change = gate.setMembers([member(1, ["/ip4/127.0.0.1/tcp/1"]), member(2, [])]);
  expect(change.joined).toHaveLength(1);
  expect(change.left).toEqual([]);
  expect(gate.byMember(member(1, []).memberId)?.counters.violations.get("X")).toBe(1);
  expect(gate.setMembers([]).left).toHaveLength(2);
  expect(gate.peers).toEqual([]);
});
