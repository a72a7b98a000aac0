import { readMember, readRoster } from "@tegata/ledger/chain";
import { assert } from "@tegata/ledger/primitives";
import { type ChainStore, openChainStore } from "@tegata/ledger/storage";
import type { NodeStatus, Sidecar, SubmitAnswer } from "./api/client.ts";
import { ComposedNode } from "./compose.ts";
import { type NodeConfig, nodePaths } from "./config.ts";
import { NodeError } from "./errors.ts";
import {
  type NodeSecrets,
  type OpenedChain,
  openChain,
  readFounding,
  readProxy,
  withScan,
} from "./home.ts";
import type { GuardRecovery } from "./host/guard-recovery.ts";
import { HeadState } from "./host/head-state.ts";
import { createLog, type Log } from "./log.ts";
import { readFirstPeers } from "./network/first-peers.ts";
import { createNetwork } from "./network/mesh.ts";
import type { NodeInput } from "./node-input.ts";
import { secretsFor, wantedKeys } from "./own-keys.ts";
import { type SyncLimits, syncLimits } from "./sync/limits.ts";
import type { ArrivedSnapshot } from "./sync/snapshot-fetch.ts";

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

/** What differs from a node in production, in tests and in the bench. */
export interface StartOptions {
  readonly log: Log | null;
  readonly connect: typeof createNetwork;
  /** Where the node runs only to make its signer guard anew; else null. */
  readonly recovery: GuardRecovery | null;
  readonly syncLimits: SyncLimits;
  /** Reads the own keys anew, among which the next ones may be; null where they never change. */
  readonly readSecrets: (() => Promise<NodeSecrets>) | null;
}

const production: StartOptions = {
  log: null,
  connect: createNetwork,
  recovery: null,
  syncLimits,
  readSecrets: null,
};

/** What one life of a node is made from; a snapshot begins another one. */
interface Life {
  readonly node: ComposedNode;
  readonly store: ChainStore;
}

type LifeInput = Omit<NodeInput, "store" | "stateScan" | "onSnapshot" | "onOwnKeys" | "onFatal"> &
  Pick<StartOptions, "readSecrets">;

/** A node from its start to its end, over the change of its chain in between. */
class NodeLives implements RunningNode {
  readonly socketPath: string;
  #input: LifeInput;
  readonly #failed = Promise.withResolvers<unknown>();
  #life: Life | null = null;
  /** The status of the last life, while the next one begins. */
  #lastStatus: NodeStatus | null = null;
  #port: number | null = null;
  #isStopping = false;
  #changing: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | null = null;

  constructor(input: LifeInput) {
    this.#input = input;
    this.socketPath = nodePaths(input.config.home).socket;
  }

  get failed(): Promise<unknown> {
    return this.#failed.promise;
  }

  get operationsPort(): number | null {
    return this.#port;
  }

  status(): NodeStatus {
    const status = this.#life?.node.status() ?? this.#lastStatus;
    assert(status !== null, "a node that was started has a status");
    return status;
  }

  async submit(sidecar: Sidecar): Promise<SubmitAnswer> {
    const life = this.#life;
    if (life !== null) return life.node.submit(sidecar);
    const path = this.socketPath;
    throw new NodeError("NODE_API_UNREACHABLE", "the node is starting", { socketPath: path });
  }

  /** Opens the chain and begins. */
  async begin(): Promise<void> {
    const { config, genesis } = this.#input;
    await this.#compose(await openChain(config.home, genesis, this.#input.log));
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopping ??= this.#changing.then(() => this.#end());
    return this.#stopping;
  }

