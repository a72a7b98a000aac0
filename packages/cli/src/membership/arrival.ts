import { setTimeout as pause } from "node:timers/promises";
import { createGatewayClient, type Status } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { homePaths } from "../founding/home.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";

const pollMs = 500;

/** What became of a company that was started for the first time. */
export interface Arrival {
  readonly height: number;
  /** Height from which it votes; null for one that does not want to. */
  readonly votesFrom: number | null;
}

/**
 * Shows how the company follows the chain, until it votes, or follows all of it where it does not want a vote.
 * @throws CLI_JOIN_NOT_FINAL
 */
export async function untilArrived(
  context: Context,
  wantsVote: boolean,
  patienceMs: number,
): Promise<Arrival> {
  const gateway = createGatewayClient({ socketPath: homePaths(context.home).gatewaySocket });
  const endMs = performance.now() + patienceMs;
  let shown = "";
  try {
    for (;;) {
      const { node } = await gateway.status();
      const arrival = node === null ? null : arrivalOf(node, wantsVote);
      if (arrival !== null) return arrival;
      const text = words().membership.following(node?.height ?? 0);
      if (text !== shown) context.say(text);
      shown = text;
      if (performance.now() > endMs) {
        throw new CliError("CLI_JOIN_NOT_FINAL", { waitedMs: patienceMs });
      }
      await pause(pollMs);
    }
  } finally {
    gateway.close();
  }
}

function arrivalOf(node: NonNullable<Status["node"]>, wantsVote: boolean): Arrival | null {
  const own = node.members.find(({ self }) => self);
  if (own === undefined) return null;
  const { height } = node;
  if (own.standing !== "following") return { height, votesFrom: own.sinceHeight + 1 };
  return wantsVote || node.state !== "ready" ? null : { height, votesFrom: null };
}
