import { validatorSet } from "@tegata/consensus";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NodeStatus } from "../../packages/node/src/api/client.ts";
import { type Certified, decodeCommit, everybody, RealNetwork } from "../helpers/real-network.ts";
import type { Relays } from "../helpers/relays.ts";
import { median, type Sample, SteadyLoad } from "../helpers/steady-load.ts";
import { until } from "../helpers/waiting.ts";
import { expectCommittedOnce } from "../helpers/written-lanes.ts";

/** Long enough that no timeout ends because the machine is busy: a round above 0 is the link's doing. */
const parameters = { timeoutProposeMs: 2_000, timeoutVoteMs: 2_000 };
const blocksPerPhase = 60;
/** Programs that have just started are slower, which would look like the link's doing. */
const blocksToWarmUp = 20;

/** Two members, of which the second proposes right after the first: what it lacks of his block costs most. */
type Pair = readonly [one: number, other: number];

/** What happened while the network committed a number of blocks. */
interface Phase {
  readonly chain: readonly Certified[];
  readonly elapsedMs: number;
  readonly samples: readonly Sample[];
}

/** The members in the order in which they vote and propose. */
function inProposalOrder({ consortium }: RealNetwork): readonly number[] {
  const validators = consortium.members.map(({ memberId, consensusKey }) => {
    return { member: memberId, key: consensusKey.publicKey, suspended: false };
  });
  return validatorSet(validators).map(({ member }) =>
    consortium.members.findIndex(({ memberId }) => memberId === member),
  );
}

/** How many of the two say that they are connected with the other. */
function connectedEnds(network: RealNetwork, statuses: readonly NodeStatus[], pair: Pair): number {
  const ids = pair.map((index) => network.consortium.member(index).memberId);
  const ends = pair.map((index, at) => {
    const other = ids[1 - at];
    return statuses[index]?.members.find(({ member }) => member === other)?.connected === true;
  });
  return ends.filter((isConnected) => isConnected).length;
}

/** Lets the network work for a number of blocks, and on until the pair has as many ends as it should. */
async function work(
  { it: network, load, pair }: Scene,
  ends: number,
  blocks = blocksPerPhase,
): Promise<Phase> {
  // The first block carries no certificate.
  const from = Math.max(2, ((await network.status(0))?.height ?? 0) + 1);
  const beganMs = performance.now();
  load.takeSamples();
  const to = await until(
    `${blocks} blocks with ${ends} ends of the link`,
    async () => {
      const statuses = (await network.statuses()).filter((status) => status !== null);
      const reached = Math.min(...statuses.map(({ height }) => height));
      const isOver = statuses.length === 4 && connectedEnds(network, statuses, pair) === ends;
      return isOver && reached >= from + blocks - 1 && reached;
    },
    60_000,
  );
  const elapsedMs = performance.now() - beganMs;
  const chain = await network.chain(0, from, to);
  return { chain, elapsedMs, samples: load.takeSamples() };
}

/** Of how many of a phase's certificates, as the blocks carry them, each validator's vote is a part. */
function voteShares({ chain }: Phase): readonly number[] {
  const certificates = chain.map(({ block }) => decodeCommit(block.previousCertificate));
  return everybody.map((index) => {
    return certificates.filter(({ voters }) => voters.includes(index)).length / chain.length;
  });
}

function longestPauseMs({ chain }: Phase): number {
  const times = chain.map(({ block }) => block.header.timeMs);
  return Math.max(...times.slice(1).map((timeMs, index) => timeMs - (times[index] as number)));
}

function tell(name: string, phase: Phase, order: readonly number[]): number {
  const { chain, elapsedMs, samples } = phase;
  const of = (members: readonly number[]) =>
    median(samples.filter(({ member }) => members.includes(member)).map((one) => one.latencyMs));
  const each = order.map((member) => of([member]).toFixed(0)).join(", ");
  const shares = voteShares(phase).map((share) => `${(100 * share).toFixed(0)} %`);
  console.info(
    `${name}: ${chain.length} blocks in ${elapsedMs.toFixed(0)} ms, longest pause` +
      ` ${longestPauseMs(phase)} ms; median from submission to commit ${of(order).toFixed(0)} ms` +
      ` (by validator ${each}); votes in the blocks' certificates ${shares.join(", ")}`,
  );
  return of(order);
}

