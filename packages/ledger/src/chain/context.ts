import type { StateReader } from "./state-view.ts";

/** What a rule may know beside the state and the transaction. */
export interface BlockContext {
  readonly height: number;
  /** Time of the block that is built or checked. */
  readonly timeMs: number;
  /** The state before the block's first transaction: key versions are judged as of it. */
  readonly startOfBlock: StateReader;
}
