import type { BlockId } from "@tegata/ledger/primitives";

/** A block and the round it got its polka in. */
export interface Lock {
  readonly round: number;
  readonly blockId: BlockId;
}
