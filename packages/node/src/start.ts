import type { NodeStatus, Sidecar, SubmitAnswer } from "./api/client.ts";
import { ComposedNode } from "./compose.ts";
import { type NodeConfig, nodePaths } from "./config.ts";
import { type NodeSecrets, openChain, readFounding, readProxy } from "./home.ts";
import type { GuardRecovery } from "./host/guard-recovery.ts";
import { createLog, type Log } from "./log.ts";
import { readFirstPeers } from "./network/first-peers.ts";
import { createNetwork } from "./network/mesh.ts";

/** A node at work. */
export interface RunningNode {
  /** Path of its socket, for `createNodeClient`. */
  readonly socketPath: string;
  /** Port of the operations listener, null where there is none. */
  readonly operationsPort: number | null;
  status(): NodeStatus;
  /** As over the socket. */
  submit(sidecar: Sidecar): Promise<SubmitAnswer>;
  /** Resolves with the error when the node could not go on; it has stopped by then. */
  readonly failed: Promise<unknown>;
  /** Stops and resolves when everything is closed; may be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts the node of a home folder: opens the chain, takes up the height where it was left, connects over
 * the full mesh or whatever else `connect` gives. With a `recovery` it signs nothing and only makes its guard anew.
 * @throws NODE_HOME_MISMATCH, NODE_CONFIG_INVALID, NODE_LISTEN_FAILED, NODE_SYNC_FAILED, LEDGER_STORE_*,
 * LEDGER_GENESIS_*
 */
export async function startNode(
  config: NodeConfig,
  secrets: NodeSecrets,
  givenLog: Log | null = null,
  connect: typeof createNetwork = createNetwork,
  recovery: GuardRecovery | null = null,
): Promise<RunningNode> {
  const log = givenLog ?? createLog(config.logLevel, null);
  const { genesis, card } = readFounding(config, secrets);
  const proxy = await readProxy(config);
  const store = await openChain(config.home, genesis);
  const failed = Promise.withResolvers<unknown>();
  let node: ComposedNode | null = null;
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      await node?.close();
      await store.close().catch((error: unknown) => log.warn({ err: error }, "the store failed"));
    })();
    return stopping;
  };
  const onFatal = (error: unknown): void => {
    log.fatal({ err: error }, "the node cannot go on");
    stop().then(
      () => failed.resolve(error),
      () => failed.resolve(error),
    );
  };
  try {
    const firstPeers = readFirstPeers(nodePaths(config.home).firstPeers);
    const found = { genesis, card, firstPeers, store };
    const parts = { config, secrets, proxy, ...found, log };
    node = await ComposedNode.make({ ...parts, connect, recovery, onFatal });
    await node.open();
  } catch (error) {
    await stop();
    throw error;
  }
  const { height } = store.head();
  const { networkId: network, parameters } = genesis;
  log.info({ network, height, member: card.memberId, parameters }, "the node is up");
  const running = node;
  return {
    socketPath: nodePaths(config.home).socket,
    operationsPort: running.operationsPort,
    status: () => running.status(),
    submit: (sidecar) => running.submit(sidecar),
    failed: failed.promise,
    stop,
  };
}
