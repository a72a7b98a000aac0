// The only place that makes the parts of a node and joins them.
import { type Block, readMember, readRoster } from "@tegata/ledger/chain";
import { createSigner, type MemberId, type PublicKey } from "@tegata/ledger/primitives";
import type { NodeStatus, ReadyBody, Sidecar, SubmitAnswer } from "./api/client.ts";
import { type Operations, openOperations } from "./api/operations.ts";
import { type NodeApi, openNodeApi } from "./api/server.ts";
import {
  type Basics,
  era,
  makeBasics,
  makePool,
  networkMembers,
  nextKeyEndMs,
  nextPartingEnd,
} from "./basics.ts";
import { nodePaths } from "./config.ts";
import { DiskWatch } from "./disk-watch.ts";
import { EvidenceGossip } from "./evidence/evidence-gossip.ts";
import { EvidencePool } from "./evidence/evidence-pool.ts";
import { TransactionGossip } from "./gossip/transaction-gossip.ts";
import { BlockDesk } from "./host/block-desk.ts";
import { ConsensusHost } from "./host/consensus-host.ts";
import { HeadState } from "./host/head-state.ts";
import { Ledger } from "./host/ledger.ts";
import { Signer } from "./host/signer.ts";
import { StallLog } from "./host/stall-log.ts";
import { type OpenedWal, WalFile } from "./host/wal-file.ts";
import type { Reception } from "./join/reception.ts";
import { makeReception } from "./make-reception.ts";
import type { AdmissionDoor } from "./mempool/admission.ts";
import type { Mempool } from "./mempool/mempool.ts";
import type { Metrics } from "./metrics.ts";
import { peersOf } from "./network/first-peers.ts";
import { networkLimits } from "./network/limits.ts";
import type { Head, Network } from "./network/network.ts";
import type { NodeInput } from "./node-input.ts";
import { secretsFor, wantedKeys } from "./own-keys.ts";
import { Presence } from "./presence.ts";
import { readinessOf } from "./readiness.ts";
import { metricsOf } from "./readings.ts";
import { Reporting } from "./reporting.ts";
import { StatusReader } from "./status.ts";
import type { StateScan } from "./sync/state-scan.ts";
import { Sync } from "./sync/sync.ts";
import { checkTrustedBlock, readTrustedBlock, type TrustedBlock } from "./sync/trusted-block.ts";
import { nextTurn } from "./timers.ts";
import { type FrameReceivers, onFrame } from "./traffic.ts";
import { version } from "./version.ts";

/** How often what only time holds back is looked at again, and how often everything that waits. */
const tickMs = 1_000;
const recheckPeriodMs = 10_000;

/** What has to be opened before the parts can be made. */
interface Opened {
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly wal: OpenedWal;
  readonly trusted: TrustedBlock | null;
}

/** A node with all its parts, not yet open to anybody. */
export class ComposedNode {
  readonly #input: NodeInput;
  readonly #networkKey: PublicKey;
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
  readonly #sync: Sync;
  readonly #disk: DiskWatch;
  readonly #stateScan: StateScan;
  readonly #presence: Presence;
  readonly #status: StatusReader;
  readonly #metrics: Metrics;
  readonly #reporting: Reporting;
  /** Members of the ledger that the network was told of. */
  #connectedWith: Ledger["members"] | null = null;
  #connectedUntilHeight = 0;
  #connectedUntilMs = Number.POSITIVE_INFINITY;
  readonly #stall: StallLog;
  readonly #reception: Reception;
  #api: NodeApi | null = null;
  #operations: Operations | null = null;
  /** Nothing has to be asked before messages are taken. */
  #isFree = false;
  #hasFailed = false;
  /** The own keys as the ledger had them last, in one text. */
  #ownKeys: string | null = null;

