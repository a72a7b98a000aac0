// What must hold, whatever goes wrong. Nothing here counts with the code under test, nor with what the members
// think of their chain: who votes and proposes follows from the decided blocks, by bookkeeping of its own.
// Shared with the code under test is what a signature covers (vectors and the replay tests judge that) and
// `faultyMax`, which says here only whether a seed has more liars than may be.
import type { BlockId, MemberId, PublicKey } from "@tegata/ledger/primitives";
import {
  type CommitCertificate,
  type ConsensusState,
  type Effect,
  type Evidence,
  faultyMax,
  type HeightState,
  type Input,
  type Lock,
  type Message,
  proposalSignBytes,
  type SignedMessage,
  type StartHeight,
  type Status,
  type Timeout,
  type Vote,
  voteSignBytes,
  type WaitingRoom,
} from "../src/index.ts";
import type { SimBlock } from "./chain.ts";
import { poolMax } from "./evidence-pool.ts";
import { Forensics } from "./forensics.ts";
import { indexOf, memberOf, network } from "./identity.ts";
import { LockLaw } from "./lock-law.ts";
import { RosterShadow, type Seats } from "./roster-shadow.ts";
import { mistaken, unsettled } from "./settled.ts";
import { Shadow } from "./shadow.ts";
import type { Wipe } from "./swarm.ts";
import type { World } from "./world.ts";

/** Rounds of which a height may keep records: those behind, and what each validator may have ahead. */
const roundsBehind = 17;
const roundsAheadEach = 2;
const waitingEach = 64;

/** A vote as its author meant it, whatever bytes were signed. */
function testimonyOf(
  { type, height, round, blockId }: Omit<Vote, "signature">,
  author: MemberId,
): string {
  return `${type} ${height}/${round} ${blockId} ${author}`;
}

/** Judges all honest members of one network. */
export class Checkers {
  readonly #world: World;
  readonly #shadows: readonly Shadow[];
  readonly #law: LockLaw;
  /** Decided blocks, from height 1. */
  readonly #decided: BlockId[] = [];
  /** In force at each height, from 1; one more than was decided. */
  readonly #seats: Seats[];
  readonly #roster: RosterShadow;
  /** Keys and the members they belong to, and when they could vote. */
  readonly #recorded = new Set<string>();
  readonly #verified = new WeakMap<Uint8Array, Vote & { readonly key: PublicKey }>();
  /** Every vote an honest member ever signed. */
  readonly #testimony = new Set<string>();
  /** Null where no more than f lie, so that there is nothing to find out. */
  readonly #forensics: Forensics | null;
  /** Members whose own words prove that they lied, where two honest ones decided differently. */
  readonly accused: number[] = [];
  readonly #committed: number[];
  /** What a member that lost something may do that others may not. */
  readonly #wiped: (Wipe["lost"] | null)[];
  readonly #highestSigned: number[];
  readonly #silentUpTo: number[];

  constructor(world: World) {
    this.#world = world;
    const indexes = Array.from({ length: world.members }, (_, index) => index);
    this.#shadows = indexes.map(
      (index) => new Shadow((sentence) => this.#violate(index, sentence)),
    );
    this.#law = new LockLaw((member, sentence) => this.#violate(member, sentence));
    this.#roster = new RosterShadow(world.chains.genesis.context.validators);
    this.#seats = [this.#roster.now];
    const isHopeless = world.swarm.liars.length > faultyMax(world.members);
    this.#forensics = isHopeless ? new Forensics() : null;
    this.#committed = indexes.map(() => 0);
    this.#wiped = indexes.map(() => null);
    this.#highestSigned = indexes.map(() => 0);
    this.#silentUpTo = indexes.map(() => 0);
  }

  #violate(member: number, sentence: string): void {
    if (!this.#world.isLiar(member)) this.#world.violate(member, sentence);
  }

