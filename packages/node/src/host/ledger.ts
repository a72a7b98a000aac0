import {
  type CommitCertificate,
  decodeMessage,
  type Evidence,
  encodeMessage,
  evidenceShape,
  type StartHeight,
  type Timeouts,
  type ValidatorSet,
  verifyCertificate,
  verifyEvidence,
} from "@tegata/consensus";
import {
  type Block,
  type BlockContext,
  type BlockEffect,
  type CertifiedHeight,
  decodeStateKey,
  eligibleOf,
  type Head,
  type MemberState,
  type NetworkParameters,
  type Offence,
  type Roster,
  readLane,
  readMember,
  readParameters,
  readRoster,
  TABLE,
  tablePrefix,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import {
  assert,
  type BlockId,
  equalBytes,
  fromBytes,
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

/** Reads a piece of evidence; null for anything else. */
export function readEvidence(bytes: Uint8Array): Evidence | null {
  try {
    return fromBytes(evidenceShape, bytes);
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
  /** Who votes and proposes at the height after the head, and who did at the head's own. */
  #roster: Roster;
  #members: readonly LedgerMember[] = [];
  #parameters: NetworkParameters;
  /** The own copy of the head's certificate, with the precommits that came late. */
  #certificate: CommitCertificate | null = null;
  /** A foreign copy of it that was verified. */
  #verified: { readonly bytes: Uint8Array; readonly certificate: CommitCertificate } | null = null;

  private constructor(store: ChainStore, era: number, consensusKey: PublicKey) {
    this.store = store;
    this.reader = new HeadState(store.reader());
    this.#era = era;
    this.#consensusKey = consensusKey;
    this.#roster = readRoster(this.reader);
    this.#parameters = readParameters(this.reader);
  }

  /** @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_FAILED */
  static async load(store: ChainStore, era: number, consensusKey: PublicKey): Promise<Ledger> {
    const ledger = new Ledger(store, era, consensusKey);
    await ledger.#loadMembers();
    const block = damageAsNull(() => store.block(store.head().height));
    const { last } = ledger.#roster;
    const isSame =
      block === null || block.header.validatorsHash === validatorsHashOf(last.validators);
    assert(isSame, "the state knows who voted for its last block");
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
    return this.#roster.validators;
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
    const { validators } = this;
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
      eligible: eligibleOf(this.#roster),
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
      validators: this.validators,
    };
    return verifyCertificate(certificate, context, verifySignature).ok;
  }

  /** What bytes prove about the head if they are its certificate, which the next block must carry. */
  certified(
    bytes: Uint8Array,
    decided: { readonly height: number; readonly blockId: BlockId },
  ): CertifiedHeight | null {
    const own = this.#certificate;
    if (own !== null && equalBytes(certificateBytes(own), bytes)) return this.#proven(own);
    const known = this.#verified;
    if (known !== null && equalBytes(known.bytes, bytes)) return this.#proven(known.certificate);
    const certificate = readCertificate(bytes);
    if (certificate === null || !this.isProof(bytes, decided)) return null;
    this.#verified = { bytes, certificate };
    return this.#proven(certificate);
  }

  #proven({ round, signatures }: CommitCertificate): CertifiedHeight {
    const { validators } = this.#roster.last;
    return { round, voters: signatures.flatMap(([voter]) => validators[voter]?.member ?? []) };
  }

  /** What the certificate proves that the next block carries; null after the genesis. */
  headCertified(): CertifiedHeight | null {
    const own = this.head.height === 0 ? null : this.#certificate;
    return own === null ? null : this.#proven(own);
  }

  /** The offence that bytes prove, whoever's it is; null for anything else. */
  offence(bytes: Uint8Array): Offence | null {
    const evidence = readEvidence(bytes);
    if (evidence === null) return null;
    const context = { network: this.store.networkId, era: this.#era };
    const { key, first } = evidence;
    const isProven = verifyEvidence(evidence, context, verifySignature).ok;
    return isProven ? { key, height: first.height } : null;
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
      validators: this.#roster.last.validators,
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
      ([voter]) => this.#roster.last.validators[voter]?.member ?? [],
    );
  }

  /** Makes a decided block durable; the head has moved when it resolves. */
  async commit({ block, certificate, effect }: Commit): Promise<void> {
    const bytes = certificateBytes(certificate);
    await this.store.commit({ block, certificate: bytes, changes: effect.changes });
    this.reader.commit(effect.changes);
    this.#certificate = certificate;
    this.#verified = null;
    this.#roster = readRoster(this.reader);
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
