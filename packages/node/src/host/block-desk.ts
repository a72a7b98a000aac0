import {
  type Block,
  type BlockChecks,
  type BlockEffect,
  type BlockHeader,
  type BuiltBlock,
  checkBlock,
  checkpointFor,
  decodeCompactBlock,
  type Head,
  isTimely,
  type StateReader,
  type Transaction,
  transactionKey,
} from "@tegata/ledger/chain";
import { assert, type BlockId, type MemberId } from "@tegata/ledger/primitives";
import type { ChainStore, StoredPayload } from "@tegata/ledger/storage";
import type { Clock } from "../clock.ts";
import { Signal } from "../signal.ts";
import type { Timers } from "../timers.ts";
import { BlockFetcher, type BlockFetcherParts } from "./block-fetcher.ts";
import { OfferedBlock } from "./offered-block.ts";
import type { Signatures } from "./signatures.ts";

/** What a height is judged by. */
export interface DeskHeight {
  readonly height: number;
  /** Members that are most likely to hold the block of a round: its proposer first. */
  readonly sourcesOf: (round: number) => readonly MemberId[];
}

/** A block to be judged, as consensus asks for it. */
export interface ValidateRequest {
  readonly height: number;
  readonly round: number;
  readonly blockId: BlockId;
  readonly fresh: boolean;
}

/** What was found out about a block; consensus needs all three. */
export interface DeskVerdict {
  readonly valid: boolean;
  readonly timely: boolean;
  readonly due: boolean;
  /** Why it is invalid, for the log. */
  readonly reason: string | null;
}

/** What the desk is made of. */
export interface BlockDeskParts extends BlockFetcherParts {
  readonly store: ChainStore;
  readonly reader: StateReader;
  readonly signatures: Signatures;
  readonly clock: Clock;
  readonly timers: Timers;
  /** What bytes prove as a commit certificate for the head, and as evidence. */
  readonly certified: BlockChecks["certified"];
  readonly offence: BlockChecks["offence"];
  /** A block was proposed just now. */
  readonly onFresh: (proposer: MemberId, timeMs: number, nowMs: number) => void;
  /** Whether an empty block is due by the own clock. */
  readonly isHeartbeatDue: () => boolean;
}

/** What a block is executed on: the head, or a block above it that is not committed yet. */
export interface ExecutionBase {
  readonly head: Head;
  /** The state after it. */
  readonly reader: StateReader;
  readonly certified: BlockChecks["certified"];
}

/** The result of executing a block. */
export type Execution =
  | { readonly ok: true; readonly effect: BlockEffect }
  | { readonly ok: false; readonly reason: string };

/** Compact blocks of one member that are kept for the next height. */
const earlyPerMemberMax = 2;
/** Blocks of one height that one member can bring up; consensus can ask for any. */
const offersPerMemberMax = 4;
/** Pause between looks at a state root that is still being computed. */
const stateRootPauseMs = 20;

/**
 * The blocks of the height that is being decided: obtains them with their payloads, executes them on the
 * head and puts them on the disk. Knows nothing of rounds and votes.
 */
export class BlockDesk {
  readonly #parts: BlockDeskParts;
  readonly #fetcher: BlockFetcher;
  readonly #rootReady: Signal;
  #current: DeskHeight | null = null;
  #ending = new AbortController();
  readonly #offers = new Map<BlockId, OfferedBlock>();
  /** How many blocks each member brought up at this height. */
  readonly #brought = new Map<MemberId, number>();
  /** Compact blocks of the next height, by the member that was faster than this node. */
  readonly #early = new Map<MemberId, Uint8Array[]>();

  constructor(parts: BlockDeskParts) {
    this.#parts = parts;
    this.#fetcher = new BlockFetcher(parts);
    this.#rootReady = new Signal(parts.timers);
  }

