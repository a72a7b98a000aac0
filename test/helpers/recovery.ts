import { faultyMax, quorumOf, type Timeouts } from "@tegata/consensus";
import type { NodeStatus } from "../../packages/node/src/api/client.ts";
import { everybody, type RealNetwork } from "./real-network.ts";
import { until } from "./waiting.ts";

/** How a network came back after fewer than a quorum were left, by the clock of the one who watched. */
export interface Recovery {
  /** Head of the quorum when it was connected; what is decided above it counts. */
  readonly height: number;
  /** Highest round in force there at that moment. */
  readonly roundAtConnection: number;
  /** Round of the certificate that decided the next height. */
  readonly roundDecided: number;
  /** From the connected quorum to the first new commit at any member. */
  readonly commitMs: number;
}

/** Rounds at the cap that a connected quorum may need before it decides. Source: docs/PROTOCOL.md, section 6. */
export function roundsMax(): number {
  return faultyMax(everybody.length) + 2;
}

/** The longest that many rounds take: each waits for a proposal, for prevotes and for precommits. */
export function boundMs({ capMs }: Pick<Timeouts, "capMs">): number {
  return 3 * capMs * roundsMax();
}

/** Members of which each is connected with every other, as both ends say; null while no quorum is. */
function connectedQuorum(statuses: readonly (NodeStatus | null)[]): readonly NodeStatus[] | null {
  const running = statuses.filter((status) => status !== null);
  const sees = (one: NodeStatus, other: NodeStatus): boolean =>
    one.members.find(({ member }) => member === other.member)?.connected === true;
  const quorum = quorumOf(everybody.length);
  const candidates = [running, ...running.map((out) => running.filter((one) => one !== out))];
  const found = candidates.find(
    (group) =>
      group.length >= quorum && group.every((one) => group.every((other) => sees(one, other))),
  );
  return found ?? null;
}

/** Watches a network without a quorum until it commits again. */
export async function watchRecovery(network: RealNetwork): Promise<Recovery> {
  let connectedAtMs = 0;
  const quorum = await until(
    "a quorum is connected",
    async () => {
      const found = connectedQuorum(await network.statuses());
      connectedAtMs = performance.now();
      return found;
    },
    60_000,
  );
  const height = Math.max(...quorum.map((status) => status.height));
  const there = quorum.filter((status) => status.height === height);
  const roundAtConnection = Math.max(...there.map(({ round }) => round));
  let member = -1;
  await until(
    "something is committed again",
    async () => {
      const statuses = await network.statuses();
      member = statuses.findIndex((status) => status !== null && status.height > height);
      return member !== -1;
    },
    60_000,
  );
  const commitMs = performance.now() - connectedAtMs;
  const [next] = await network.chain(member, height + 1, height + 1);
  const roundDecided = next?.round ?? Number.POSITIVE_INFINITY;
  return { height, roundAtConnection, roundDecided, commitMs };
}
