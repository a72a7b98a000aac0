import type { NodeClient } from "@tegata/node/client";
import { gatewayLimits } from "./limits.ts";
import { isNodeAway } from "./node-away.ts";
import type { Control } from "./outbox/control.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
import type { Timers } from "./timers.ts";

/** Hears of own transactions that the node gave up after it had taken them, until it is stopped. */
export async function followRefusals(
  node: NodeClient,
  { dispatch, control }: { readonly dispatch: Dispatch; readonly control: Control },
  timers: Timers,
  stopped: AbortSignal,
): Promise<void> {
  let after = 0;
  while (!stopped.aborted) {
    try {
      const { items } = await node.refusals(after, { waitMs: gatewayLimits.blocksWaitMs });
      for (const { number, transactionId, code, cure } of items) {
        after = Math.max(after, number);
        const refusal = { ok: false, code, cure, detail: null } as const;
        dispatch.refused(transactionId, refusal);
        control.refused(transactionId, refusal);
      }
    } catch (error) {
      if (!isNodeAway(error)) throw error;
      // The numbers start anew with the node's process.
      after = 0;
      await timers.wait(gatewayLimits.retryMaxMs);
    }
  }
}
