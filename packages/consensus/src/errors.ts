/**
 * Why a message was turned away at the door or a signature withheld. A refusal is an ordinary answer:
 * it is counted, never thrown. Each code has a line in docs/ERRORS.md.
 */
export type ConsensusRefusal =
  | "CONSENSUS_OTHER_HEIGHT"
  | "CONSENSUS_UNKNOWN_VALIDATOR"
  | "CONSENSUS_SUSPENDED"
  | "CONSENSUS_WRONG_PROPOSER"
  | "CONSENSUS_BAD_VALID_ROUND"
  | "CONSENSUS_BAD_SIGNATURE"
  | "CONSENSUS_NOT_SORTED"
  | "CONSENSUS_NO_QUORUM"
  | "CONSENSUS_MIXED_VOTES"
  | "CONSENSUS_NOT_A_PAIR"
  | "CONSENSUS_GUARD_BEHIND"
  | "CONSENSUS_GUARD_CONFLICT"
  | "CONSENSUS_GUARD_OTHER_NETWORK";

/**
 * Every code a {@link ConsensusError} can carry, with the type of its detail (`null`: none).
 * Each code has a line in docs/ERRORS.md.
 */
export interface ConsensusErrorDetails {
  /** The write-ahead log is damaged before its end: what follows record `index` cannot be trusted. */
  readonly CONSENSUS_WAL_CORRUPT: { readonly index: number };
  /** Both slots of the signer guard are damaged. */
  readonly CONSENSUS_GUARD_CORRUPT: null;
}

/** The closed union of codes of failed operations in this package. */
export type ConsensusErrorCode = keyof ConsensusErrorDetails;

/** An operation on outside data that failed; our own bugs are assertions instead. */
export class ConsensusError<Code extends ConsensusErrorCode = ConsensusErrorCode> extends Error {
  override readonly name = "ConsensusError";
  readonly code: Code;
  readonly detail: ConsensusErrorDetails[Code];

  constructor(code: Code, message: string, detail: ConsensusErrorDetails[Code], cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}
