import { setTimeout as pause } from "node:timers/promises";
import { NodeError } from "./errors.ts";
import type { GuardRecovery, RecoveredGuard } from "./host/guard-recovery.ts";
import type { RunningNode } from "./start.ts";

/** How long all others may take to say what they hold. */
const patienceMs = 60_000;

/**
 * Waits until a node that was started for it has made its guard anew; null when it was told to stop.
 * @throws NODE_RECOVERY_SILENT, and what ended the node
 */
export async function recovered(
  node: RunningNode,
  recovery: GuardRecovery,
  stopped: Promise<unknown>,
): Promise<RecoveredGuard | null> {
  const patience = new AbortController();
  const late = pause(patienceMs, "late" as const, { signal: patience.signal });
  late.catch(() => undefined);
  try {
    const end = await Promise.race([
      recovery.recovered,
      node.failed.then((error: unknown) => Promise.reject(error)),
      stopped.then(() => null),
      late,
    ]);
    if (end !== "late") return end;
  } finally {
    patience.abort();
  }
  const handles = new Map(node.status().members.map(({ member, handle }) => [member, handle]));
  const members = recovery.missing().map((member) => handles.get(member) ?? member);
  const message = `these have not said what they hold: ${members.join(", ")}`;
  throw new NodeError("NODE_RECOVERY_SILENT", message, { members });
}
