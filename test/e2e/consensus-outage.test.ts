import { afterEach, describe, expect, test } from "vitest";
import type { NodeStatus } from "../../packages/node/src/api/client.ts";
import { everybody, RealNetwork } from "../helpers/real-network.ts";
import { boundMs, roundsMax, watchRecovery } from "../helpers/recovery.ts";
import { expectCommittedOnce, Lane } from "../helpers/written-lanes.ts";

/** Small, so that ten of them fit a test. */
const capMs = 1_000;
const outageMs = 10 * capMs;
const waitingPerMember = 25;
const live = [0, 1];
const gone = [2, 3];

function isIdle({ mempool, payloadsMissing }: NodeStatus): boolean {
  return mempool.transactions === 0 && payloadsMissing === 0;
}

let network: RealNetwork | null = null;

afterEach(async () => {
  await network?.end();
  network = null;
});

/** Ways to lose two members of four, and to get them back. */
interface Outage {
  readonly what: string;
  readonly isRelayed: boolean;
  readonly begin: (network: RealNetwork) => Promise<unknown>;
  readonly end: (network: RealNetwork) => Promise<unknown>;
}

const outages: readonly Outage[] = [
  {
    what: "one killed and one stopped",
    isRelayed: false,
    begin: (network) => Promise.all([network.kill(2), network.terminate(3)]),
    end: (network) => network.start(2, 3),
  },
  {
    what: "both killed at once, and back one after the other",
    isRelayed: false,
    begin: (network) => Promise.all([network.kill(2), network.kill(3)]),
    end: (network) => network.start(3).then(() => network.start(2)),
  },
  {
    what: "nobody stopped, but all bytes between the two halves lost",
    isRelayed: true,
    begin: async ({ relays }) => {
      for (const one of live) for (const other of gone) relays.setBoth(one, other, "dropped");
    },
    end: async ({ relays }) => {
      for (const one of live) for (const other of gone) relays.setBoth(one, other, "passed");
    },
  },
];

describe("four members of which two were away for ten timeouts at the cap", () => {
  test.each(outages)("commit again in bounded rounds: $what", async (outage) => {
    const { isRelayed } = outage;
    network = await RealNetwork.found({ parameters: { timeoutCapMs: capMs }, isRelayed });
    const it = network;
    await it.start(...everybody);
    await it.untilStatus("ready", everybody, ({ state }) => state === "ready");
    const lanes = await Promise.all(everybody.map((index) => Lane.open(it, index)));
    await Promise.all(lanes.map((lane) => lane.submit(5)));
    // What only those hold who are killed is theirs to hand in again: here all of it is committed.
    await it.untilStatus("the first blocks", everybody, isIdle);

    const traffic = live.map((index) => lanes[index]?.submit(10));
    await Promise.all([outage.begin(it), ...traffic]);
    await it.untilStatus("the loss is noticed", live, ({ state }) => state === "no-quorum");
    await Promise.all(live.map((index) => lanes[index]?.submit(waitingPerMember)));
    await it.untilStatus(
      "ten timeouts at the cap without a block",
      live,
      ({ headTimeMs }) => Date.now() - headTimeMs >= outageMs,
      outageMs + 20_000,
    );
    const waiting = (await it.status(0))?.mempool.transactions ?? 0;
    const beganMs = performance.now();
    const recovering = watchRecovery(it);
    await outage.end(it);
    const recovery = await recovering;
    const totalMs = performance.now() - beganMs;

    const rounds = recovery.roundDecided - recovery.roundAtConnection;
    const times = `${recovery.commitMs.toFixed(0)} ms after a quorum was connected`;
    const whole = `${totalMs.toFixed(0)} ms after the first of them came back`;
    console.info(
      `${outage.what}: cap ${capMs} ms, ${waiting} transactions waited; committed ${times}` +
        ` (bound ${boundMs({ capMs })} ms), ${whole}; ${rounds} rounds` +
        ` (${recovery.roundAtConnection} to ${recovery.roundDecided}, bound ${roundsMax()})`,
    );
    expect(rounds).toBeLessThanOrEqual(roundsMax());

    await it.untilStatus("everything is committed", everybody, isIdle);
    await expectCommittedOnce(it, lanes);
  });
});
