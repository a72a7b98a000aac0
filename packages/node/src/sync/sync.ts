import { join } from "node:path";
import type { Block, Genesis } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { ChainStore, PayloadName } from "@tegata/ledger/storage";
import type { Basics } from "../basics.ts";
import { NodeError } from "../errors.ts";
import type { BlockDesk } from "../host/block-desk.ts";
import type { ConsensusHost } from "../host/consensus-host.ts";
import type { Ledger } from "../host/ledger.ts";
import type { Mempool } from "../mempool/mempool.ts";
import type { Network, RequestRefusal } from "../network/network.ts";
import { Absence, confirmationsNeeded } from "./absence.ts";
import type { CertifiedBlock } from "./block-source.ts";
import { CatchUp } from "./catch-up.ts";
import { DiskScan } from "./disk-scan.ts";
import { History } from "./history.ts";
import type { SyncLimits } from "./limits.ts";
import { damagedHeight, PayloadBackfill } from "./payload-backfill.ts";
import type { SyncProgress } from "./progress.ts";
import { PurgeWork } from "./purge-work.ts";
import { BlockRepair } from "./repair.ts";
import { Responder } from "./responder.ts";
import { type ArrivedSnapshot, forgetArrived, SnapshotFetch } from "./snapshot-fetch.ts";
import { Snapshots } from "./snapshots.ts";
import type { TrustedBlock } from "./trusted-block.ts";

/** What synchronising is made of. */
export interface SyncParts {
  readonly member: MemberId;
  readonly genesis: Genesis;
  /** Folder of the data. */
  readonly folder: string;
  readonly store: ChainStore;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly pool: Mempool;
  readonly desk: BlockDesk;
  readonly host: Pick<ConsensusHost, "onDecided" | "onProposable">;
  readonly basics: Basics;
  readonly limits: SyncLimits;
  /** The block of the invitation, or null. */
  readonly trusted: TrustedBlock | null;
  /** Nothing has to be asked first, or it was answered: blocks may be applied. */
  readonly onFree: () => void;
  /** A snapshot can be installed in place of the chain, which is empty. */
  readonly onArrived: (snapshot: ArrivedSnapshot) => void;
  readonly onFault: (error: unknown) => void;
}

/** Whether a snapshot is to be taken; once there is a block it is not. */
type Choice = "open" | "snapshot" | "blocks";

/** More than this behind, blocks do not come by themselves. */
const blocksBehindMax = 2;
const searchPauseMs = 1_000;

