import type { MemberId } from "@tegata/ledger/primitives";
import type { Clock } from "../clock.ts";
import type { EvidencePool } from "../evidence/evidence-pool.ts";
import type { Log } from "../log.ts";
import type { Mempool } from "../mempool/mempool.ts";
import type { Network } from "../network/network.ts";
import type { Timers } from "../timers.ts";
import type { BlockDesk } from "./block-desk.ts";
import type { ConsensusEvents } from "./consensus-events.ts";
import type { GuardRecovery } from "./guard-recovery.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { LagWatch } from "./lag-watch.ts";
import type { Ledger } from "./ledger.ts";
import type { BlockAhead } from "./run.ts";
import type { Signer } from "./signer.ts";
import type { OpenedWal } from "./wal-file.ts";

/** What the host is made of. */
export interface ConsensusHostParts {
  readonly member: MemberId;
  readonly ledger: Ledger;
  readonly desk: BlockDesk;
  readonly pool: Mempool;
  readonly evidence: EvidencePool;
  readonly signer: Signer;
  readonly opened: OpenedWal;
  /** Where the node runs only to make its guard anew; else null. */
  readonly recovery: GuardRecovery | null;
  readonly network: Pick<Network, "send" | "broadcast" | "connected">;
  readonly heartbeat: Heartbeat;
  readonly lag: LagWatch;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly events: ConsensusEvents;
  /** The block of a height above the head, if somebody gave it; to be committed with those before it. */
  readonly ahead: (height: number) => BlockAhead | null;
}