  constructor(input: NodeInput, { ledger, signer, wal, trusted }: Opened) {
    this.#input = input;
    this.#networkKey = createSigner(input.secrets.networkSeed).publicKey;
    this.#stateScan = input.stateScan;
    this.#ledger = ledger;
    this.#signer = signer;
    this.#basics = makeBasics(input.log, input.genesis.networkId);
    const { clock, log } = this.#basics;
    const { pool, door } = makePool(ledger, this.#basics);
    this.#pool = pool;
    this.#door = door;
    this.#network = this.#makeNetwork();
    const network = this.#network;
    this.#desk = this.#makeDesk();
    this.#evidencePool = new EvidencePool((offence) => ledger.evidenceUse(offence));
    this.#evidence = this.#makeEvidence();
    this.#host = this.#makeHost(wal);
    this.#gossip = this.#makeGossip();
    this.#sync = this.#makeSync(trusted);
    this.#disk = new DiskWatch(nodePaths(input.config.home).data, (error) => this.#fail(error));
    this.#reception = makeReception(input, ledger, this.#basics, (error) => this.#fail(error));
    this.#presence = new Presence({ network, clock, ledger });
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
  static async make(given: NodeInput): Promise<ComposedNode> {
    const { config, genesis, store, log, card } = given;
    const reader = new HeadState(store.reader());
    const state = readMember(reader, card.memberId);
    const wanted = wantedKeys(state, readRoster(reader).validators, card.memberId);
    const { used: secrets } = secretsFor(given.secrets, wanted);
    const input = { ...given, secrets };
    const paths = nodePaths(config.home);
    const key = createSigner(secrets.consensusSeed);
    const place = { folder: paths.guard, consensusKey: key.publicKey };
    const trusted = await readTrustedBlock(paths.trustedBlock);
    if (trusted !== null) checkTrustedBlock(trusted, store);
    const ledger = await Ledger.load(store, era, key.publicKey);
    const signer = await Signer.open({ key, place, network: genesis.networkId, era, log });
    try {
      const wal = await WalFile.openFor(paths.wal, ledger.nextHeight());
      return new ComposedNode(input, { ledger, signer, wal, trusted });
    } catch (error) {
      await signer.close();
      throw error;
    }
  }

  /** Takes up the work: network, consensus, operations listener, socket. */
  async open(): Promise<void> {
    const { config, genesis, store } = this.#input;
    const { refusals, headMoved } = this.#basics;
    await this.#sync.prepare();
    this.#takeMembers();
    await this.#network.start();
    this.#reporting.state();
    this.#sync.start();
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
      reception: this.#reception,
      headMoved,
      status: () => this.#status.read(),
      readiness: () => this.#readiness(),
      submit: (sidecar) => this.submit(sidecar),
      settled: () => this.#host.settled(),
      onPayloadDamage: (height, name) => this.#sync.onPayloadDamage(height, name),
      onReadError: (error) => this.#onReadError(error),
    });
    await this.#disk.start(this.#basics.timers);
    this.#stateScan.goOn((error) => this.#fail(error));
    this.#basics.timers.every(tickMs, () => this.#tick());
    this.#basics.timers.every(recheckPeriodMs, () => this.#reporting.dropped(this.#pool.recheck()));
  }

