import type { ClaimedBlock, DecisionVerdict } from "@tegata/ledger/chain";
import { refuse } from "@tegata/ledger/primitives";
import { founded, reach } from "../../../light/src/index.ts";

/** Whether the network of a genesis decided a block. */
export function verifyDecision({ genesis, steps, ...block }: ClaimedBlock): DecisionVerdict {
  const reached = reach(founded(genesis), steps, block);
  return reached.ok ? { ok: true } : refuse("LEDGER_PROOF_CERTIFICATE");
}
