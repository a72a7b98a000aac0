import {
  type CommitCertificate,
  decodeMessage,
  encodeMessage,
  type StartHeight,
  type Timeouts,
  type ValidatorSet,
  validatorSet,
  verifyCertificate,
} from "@tegata/consensus";
import {
  type Block,
  type BlockContext,
  type BlockEffect,
  decodeStateKey,
  type Head,
  type MemberState,
  type NetworkParameters,
  readLane,
  readMember,
  readParameters,
  readValidators,
  TABLE,
  tablePrefix,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import {
  assert,
  type BlockId,
  equalBytes,
  LedgerError,
  type MemberId,
  type PublicKey,
  verifySignature,
} from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import { HeadState } from "./head-state.ts";

/** A member with its id. */
export interface LedgerMember {
  readonly memberId: MemberId;
  readonly state: MemberState;
}

/** A decided block with what it does. */
export interface Commit {
  readonly block: Block;
  readonly certificate: CommitCertificate;
  readonly effect: BlockEffect;
}

/** Commit certificate as it lies on the disk and in the next block. */
export function certificateBytes(certificate: CommitCertificate): Uint8Array {
  return encodeMessage({ kind: "commit", certificate });
}

/** Reads a commit certificate; null for anything else. */
export function readCertificate(bytes: Uint8Array): CommitCertificate | null {
  try {
    const message = decodeMessage("commit", bytes);
    return message.kind === "commit" ? message.certificate : null;
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** Committed bytes that the disk has lost are fetched again later; until then they are none. */
function damageAsNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_STORE_DAMAGED") return null;
    throw error;
  }
}

/** The chain as this node holds it: the head, its state, and who decides what comes next. */
export class Ledger {
  readonly store: ChainStore;
  readonly reader: HeadState;
  readonly #era: number;
  readonly #consensusKey: PublicKey;
  /** Validators of the height after the head. */
  #validators: ValidatorSet;
  /** Validators of the head's own height. */
  #lastValidators: ValidatorSet;
  #members: readonly LedgerMember[] = [];
  #parameters: NetworkParameters;
  /** The own copy of the head's certificate, with the precommits that came late. */
  #certificate: CommitCertificate | null = null;
  /** A foreign copy of it that was verified. */
  #verified: Uint8Array | null = null;

  private constructor(store: ChainStore, era: number, consensusKey: PublicKey) {
    this.store = store;
    this.reader = new HeadState(store.reader());
    this.#era = era;
    this.#consensusKey = consensusKey;
    this.#validators = validatorSet(readValidators(this.reader));
    this.#lastValidators = this.#validators;
    this.#parameters = readParameters(this.reader);
  }

  /** @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_FAILED */
  static async load(store: ChainStore, era: number, consensusKey: PublicKey): Promise<Ledger> {
    const ledger = new Ledger(store, era, consensusKey);
    await ledger.#loadMembers();
    const block = damageAsNull(() => store.block(store.head().height));
    const isSame =
      block === null || block.header.validatorsHash === validatorsHashOf(ledger.#validators);
    assert(isSame, "the validators have not changed since the founding");
    ledger.reloadCertificate();
    return ledger;
  }

  /** Reads the head's certificate again; a damaged one is none until it is repaired. */
  reloadCertificate(): void {
    const { height } = this.head;
    const bytes = height === 0 ? null : damageAsNull(() => this.store.certificate(height));
    this.#certificate = bytes === null ? null : readCertificate(bytes);
  }

  get head(): Head {
    return this.store.head();
  }

  get validators(): ValidatorSet {
    return this.#validators;
  }

  get members(): readonly LedgerMember[] {
    return this.#members;
  }

  get parameters(): NetworkParameters {
    return this.#parameters;
  }

  /** What rules may know beside the state when a transaction is checked for the next block. */
  contextAt(nowMs: number): BlockContext {
    const { height, timeMs } = this.head;
    return {
      height: height + 1,
      timeMs: Math.max(nowMs, timeMs + 1),
      startOfBlock: this.reader,
    };
  }

  nextSequence(memberId: MemberId, lane: Parameters<typeof readLane>[2]): number {
    return (readLane(this.reader, memberId, lane)?.sequence ?? 0) + 1;
  }

  /** The height that consensus decides now. */
  nextHeight(): StartHeight {
    const validators = this.#validators;
    const self = validators.findIndex(({ key }) => key === this.#consensusKey);
    const { timeoutProposeMs, timeoutVoteMs, timeoutStepMs, timeoutCapMs } = this.#parameters;
    const timeouts: Timeouts = {
      proposeMs: timeoutProposeMs,
      voteMs: timeoutVoteMs,
      stepMs: timeoutStepMs,
      capMs: timeoutCapMs,
    };
    return {
      type: "startHeight",
      network: this.store.networkId,
      era: this.#era,
      height: this.head.height + 1,
      validators,
      eligible: validators.flatMap(({ suspended }, index) => (suspended ? [] : [index])),
      self: self === -1 ? null : self,
      timeouts,
    };
  }

  /** Whether a quorum of the next height's validators decided by this certificate. */
  isDecision(certificate: CommitCertificate): boolean {
    const context = {
      network: this.store.networkId,
      era: this.#era,
      height: this.head.height + 1,
      validators: this.#validators,
    };
    return verifyCertificate(certificate, context, verifySignature).ok;
  }

  /** Whether bytes are a certificate for the head, which the next block must carry. */
  isCertified(
    bytes: Uint8Array,
    decided: { readonly height: number; readonly blockId: BlockId },
  ): boolean {
    if (this.#verified !== null && equalBytes(this.#verified, bytes)) return true;
    if (this.#certificate !== null && equalBytes(certificateBytes(this.#certificate), bytes)) {
      return true;
    }
    if (!this.isProof(bytes, decided)) return false;
    this.#verified = bytes;
    return true;
  }

  /** Whether bytes are a certificate for a committed block. */
  isProof(
    bytes: Uint8Array,
    decided: { readonly height: number; readonly blockId: BlockId },
  ): boolean {
    const certificate = readCertificate(bytes);
    if (certificate === null || certificate.blockId !== decided.blockId) return false;
    const context = {
      network: this.store.networkId,
      era: this.#era,
      height: decided.height,
      validators: this.#lastValidators,
    };
    return verifyCertificate(certificate, context, verifySignature).ok;
  }

  /** What the next block carries: the certificate of the head, empty after the genesis; null: damaged. */
  headCertificate(): Uint8Array | null {
    if (this.head.height === 0) return new Uint8Array(0);
    return this.#certificate === null ? null : certificateBytes(this.#certificate);
  }

  /** Late precommits made the own copy larger. */
  extend(certificate: CommitCertificate): void {
    if (certificate.blockId === this.head.blockId) this.#certificate = certificate;
  }

  /** Members that precommitted a committed block. */
  votersOf(height: number): readonly MemberId[] {
    const bytes = damageAsNull(() => this.store.certificate(height));
    const certificate = bytes === null ? null : readCertificate(bytes);
    return (certificate?.signatures ?? []).flatMap(
      ([voter]) => this.#lastValidators[voter]?.member ?? [],
    );
  }

  /** Makes a decided block durable; the head has moved when it resolves. */
  async commit({ block, certificate, effect }: Commit): Promise<void> {
    const bytes = certificateBytes(certificate);
    await this.store.commit({ block, certificate: bytes, changes: effect.changes });
    this.reader.commit(effect.changes);
    this.#certificate = certificate;
    this.#verified = null;
    this.#lastValidators = this.#validators;
    this.#validators = validatorSet(readValidators(this.reader));
    this.#parameters = readParameters(this.reader);
    if (effect.changes.some(([key]) => key[0] === TABLE.member)) await this.#loadMembers();
  }

  async #loadMembers(): Promise<void> {
    const members: LedgerMember[] = [];
    for await (const { key } of this.store.stateEntries(tablePrefix("member"))) {
      const place = decodeStateKey(key);
      assert(place.table === "member", "the table of members holds members");
      const state = readMember(this.reader, place.memberId);
      assert(state !== null, "a listed member is in the state");
      members.push({ memberId: place.memberId, state });
    }
    this.#members = members;
  }
}