function expectUndisturbed(phase: Phase): void {
  const rounds = phase.chain.map(({ block }) => decodeCommit(block.previousCertificate).round);
  expect(rounds.filter((round) => round > 0)).toEqual([]);
  for (const share of voteShares(phase)) expect(share).toBeGreaterThan(0.2);
}

/** A way in which a link between two members breaks while they work. */
interface Break {
  readonly what: string;
  readonly begin: (relays: Relays, pair: Pair) => void;
}

const breaks: readonly Break[] = [
  {
    what: "loses the bytes of one direction without a word",
    begin: (relays, [one, other]) => relays.set(one, other, "dropped"),
  },
  {
    what: "loses the bytes of the other direction without a word",
    begin: (relays, [one, other]) => relays.set(other, one, "dropped"),
  },
  {
    what: "stands still in both directions",
    begin: (relays, [one, other]) => relays.setBoth(one, other, "held"),
  },
  {
    what: "is closed at one end and open at the other",
    begin: (relays, [one, other]) => {
      relays.setBoth(one, other, "dropped");
      relays.hangUp(one, other);
    },
  },
];

/** A network at work, with two members whose link is at issue. */
interface Scene {
  readonly it: RealNetwork;
  readonly load: SteadyLoad;
  readonly order: readonly number[];
  readonly pair: Pair;
}

const isConnected = ({ members }: NodeStatus): boolean =>
  members.every(({ connected }) => connected);

/** Starts everybody while the link is dead. */
async function begin(): Promise<Scene> {
  const it = await RealNetwork.found({ parameters, isRelayed: true });
  const order = inProposalOrder(it);
  const pair: Pair = [order[0] as number, order[1] as number];
  it.relays.setBoth(...pair, "dropped");
  await it.start(...everybody);
  await it.untilStatus("ready", everybody, ({ state }) => state === "ready");
  const scene = { it, load: await SteadyLoad.begin(it), order, pair };
  await work(scene, 0, blocksToWarmUp);
  return scene;
}

async function heal({ it, pair }: Scene): Promise<void> {
  it.relays.setBoth(...pair, "passed");
  await it.untilStatus("all connected", everybody, isConnected);
}

/** Shows that nobody waited. */
function judge(what: string, { order }: Scene, broken: Phase, healthyMs: number): void {
  const brokenMs = tell(what, broken, order);
  console.info(`${what}, to healthy: ${(brokenMs / healthyMs).toFixed(2)}`);
  expectUndisturbed(broken);
}

describe("a link between two of four members", () => {
  let scene: Scene;
  let healthyMs = 0;

  beforeAll(async () => {
    scene = await begin();
  });

  afterAll(() => scene?.it.end());

  test("may be dead from the start: nobody waits for it", async () => {
    const broken = await work(scene, 0);
    await heal(scene);
    const healthy = await work(scene, 2);
    expectUndisturbed(healthy);
    healthyMs = tell("healthy", healthy, scene.order);
    judge("dead from the start", scene, broken, healthyMs);
  });

  test.each(breaks)("that breaks holds up nobody: it $what", async (broke) => {
    const { it, pair } = scene;
    await it.untilStatus("all connected", everybody, isConnected);
    broke.begin(it.relays, pair);
    const broken = await work(scene, 0);
    judge(broke.what, scene, broken, healthyMs);
    await heal(scene);
  });

  test("that was broken in every way has lost nothing, and nothing came twice", async () => {
    const { it, load } = scene;
    await load.end();
    await expectCommittedOnce(it, load.lanes);
  });
});
