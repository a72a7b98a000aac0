import {
  type Certificate,
  type CommitCertificate,
  type ConsensusRefusal,
  type ConsensusState,
  type Evidence,
  encodeMessage,
  type Vote,
  type VotingContext,
  verifyCertificate,
  votesOf,
} from "@tegata/consensus";
import type { Block } from "@tegata/ledger/chain";
import {
  accepted,
  type MemberId,
  toHex,
  type Verdict,
  verifySignature,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { readCertificate } from "./certificates.ts";
import type { Decision } from "./ledger.ts";

/** What the watch is made of. */
export interface ForkWatchParts {
  readonly state: () => ConsensusState;
  /** Of the head; null at the genesis, and while the disk has lost its certificate. */
  readonly headDecision: () => Decision | null;
  readonly log: Log;
  /** A key contradicted itself; told before the node stops, so that the others hear of it. */
  readonly onEvidence: (evidence: Evidence) => void;
  /** Two blocks were decided at one height: nothing more may be signed. */
  readonly onFork: (error: NodeError<"NODE_TWO_DECISIONS">) => void;
}

/** How soon a member may have another one verified; an honest one brings one and no more. */
const pauseMs = 10_000;

/**
 * Looks for a second decision of a height that was decided: of the head, or of the one that is about to be
 * applied. To consensus it is no news; to the network it says that more members lie than it can bear.
 * Source: docs/protocol-consensus.md 6.4.
 */
export class ForkWatch {
  readonly #parts: ForkWatchParts;
  readonly #nextMs = new Map<MemberId, number>();

  constructor(parts: ForkWatchParts) {
    this.#parts = parts;
  }

  /**
   * A commit certificate that consensus has no use for. One for another block than this node's is
   * verified: the node stops, or the refusal says why it proves nothing. A member that has had its turn
   * waits for the next, and what it brings meanwhile is not looked at.
   */
  judge(member: MemberId, certificate: CommitCertificate): Verdict<ConsensusRefusal> {
    const own = this.#contradicted(certificate);
    if (own === null || !this.#mayVerify(member)) return accepted;
    return this.#verify(own, certificate);
  }

  /**
   * A block that is invalid here, proposed or decided. Those who know of another decision build on top of
   * it, and that may be all that is ever heard of it; there is one such block a round, which bounds the cost.
   */
  inspect({ previousCertificate }: Block): void {
    const certificate = readCertificate(previousCertificate);
    const own = certificate === null ? null : this.#contradicted(certificate);
    if (certificate !== null && own !== null) this.#verify(own, certificate);
  }

  /** Whether a verified certificate decides another block than this node did; the node stops then. */
  isFork(certificate: Certificate): boolean {
    if (certificate.type !== "precommit") return false;
    const own = this.#contradicted(certificate);
    if (own !== null) this.#stop(own, certificate);
    return own !== null;
  }

  #contradicted({ height, blockId }: CommitCertificate): Decision | null {
    const current = this.#parts.state().height;
    const decision = current?.decision ?? null;
    const own =
      current !== null && decision !== null && decision.height === height
        ? { context: current.start, certificate: decision }
        : this.#parts.headDecision();
    if (own === null || own.certificate.height !== height) return null;
    return own.certificate.blockId === blockId ? null : own;
  }

  #verify(own: Decision, certificate: CommitCertificate): Verdict<ConsensusRefusal> {
    const verdict = verifyCertificate(certificate, own.context, verifySignature);
    if (verdict.ok) this.#stop(own, certificate);
    return verdict;
  }

  #mayVerify(member: MemberId): boolean {
    const nowMs = performance.now();
    if (nowMs < (this.#nextMs.get(member) ?? 0)) return false;
    this.#nextMs.set(member, nowMs + pauseMs);
    return true;
  }

  #stop({ context, certificate }: Decision, other: CommitCertificate): void {
    const { log, onEvidence, onFork } = this.#parts;
    const { height, blockId: ours } = certificate;
    const detail = { height, ours, theirs: other.blockId };
    const pairs = pairsOf(certificate, other);
    log.error(
      {
        ...detail,
        rounds: { ours: certificate.round, theirs: other.round },
        members: pairs.flatMap(([{ voter }]) => context.validators[voter]?.member ?? []),
        // Together they prove it to anybody, long after the keys are gone.
        ownCertificate: toHex(encodeMessage({ kind: "commit", certificate })),
        certificate: toHex(encodeMessage({ kind: "commit", certificate: other })),
      },
      "a certificate decides another block; these members signed both",
    );
    for (const pair of pairs) {
      const evidence = evidenceOf(pair, context);
      if (evidence !== null) onEvidence(evidence);
    }
    const message = "two blocks were decided at one height";
    onFork(new NodeError("NODE_TWO_DECISIONS", message, detail));
  }
}

/** The precommits of everybody who is in both certificates, the smaller block id first. */
function pairsOf(one: CommitCertificate, other: CommitCertificate): (readonly [Vote, Vote])[] {
  const [smaller, larger] = one.blockId < other.blockId ? [one, other] : [other, one];
  const second = new Map(votesOf(larger).map((vote) => [vote.voter, vote]));
  return votesOf(smaller).flatMap((vote) => {
    const contradiction = second.get(vote.voter);
    return contradiction === undefined ? [] : [[vote, contradiction] as const];
  });
}

/** In one round nobody may precommit twice; in two a lock may have been left, which no pair can tell. */
function evidenceOf([first, second]: readonly [Vote, Vote], context: VotingContext) {
  const key = context.validators[first.voter]?.key;
  if (key === undefined || first.round !== second.round) return null;
  return { type: "votes", key, first, second } as const;
}