  async #compose({ store, stateScan }: OpenedChain): Promise<void> {
    const { config, log, genesis, card } = this.#input;
    // A port that was chosen once stays.
    const operationsPort = this.#port ?? config.operationsPort;
    let node: ComposedNode | null = null;
    try {
      node = await ComposedNode.make({
        ...this.#input,
        config: { ...config, operationsPort },
        store,
        stateScan,
        onSnapshot: (snapshot) => this.#change(snapshot),
        onOwnKeys: () => this.#changeKeys(),
        onFatal: (error) => this.#fail(error),
      });
      this.#life = { node, store };
      await node.open();
    } catch (error) {
      this.#life = null;
      await node?.close();
      await this.#closeStore(store);
      throw error;
    }
    this.#port = node.operationsPort;
    const { height } = store.head();
    const { networkId: network, parameters } = genesis;
    log.info({ network, height, member: card.memberId, parameters }, "the node is up");
  }

  /** Installs a snapshot in place of the empty chain, and begins again above it. */
  #change(snapshot: ArrivedSnapshot): void {
    const change = async (): Promise<void> => {
      if (this.#isStopping) return snapshot.close();
      const { config, genesis, log } = this.#input;
      const { height } = snapshot;
      log.info({ height }, "installing a snapshot of the state");
      await this.#end();
      try {
        const { networkId } = genesis;
        const folder = nodePaths(config.home).data;
        const store = await openChainStore({ folder, networkId, mode: "install", snapshot });
        await this.#compose(await withScan(store));
      } finally {
        await snapshot.close();
      }
      log.info({ height }, "went on from a snapshot of the state");
    };
    this.#changing = this.#changing.then(change).catch((error: unknown) => this.#fail(error));
  }

  /** Goes on with the keys that the ledger has now, in a life of its own: no key ever signs for another. */
  #changeKeys(): void {
    const change = async (): Promise<void> => {
      const { readSecrets, recovery, card, config, genesis, log } = this.#input;
      const life = this.#life;
      if (this.#isStopping || life === null || recovery !== null) return;
      const secrets = readSecrets === null ? this.#input.secrets : await readSecrets();
      const reader = new HeadState(life.store.reader());
      const { validators } = readRoster(reader);
      const wanted = wantedKeys(readMember(reader, card.memberId), validators, card.memberId);
      const before = secretsFor(this.#input.secrets, wanted);
      const { missing } = secretsFor(secrets, wanted);
      for (const role of missing) {
        log.error({ role }, "the ledger has a key of this company that is not in its keystore");
      }
      this.#input = { ...this.#input, secrets };
      const isNothingNew = missing.length > 0 && missing.length >= before.missing.length;
      if (isNothingNew) return;
      await this.#end();
      await this.#compose(await openChain(config.home, genesis, log));
      log.info({}, "took up the new keys of this company");
    };
    this.#changing = this.#changing.then(change).catch((error: unknown) => this.#fail(error));
  }

  async #end(): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    this.#lastStatus = life.node.status();
    this.#life = null;
    await life.node.close();
    await this.#closeStore(life.store);
  }

  async #closeStore(store: ChainStore): Promise<void> {
    const { log } = this.#input;
    await store.close().catch((error: unknown) => log.warn({ err: error }, "the store failed"));
  }

  #fail(error: unknown): void {
    this.#input.log.fatal({ err: error }, "the node cannot go on");
    const finish = (): void => this.#failed.resolve(error);
    this.stop().then(finish, finish);
  }
}

/**
 * Starts the node of a home folder: opens the chain, takes up the height where it was left, connects over
 * the full mesh or whatever else `connect` gives. With a `recovery` it signs nothing and only makes its guard anew.
 * @throws NODE_HOME_MISMATCH, NODE_CONFIG_INVALID, NODE_LISTEN_FAILED, NODE_SYNC_FAILED,
 * NODE_TRUSTED_BLOCK, LEDGER_STORE_*, LEDGER_GENESIS_*
 */
export async function startNode(
  config: NodeConfig,
  secrets: NodeSecrets,
  options: Partial<StartOptions> = {},
): Promise<RunningNode> {
  const all = { ...production, ...options };
  const log = all.log ?? createLog(config.logLevel, null);
  const { genesis, card } = readFounding(config, secrets);
  const proxy = await readProxy(config);
  const firstPeers = readFirstPeers(nodePaths(config.home).firstPeers);
  const found = { genesis, card, firstPeers };
  const { connect, recovery, readSecrets, syncLimits: limits } = all;
  const shared = { config, secrets, proxy, ...found, log };
  const input = { ...shared, connect, recovery, readSecrets, syncLimits: limits };
  const node = new NodeLives(input);
  await node.begin();
  return node;
}
