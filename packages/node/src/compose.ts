// The only place that makes the parts of a node and joins them.
import { join } from "node:path";
import type { Block, Genesis, MemberCard } from "@tegata/ledger/chain";
import { createSigner, type MemberId } from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import type { NodeStatus, Sidecar, SubmitAnswer } from "./api/client.ts";
import { type Operations, openOperations } from "./api/operations.ts";
import { type NodeApi, openNodeApi } from "./api/server.ts";
import { type Basics, era, makeBasics, makePool, networkMembers } from "./basics.ts";
import { type NodeConfig, nodePaths } from "./config.ts";
import { DiskWatch } from "./disk-watch.ts";
import { EvidenceGossip } from "./evidence/evidence-gossip.ts";
import { EvidencePool } from "./evidence/evidence-pool.ts";
import { TransactionGossip } from "./gossip/transaction-gossip.ts";
import type { NodeSecrets } from "./home.ts";
import { BlockDesk } from "./host/block-desk.ts";
import { ConsensusHost } from "./host/consensus-host.ts";
import type { GuardRecovery } from "./host/guard-recovery.ts";
import { Ledger } from "./host/ledger.ts";
import { Signer } from "./host/signer.ts";
import { StallLog } from "./host/stall-log.ts";
import { type OpenedWal, WalFile } from "./host/wal-file.ts";
import type { Log } from "./log.ts";
import type { AdmissionDoor } from "./mempool/admission.ts";
import type { Mempool } from "./mempool/mempool.ts";
import type { Metrics } from "./metrics.ts";
import { peersOf } from "./network/first-peers.ts";
import { networkLimits } from "./network/limits.ts";
import type { createNetwork } from "./network/mesh.ts";
import type { Head, Network, NetworkMember } from "./network/network.ts";
import type { HttpProxy } from "./network/proxy.ts";
import { Presence } from "./presence.ts";
import { metricsOf } from "./readings.ts";
import { Reporting } from "./reporting.ts";
import { StatusReader } from "./status.ts";
import { CatchUp } from "./sync/catch-up.ts";
import { DiskScan } from "./sync/disk-scan.ts";
import { damagedHeight, PayloadBackfill } from "./sync/payload-backfill.ts";
import { BlockRepair } from "./sync/repair.ts";
import { Responder } from "./sync/responder.ts";
import { StateScan } from "./sync/state-scan.ts";
import { type FrameReceivers, onFrame } from "./traffic.ts";
import { version } from "./version.ts";

/** How often what only time holds back is looked at again, and how often everything that waits. */
const tickMs = 1_000;
const recheckPeriodMs = 10_000;

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
  readonly log: Log;
  /** Gives the node its network. */
  readonly connect: typeof createNetwork;
  /** Where the node runs only to make its signer guard anew; else null. */
  readonly recovery: GuardRecovery | null;
  /** Called once when the node cannot go on. */
  readonly onFatal: (error: unknown) => void;
}

/** What has to be opened before the parts can be made. */
interface Opened {
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly wal: OpenedWal;
  readonly stateScan: StateScan;
}

/** A node with all its parts, not yet open to anybody. */
export class ComposedNode {
  readonly #input: NodeInput;
  readonly #ledger: Ledger;
  readonly #signer: Signer;
  readonly #basics: Basics;
  readonly #pool: Mempool;
  readonly #door: AdmissionDoor;
  readonly #network: Network;
  readonly #desk: BlockDesk;
  readonly #host: ConsensusHost;
  readonly #evidencePool: EvidencePool;
  readonly #evidence: EvidenceGossip;
  readonly #gossip: TransactionGossip;
  readonly #catchUp: CatchUp;
  readonly #backfill: PayloadBackfill;
  readonly #repair: BlockRepair;
  readonly #responder: Responder;
  readonly #scan: DiskScan;
  readonly #disk: DiskWatch;
  readonly #stateScan: StateScan;
  readonly #presence: Presence;
  readonly #status: StatusReader;
  readonly #metrics: Metrics;
  readonly #reporting: Reporting;
  /** Members of the ledger that the network was told of. */
  #connectedWith: Ledger["members"] | null = null;
  readonly #stall: StallLog;
  #api: NodeApi | null = null;
  #operations: Operations | null = null;
  #hasFailed = false;

