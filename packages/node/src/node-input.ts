import type { Genesis, MemberCard } from "@tegata/ledger/chain";
import type { ChainStore } from "@tegata/ledger/storage";
import type { NodeConfig } from "./config.ts";
import type { NodeSecrets } from "./home.ts";
import type { GuardRecovery } from "./host/guard-recovery.ts";
import type { Log } from "./log.ts";
import type { createNetwork } from "./network/mesh.ts";
import type { NetworkMember } from "./network/network.ts";
import type { HttpProxy } from "./network/proxy.ts";
import type { SyncLimits } from "./sync/limits.ts";
import type { ArrivedSnapshot } from "./sync/snapshot-fetch.ts";
import type { StateScan } from "./sync/state-scan.ts";

/** What a node is made from. */
export interface NodeInput {
  readonly config: NodeConfig;
  readonly secrets: NodeSecrets;
  readonly proxy: HttpProxy | null;
  readonly genesis: Genesis;
  readonly card: MemberCard;
  /** Members that the ledger may not know yet. */
  readonly firstPeers: readonly NetworkMember[];
  readonly store: ChainStore;
  /** What is left to be looked at of its state. */
  readonly stateScan: StateScan;
  readonly log: Log;
  /** Gives the node its network. */
  readonly connect: typeof createNetwork;
  /** Where the node runs only to make its signer guard anew; else null. */
  readonly recovery: GuardRecovery | null;
  readonly syncLimits: SyncLimits;
  /** A snapshot can be installed in place of the chain, which is empty. */
  readonly onSnapshot: (snapshot: ArrivedSnapshot) => void;
  /** The ledger knows this member by other keys than it works with. */
  readonly onOwnKeys: () => void;
  /** Called once when the node cannot go on. */
  readonly onFatal: (error: unknown) => void;
}