/** Gets what the others have and this node has not, and gives them what it has. */
export class Sync {
  readonly #parts: SyncParts;
  readonly #startedAtMs = performance.now();
  readonly #catchUp: CatchUp;
  readonly #backfill: PayloadBackfill;
  readonly #purging: PurgeWork;
  readonly #repair: BlockRepair;
  readonly #scan: DiskScan;
  readonly #snapshots: Snapshots;
  readonly #fetch: SnapshotFetch;
  readonly #history: History;
  readonly #responder: Responder;
  readonly #absence: Absence | null;
  #trusted: readonly TrustedBlock[];
  #choice: Choice = "open";
  #searchedAtMs = 0;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    const { store, network, basics, limits, folder, onFault, ledger } = parts;
    const { timers, log, connected } = basics;
    this.#trusted = parts.trusted === null ? [] : [parts.trusted];
    this.#absence = this.#makeAbsence();
    this.#catchUp = this.#makeCatchUp();
    const votersOf = (height: number) => ledger.votersOf(height);
    this.#backfill = new PayloadBackfill({ network, store, log, connected, votersOf, onFault });
    this.#repair = this.#makeRepair();
    this.#purging = new PurgeWork({
      ...{ store, log, onFault },
      onDamage: (height) => this.#repair.add(height),
    });
    const { payloadHeightsMax: heightsMissingMax } = limits;
    const path = join(folder, "payloads-complete");
    const [backfill, repair] = [this.#backfill, this.#repair];
    this.#scan = new DiskScan({
      ...{ store, backfill, repair, timers, heightsMissingMax, path, onFault },
    });
    const place = join(folder, "snapshots");
    this.#snapshots = new Snapshots({ store, folder: place, limits, log, onFault });
    this.#fetch = this.#makeFetch();
    const onWhole = (): void => this.#scan.again();
    this.#history = new History({
      ...{ network, store, limits, log, connected, onWhole, onFault },
      isBusy: () => this.blocksBehind > blocksBehindMax,
    });
    this.#responder = this.#makeResponder();
  }

  /** Whether nothing may be applied yet: others have to confirm a block first. */
  get isWaiting(): boolean {
    return this.#absence?.isWaiting ?? false;
  }

  /** How many blocks others have that this node has not. */
  get blocksBehind(): number {
    return this.#catchUp.blocksBehind;
  }

  /** Payloads that are still missing. */
  get payloadsMissing(): number {
    return this.#backfill.missing;
  }

  /** Payload bytes deleted since the start because their owners purged them. */
  get purgedBytes(): number {
    return this.#purging.bytes;
  }

  /** Looks what is on the disk. @throws LEDGER_STORE_FAILED */
  async prepare(): Promise<void> {
    await this.#snapshots.start();
    if (this.#parts.store.head().height > 0) await forgetArrived(this.#arriving);
  }

  /** Takes up what was left unfinished; the network is open. */
  start(): void {
    const { basics, limits, onFree } = this.#parts;
    basics.timers.every(limits.logPeriodMs, () => this.#tell());
    this.#purging.look();
    this.#scan.start();
    this.#history.start();
    if (this.#absence === null) onFree();
    else this.#absence.start();
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#catchUp.stop();
    this.#backfill.stop();
    this.#repair.stop();
    this.#absence?.stop();
    const parts = [this.#fetch, this.#history, this.#snapshots, this.#purging];
    await Promise.all(parts.map((part) => part.stop()));
  }

  /** Remembers what was found complete. */
  save(): Promise<void> {
    return this.#scan.save();
  }

  /** Looks whether there is something to fetch. */
  poke(): void {
    if (this.#choice !== "blocks") this.#choose();
    this.#catchUp.poke();
  }

  /**
   * A block above the next one that somebody gave, to be committed with those before it; nothing of it was
   * judged. Where others named a block, the one before this is compared with theirs first.
   */
  ahead(height: number): CertifiedBlock | null {
    if (this.#trusted.some((trusted) => trusted.height === height - 1)) return null;
    return this.#catchUp.ahead(height);
  }

  /** Answers another member. */
  answer(
    member: MemberId,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array | RequestRefusal> {
    return this.#responder.answer(member, body, signal);
  }

  /** The block is the head. @throws NODE_TRUSTED_BLOCK */
  onCommitted(block: Block): void {
    const { height } = block.header;
    for (const { height: at, blockId: expected } of this.#trusted) {
      if (at !== height || expected === block.id) continue;
      const message = `at height ${height} the others have another block than the trusted one`;
      const detail = { height, expected, actual: block.id };
      throw new NodeError("NODE_TRUSTED_BLOCK", message, detail);
    }
    const hasPayloads = block.transactions.some(({ payloads }) => payloads.length > 0);
    if (hasPayloads) this.#backfill.add(height, this.#parts.store.missingPayloads(height));
    this.#purging.onCommitted(block);
    this.#snapshots.onCommitted(block);
    this.#parts.basics.headMoved.fire();
    this.poke();
  }

  /** Whether an error of a reader was damage on the disk, which is being repaired now. */
  onReadError(error: unknown): boolean {
    const height = damagedHeight(error);
    if (height !== null) this.#repair.add(height);
    return height !== null;
  }

  /** A payload on the disk is not what was written: it is fetched again. */
  onPayloadDamage(height: number, name: PayloadName): void {
    this.#parts.basics.log.warn({ height }, "a payload is damaged on this disk: fetching it again");
    this.#backfill.add(height, [name]);
  }

  /** How far it is. */
  get progress(): SyncProgress {
    const { store } = this.#parts;
    if (this.#absence?.isWaiting === true) {
      return { kind: "confirming", ...this.#absence.progress };
    }
    if (this.#choice === "snapshot") return { kind: "snapshot", ...this.#fetch.progress };
    const { height } = store.head();
    const behind = this.blocksBehind;
    if (behind > blocksBehindMax) return { kind: "blocks", done: height, of: height + behind };
    const { baseHeight } = store;
    if (baseHeight > 0) return { kind: "history", done: height - baseHeight + 1, of: height };
    return { kind: "none", done: 0, of: 0 };
  }

  get #arriving(): string {
    return join(this.#parts.folder, "arriving");
  }

  #tell(): void {
    const { progress } = this;
    if (progress.kind === "none") return;
    this.#parts.basics.log.info(progress, "synchronising");
  }

  /** An empty chain far behind takes a snapshot, and waits a moment to hear how far behind it is. */
  #choose(): void {
    const { store, basics, limits } = this.#parts;
    if (store.head().height > 0 || this.isWaiting) {
      if (store.head().height > 0) this.#choice = "blocks";
      return;
    }
    if (this.#choice === "snapshot") return;
    const isFar = basics.claims.highest() > limits.snapshotBehindBlocksMin;
    const isPaused = performance.now() - this.#searchedAtMs < searchPauseMs;
    if (!isFar || (this.#searchedAtMs > 0 && isPaused)) return;
    this.#choice = "snapshot";
    this.#fetch.start();
  }

  /** Nobody who is here has a snapshot; somebody who is not may. */
  #onUnavailable(): void {
    const { network, ledger, member, limits } = this.#parts;
    const others = ledger.validators.filter((one) => one.member !== member).length;
    const isEarly = performance.now() - this.#startedAtMs < limits.snapshotSearchMs;
    this.#searchedAtMs = performance.now();
    this.#choice = isEarly && network.connected().length < others ? "open" : "blocks";
    this.poke();
  }

  #onArrived(snapshot: ArrivedSnapshot): void {
    const { store, onArrived, onFault } = this.#parts;
    if (store.head().height === 0) onArrived(snapshot);
    else snapshot.close().then(() => forgetArrived(this.#arriving), onFault);
  }

  /** Blocks are not fetched while a snapshot may take the place of the empty chain. */
  #isHeld(): boolean {
    if (this.isWaiting) return true;
    const { store, basics, limits } = this.#parts;
    if (store.head().height > 0 || this.#choice === "blocks") return false;
    if (this.#choice === "snapshot" || this.#searchedAtMs > 0) return true;
    const isFar = basics.claims.highest() > limits.snapshotBehindBlocksMin;
    return isFar || performance.now() - this.#startedAtMs < limits.snapshotGraceMs;
  }

  #makeAbsence(): Absence | null {
    const { member, store, ledger, network, basics, limits, onFault } = this.#parts;
    const { validators } = ledger;
    const { height, timeMs } = store.head();
    const isLong = basics.clock.nowMs() - timeMs > limits.absenceMsMax;
    // Whoever was invited has a block to go by.
    const isInvited = height === 0 && this.#trusted.length > 0;
    if (!isLong || isInvited || confirmationsNeeded(validators, member) === 0) return null;
    const { connected, log } = basics;
    return new Absence({
      ...{ network, member, store, validators, limits, connected, log, onFault },
      onConfirmed: (confirmed) => {
        this.#trusted = [...this.#trusted, confirmed];
        this.#checkConfirmed(confirmed);
        this.#parts.onFree();
        this.poke();
      },
    });
  }

  /** The others may have stood still, at this node's head or below it. @throws NODE_TRUSTED_BLOCK */
  #checkConfirmed({ height, blockId: expected }: TrustedBlock): void {
    const actual = this.#parts.store.blockId(height);
    if (actual === null || actual === expected) return;
    const message = `at height ${height} the others have another block than this node`;
    throw new NodeError("NODE_TRUSTED_BLOCK", message, { height, expected, actual });
  }

  #makeCatchUp(): CatchUp {
    const { network, ledger, basics, desk, host, limits, onFault } = this.#parts;
    const { log, headMoved, claimed, claims } = basics;
    return new CatchUp({
      ...{ network, claims, log, headMoved, claimed, limits, onFault },
      validators: () => ledger.validators,
      head: () => ledger.head,
      isHeld: () => this.#isHeld(),
      isCertified: (certificate) => ledger.isDecision(certificate),
      decide: ({ block, certificate, from }) => {
        desk.offerBlock(block, from);
        host.onDecided(certificate);
      },
    });
  }

  #makeRepair(): BlockRepair {
    const { network, store, ledger, basics, host, onFault } = this.#parts;
    const { log, connected } = basics;
    return new BlockRepair({
      ...{ network, store, log, connected, onFault },
      isCertified: (bytes, block) => ledger.isProof(bytes, block),
      onRepaired: (height) => {
        if (height === ledger.head.height) ledger.reloadCertificate();
        this.#backfill.add(height, store.missingPayloads(height));
        this.#purging.look();
        host.onProposable();
      },
    });
  }

  #makeFetch(): SnapshotFetch {
    const { network, genesis, limits, basics, onFault } = this.#parts;
    const { log, connected } = basics;
    return new SnapshotFetch({
      ...{ network, genesis, limits, log, connected, onFault },
      folder: this.#arriving,
      trusted: () => this.#trusted.at(-1) ?? null,
      onArrived: (snapshot) => this.#onArrived(snapshot),
      onUnavailable: () => this.#onUnavailable(),
    });
  }

  #makeResponder(): Responder {
    const { store, pool, desk } = this.#parts;
    return new Responder({
      ...{ store, pool, desk, snapshots: this.#snapshots },
      onDamage: (height, payload) => {
        if (payload === null) this.#repair.add(height);
        else this.onPayloadDamage(height, payload);
      },
    });
  }
}
