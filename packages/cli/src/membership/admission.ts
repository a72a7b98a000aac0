import { setTimeout as pause } from "node:timers/promises";
import { CliError } from "../errors.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import type { Door } from "./door.ts";
import { keptApplication, noteSending, wasSent } from "./joining.ts";

const pollMs = 1_500;

/**
 * Hands the application in, once. An attempt that ended before the answer came is taken up where it was left.
 * @throws CLI_INVITATION_USED, CLI_APPLICATION_REFUSED, NODE_JOIN_*
 */
export async function apply(home: string, door: Door): Promise<void> {
  const mayHaveLeft = await wasSent(home);
  const before = await door.ask((session) => session.standing());
  if (before.state !== "invited") {
    if (mayHaveLeft) return;
    throw new CliError("CLI_INVITATION_USED", null);
  }
  const application = await keptApplication(home);
  await noteSending(home);
  const answer = await door.ask((session) => session.apply(application));
  if (!answer.ok && answer.code !== "used") {
    throw new CliError("CLI_APPLICATION_REFUSED", { code: answer.code });
  }
}

/**
 * Waits until the members have decided, and shows how the votes stand.
 * @throws CLI_APPLICATION_ENDED, CLI_JOIN_NOT_FINAL
 */
export async function untilAdmitted(
  context: Context,
  door: Door,
  patienceMs: number,
): Promise<void> {
  const { membership } = words();
  const endMs = performance.now() + patienceMs;
  let shown = "";
  for (;;) {
    const standing = await door
      .ask((session) => session.standing())
      .catch((error: unknown) => {
        // The company that invited may be starting anew; its answer is not lost.
        if (!isUnreachable(error)) throw error;
        return null;
      });
    if (standing?.state === "approved") return;
    if (standing?.state === "rejected" || standing?.state === "expired") {
      throw new CliError("CLI_APPLICATION_ENDED", { state: standing.state });
    }
    const text =
      standing === null
        ? membership.doorAway
        : membership.votes(standing.yes, standing.needed, standing.approvers.map(printable));
    if (text !== shown) context.say(text);
    shown = text;
    if (performance.now() > endMs)
      throw new CliError("CLI_JOIN_NOT_FINAL", { waitedMs: patienceMs });
    await pause(pollMs);
  }
}

function isUnreachable(error: unknown): boolean {
  const code = String((error as { readonly code?: unknown }).code ?? "");
  return code === "NODE_JOIN_UNREACHABLE" || code === "NODE_JOIN_BROKEN";
}
