import { setTimeout as pause } from "node:timers/promises";
import type { GatewayClient, Status } from "@tegata/gateway/client";
import { CliError, type Missing, type Pending } from "../errors.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";

/** After this long a person is told what the command waits for. */
const quietMs = 2_000;
const lookMs = 2_000;

/**
 * Waits for a call that ends with the commit; after two seconds it says on stderr for whom the network
 * waits, and again whenever that changes.
 */
export function patientlyTold<T>(
  context: Context,
  gateway: GatewayClient,
  call: Promise<T>,
): Promise<T> {
  return toldBy((missing) => context.say(words().settling.waits(missing)), gateway, call);
}

/** As {@link patientlyTold}, while rows go out: only what keeps all of them back is told. */
export function rowsToldBy<T>(
  say: (text: string) => void,
  gateway: GatewayClient,
  call: Promise<T>,
): Promise<T> {
  const tell = (missing: Missing): void => {
    if (missing.kind !== "nobody") say(words().settling.waits(missing));
  };
  return toldBy(tell, gateway, call);
}

async function toldBy<T>(
  tell: (missing: Missing) => void,
  gateway: GatewayClient,
  call: Promise<T>,
): Promise<T> {
  const over = new AbortController();
  void tellWaits(tell, gateway, over.signal);
  try {
    return await call;
  } finally {
    over.abort();
  }
}

async function tellWaits(
  tell: (missing: Missing) => void,
  gateway: GatewayClient,
  signal: AbortSignal,
): Promise<void> {
  let shown = "";
  try {
    for (let waitMs = quietMs; !signal.aborted; waitMs = lookMs) {
      await pause(waitMs, undefined, { signal });
      const missing = await missingFor(gateway);
      const seen = JSON.stringify(missing);
      if (seen !== shown && !signal.aborted) tell(missing);
      shown = seen;
    }
  } catch {
    // The call is over, or the gateway is: the call itself says so.
  }
}

/** Who is missing for the next block, by what the node sees. */
export function missingIn({ node }: Pick<Status, "node">): Missing {
  if (node === null) return { kind: "own-node", names: [] };
  if (node.state !== "no-quorum") return { kind: "nobody", names: [] };
  const names = node.members
    .filter(({ self, connected, reach }) => !self && !connected && reach !== "through-others")
    .map(({ name }) => name);
  return { kind: "quorum", names };
}

async function missingFor(gateway: GatewayClient): Promise<Missing> {
  return missingIn(await gateway.status());
}

/**
 * Gives the block of a change, once the ledger has it.
 * @throws CLI_NOT_FINAL where the change waits on the own disk only
 */
export async function onLedger(
  gateway: GatewayClient,
  height: number | null,
  what: Pending,
  startMs: number,
): Promise<number> {
  if (height !== null) return height;
  throw await notFinal(gateway, what, performance.now() - startMs);
}

/** The error about what is safe on the own disk and not confirmed by the others. */
export async function notFinal(
  gateway: GatewayClient,
  what: Pending,
  waitedMs: number,
): Promise<CliError<"CLI_NOT_FINAL">> {
  const missing = await missingFor(gateway).catch((): Missing => ({ kind: "nobody", names: [] }));
  return new CliError("CLI_NOT_FINAL", { what, waitedMs, missing });
}
