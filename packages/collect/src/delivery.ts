import { setTimeout as pause } from "node:timers/promises";
import type { GatewayClient, Problem, SubmitRowsBody } from "@tegata/gateway/client";
import { collectLimits } from "./limits.ts";

/** What became of one submission. `refused`: these rows never fit, however often they are sent. */
export type Delivered =
  | { readonly type: "taken"; readonly replayed: boolean }
  | { readonly type: "refused"; readonly error: unknown; readonly code: string }
  | { readonly type: "stopped" };

/** What is told while the gateway cannot take rows. */
export type DeliveryEvent =
  | { readonly event: "waiting"; readonly code: string; readonly error: unknown }
  | { readonly event: "again"; readonly waitedMs: number };

/** What a delivery works with. */
export interface DeliveryOptions {
  readonly gateway: Pick<GatewayClient, "submitRows">;
  /** Name of the stream for the gateway. */
  readonly stream: string;
  readonly tell: (event: DeliveryEvent) => void;
  readonly signal: AbortSignal;
}

/** Refusals that speak of the rows; any other one speaks of the stream or of who asks. */
const rowRefusals: ReadonlySet<string> = new Set([
  "GATEWAY_ROWS_INVALID",
  "GATEWAY_ROWS_AHEAD",
  "GATEWAY_ROWS_TOO_OLD",
  "GATEWAY_KEY_REUSED",
  "GATEWAY_REQUEST_INVALID",
  "GATEWAY_REQUEST_TOO_LARGE",
]);
const laterStatuses: ReadonlySet<number> = new Set([408, 429, 502, 503, 504, 507]);
const awayCodes: ReadonlySet<string> = new Set([
  "GATEWAY_UNREACHABLE",
  "GATEWAY_ANSWER_UNKNOWN",
  "GATEWAY_STARTING",
]);

/**
 * Hands rows to the gateway until it has them on its disk: while it is away, starting or full it is asked
 * again without end, always with the same key, so that nothing is doubled.
 */
export class Delivery {
  readonly #options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** @throws what the gateway refuses for another reason than the rows: nothing more can be handed over */
  async deliver(body: SubmitRowsBody, key: string): Promise<Delivered> {
    const { gateway, stream, tell, signal } = this.#options;
    let waitingSinceMs: number | null = null;
    let pauseMs: number = collectLimits.retryMinMs;
    for (;;) {
      try {
        const { replayed } = await gateway.submitRows(stream, body, key);
        if (waitingSinceMs !== null) {
          tell({ event: "again", waitedMs: performance.now() - waitingSinceMs });
        }
        return { type: "taken", replayed };
      } catch (error) {
        const { code, isLater } = judge(error);
        if (rowRefusals.has(code)) return { type: "refused", error, code };
        if (!isLater) throw error;
        if (waitingSinceMs === null) {
          waitingSinceMs = performance.now();
          tell({ event: "waiting", code, error });
        }
      }
      if (signal.aborted || !(await rest(pauseMs, signal))) return { type: "stopped" };
      pauseMs = Math.min(2 * pauseMs, collectLimits.retryMaxMs);
    }
  }
}

/** Waits; false when it was told to stop. */
export async function rest(ms: number, signal: AbortSignal): Promise<boolean> {
  return pause(ms, true, { signal }).catch(() => false);
}

function judge(error: unknown): { readonly code: string; readonly isLater: boolean } {
  const { code, detail } = (error ?? {}) as {
    readonly code?: unknown;
    readonly detail?: { readonly problem?: Partial<Problem> } | null;
  };
  const problem = detail?.problem;
  const said = typeof problem?.code === "string" ? problem.code : String(code);
  const status = typeof problem?.status === "number" ? problem.status : 0;
  return { code: said, isLater: laterStatuses.has(status) || awayCodes.has(said) };
}
