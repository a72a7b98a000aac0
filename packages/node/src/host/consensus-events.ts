import type { Evidence } from "@tegata/consensus";
import type { Block } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Mempool } from "../mempool/mempool.ts";

/** What the host tells the rest of the node. */
export interface ConsensusEvents {
  /** A block and its state are on the disk, each once and in order; its share of the writing is `writingMs`. */
  onCommitted(block: Block, writingMs: number): void;
  /** A round of the height in force began; 0 is the first. */
  onRound(height: number, round: number): void;
  /** A step of a round ended, at the latest with its height. */
  onStep(step: string, seconds: number): void;
  /** A key contradicted itself before this node's eyes. */
  onEvidence(evidence: Evidence): void;
  /** A message of another member was turned away. */
  onRefusedMessage(code: string): void;
  /** A member says to have committed this height. */
  onClaim(member: MemberId, height: number): void;
  /** A candidate was refused by the rules while a block was built. */
  onRefusedCandidate(transaction: Parameters<Mempool["reconsider"]>[0]): void;
  /** Nothing more may be signed: the node stops. */
  onFatal(error: unknown): void;
}
