import type { CommitCertificate, Draft, Input } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { heightOfDraft } from "./draft.ts";
import type { Ledger } from "./ledger.ts";
import { LostGuard } from "./lost-guard.ts";
import type { Signer } from "./signer.ts";

/** What the past is judged with. */
export interface OwnPastParts {
  readonly member: MemberId;
  readonly ledger: Pick<Ledger, "head" | "validators" | "nextHeight">;
  readonly signer: Signer;
  readonly log: Log;
}

/**
 * What was said with the own key before this start, as far as the guard does not know it: a restored guard
 * has forgotten some, a lost one all. What is heard above everything that can lie in the past is said at
 * this moment, by another process.
 */
export class OwnPast {
  readonly #parts: OwnPastParts;
  /** Above which heights nothing can have been signed before this start. */
  readonly #past: LostGuard;
  /** The same for a node without its guard, with what turned up since; null with a guard. */
  #lost: LostGuard | null = null;
  #isTold = false;

  constructor(parts: OwnPastParts) {
    this.#parts = parts;
    const height = parts.ledger.head.height + 1;
    this.#past = new LostGuard(height);
    const { condition } = parts.signer;
    if (condition === "intact") return;
    parts.log.warn({ condition }, "no signer guard: following in silence");
    this.#lost = new LostGuard(height);
  }

  /** Whether the guard is lost and was not made anew yet. */
  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** A member says at which height it is. */
  name(member: MemberId, height: number): void {
    this.#past.name(member, height);
    this.#lost?.name(member, height);
  }

  /** An answer holds own messages of this height that no guard knows. */
  raise(height: number): void {
    this.#tell(height);
    this.#lost?.raise(height);
  }

  /** Whether a node without its guard has to be silent at this height. */
  isEarly(height: number): boolean {
    const { ledger, member } = this.#parts;
    return this.#lost?.isOver(height, ledger.validators, member) === false;
  }

  /** Makes the guard anew once heights above everything it knew are decided; false before. */
  async renewGuard(height: number): Promise<boolean> {
    if (this.#lost === null) return true;
    if (this.isEarly(height)) return false;
    await this.#parts.signer.renew();
    this.#lost = null;
    return true;
  }

  /**
   * A verified message of somebody: `past` where it is an own one that the guard does not know and that may
   * be older than this start, null where it is nothing of that kind.
   * @throws NODE_SIGN_STATE_SHARED where it was signed since
   */
  hear(input: Input): "past" | null {
    const draft = draftOf(input);
    const self = this.#parts.ledger.nextHeight().self;
    if (draft === null || self === null || authorOf(draft) !== self) return null;
    // Precommits for the last height still come in: the guard may have gone on.
    return heightOfDraft(draft) === this.#parts.ledger.head.height + 1 ? this.#judge(draft) : null;
  }

  /**
   * A certificate of the next height, as {@link hear}; or of one above it by the same validators, after the
   * heights between.
   * @throws NODE_SIGN_STATE_SHARED
   */
  hearDecision(certificate: CommitCertificate): "past" | null {
    const draft = this.#precommitIn(certificate);
    return draft === null ? null : this.#judge(draft);
  }

  /** Whether {@link hearDecision} would throw. */
  isShared(certificate: CommitCertificate): boolean {
    const draft = this.#precommitIn(certificate);
    return draft !== null && this.#parts.signer.isForeign(draft) && this.#isNew(draft);
  }

  /** What the own key said in a certificate. */
  #precommitIn({ height, round, blockId, signatures }: CommitCertificate): Draft | null {
    const self = this.#parts.ledger.nextHeight().self;
    if (self === null || !signatures.some(([voter]) => voter === self)) return null;
    return { kind: "vote", vote: { type: "precommit", height, round, blockId, voter: self } };
  }

  /** Whether nothing of this height can have been signed before this start. */
  #isNew(draft: Draft): boolean {
    const { ledger, member } = this.#parts;
    return this.#past.isOver(heightOfDraft(draft), ledger.validators, member);
  }

  #judge(draft: Draft): "past" | null {
    const { signer, log } = this.#parts;
    if (!signer.isForeign(draft)) return null;
    const height = heightOfDraft(draft);
    if (!this.#isNew(draft)) {
      this.#tell(height);
      return "past";
    }
    log.error({ height, draft }, "heard a message under the own key that this node did not sign");
    const message = `somebody signs with the consensus key of this node at height ${height}`;
    throw new NodeError("NODE_SIGN_STATE_SHARED", message, { height });
  }

  /** Once: on its way to the head a node may hear of many. */
  #tell(height: number): void {
    if (this.#isTold || this.#lost !== null) return;
    this.#isTold = true;
    this.#parts.log.warn(
      { height },
      "heard own messages that the signer guard does not know: silent until later heights are decided",
    );
  }
}

function draftOf(input: Input): Draft | null {
  if (input.type === "vote") return { kind: "vote", vote: input.vote };
  return input.type === "proposal" ? { kind: "proposal", proposal: input.proposal } : null;
}

function authorOf(draft: Draft): number {
  return draft.kind === "vote" ? draft.vote.voter : draft.proposal.proposer;
}
