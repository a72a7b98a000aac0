// The rules of the paper once more, written apart from the code under test: what an honest validator
// may say, given what was delivered to it. It remembers everything, across crashes too; a validator
// that forgot something must still not contradict it.
import type { BlockId } from "@tegata/ledger/primitives";
import type {
  Certificate,
  HeightContext,
  Input,
  Lock,
  Proposal,
  SignedMessage,
  Status,
  Timeout,
  Vote,
} from "../src/index.ts";

type Value = BlockId | null;

/** What was delivered to one validator at one height. */
interface Seen {
  readonly context: HeightContext;
  /** Values by voter, by round and type. */
  readonly votes: Map<string, Map<number, Set<Value>>>;
  readonly proposals: Proposal[];
  readonly valid: Set<BlockId>;
  readonly acceptable: Set<string>;
  readonly refused: Set<string>;
  readonly fired: Set<string>;
  lock: Lock | null;
  lockRoundSeen: number;
}

function newSeen(context: HeightContext): Seen {
  return {
    context,
    votes: new Map(),
    proposals: [],
    valid: new Set(),
    acceptable: new Set(),
    refused: new Set(),
    fired: new Set(),
    lock: null,
    lockRoundSeen: -1,
  };
}

/** More than two thirds, counted without the code under test. */
function isQuorum(votes: number, validators: number): boolean {
  return 3 * votes > 2 * validators;
}

/** More than can be dishonest. */
function isSomeHonest(votes: number, validators: number): boolean {
  return 3 * votes > validators - 1 && votes > Math.floor((validators - 1) / 3);
}

/** Where a message stands, of which an honest validator says one thing only, and what it says. */
function placeOf(message: SignedMessage): readonly [place: string, value: string] {
  if (message.kind === "vote") {
    const { type, round, blockId } = message.vote;
    return [`${type} ${round}`, `${blockId}`];
  }
  const { round, blockId, validRound } = message.proposal;
  return [`proposal ${round}`, `${blockId} ${validRound}`];
}

/** Judges one validator. */
export class Shadow {
  readonly #violate: (sentence: string) => void;
  readonly #heights = new Map<number, Seen>();
  /** Everything it ever said, by height and place. */
  readonly #said = new Map<string, string>();
  #highest = 0;

  constructor(violate: (sentence: string) => void) {
    this.#violate = violate;
  }

