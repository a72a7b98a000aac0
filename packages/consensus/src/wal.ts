// The log of a height: every input that changed the state, in order. `step` is deterministic, so feeding
// them back gives the same state; what was asked but not yet done is asked again by `resume`.
import type { Input } from "./inputs.ts";

/** A logged input. Statuses, questions and the like only steer gossip and are not logged. */
export type WalRecord = Extract<
  Input,
  {
    type:
      | "startHeight"
      | "proposal"
      | "vote"
      | "certificate"
      | "timeout"
      | "built"
      | "verdict"
      | "signed"
      | "proposable";
  }
>;