  onInput(member: number, input: Input): void {
    this.#shadows[member]?.deliver(input);
    if (!this.#world.isLiar(member)) this.#forensics?.hear(input);
    if (input.type === "startHeight") this.#onStart(member, input);
  }

  /** Every member goes by the same validators and the same turns, however it got to the height. */
  #onStart(member: number, { height, validators, eligible, self }: StartHeight): void {
    const seats = this.#seats[height - 1];
    if (this.#world.isLiar(member)) return;
    if (seats === undefined) {
      this.#violate(member, `begins height ${height}, before which nothing was decided`);
      return;
    }
    const isSame =
      validators.length === seats.validators.length &&
      validators.every((one, index) => {
        const seat = seats.validators[index];
        return (
          one.key === seat?.key && one.member === seat.member && one.suspended === seat.suspended
        );
      }) &&
      eligible.length === seats.eligible.length &&
      eligible.every((index, place) => seats.eligible[place] === index);
    if (!isSame) this.#violate(member, `takes others for the validators of height ${height}`);
    const own = seats.validators.findIndex((seat) => seat.member === memberOf(member));
    if ((self ?? -1) !== own) this.#violate(member, `mistakes its own place at height ${height}`);
  }

  onSigned(member: number, message: SignedMessage, lock: Lock | null): void {
    const said = message.kind === "vote" ? message.vote : message.proposal;
    const { height } = said;
    const committed = this.#committed[member] ?? 0;
    if (height <= committed) this.#violate(member, "signs at a height it has committed");
    if (height <= (this.#silentUpTo[member] ?? 0)) {
      this.#violate(member, `signs at height ${height}, where it may have signed before`);
    }
    this.#highestSigned[member] = Math.max(this.#highestSigned[member] ?? 0, height);
    const seat = this.#seats[height - 1]?.validators[this.#authorOf(message)];
    if (seat?.member !== memberOf(member) || seat.suspended) {
      this.#violate(member, `signs at height ${height}, where it has no vote`);
    }
    if (message.kind === "vote") this.#testimony.add(testimonyOf(message.vote, memberOf(member)));
    this.#shadows[member]?.onSigned(message, lock);
    if (message.kind === "vote" && !this.#world.isLiar(member))
      this.#judgeVote(member, message.vote);
  }

  #authorOf(message: SignedMessage): number {
    return message.kind === "vote" ? message.vote.voter : message.proposal.proposer;
  }

  #judgeVote(member: number, vote: Vote): void {
    const validators = this.#seats[vote.height - 1]?.validators ?? [];
    const liars = validators.filter(
      (seat) => this.#world.isLiar(indexOf(seat.member)) && !seat.suspended,
    );
    // With more liars than may be, nothing keeps the law; then it is for the forensics to say who they are.
    if (this.#forensics === null) this.#law.onVote(member, vote, validators.length, liars.length);
  }

  onSchedule(member: number, timeout: Timeout): void {
    this.#shadows[member]?.onSchedule(timeout);
  }

  onStatus(member: number, status: Status): void {
    this.#shadows[member]?.onStatus(status);
  }

  /** Agreement, and a certificate anybody can verify from genesis on. */
  onApply(member: number, certificate: CommitCertificate): void {
    const { height, blockId } = certificate;
    if (this.#world.isLiar(member)) return;
    this.#committed[member] = height;
    const other = this.#decided[height - 1];
    const seats = this.#seats[height - 1]?.validators ?? [];
    for (const voter of this.#forensics?.onDecision(certificate, seats.length) ?? []) {
      const accused = seats[voter];
      if (accused !== undefined) this.accused.push(indexOf(accused.member));
    }
    if (other !== undefined && other !== blockId) {
      this.#violate(member, `decides another block at height ${height}`);
      return;
    }
    this.onCertificate(member, certificate);
    this.#shadows[member]?.onDecision(height, blockId);
    if (other !== undefined) return;
    const block = this.#world.blocks.get(blockId);
    if (block?.isValid !== true || block.parent !== (this.#decided[height - 2] ?? null)) {
      this.#violate(member, `decides an invalid block at height ${height}`);
      return;
    }
    this.#decided.push(blockId);
    this.#judgeBlock(member, block);
  }

  /** A decided block is valid by the checkers' own reckoning, and says who votes next. */
  #judgeBlock(member: number, block: SimBlock): void {
    const { height, certificate, evidence, requests, parent } = block;
    if (certificate === null) {
      if (height > 1) this.#violate(member, `block ${height} lacks the certificate before it`);
    } else {
      this.onCertificate(member, certificate);
      if (certificate.blockId !== parent || certificate.height !== height - 1) {
        this.#violate(member, `block ${height} carries a certificate of another block`);
      }
    }
    const before = parent === null ? undefined : this.#world.blocks.get(parent);
    this.#roster.add({
      height,
      builderBefore: before === undefined ? null : memberOf(before.builder),
      certificate:
        certificate === null
          ? null
          : {
              round: certificate.round,
              voters: certificate.signatures.map(([voter]) => voter),
            },
      accused: evidence.map((piece) => this.#judgeEvidence(member, block, piece)),
      requests,
    });
    this.#seats.push(this.#roster.now);
  }

  /** Committed evidence is of a height that was, of a liar who could vote then, and not there twice. */
  #judgeEvidence(member: number, block: SimBlock, evidence: Evidence): MemberId {
    const { key, first, second } = evidence;
    const { height } = first;
    const seat = this.#seats[height - 1]?.validators.find((one) => one.key === key);
    const name = `${key} ${height}`;
    if (this.#recorded.has(name)) this.#violate(member, "commits evidence that is on the chain");
    this.#recorded.add(name);
    if (height > block.height || seat === undefined || seat.suspended) {
      this.#violate(member, "commits evidence against a key that could not vote then");
    }
    const accused = seat?.member ?? memberOf(0);
    if (!this.#world.isLiar(indexOf(accused))) {
      this.#violate(member, `commits evidence against member ${indexOf(accused)}, who is honest`);
    }
    const { verify } = this.#world.signing;
    const isSigned = [first, second].every((said) => {
      const bytes =
        "voter" in said ? voteSignBytes(said, network, 0) : proposalSignBytes(said, network, 0);
      return verify(key, bytes, said.signature);
    });
    if (!isSigned || height !== second.height || first.round !== second.round) {
      this.#violate(member, "commits evidence that proves nothing");
    }
    return accused;
  }

  onCertificate(member: number, certificate: CommitCertificate): void {
    const { height, round, blockId, signatures } = certificate;
    const validators = this.#seats[height - 1]?.validators ?? [];
    const voters = new Set(signatures.map(([voter]) => voter));
    const isDistinct = voters.size === signatures.length;
    const isEnough = 3 * voters.size > 2 * validators.length;
    const isSigned = signatures.every(([voter, signature]) => {
      const seat = validators[voter];
      if (seat === undefined || seat.suspended) return false;
      return this.#isSigned(
        { type: "precommit", height, round, blockId, voter, signature },
        seat.key,
      );
    });
    if (isDistinct && isEnough && isSigned) return;
    this.#violate(member, `has a commit certificate of height ${height} that does not verify`);
  }

  /** Whether a vote is its voter's; each signature is looked at once. */
  #isSigned(vote: Vote, key: PublicKey): boolean {
    const known = this.#verified.get(vote.signature);
    const { type, height, round, blockId, voter } = vote;
    const isKnown =
      known?.key === key &&
      known.type === type &&
      known.height === height &&
      known.round === round &&
      known.blockId === blockId &&
      known.voter === voter;
    if (isKnown) return true;
    const bytes = voteSignBytes(vote, network, 0);
    if (!this.#world.signing.verify(key, bytes, vote.signature)) return false;
    this.#verified.set(vote.signature, { ...vote, key });
    return true;
  }

  /** Only the dishonest are accused. */
  onEvidence(member: number, { key, first, second }: Evidence): void {
    const validators = this.#seats[first.height - 1]?.validators ?? [];
    const accused = validators["voter" in first ? first.voter : first.proposer];
    const index = accused === undefined ? -1 : indexOf(accused.member);
    if (accused?.key !== key || !this.#world.isLiar(index)) {
      this.#violate(member, `accuses member ${index}, who is honest`);
    }
    const other = validators["voter" in second ? second.voter : second.proposer];
    if (other !== accused) this.#violate(member, "accuses with messages of two members");
  }

  /** What an honest member says passes the disk first. */
  onLeaving(member: number, message: Message, self: number | null): void {
    if (message.kind !== "vote" && message.kind !== "proposal") return;
    const said = message.kind === "vote" ? message.vote : message.proposal;
    const author = this.#authorOf(message);
    const isOwnHeight = said.height === (this.#committed[member] ?? 0) + 1;
    if (isOwnHeight && author === self) this.#shadows[member]?.onLeaving(message);
  }

  onLogDiffers(member: number): void {
    this.#violate(member, "its log gives another state than the one it had");
  }

  onNotHeld(member: number, type: string, blockId: BlockId): void {
    if (this.#wiped[member] !== null) return;
    this.#violate(member, `says ${type} for ${blockId.slice(-4)} without holding it`);
  }

  /** From now on the member knows less than it said. */
  onWiped(member: number, lost: Wipe["lost"]): void {
    this.#wiped[member] = lost;
    if (lost !== "data") this.#silentUpTo[member] = this.#highestSigned[member] ?? 0;
    if (lost !== "guard") this.#committed[member] = 0;
  }

  onRefused(member: number, code: string): void {
    if (this.#wiped[member] === null) this.#violate(member, `its guard had to refuse: ${code}`);
  }

  onBeyondGuard(member: number): void {
    if (this.#wiped[member] !== null) return;
    this.#violate(member, "others hold a message its guard does not know");
  }

  /** What a member makes of an input, by its own memory. */
  onStep(
    member: number,
    before: HeightState | null,
    after: HeightState | null,
    effects: readonly Effect[],
  ): void {
    if (after === null || after === before || this.#world.isLiar(member)) return;
    for (const sentence of unsettled(after)) this.#violate(member, sentence);
    if (before === null) return;
    for (const sentence of mistaken(before, after, effects)) this.#violate(member, sentence);
  }

  /** Nobody can make a member keep without bound. */
  onState(member: number, state: ConsensusState, room: WaitingRoom, pieces: number): void {
    const { height, peers } = state;
    if (height === null) return;
    const { members } = this.#world;
    const roundsMax = roundsBehind + roundsAheadEach * members;
    if (height.rounds.length > roundsMax) this.#violate(member, "keeps too many rounds");
    if (height.blocks.length > roundsMax + 2) this.#violate(member, "keeps too many blocks");
    if (height.drafts.length > 3) this.#violate(member, "keeps too many drafts");
    if (peers.length > members) this.#violate(member, "keeps too many peers");
    if (pieces > poolMax) this.#violate(member, "keeps too much evidence");
    const { locked, valid, round } = height.rules;
    const lockedRound = locked?.round ?? -1;
    const validRound = valid?.round ?? -1;
    if (lockedRound > validRound || validRound > round) {
      this.#violate(member, `locked ${lockedRound}, valid ${validRound}, round ${round}`);
    }
    for (const messages of room.byPeer.values()) {
      if (messages.length > waitingEach) this.#violate(member, "lets too many messages wait");
    }
  }
}
