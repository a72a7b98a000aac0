// What must hold, whatever goes wrong. Nothing here uses the code under test.
import type { BlockId } from "@tegata/ledger/primitives";
import {
  type CommitCertificate,
  type ConsensusState,
  type Evidence,
  type Input,
  type Lock,
  type Message,
  type SignedMessage,
  type Status,
  type Timeout,
  voteSignBytes,
  type WaitingRoom,
} from "../src/index.ts";
import { Shadow } from "./shadow.ts";
import type { World } from "./world.ts";

/** Rounds of which a height may keep records: those behind, and what each validator may have ahead. */
const roundsBehind = 17;
const roundsAheadEach = 2;
const waitingEach = 64;

/** Judges all honest members of one network. */
export class Checkers {
  readonly #world: World;
  readonly #shadows: readonly Shadow[];
  readonly #decided = new Map<number, BlockId>();
  readonly #committed: number[];

  constructor(world: World) {
    this.#world = world;
    const indexes = Array.from({ length: world.members }, (_, index) => index);
    this.#shadows = indexes.map(
      (index) => new Shadow((sentence) => this.#violate(index, sentence)),
    );
    this.#committed = indexes.map(() => 0);
  }

  #violate(member: number, sentence: string): void {
    if (!this.#world.isLiar(member)) this.#world.violate(member, sentence);
  }

  onInput(member: number, input: Input): void {
    this.#shadows[member]?.deliver(input);
  }

  onSigned(member: number, message: SignedMessage, lock: Lock | null): void {
    const said = message.kind === "vote" ? message.vote : message.proposal;
    const committed = this.#committed[member] ?? 0;
    if (said.height <= committed) this.#violate(member, "signs at a height it has committed");
    this.#shadows[member]?.onSigned(message, lock);
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
    const other = this.#decided.get(height);
    if (other !== undefined && other !== blockId) {
      this.#violate(member, `decides another block at height ${height}`);
    }
    this.#decided.set(height, blockId);
    this.onCertificate(member, certificate);
    this.#shadows[member]?.onDecision(height, blockId);
    if (this.#world.blocks.get(blockId)?.isValid !== true) {
      this.#violate(member, `decides an invalid block at height ${height}`);
    }
  }

  onCertificate(member: number, certificate: CommitCertificate): void {
    const { height, round, blockId, signatures } = certificate;
    const { network, era, validators } = this.#world.contextAt(height);
    const voters = new Set(signatures.map(([voter]) => voter));
    const isDistinct = voters.size === signatures.length;
    const isEnough = 3 * voters.size > 2 * validators.length;
    const isSigned = signatures.every(([voter, signature]) => {
      const vote = { type: "precommit", height, round, blockId, voter } as const;
      const key = validators[voter]?.key;
      const bytes = voteSignBytes(vote, network, era);
      return key !== undefined && this.#world.signing.verify(key, bytes, signature);
    });
    if (isDistinct && isEnough && isSigned) return;
    this.#violate(member, `has a commit certificate of height ${height} that does not verify`);
  }

  /** Only the dishonest are accused. */
  onEvidence(member: number, { first, second }: Evidence): void {
    const accused = "voter" in first ? first.voter : first.proposer;
    if (!this.#world.isLiar(accused)) {
      this.#violate(member, `accuses member ${accused}, who is honest`);
    }
    const other = "voter" in second ? second.voter : second.proposer;
    if (other !== accused) this.#violate(member, "accuses with messages of two members");
  }

  /** What an honest member says passes the disk first. */
  onLeaving(member: number, message: Message): void {
    if (message.kind !== "vote" && message.kind !== "proposal") return;
    const author = message.kind === "vote" ? message.vote.voter : message.proposal.proposer;
    if (author === member) this.#shadows[member]?.onLeaving(message);
  }

  onLogDiffers(member: number): void {
    this.#violate(member, "its log gives another state than the one it had");
  }

  onNotHeld(member: number, type: string, blockId: BlockId): void {
    this.#violate(member, `says ${type} for ${blockId.slice(-4)} without holding it`);
  }

  onRefused(member: number, code: string): void {
    this.#violate(member, `its guard had to refuse: ${code}`);
  }

  onBeyondGuard(member: number): void {
    this.#violate(member, "others hold a message its guard does not know");
  }

  /** Nobody can make a member keep without bound. */
  onState(member: number, { height, peers }: ConsensusState, room: WaitingRoom): void {
    if (height === null) return;
    const { members } = this.#world;
    const roundsMax = roundsBehind + roundsAheadEach * members;
    if (height.rounds.length > roundsMax) this.#violate(member, "keeps too many rounds");
    if (height.blocks.length > roundsMax + 2) this.#violate(member, "keeps too many blocks");
    if (height.drafts.length > 3) this.#violate(member, "keeps too many drafts");
    if (peers.size > members) this.#violate(member, "keeps too many peers");
    for (const messages of room.byPeer.values()) {
      if (messages.length > waitingEach) this.#violate(member, "lets too many messages wait");
    }
  }
}