  /** Stops everything in the order that loses nothing; may be called at any point of the opening. */
  async close(): Promise<void> {
    await this.#api?.close();
    await this.#reception.stop();
    await this.#operations?.close();
    this.#gossip.stop();
    this.#desk.stop();
    await this.#sync.stop();
    await this.#stateScan.stop();
    await this.#host.stop();
    await this.#network.stop();
    if (!this.#hasFailed) await this.#sync.save().catch(() => undefined);
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

  #readiness(): ReadyBody | null {
    const { card, genesis, secrets } = this.#input;
    const consensusKey = createSigner(secrets.consensusSeed);
    const isSynced = (): boolean => this.#status.state() === "ready";
    const self = { network: genesis.networkId, member: card.memberId, consensusKey };
    return readinessOf({ ledger: this.#ledger, ...self, isSynced });
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
        versionInForce: () => this.#ledger.versionInForce,
      },
      {
        onFrame: (member, type, body) => {
          // What comes before it has begun is sent again to whoever begins.
          if (this.#isFree) return onFrame(this.#receivers(), member, type, body);
        },
        onRequest: (member, body, signal) => this.#sync.answer(member, body, signal),
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
      ahead: (height) => this.#sync.ahead(height),
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

  #makeSync(trusted: TrustedBlock | null): Sync {
    const { card, genesis, config, store, syncLimits, onSnapshot } = this.#input;
    return new Sync({
      member: card.memberId,
      genesis,
      folder: nodePaths(config.home).data,
      store,
      ledger: this.#ledger,
      network: this.#network,
      pool: this.#pool,
      desk: this.#desk,
      host: this.#host,
      basics: this.#basics,
      limits: syncLimits,
      trusted,
      onFree: () => this.#startHost(),
      onArrived: onSnapshot,
      onFault: (error) => this.#fail(error),
    });
  }

  /** Consensus begins; who connected while it had to wait is greeted again. */
  #startHost(): void {
    this.#isFree = true;
    this.#host.start();
    void nextTurn().then(() => {
      for (const member of this.#network.connected()) this.#host.onConnected(member);
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
      sync: this.#sync,
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
      sync: this.#sync,
      presence: this.#presence,
      status: this.#status,
      clock: this.#basics.clock,
      clockWatch: this.#basics.clockWatch,
      freeBytes: () => this.#disk.freeBytes,
    };
    return metricsOf(parts, this.#input.genesis.networkName, this.#input.config);
  }

  #onCommitted(block: Block, writingMs: number): void {
    this.#takeMembers();
    this.#lookAtOwnKeys();
    this.#reporting.committed(block, writingMs);
    this.#presence.onCommitted(block);
    this.#door.commit(block.transactions);
    this.#reporting.dropped(this.#pool.commit(block.transactions));
    this.#evidence.onCommitted();
    this.#reception.onCommitted(block);
    this.#sync.onCommitted(block);
  }

  /** Tells once when the ledger has other keys of this member than this life works with. */
  #lookAtOwnKeys(): void {
    const { card, secrets, onOwnKeys } = this.#input;
    const own = this.#ledger.members.find(({ memberId }) => memberId === card.memberId);
    const wanted = wantedKeys(own?.state ?? null, this.#ledger.validators, card.memberId);
    if (wanted === null) return;
    const name = `${wanted.network} ${wanted.consensus}`;
    if (name === this.#ownKeys) return;
    this.#ownKeys = name;
    if (secretsFor(secrets, wanted).missing.length > 0) onOwnKeys();
  }

  /** Connects with those who are members now, and with nobody else. */
  #takeMembers(): void {
    const { members, head } = this.#ledger;
    const nowMs = this.#basics.clock.nowMs();
    const isInTime = nowMs < this.#connectedUntilMs && head.height < this.#connectedUntilHeight;
    if (members === this.#connectedWith && isInTime) return;
    this.#connectedWith = members;
    this.#connectedUntilMs = nextKeyEndMs(this.#ledger, nowMs);
    this.#connectedUntilHeight = nextPartingEnd(this.#ledger);
    const { card, firstPeers } = this.#input;
    const self = { memberId: card.memberId, networkKey: this.#networkKey };
    const peers = peersOf(networkMembers(this.#ledger, nowMs), firstPeers, self);
    // Not itself either, with a key that this node may not have (yet, or any more).
    this.#network.setMembers(peers.filter(({ memberId }) => memberId !== card.memberId));
  }

  #onConnected(member: MemberId, head: Head): void {
    this.#presence.onConnected(member);
    this.#basics.lag.report(this.#ledger.validators, member, head.height);
    this.#onClaim(member, head.height);
    this.#gossip.onConnected(member);
    this.#host.onConnected(member);
    this.#evidence.onConnected(member);
    this.#basics.tellConnected();
    this.#host.checkLag();
    this.#sync.poke();
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
    this.#sync.poke();
  }

  /** Whether an error of a reader was damage on the disk, which is being repaired now. */
  #onReadError(error: unknown): boolean {
    const isRepaired = this.#sync.onReadError(error);
    if (!isRepaired) this.#input.log.error({ err: error }, "a call on the socket failed");
    return isRepaired;
  }

  #tick(): void {
    this.#takeMembers();
    this.#host.checkLag();
    this.#sync.poke();
    this.#stall.look(performance.now());
    this.#reception.look();
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
