import type { BlockId } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";
import type { Company } from "../company.ts";
import type { Intake } from "../intake.ts";
import type { Log } from "../log.ts";
import type { Members } from "../members.ts";
import { isNodeAway } from "../node-away.ts";
import type { Control } from "../outbox/control.ts";
import type { ControlContent } from "../outbox/control-jobs.ts";
import type { Timers } from "../timers.ts";

/** What it takes to become a voter. */
export interface ReadyingParts {
  readonly node: NodeClient;
  readonly company: Company;
  readonly members: Members;
  readonly control: Control;
  readonly intake: Intake;
  readonly timers: Timers;
  readonly log: Log;
  /** Whether the settings want this company to vote. */
  readonly isValidator: boolean;
}

const lookMs = 1_000;
const restMs = 10_000;

/**
 * Says once that this company can vote, as soon as its node has followed the chain and signs that it has; says
 * it again when nobody heard of it in time. Who gave its vote back asks for it itself.
 */
export async function getReady(parts: ReadyingParts, stopped: AbortSignal): Promise<void> {
  const { timers, isValidator } = parts;
  while (isValidator && !stopped.aborted) {
    const pauseMs = (await look(parts, stopped)) ? lookMs : restMs;
    await timers.wait(pauseMs);
  }
}

/** Whether there may be something to do soon. */
async function look(parts: ReadyingParts, stopped: AbortSignal): Promise<boolean> {
  const { company, members, log } = parts;
  try {
    if (members.isValidator(company.member)) return false;
    const isFirst = members.self()?.admission === 1;
    if (isFirst && (await sayReady(parts, stopped)))
      log.info({}, "said that this company can vote");
    await members.refresh();
    return !members.isValidator(company.member);
  } catch (error) {
    if (!isNodeAway(error)) throw error;
    return true;
  }
}

/** What the node signs of being ready, as the ledger takes it; null while it does not. */
export async function readyContent(
  node: Pick<NodeClient, "readiness">,
): Promise<Extract<ControlContent, { readonly kind: "ready" }> | null> {
  const readiness = await node.readiness();
  if (readiness === null) return null;
  const { admission, height } = readiness;
  const blockId = readiness.blockId as BlockId;
  const signature = Uint8Array.from(readiness.signature);
  return { kind: "ready", body: { admission, height, blockId, signature } };
}

/** Says it if the node can sign it now; true once it is on the ledger. */
export async function sayReady(
  { node, control, intake, log }: Pick<ReadyingParts, "node" | "control" | "intake" | "log">,
  stopped: AbortSignal,
): Promise<boolean> {
  const content = await readyContent(node);
  if (content === null) return false;
  const submission = await control.say(content);
  for (;;) {
    const { state, refusal } = await intake.wait(submission, 60_000, stopped);
    if (refusal !== null) log.warn({ code: refusal.code }, "it was not believed that we can vote");
    if (state !== "waiting" || stopped.aborted) return state === "committed";
  }
}