  constructor(input: NodeInput, { ledger, signer, wal, stateScan }: Opened) {
    this.#input = input;
    this.#stateScan = stateScan;
    this.#ledger = ledger;
    this.#signer = signer;
    this.#basics = makeBasics(input.log, input.genesis.networkId);
    const { store } = input;
    const { clock, timers, log, connected } = this.#basics;
    const onFault = (error: unknown): void => this.#fail(error);
    const { pool, door } = makePool(ledger, this.#basics);
    this.#pool = pool;
    this.#door = door;
    this.#network = this.#makeNetwork();
    const network = this.#network;
    this.#desk = this.#makeDesk();
    const desk = this.#desk;
    this.#evidencePool = new EvidencePool((offence) => ledger.evidenceUse(offence));
    this.#evidence = this.#makeEvidence();
    this.#host = this.#makeHost(wal);
    this.#gossip = this.#makeGossip();
    this.#catchUp = this.#makeCatchUp();
    const votersOf = (height: number) => ledger.votersOf(height);
    this.#backfill = new PayloadBackfill({ network, store, log, connected, votersOf, onFault });
    this.#repair = new BlockRepair({
      network,
      store,
      log,
      connected,
      isCertified: (bytes, block) => ledger.isProof(bytes, block),
      onRepaired: (height) => this.#onRepaired(height),
      onFault,
    });
    const { backfill, repair } = { backfill: this.#backfill, repair: this.#repair };
    const { data } = nodePaths(input.config.home);
    this.#disk = new DiskWatch(data, onFault);
    const path = join(data, "payloads-complete");
    this.#scan = new DiskScan({ store, backfill, repair, timers, path, onFault });
    this.#responder = new Responder({
      store,
      pool,
      desk,
      onDamage: (height, payload) => {
        if (payload === null) repair.add(height);
        else backfill.add(height, [payload]);
      },
    });
    this.#presence = new Presence({ network, clock, votersOf });
    this.#status = this.#makeStatus();
    this.#metrics = this.#makeMetrics();
    const { refusals } = this.#basics;
    const metrics = this.#metrics;
    const { memberId: member } = input.card;
    this.#reporting = new Reporting({ member, ledger, pool, refusals, metrics, log });
    const [host, presence, status] = [this.#host, this.#presence, this.#status];
    this.#stall = new StallLog({ self: member, ledger, host, presence, status, log });
  }

  /** Opens the parts that live on the disk, and joins everything. */
  static async make(input: NodeInput): Promise<ComposedNode> {
    const { config, secrets, genesis, store, log } = input;
    const paths = nodePaths(config.home);
    const key = createSigner(secrets.consensusSeed);
    const place = { folder: paths.guard, consensusKey: key.publicKey };
    const stateScan = await StateScan.begin(store);
    const ledger = await Ledger.load(store, era, key.publicKey);
    const signer = await Signer.open({ key, place, network: genesis.networkId, era, log });
    try {
      const wal = await WalFile.openFor(paths.wal, ledger.nextHeight());
      return new ComposedNode(input, { ledger, signer, wal, stateScan });
    } catch (error) {
      await signer.close();
      throw error;
    }
  }

  /** Takes up the work: network, consensus, operations listener, socket. */
  async open(): Promise<void> {
    const { config, genesis, store } = this.#input;
    const { refusals, headMoved } = this.#basics;
    this.#takeMembers();
    await this.#network.start();
    this.#reporting.standings();
    this.#host.start();
    if (config.operationsPort !== null) {
      this.#operations = await openOperations({
        port: config.operationsPort,
        version,
        metrics: this.#metrics,
        state: () => this.#status.state(),
      });
    }
    // Last, because whoever gets an answer at the socket takes the node for started.
    this.#api = await openNodeApi({
      socketPath: nodePaths(config.home).socket,
      store,
      genesis: genesis.bytes,
      refusals,
      headMoved,
      status: () => this.#status.read(),
      submit: (sidecar) => this.submit(sidecar),
      settled: () => this.#host.settled(),
      onReadError: (error) => this.#onReadError(error),
    });
    await this.#disk.start(this.#basics.timers);
    await this.#scan.start();
    this.#stateScan.goOn((error) => this.#fail(error));
    this.#basics.timers.every(tickMs, () => this.#tick());
    this.#basics.timers.every(recheckPeriodMs, () => this.#reporting.dropped(this.#pool.recheck()));
  }

  /** Stops everything in the order that loses nothing; may be called at any point of the opening. */
  async close(): Promise<void> {
    await this.#api?.close();
    await this.#operations?.close();
    this.#gossip.stop();
    this.#catchUp.stop();
    this.#backfill.stop();
    this.#repair.stop();
    this.#desk.stop();
    await this.#stateScan.stop();
    await this.#host.stop();
    await this.#network.stop();
    if (!this.#hasFailed) await this.#scan.save().catch(() => undefined);
    this.#basics.timers.stop();
  }

  status(): NodeStatus {
    return this.#status.read();
  }

  get operationsPort(): number | null {
    return this.#operations?.port ?? null;
  }

  /** The same door as for everybody. */
  async submit(sidecar: Sidecar): Promise<SubmitAnswer> {
    const admission = await this.#gossip.submit(sidecar);
    if (admission.ok) return { ok: true, transactionId: admission.id };
    const { code, cure, detail } = admission;
    this.#metrics.transactionsRefused.inc({ code });
    return { ok: false, code, cure, detail: detail ?? null };
  }

  #makeNetwork(): Network {
    const { config, secrets, proxy, genesis, log, connect } = this.#input;
    return connect(
      {
        networkSeed: secrets.networkSeed,
        listen: config.p2pListen,
        proxy,
        networkId: genesis.networkId,
        era,
        limits: networkLimits,
        log,
        head: () => this.#ledger.head,
      },
      {
        onFrame: (member, type, body) => {
          return onFrame(this.#receivers(), member, type, body);
        },
        onRequest: (member, body, signal) => this.#responder.answer(member, body, signal),
        onConnected: (member, head) => this.#onConnected(member, head),
        onDisconnected: (member) => this.#onDisconnected(member),
        onFault: (error) => this.#fail(error),
      },
    );
  }

  #receivers(): FrameReceivers {
    return {
      host: this.#host,
      gossip: this.#gossip,
      desk: this.#desk,
      evidence: this.#evidence,
    };
  }

  #makeEvidence(): EvidenceGossip {
    return new EvidenceGossip({
      pool: this.#evidencePool,
      network: this.#network,
      signedFor: { network: this.#input.genesis.networkId, era },
      refusalOf: (offence) => this.#ledger.evidenceRefusal(offence),
      onHeld: (piece, seen) => {
        this.#reporting.evidence(piece, seen);
        this.#host.onProposable();
      },
      onRefused: (code) => this.#metrics.messagesRefused.inc({ code }),
    });
  }

  #makeDesk(): BlockDesk {
    const { store } = this.#input;
    const { clock, timers, log, signatures, heartbeat, clockWatch } = this.#basics;
    const ledger = this.#ledger;
    return new BlockDesk({
      store,
      reader: ledger.reader,
      pool: this.#pool,
      network: this.#network,
      signatures,
      clock,
      timers,
      log,
      certified: (certificate, decided) => ledger.certified(certificate, decided),
      offence: (evidence) => ledger.offence(evidence),
      onFresh: (proposer, timeMs, nowMs) => {
        if (proposer === this.#input.card.memberId) return;
        clockWatch.see(proposer, timeMs, nowMs, ledger.validators.length);
      },
      isHeartbeatDue: () => heartbeat.isNearlyDue(),
    });
  }

  #makeHost(opened: OpenedWal): ConsensusHost {
    const { clock, timers, log, heartbeat, lag } = this.#basics;
    return new ConsensusHost({
      member: this.#input.card.memberId,
      ledger: this.#ledger,
      desk: this.#desk,
      pool: this.#pool,
      evidence: this.#evidencePool,
      signer: this.#signer,
      opened,
      recovery: this.#input.recovery,
      network: this.#network,
      heartbeat,
      lag,
      clock,
      timers,
      log,
      events: {
        onCommitted: (block, writingMs) => this.#onCommitted(block, writingMs),
        onRound: (height, round) => this.#reporting.round(height, round),
        onStep: (step, seconds) => this.#metrics.stepSeconds.observe({ step }, seconds),
        onEvidence: (evidence) => this.#evidence.found(evidence),
        onRefusedMessage: (code) => this.#metrics.messagesRefused.inc({ code }),
        onClaim: (member, height) => this.#onClaim(member, height),
        onRefusedCandidate: (transaction) =>
          this.#reporting.dropped(this.#pool.reconsider(transaction)),
        onFatal: (error) => this.#fail(error),
      },
    });
  }

  #makeGossip(): TransactionGossip {
    return new TransactionGossip({
      member: this.#input.card.memberId,
      network: this.#network,
      pool: this.#pool,
      door: this.#door,
      onAdded: () => this.#host.onProposable(),
      onRefused: (code) => this.#metrics.transactionsRefused.inc({ code }),
      onFault: (error) => this.#fail(error),
    });
  }

  #makeCatchUp(): CatchUp {
    const { log, headMoved, claimed, claims } = this.#basics;
    const ledger = this.#ledger;
    return new CatchUp({
      network: this.#network,
      claims,
      validators: () => ledger.validators,
      log,
      head: () => ledger.head,
      headMoved,
      claimed,
      isCertified: (certificate) => ledger.isDecision(certificate),
      decide: ({ block, certificate, from }) => {
        this.#desk.offerBlock(block, from);
        this.#host.onDecided(certificate);
      },
      onFault: (error) => this.#fail(error),
    });
  }

  #makeStatus(): StatusReader {
    return new StatusReader({
      networkName: this.#input.genesis.networkName,
      member: this.#input.card.memberId,
      ledger: this.#ledger,
      host: this.#host,
      pool: this.#pool,
      presence: this.#presence,
      catchUp: this.#catchUp,
      backfill: this.#backfill,
      clock: this.#basics.clock,
      clockWatch: this.#basics.clockWatch,
    });
  }

  #makeMetrics(): Metrics {
    const parts = {
      ledger: this.#ledger,
      host: this.#host,
      evidence: this.#evidencePool,
      signer: this.#signer,
      pool: this.#pool,
      network: this.#network,
      catchUp: this.#catchUp,
      backfill: this.#backfill,
      presence: this.#presence,
      status: this.#status,
      clock: this.#basics.clock,
      clockWatch: this.#basics.clockWatch,
      freeBytes: () => this.#disk.freeBytes,
    };
    return metricsOf(parts, this.#input.genesis.networkName, this.#input.config);
  }

  #onCommitted(block: Block, writingMs: number): void {
    const { height } = block.header;
    this.#takeMembers();
    this.#reporting.committed(block, writingMs);
    this.#presence.onCommitted(height);
    this.#door.commit(block.transactions);
    this.#reporting.dropped(this.#pool.commit(block.transactions));
    const hasPayloads = block.transactions.some(({ payloads }) => payloads.length > 0);
    if (hasPayloads) this.#backfill.add(height, this.#input.store.missingPayloads(height));
    this.#evidence.onCommitted();
    this.#basics.headMoved.fire();
    this.#catchUp.poke();
  }

  /** Connects with those who are members now, and with nobody else. */
  #takeMembers(): void {
    const { members } = this.#ledger;
    if (members === this.#connectedWith) return;
    this.#connectedWith = members;
    const { card, firstPeers } = this.#input;
    const peers = peersOf(networkMembers(this.#ledger), firstPeers, card.memberId);
    this.#network.setMembers(peers);
  }

  #onConnected(member: MemberId, head: Head): void {
    this.#presence.onConnected(member);
    this.#basics.lag.report(this.#ledger.validators, member, head.height);
    this.#onClaim(member, head.height);
    this.#gossip.onConnected(member);
    this.#host.onConnected(member);
    this.#evidence.onConnected(member);
    this.#basics.connected.fire();
    this.#host.checkLag();
    this.#catchUp.poke();
  }

  #onDisconnected(member: MemberId): void {
    this.#presence.onDisconnected(member);
    this.#basics.claims.forget(member);
    this.#host.onDisconnected(member);
    this.#gossip.onDisconnected(member);
  }

  #onClaim(member: MemberId, height: number): void {
    if (!this.#basics.claims.report(member, height)) return;
    this.#basics.claimed.fire();
    this.#catchUp.poke();
  }

  #onRepaired(height: number): void {
    if (height === this.#ledger.head.height) this.#ledger.reloadCertificate();
    this.#backfill.add(height, this.#input.store.missingPayloads(height));
    this.#host.onProposable();
  }

  /** Whether an error of a reader was damage on the disk, which is being repaired now. */
  #onReadError(error: unknown): boolean {
    const height = damagedHeight(error);
    if (height !== null) this.#repair.add(height);
    else this.#input.log.error({ err: error }, "a call on the socket failed");
    return height !== null;
  }

  #tick(): void {
    this.#host.checkLag();
    this.#catchUp.poke();
    this.#stall.look(performance.now());
    if (this.#pool.hasWaiting) {
      this.#reporting.dropped(this.#pool.recheck());
      this.#host.onProposable();
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#input.onFatal(error);
  }
}
