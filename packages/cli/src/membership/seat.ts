import { setTimeout as pause } from "node:timers/promises";
import type { GatewayClient, Seat } from "@tegata/gateway/client";
import { refusalCode } from "../commands/gateway.ts";
import type { Context } from "../program/context.ts";

const pollMs = 500;

/**
 * Looks at the own seat until `waits` has no more words for it, and says those whenever they change. Nothing is
 * lost when it is interrupted. Null where that took longer than `patienceMs`.
 */
export async function followSeat(
  context: Context,
  gateway: GatewayClient,
  patienceMs: number,
  waits: (seat: Seat) => string | null | Promise<string | null>,
): Promise<Seat | null> {
  const endMs = performance.now() + patienceMs;
  let shown = "";
  for (;;) {
    const seat = await seatNow(gateway);
    const text = seat === null ? shown : await waits(seat);
    if (text === null) return seat;
    if (text !== shown) context.say(text);
    shown = text;
    if (performance.now() > endMs) return null;
    await pause(pollMs);
  }
}

/** Null while the node starts anew, as it does when it takes up a new key. */
async function seatNow(gateway: GatewayClient): Promise<Seat | null> {
  try {
    return await gateway.seat();
  } catch (error) {
    if (refusalCode(error) === "GATEWAY_NODE_AWAY") return null;
    throw error;
  }
}
