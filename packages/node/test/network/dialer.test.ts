import { afterEach, describe, expect, test } from "vitest";
import { createPeerCounters } from "../../src/network/counters.ts";
import { Dialer } from "../../src/network/dialer.ts";
import type { Peer } from "../../src/network/gate.ts";
import { networkLimits } from "../../src/network/limits.ts";
import { identity, until } from "./testnet.ts";

let dialer: Dialer | null = null;

afterEach(async () => {
  await dialer?.stop();
  dialer = null;
});

function peer(number: number): Peer {
  const { memberId } = identity(number);
  const counters = createPeerCounters(memberId);
  const record = { version: null, dialFailure: null, dialedUsAtMs: null };
  return { memberId, peerId: `peer ${number}`, addresses: [], counters, record };
}

/** An attempt on a line that swallows everything. */
interface Attempt {
  readonly peerId: string;
  /** Null while it lasts. */
  elapsedMs: number | null;
}

function onDeadLine(patienceMs: number): { readonly dialer: Dialer; readonly attempts: Attempt[] } {
  const attempts: Attempt[] = [];
  dialer = new Dialer({
    limits: { ...networkLimits, dialPauseFirstMs: 50, dialTimeoutsMs: [patienceMs] },
    isMissing: () => true,
    headStartMs: () => 0,
    dial: ({ peerId }, _number, signal) => {
      const attempt: Attempt = { peerId, elapsedMs: null };
      attempts.push(attempt);
      const beganMs = performance.now();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          attempt.elapsedMs = performance.now() - beganMs;
          reject(new Error("given up"));
        });
      });
    },
  });
  return { dialer, attempts };
}

describe("dialing on a line that was down", () => {
  test("begins anew with everybody as soon as one member is there again", async () => {
    const [one, other] = [peer(1), peer(2)];
    const { dialer, attempts } = onDeadLine(600_000);
    dialer.setPeers([one, other]);
    dialer.start();
    expect(attempts.map(({ peerId }) => peerId)).toEqual([one.peerId, other.peerId]);
    await until(() => {
      dialer.onEstablished(one);
      return attempts.filter(({ peerId }) => peerId === other.peerId).length === 2;
    }, "the other is dialed anew");
  });

  test("waits for a slow member's answer although another comes and goes", async () => {
    const [one, slow] = [peer(1), peer(2)];
    const patienceMs = 400;
    const { dialer, attempts } = onDeadLine(patienceMs);
    dialer.setPeers([one, slow]);
    dialer.start();
    const ofSlow = (): Attempt[] => attempts.filter(({ peerId }) => peerId === slow.peerId);
    await until(() => {
      dialer.onEstablished(one);
      return ofSlow().length === 3;
    }, "it is dialed again and again");
    const [first, second] = ofSlow().map(({ elapsedMs }) => elapsedMs ?? 0);
    expect(first).toBeLessThan(patienceMs);
    expect(second).toBeGreaterThanOrEqual(patienceMs - 1);
  });
});
