import {
  type CommitCertificate,
  type StartHeight,
  type Timeouts,
  type ValidatorSet,
  type VotingContext,
  verifyCertificate,
  verifyEvidence,
} from "@tegata/consensus";
import {
  type Block,
  type BlockContext,
  type BlockEffect,
  type CertifiedHeight,
  type Change,
  type ConsensusKeyState,
  checkOffence,
  decodeStateKey,
  type EvidenceRefusal,
  eligibleOf,
  type Head,
  type MemberState,
  type NetworkParameters,
  type Offence,
  offenceFactsOf,
  protocolVersionAt,
  protocolVersionMax,
  type Roster,
  readConsensusKey,
  readEvidence,
  readLane,
  readMember,
  readParameters,
  readProtocolVersions,
  readRoster,
  type StateReader,
  suspend,
  TABLE,
  tablePrefix,
  unsupportedFrom,
  validatorsHashOf,
  validatorsShape,
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
import { NodeError } from "../errors.ts";
import { decodeEvidence, type EvidenceUse, offenceOf } from "../evidence/evidence-pool.ts";
import { certificateBytes, provenBy, readCertificate } from "./certificates.ts";
import { HeadState } from "./head-state.ts";
import { remembering } from "./remembered-signatures.ts";
import { type Accusation, type Standing, standingsOf } from "./standings.ts";
import { ValidatorHistory, type ValidatorsClaim, votersAt } from "./validator-history.ts";

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

/** What was decided at a height as this node knows it, and whose votes decide there. */
export interface Decision {
  readonly context: VotingContext;
  readonly certificate: CommitCertificate;
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

/** A certificate of the head that was verified, with what it proves. */
interface CertifiedHead extends CertifiedHeight {
  readonly bytes: Uint8Array;
}

/** Evidence for heights that this node has not reached yet is kept up to so many ahead. */
const evidenceAheadHeights = 16;

/** The chain as this node holds it: the head, its state, and who decides what comes next. */
export class Ledger {
  readonly store: ChainStore;
  readonly reader: HeadState;
  readonly #era: number;
  readonly #consensusKey: PublicKey;
  readonly #history = new ValidatorHistory();
  readonly #verifySignature = remembering(verifySignature);
  /** Who votes and proposes at the height after the head, and did at the head's own. */
  #roster: Roster;
  /** All that ever were members. */
  #known: readonly LedgerMember[] = [];
  #members: readonly LedgerMember[] = [];
  #voters: ReadonlySet<MemberId> | null = null;
  /** Evidence on the chain. */
  #accusations: readonly Accusation[] = [];
  #standings: ReadonlyMap<MemberId, Standing> = new Map();
  #parameters: NetworkParameters;
  /** The own copy of the head's certificate, with the precommits that came late. */
  #certificate: CommitCertificate | null = null;
  /** A foreign copy of it that was verified. */
  #verified: CertifiedHead | null = null;

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
    await ledger.#loadAccusations();
    ledger.#takeRoster();
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

  /** Validators of the height after the head. */
  get validators(): ValidatorSet {
    return this.#roster.validators;
  }

  /** Validators of the head's own height; empty at the genesis. */
  get lastValidators(): ValidatorSet {
    return this.#roster.last.validators;
  }

  /** Members whose votes count at the height after the head; null where everybody's do. */
  get voters(): ReadonlySet<MemberId> | null {
    return this.#voters;
  }

  /** How each member stands at the height after the head; another object when one of them changed. */
  get standings(): ReadonlyMap<MemberId, Standing> {
    return this.#standings;
  }

  /** The member whose consensus key it is or was, null for a key nobody ever voted with. */
  ownerOf(key: PublicKey): MemberId | null {
    return readConsensusKey(this.reader, key)?.member ?? null;
  }

  /** Members that have not left, and those that have and still vote. */
  get members(): readonly LedgerMember[] {
    return this.#members;
  }

  get parameters(): NetworkParameters {
    return this.#parameters;
  }

  /** The version of the protocol by which the height after the head is judged. */
  get versionInForce(): number {
    return protocolVersionAt(readProtocolVersions(this.reader), this.head.height + 1);
  }

  /** The first height that this program cannot follow, as the members voted; null for none. */
  get outdatedFrom(): number | null {
    return unsupportedFrom(readProtocolVersions(this.reader));
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

  /**
   * The height that consensus decides now.
   * @throws NODE_OUTDATED
   */
  nextHeight(): StartHeight {
    this.#checkVersion();
    const { validators } = this;
    // Suspended it has no vote: a log that says otherwise would be left aside after a restart.
    const self = validators.findIndex(
      ({ key, suspended }) => key === this.#consensusKey && !suspended,
    );
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

  /** Whether this program knows the protocol by which a height is judged, as far as the members voted. */
  follows(height: number): boolean {
    return protocolVersionAt(readProtocolVersions(this.reader), height) <= protocolVersionMax;
  }

  #checkVersion(): void {
    const { versionInForce: inForce, head } = this;
    const height = head.height + 1;
    if (this.follows(height)) return;
    const message = `protocol version ${inForce} is in force from height ${height} on`;
    const detail = { height, inForce, versionMax: protocolVersionMax };
    throw new NodeError("NODE_OUTDATED", message, detail);
  }

  /** Whether a quorum decided by this certificate, by the validators of the next height. */
  isDecision(certificate: CommitCertificate, height = this.head.height + 1): boolean {
    return this.#decides(certificate, height, this.validators);
  }

  /** How the head was decided; null at the genesis, and while the disk has lost its certificate. */
  headDecision(): Decision | null {
    const certificate = this.#certificate;
    if (certificate === null) return null;
    return { certificate, context: this.#votingContext(certificate.height, this.lastValidators) };
  }

  /** What bytes prove that are a certificate for the head, which the next block must carry; else null. */
  certified(
    bytes: Uint8Array,
    decided: { readonly height: number; readonly blockId: BlockId },
  ): CertifiedHeight | null {
    if (this.#verified !== null && equalBytes(this.#verified.bytes, bytes)) return this.#verified;
    const known = { own: this.#certificate, validators: this.lastValidators };
    const certified = this.certifiedBy(bytes, decided, known);
    this.#verified = certified === null ? this.#verified : { bytes, ...certified };
    return certified;
  }

  /** As {@link certified} for any decided block: `own` is a verified certificate for it, by these validators. */
  certifiedBy(
    bytes: Uint8Array,
    decided: { readonly height: number; readonly blockId: BlockId },
    { own, validators }: { own: CommitCertificate | null; validators: ValidatorSet },
  ): CertifiedHeight | null {
    const isOwn = own !== null && equalBytes(certificateBytes(own), bytes);
    const certificate = isOwn ? own : readCertificate(bytes);
    if (certificate === null || certificate.blockId !== decided.blockId) return null;
    if (!isOwn && !this.#decides(certificate, decided.height, validators)) return null;
    return provenBy(certificate, validators);
  }

  /** Whether bytes are a certificate for a committed block, by the validators of its height. */
  async isProof(bytes: Uint8Array, block: Block): Promise<boolean> {
    const certificate = readCertificate(bytes);
    if (certificate === null || certificate.blockId !== block.id) return false;
    const { header } = block;
    const validators = this.#history.find(header) ?? (await this.#recall(header));
    return validators !== null && this.#decides(certificate, header.height, validators);
  }

  /** Reads a piece of evidence and verifies both signatures; null for bytes that prove nothing. */
  offence(bytes: Uint8Array): Offence | null {
    try {
      const evidence = decodeEvidence(bytes);
      const context = { network: this.store.networkId, era: this.#era };
      return verifyEvidence(evidence, context, verifySignature).ok ? offenceOf(evidence) : null;
    } catch (error) {
      if (error instanceof LedgerError) return null;
      throw error;
    }
  }

  /** What evidence of this offence does in the block after the head, null where that may not carry it. */
  evidenceUse(offence: Offence): EvidenceUse | null {
    const verdict = checkOffence(offence, this.head.height + 1, offenceFactsOf(this.reader));
    if (!verdict.ok) return null;
    const { validators } = this.#roster;
    return suspend(validators, verdict.member) === validators ? "records" : "suspends";
  }

  /** Why neither the next block nor one soon after it may carry evidence of this offence, or null. */
  evidenceRefusal(offence: Offence): EvidenceRefusal | null {
    const next = this.head.height + 1;
    if (offence.height > next + evidenceAheadHeights) return "future";
    const height = Math.max(next, offence.height);
    const verdict = checkOffence(offence, height, offenceFactsOf(this.reader));
    return verdict.ok ? null : verdict.reason;
  }

  #decides(certificate: CommitCertificate, height: number, validators: ValidatorSet): boolean {
    const context = this.#votingContext(height, validators);
    return verifyCertificate(certificate, context, this.#verifySignature).ok;
  }

  #votingContext(height: number, validators: ValidatorSet): VotingContext {
    return { network: this.store.networkId, era: this.#era, height, validators };
  }

  /**
   * What the next block carries: the certificate of the head with what it proves, empty after the genesis;
   * null: damaged.
   */
  headCertificate(): { bytes: Uint8Array; certified: CertifiedHeight | null } | null {
    if (this.head.height === 0) return { bytes: new Uint8Array(0), certified: null };
    const certificate = this.#certificate;
    if (certificate === null) return null;
    const certified = provenBy(certificate, this.lastValidators);
    return { bytes: certificateBytes(certificate), certified };
  }

  /** Late precommits made the own copy larger. */
  extend(certificate: CommitCertificate): void {
    if (certificate.blockId === this.head.blockId) this.#certificate = certificate;
  }

  /** Members that precommitted a committed block; none where its validators are not remembered. */
  votersOf(height: number): readonly MemberId[] {
    const bytes = damageAsNull(() => this.store.certificate(height));
    return bytes === null ? [] : this.votersIn(bytes, height);
  }

  /** The same by another's verified certificate of that height, as a block carries it. */
  votersIn(bytes: Uint8Array, height: number): readonly MemberId[] {
    const certificate = readCertificate(bytes);
    const validators = certificate === null ? null : this.#validatorsOf(height);
    if (certificate === null || validators === null) return [];
    return provenBy(certificate, validators).voters;
  }

  /** Makes decided blocks durable, one or several in a row; the head has moved when it resolves. */
  async commit(...commits: readonly Commit[]): Promise<void> {
    await this.store.commit(
      ...commits.map(({ block, certificate, effect: { changes } }) => {
        return { block, certificate: certificateBytes(certificate), changes };
      }),
    );
    const changes = commits.flatMap(({ effect }) => effect.changes);
    this.reader.commit(changes);
    this.#certificate = commits.at(-1)?.certificate ?? null;
    this.#verified = null;
    this.#parameters = readParameters(this.reader);
    const written = new Set(changes.map(([key]) => key[0]));
    if (written.has(TABLE.evidence)) {
      this.#accusations = [...this.#accusations, ...accusationsIn(changes, this.reader)];
    }
    // Nothing is awaited before it: what comes in meanwhile is judged by the set of the new head.
    if (rosterTables.some((table) => written.has(table))) this.#takeRoster();
    if (!written.has(TABLE.member)) return;
    await this.#loadMembers();
    this.#takeStandings();
  }

  /** The roster of the state is in force. */
  #takeRoster(): void {
    this.#roster = readRoster(this.reader);
    this.#history.remember(this.lastValidators);
    this.#history.remember(this.validators);
    this.#takeStandings();
  }

  /** All who are or were members. */
  get everybody(): readonly LedgerMember[] {
    return this.#known;
  }

  /** Who does what, of the members that are known. */
  #takeStandings(): void {
    const isValidator = (id: MemberId) => this.validators.some(({ member }) => member === id);
    this.#members = this.#known.filter(
      ({ memberId, state }) => state.leftHeight === null || isValidator(memberId),
    );
    const voters = this.validators.flatMap(({ member, suspended }) => (suspended ? [] : member));
    this.#voters = voters.length === this.#members.length ? null : new Set(voters);
    this.#standings = standingsOf(this.#members, {
      roster: this.#roster,
      accusations: this.#accusations,
      keyState: (key) => readConsensusKey(this.reader, key),
    });
  }

  #validatorsOf(height: number): ValidatorSet | null {
    if (height === this.head.height) return this.lastValidators;
    const block = damageAsNull(() => this.store.block(height));
    return block === null ? null : this.#history.find(block.header);
  }

  /** The validators of an old height: as the last change before it left them, else all who could vote. */
  async #recall(claim: ValidatorsClaim): Promise<ValidatorSet | null> {
    const { height, validatorsHash } = claim;
    const sets = [await this.#changedBefore(height), votersAt(height, await this.#consensusKeys())];
    const found = sets.find((set) => set !== null && validatorsHashOf(set) === validatorsHash);
    if (found === undefined || found === null) return null;
    this.#history.remember(found);
    return found;
  }

  /** The set that the last change below a height made; null for none, or while the disk has lost one. */
  async #changedBefore(height: number): Promise<ValidatorSet | null> {
    let last: Uint8Array | null = null;
    try {
      for await (const change of this.store.setChanges(1, height)) last = change.nextValidators;
    } catch (error) {
      if (error instanceof LedgerError && error.code === "LEDGER_STORE_DAMAGED") return null;
      throw error;
    }
    return last === null ? null : fromBytes(validatorsShape, last);
  }

  async #consensusKeys(): Promise<readonly (readonly [PublicKey, ConsensusKeyState])[]> {
    const keys: [PublicKey, ConsensusKeyState][] = [];
    for await (const { key } of this.store.stateEntries(tablePrefix("consensusKey"))) {
      const place = decodeStateKey(key);
      assert(place.table === "consensusKey", "the table of consensus keys holds nothing else");
      const state = readConsensusKey(this.reader, place.key);
      if (state !== null) keys.push([place.key, state]);
    }
    return keys;
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
    this.#known = members;
  }

  async #loadAccusations(): Promise<void> {
    const accusations: Accusation[] = [];
    for await (const { key } of this.store.stateEntries(tablePrefix("evidence"))) {
      accusations.push(...accusationsIn([[key, key]], this.reader));
    }
    this.#accusations = accusations;
  }
}

/** Tables whose changes change who the members are, or what they do. */
const rosterTables: readonly number[] = [
  TABLE.member,
  TABLE.validators,
  TABLE.sidelined,
  TABLE.lastHeight,
  TABLE.validatorChanges,
];

/** The evidence that a block wrote down. */
function accusationsIn(changes: readonly Change[], reader: StateReader): readonly Accusation[] {
  return changes.flatMap(([key]) => {
    if (key[0] !== TABLE.evidence) return [];
    const place = decodeStateKey(key);
    assert(place.table === "evidence", "the table of evidence holds evidence");
    const row = readEvidence(reader, place.key, place.height);
    return row === null ? [] : [{ ...row, key: place.key, offenceHeight: place.height }];
  });
}
