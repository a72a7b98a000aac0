import type { NetworkId, PublicKey } from "@tegata/ledger/primitives";
import type { ValidatorSet } from "./validator-set.ts";

/** Whose votes count at a height, and for which network they are signed. */
export interface VotingContext {
  readonly network: NetworkId;
  /** 0 until a trust reset. */
  readonly era: number;
  readonly height: number;
  readonly validators: ValidatorSet;
}

/** All that a message of a height is judged by. */
export interface HeightContext extends VotingContext {
  /** Indexes of the validators that propose: neither sidelined nor suspended, ascending. */
  readonly eligible: readonly number[];
}

/** Whether a signature is right; the caller gives the rule, the network's or a simulated one. */
export type VerifySignature = (
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;