  #at(height: number): Seen | null {
    return this.#heights.get(height) ?? null;
  }

  // What is delivered

  deliver(input: Input): void {
    switch (input.type) {
      case "startHeight":
        if (!this.#heights.has(input.height)) this.#heights.set(input.height, newSeen(input));
        this.#highest = Math.max(this.#highest, input.height);
        this.#heights.delete(this.#highest - 3);
        return;
      case "proposal":
        this.#addProposal(input.proposal);
        return;
      case "vote":
        this.#addVote(input.vote);
        return;
      case "certificate":
        this.#addCertificate(input.certificate);
        return;
      case "timeout":
        this.#addTimeout(input.timeout);
        return;
      case "built":
        this.#at(input.height)?.valid.add(input.blockId);
        this.#at(input.height)?.acceptable.add(`${input.round} ${input.blockId}`);
        return;
      case "verdict": {
        const { height, round, blockId, valid, timely, due } = input;
        const seen = this.#at(height);
        if (valid) seen?.valid.add(blockId);
        const opinions = valid && timely && due ? seen?.acceptable : seen?.refused;
        opinions?.add(`${round} ${blockId}`);
        return;
      }
      case "signed":
        this.#addSigned(input.message);
        return;
      case "resume":
        for (const message of input.said) this.#addSigned(message);
        return;
      default:
    }
  }

  #addSigned(message: SignedMessage): void {
    if (message.kind === "vote") this.#addVote(message.vote);
    else this.#addProposal(message.proposal);
  }

  #addVote({ height, round, type, voter, blockId }: Vote): void {
    const votes = this.#at(height)?.votes;
    if (votes === undefined) return;
    const key = `${type} ${round}`;
    const byVoter = votes.get(key) ?? new Map<number, Set<Value>>();
    votes.set(key, byVoter);
    const values = byVoter.get(voter) ?? new Set<Value>();
    byVoter.set(voter, values.add(blockId));
  }

  #addCertificate(certificate: Certificate): void {
    const { height, round } = certificate;
    const rows =
      certificate.type === "round"
        ? certificate.votes
        : certificate.signatures.map(
            ([voter, signature]) =>
              [voter, certificate.type, certificate.blockId, signature] as const,
          );
    for (const [voter, type, blockId, signature] of rows) {
      this.#addVote({ type, height, round, blockId, voter, signature });
    }
  }

  #addProposal(proposal: Proposal): void {
    this.#at(proposal.height)?.proposals.push(proposal);
    if (proposal.polka !== null) this.#addCertificate(proposal.polka);
  }

  #addTimeout(timeout: Timeout): void {
    if (timeout.kind === "gap" || timeout.kind === "resend") return;
    this.#at(timeout.height)?.fired.add(`${timeout.kind} ${timeout.round}`);
  }

  // What follows

  #votersFor(seen: Seen, type: Vote["type"], round: number, value: Value): number {
    let count = 0;
    for (const values of seen.votes.get(`${type} ${round}`)?.values() ?? []) {
      if (values.has(value)) count += 1;
    }
    return count;
  }

  #voters(seen: Seen, type: Vote["type"], round: number): number {
    return seen.votes.get(`${type} ${round}`)?.size ?? 0;
  }

  #hasPolka(seen: Seen, round: number, value: Value): boolean {
    const count = this.#votersFor(seen, "prevote", round, value);
    return isQuorum(count, seen.context.validators.length);
  }

  /** f+1 validators were heard in a round (L55). */
  #isReached(seen: Seen, round: number): boolean {
    const prevoters = seen.votes.get(`prevote ${round}`)?.keys() ?? [];
    const precommitters = seen.votes.get(`precommit ${round}`)?.keys() ?? [];
    const heard = new Set([...prevoters, ...precommitters]);
    return isSomeHonest(heard.size, seen.context.validators.length);
  }

  // What is said

  onSigned(message: SignedMessage, lock: Lock | null): void {
    const said = message.kind === "vote" ? message.vote : message.proposal;
    const seen = this.#at(said.height);
    if (seen === null) {
      this.#violate(`signs at height ${said.height}, which it is not at`);
      return;
    }
    this.#checkOnce(said.height, message);
    this.#checkLockGrows(seen, said.height, lock);
    if (message.kind === "proposal") this.#checkProposal(seen, message.proposal);
    else if (message.vote.type === "prevote") this.#checkPrevote(seen, message.vote);
    else this.#checkPrecommit(seen, message.vote);
  }

  #checkOnce(height: number, message: SignedMessage): void {
    const [place, value] = placeOf(message);
    const key = `${height} ${place}`;
    const before = this.#said.get(key);
    if (before !== undefined && before !== value) this.#violate(`says two things: ${place}`);
    this.#said.set(key, value);
  }

  /** What leaves was signed, and so passed log and guard. */
  onLeaving(message: SignedMessage): void {
    const { height } = message.kind === "vote" ? message.vote : message.proposal;
    const [place, value] = placeOf(message);
    if (this.#said.get(`${height} ${place}`) !== value) {
      this.#violate(`sends what it did not sign: ${place}`);
    }
  }

  #checkLockGrows(seen: Seen, height: number, lock: Lock | null): void {
    const round = lock?.round ?? -1;
    if (round < seen.lockRoundSeen) this.#violate(`its lock went back at height ${height}`);
    seen.lockRoundSeen = Math.max(seen.lockRoundSeen, round);
  }

  /** L14-19. */
  #checkProposal(seen: Seen, { height, round, blockId, validRound, proposer }: Proposal): void {
    const { eligible } = seen.context;
    if (eligible[(height + round) % eligible.length] !== proposer) {
      this.#violate(`proposes out of turn at ${height}/${round}`);
    }
    if (validRound === -1 && seen.lock !== null && seen.lock.blockId !== blockId) {
      this.#violate(`offers another block at ${height}/${round} although it is locked`);
    }
    if (validRound >= round) this.#violate("offers a block with a polka of the future");
    if (validRound >= 0 && !this.#hasPolka(seen, validRound, blockId)) {
      this.#violate(`offers a block at ${height}/${round} without its polka`);
    }
  }

  /** L23 and L29: the guard for a block. */
  #mayPrevote(seen: Seen, round: number, proposal: Proposal): boolean {
    const { blockId, validRound } = proposal;
    const { lock } = seen;
    if (validRound === -1) {
      const isFree = lock === null || lock.blockId === blockId;
      return isFree && seen.acceptable.has(`${round} ${blockId}`);
    }
    const isFree = lock === null || lock.round <= validRound || lock.blockId === blockId;
    const isProven = validRound < round && this.#hasPolka(seen, validRound, blockId);
    return isFree && isProven && seen.valid.has(blockId);
  }

  /** L26 and L32: reasons for nil although a proposal is there. */
  #mayRefuse(seen: Seen, round: number, { blockId, validRound }: Proposal): boolean {
    if (seen.refused.has(`${round} ${blockId}`)) return true;
    const isInvalid = [...seen.refused].some((key) => key.endsWith(` ${blockId}`));
    if (isInvalid && !seen.valid.has(blockId)) return true;
    // A lock of a validator that had to keep silent shows only by the polka that caused it.
    for (let earlier = validRound + 1; earlier < round; earlier += 1) {
      for (const values of seen.votes.get(`prevote ${earlier}`)?.values() ?? []) {
        for (const value of values) {
          const isOther = value !== null && value !== blockId && seen.valid.has(value);
          if (isOther && this.#hasPolka(seen, earlier, value)) return true;
        }
      }
    }
    return false;
  }

  #checkPrevote(seen: Seen, { height, round, blockId }: Vote): void {
    const offers = seen.proposals.filter((proposal) => proposal.round === round);
    if (blockId === null) {
      const isDue = seen.fired.has(`propose ${round}`);
      if (isDue || offers.some((offer) => this.#mayRefuse(seen, round, offer))) return;
      this.#violate(`prevotes nil at ${height}/${round} without reason (L26, L32, L57)`);
      return;
    }
    const offer = offers.filter((proposal) => proposal.blockId === blockId);
    if (offer.some((proposal) => this.#mayPrevote(seen, round, proposal))) return;
    this.#violate(`prevotes a block at ${height}/${round} against L23 or L29`);
  }

  /** L36-41, L44-46, L61. */
  #checkPrecommit(seen: Seen, { height, round, blockId }: Vote): void {
    if (blockId === null) {
      if (seen.fired.has(`prevote ${round}`) || this.#hasPolka(seen, round, null)) return;
      this.#violate(`precommits nil at ${height}/${round} without reason (L44, L61)`);
      return;
    }
    if (!this.#hasPolka(seen, round, blockId)) {
      this.#violate(`precommits a block at ${height}/${round} without its polka (L36)`);
    }
    if (!seen.valid.has(blockId)) this.#violate(`precommits an unchecked block at ${height}`);
    seen.lock = { round, blockId };
  }

  /** L34 and L47: a wait begins when a quorum voted. */
  onSchedule(timeout: Timeout): void {
    if (timeout.kind !== "prevote" && timeout.kind !== "precommit") return;
    const { kind, height, round } = timeout;
    const seen = this.#at(height);
    if (seen === null) return;
    const voters = this.#voters(seen, kind, round);
    if (isQuorum(voters, seen.context.validators.length)) return;
    this.#violate(`waits for ${kind}s at ${height}/${round} before a quorum voted (L34, L47)`);
  }

  /** L55 and L65: why a round is entered. */
  onStatus({ height, round, step }: Status): void {
    const seen = this.#at(height);
    if (seen === null || round === 0 || step === "decided") return;
    const isNext = seen.fired.has(`precommit ${round - 1}`);
    if (isNext || this.#isReached(seen, round)) return;
    this.#violate(`is in round ${height}/${round} without reason (L55, L65)`);
  }

  /** L49: a decision needs a quorum of precommits for the block, of one round. */
  onDecision(height: number, blockId: BlockId): void {
    const seen = this.#at(height);
    if (seen === null) return;
    for (const key of seen.votes.keys()) {
      const [type, round] = key.split(" ");
      if (type !== "precommit") continue;
      const count = this.#votersFor(seen, type, Number(round), blockId);
      if (isQuorum(count, seen.context.validators.length)) return;
    }
    this.#violate(`decides at height ${height} without a quorum (L49)`);
  }
}
