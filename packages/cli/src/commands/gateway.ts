import { setTimeout as pause } from "node:timers/promises";
import { createGatewayClient, type GatewayClient } from "@tegata/gateway/client";
import { homePaths } from "../founding/home.ts";
import type { Context } from "../program/context.ts";

/** Calls the gateway of the home folder over its socket and closes the connections afterwards. */
export async function withGateway<T>(
  context: Context,
  use: (gateway: GatewayClient) => Promise<T>,
): Promise<T> {
  const gateway = createGatewayClient({ socketPath: homePaths(context.home).gatewaySocket });
  try {
    return await use(gateway);
  } finally {
    gateway.close();
  }
}

/** The code with which a gateway refused a call, or null for any other error. */
export function refusalCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("detail" in error)) return null;
  const { problem } = (error.detail ?? {}) as { readonly problem?: { readonly code?: unknown } };
  return typeof problem?.code === "string" ? problem.code : null;
}

const patienceMs = 60_000;
const pauseMs = 250;

/** Asks again while the node starts anew, as it does when it takes up a new key. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isAway = refusalCode(error) === "GATEWAY_NODE_AWAY";
      if (!isAway || performance.now() > deadline) throw error;
      await pause(pauseMs);
    }
  }
}
