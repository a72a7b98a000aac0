import { type Bodies, bodyShapes } from "@tegata/ledger/chain";
import { fromBytes, LedgerError, type Shape } from "@tegata/ledger/primitives";
import type { JoinRequestItem, NodeClient } from "@tegata/node/client";
import type { Submission } from "../api/schemas.ts";
import type { Intake } from "../intake.ts";
import { gatewayLimits } from "../limits.ts";
import type { Log } from "../log.ts";
import { isNodeAway } from "../node-away.ts";
import type { Control } from "../outbox/control.ts";
import type { ControlContent } from "../outbox/control-jobs.ts";
import type { Timers } from "../timers.ts";

/** What the clerk works with. */
export interface ClerkParts {
  readonly node: NodeClient;
  readonly control: Control;
  readonly intake: Intake;
  readonly timers: Timers;
  readonly log: Log;
  readonly fail: (error: unknown) => void;
}

/**
 * Puts on the ledger what companies that were invited hand in at the node's door, until it is stopped: this
 * company pays with its own transactions, because a stranger has none.
 */
export async function followJoins(parts: ClerkParts, stopped: AbortSignal): Promise<void> {
  const { node, timers, fail } = parts;
  let after = 0;
  while (!stopped.aborted) {
    try {
      const { items } = await node.joinRequests(after, { waitMs: gatewayLimits.blocksWaitMs });
      for (const item of items) {
        after = Math.max(after, item.number);
        handle(parts, item, stopped).catch((error: unknown) => {
          // Whoever asked asks again when it hears nothing.
          if (!isNodeAway(error)) fail(error);
        });
      }
    } catch (error) {
      if (!isNodeAway(error)) throw error;
      // The numbers start anew with the node's process.
      after = 0;
      await timers.wait(gatewayLimits.retryMaxMs);
    }
  }
}

async function handle(
  parts: ClerkParts,
  item: JoinRequestItem,
  stopped: AbortSignal,
): Promise<void> {
  const contents = contentsOf(item);
  let code = contents === null ? "malformed" : null;
  for (const content of contents ?? []) {
    if (code === null) code = await put(parts, content, stopped);
  }
  if (stopped.aborted) return;
  parts.log.info({ kind: item.kind, code }, "answered a company at the door");
  await parts.node.joinAnswer(item.number, code);
}

/** Null once it is on the ledger; else why it never will be. */
async function put(
  { control, intake }: ClerkParts,
  content: ControlContent,
  stopped: AbortSignal,
): Promise<string | null> {
  // Who asks again, because the line broke, does not have it said twice.
  const submission = control.waitingFor(content) ?? (await control.say(content));
  for (;;) {
    const { state, refusal }: Submission = await intake.wait(submission, 60_000, stopped);
    if (refusal !== null) return refusal.code;
    if (state !== "waiting" || stopped.aborted) return null;
  }
}

function contentsOf({ kind, bodies }: JoinRequestItem): readonly ControlContent[] | null {
  const given = bodies.map((body) => Uint8Array.from(body));
  if (kind === "apply")
    return given.map((application) => ({ kind: "apply", body: { application } }));
  try {
    const shape = bodyShapes["rotate-key"] as Shape<Bodies["rotate-key"]>;
    const rotations = given.map((body) => fromBytes(shape, body));
    // Without the root's signature it would be this company that changes keys, and of its own.
    if (rotations.some(({ rootSignature }) => rootSignature === null)) return null;
    return rotations.map((body) => ({ kind: "rotate-key", body }));
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}
