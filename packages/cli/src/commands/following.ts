import { setTimeout as pause } from "node:timers/promises";
import type { EventsQuery, GatewayClient, StreamEvent } from "@tegata/gateway/client";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { refusalCode } from "./gateway.ts";

/** How long it is waited before a gateway that went away is asked again; twice as long each time. */
const pauseMinMs = 100;
const pauseMaxMs = 5_000;

/** An event with the cursor to go on after it. */
export interface FollowedEvent {
  readonly cursor: string;
  readonly event: StreamEvent;
}

/**
 * What a gateway tells until the signal is aborted, also while it is away and back again: it goes on after
 * the last event. A gap is told as a warning. Fails only where no connection was ever made.
 */
export async function* followed(
  context: Context,
  gateway: GatewayClient,
  query: EventsQuery,
  signal: AbortSignal,
): AsyncGenerator<FollowedEvent> {
  const { data, following } = words();
  let cursor = query.cursor ?? null;
  let pauseMs: number | null = null;
  const isHeard = (at: string): void => {
    cursor = at;
    if (pauseMs !== null) context.say(following.back);
    pauseMs = null;
  };
  for (;;) {
    try {
      const asked = cursor === null ? query : { ...query, cursor };
      for await (const placed of gateway.events(asked, signal, isHeard)) {
        if (placed.event.type === "gap") context.warn(data.gap);
        yield placed;
        cursor = placed.cursor;
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (cursor === null || !isAway(error)) throw error;
      if (pauseMs === null) context.warn(following.away);
      pauseMs = Math.min(pauseMs === null ? pauseMinMs : pauseMs * 2, pauseMaxMs);
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

const passing = new Set(["GATEWAY_STARTING", "GATEWAY_NODE_AWAY"]);

/** Whether a gateway may answer later what it does not answer now. */
function isAway(error: unknown): boolean {
  const code = refusalCode(error);
  if (code !== null) return passing.has(code);
  return error instanceof Error && "code" in error && error.code === "GATEWAY_UNREACHABLE";
}