  /** Everything of the height before is dropped; what came early is looked at. */
  beginHeight(current: DeskHeight): void {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#offers.clear();
    this.#brought.clear();
    this.#current = current;
    const early = [...this.#early];
    this.#early.clear();
    for (const [member, bodies] of early) {
      for (const body of bodies) this.offerCompact(member, body);
    }
  }

  stop(): void {
    this.#ending.abort();
  }

  /**
   * A member sent a compact block, asked for or not.
   * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE
   */
  offerCompact(member: MemberId, body: Uint8Array): void {
    const compact = decodeCompactBlock(body);
    if (this.#current === null) return;
    const { height } = compact.header;
    if (height === this.#current.height + 1) {
      const early = this.#early.get(member) ?? [];
      this.#early.set(member, early);
      early.push(body);
      if (early.length > earlyPerMemberMax) early.shift();
      return;
    }
    if (height !== this.#current.height) return;
    if (!this.#offers.has(compact.id)) {
      const brought = this.#brought.get(member) ?? 0;
      if (brought >= offersPerMemberMax) return;
      this.#brought.set(member, brought + 1);
    }
    this.#offer(compact.id)?.addCompact(member, compact);
  }

  /** The block was built here: it is valid, and what it needs lies in the mempool. */
  adopt(built: BuiltBlock): void {
    const { block, ...effect } = built;
    const offer = this.#offer(block.id);
    assert(offer !== null, "an own block belongs to the height in force");
    offer.block = block;
    this.#fetcher.takePayloads(offer);
    offer.execution ??= Promise.resolve({ ok: true, effect });
    void this.#keep(offer);
  }

  /** A decided block that was fetched whole, with a body that fits its header. */
  offerBlock(block: Block, member: MemberId): void {
    const offer = block.header.height === this.#current?.height ? this.#offer(block.id) : null;
    if (offer === null) return;
    offer.addSource(member);
    offer.block ??= block;
    offer.changed.fire();
  }

  /** These members voted for a block: they can be asked for it. */
  addSources(blockId: BlockId, members: readonly MemberId[]): void {
    const offer = this.#offer(blockId);
    if (offer === null) return;
    for (const member of members) offer.addSource(member);
    offer.changed.fire();
  }

  /** A block of this height that is held, to pass it on. */
  held(blockId: BlockId): Block | null {
    return this.#offers.get(blockId)?.block ?? null;
  }

  /** Offers of this height, to answer for what they hold. */
  offers(): IterableIterator<OfferedBlock> {
    return this.#offers.values();
  }

  /** Judges a block once it is held with all payloads; null when the height was over before. */
  async validate(request: ValidateRequest): Promise<DeskVerdict | null> {
    const { current, ending } = this.#forHeight(request.height);
    if (current === null) return null;
    const nowMs = this.#parts.clock.nowMs();
    const previousMs = this.#parts.store.head().timeMs;
    const offer = this.#offer(request.blockId);
    if (offer === null) return null;
    for (const member of current.sourcesOf(request.round)) offer.addSource(member);
    const execution = await this.#execute(offer, ending);
    if (execution === null) return null;
    if (!execution.ok) return { valid: false, timely: true, due: true, reason: execution.reason };
    if (!(await this.#fetcher.completePayloads(offer, request.height, ending))) return null;
    // The disk works while the prevotes travel.
    void this.#keep(offer);
    const { header, transactions, evidence } = offer.heldBlock();
    if (request.fresh) this.#parts.onFresh(header.proposer, header.timeMs, nowMs);
    const { round } = request;
    const timely = !request.fresh || isTimely(header.timeMs, { nowMs, previousMs, round });
    const isEmpty = transactions.length === 0 && evidence.length === 0;
    const due = !isEmpty || round > 0 || this.#parts.isHeartbeatDue();
    return { valid: true, timely, due, reason: null };
  }

  /**
   * Resolves when a block and all its payloads are synced to the disk; null while they are not all held,
   * which after a crash is the rule: what was not synced then never led to a signature.
   */
  possess(blockId: BlockId): Promise<void> | null {
    const offer = this.#offer(blockId);
    if (offer === null || !this.#fetcher.isComplete(offer)) return null;
    return this.#keep(offer);
  }

  /** The decided block with what it does, as soon as it is held; payloads may still be missing. */
  async decided(
    height: number,
    blockId: BlockId,
    voters: readonly MemberId[],
  ): Promise<{ readonly block: Block; readonly execution: Execution } | null> {
    const { current, ending } = this.#forHeight(height);
    const offer = current === null ? null : this.#offer(blockId);
    if (offer === null) return null;
    for (const member of voters) offer.addSource(member);
    offer.isDecided = true;
    offer.changed.fire();
    const execution = await this.#execute(offer, ending);
    if (execution === null) return null;
    this.#fetcher.takePayloads(offer);
    if (offer.kept === null) await this.#putPayloads(offer);
    else await offer.kept;
    return { block: offer.heldBlock(), execution };
  }

  #forHeight(height: number): { current: DeskHeight | null; ending: AbortSignal } {
    const current = this.#current?.height === height ? this.#current : null;
    return { current, ending: this.#ending.signal };
  }

  /** The record of a block, made when it is first heard of; null when there is no height. */
  #offer(blockId: BlockId): OfferedBlock | null {
    if (this.#current === null) return null;
    const known = this.#offers.get(blockId);
    if (known !== undefined) return known;
    const offer = new OfferedBlock(blockId, new Signal(this.#parts.timers));
    this.#offers.set(blockId, offer);
    return offer;
  }

  async #execute(offer: OfferedBlock, ending: AbortSignal): Promise<Execution | null> {
    offer.execution ??= this.#obtainAndExecute(offer, ending);
    return offer.execution;
  }

  async #obtainAndExecute(offer: OfferedBlock, ending: AbortSignal): Promise<Execution | null> {
    const block = await this.#fetcher.obtain(offer, ending);
    if (block === null) return null;
    const { reader, store, certified } = this.#parts;
    await this.#prepare(block, reader);
    const stateRoot = await this.#stateRootFor(block.header, ending);
    if (stateRoot === null || ending.aborted) return null;
    return this.#run(block, { head: store.head(), reader, certified }, stateRoot);
  }

  /**
   * Executes a decided block on what stands before it, and stores the payloads of it that are at hand; null
   * while the root that it names is not known.
   */
  async executeOn(base: ExecutionBase, block: Block): Promise<Execution | null> {
    const stateRoot = this.#parts.store.stateRoot(checkpointFor(block.header.height));
    if (stateRoot === null) return null;
    await this.#prepare(block, base.reader);
    const execution = this.#run(block, base, stateRoot);
    if (!execution.ok) return execution;
    const offer = new OfferedBlock(block.id, new Signal(this.#parts.timers));
    offer.block = block;
    this.#fetcher.takePayloads(offer);
    await this.#putPayloads(offer);
    return execution;
  }

  async #prepare({ transactions }: Block, reader: StateReader): Promise<void> {
    await this.#parts.signatures.prepare(transactions, (transaction) =>
      transactionKey(reader, transaction),
    );
  }

  #run(block: Block, base: ExecutionBase, stateRoot: BlockHeader["stateRoot"]): Execution {
    const { signatures, offence } = this.#parts;
    const { head, reader, certified } = base;
    const isSigned = (transaction: Transaction, key: Parameters<Signatures["isSigned"]>[1]) =>
      signatures.isSigned(transaction, key);
    const checks: BlockChecks = { stateRoot, isSigned, certified, offence };
    const checked = checkBlock(reader, head, block, checks);
    if (!checked.ok) return { ok: false, reason: checked.refusal?.code ?? checked.code };
    return { ok: true, effect: checked };
  }

  /** The checkpoint's root by own computation, which may still be under way. */
  async #stateRootFor(header: BlockHeader, ending: AbortSignal) {
    for (;;) {
      const root = this.#parts.store.stateRoot(checkpointFor(header.height));
      if (root !== null || ending.aborted) return root;
      await this.#rootReady.wait(stateRootPauseMs, ending);
    }
  }

  /** Puts block and payloads on the disk, once. */
  #keep(offer: OfferedBlock): Promise<void> {
    if (offer.kept === null) {
      const block = offer.heldBlock();
      const kept = Promise.all([
        this.#parts.store.putCandidate(block),
        this.#putPayloads(offer),
      ]).then(() => undefined);
      // Whoever needs it awaits it; until then a failure is not unhandled.
      kept.catch(() => undefined);
      offer.kept = kept;
    }
    return offer.kept;
  }

  async #putPayloads(offer: OfferedBlock): Promise<void> {
    const block = offer.heldBlock();
    const { height } = block.header;
    const payloads: StoredPayload[] = [];
    for (const { id, payloads: named } of block.transactions) {
      for (const part of named.keys()) {
        const name = { transactionId: id, part };
        const bytes = offer.payload(id, part);
        if (bytes === null || this.#parts.store.hasPayload(height, name)) continue;
        payloads.push({ ...name, bytes });
      }
    }
    if (payloads.length > 0) await this.#parts.store.putPayloads(height, payloads);
  }
}
