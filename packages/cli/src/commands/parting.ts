import type { GatewayClient, Parting, Seat } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { parseStepOption } from "../input/time.ts";
import { followSeat } from "../membership/seat.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { patiently, withGateway } from "./gateway.ts";
import { patientlyTold } from "./settling.ts";

const waitMs = 60_000;

/**
 * Gives up the vote, or the membership, after a person has said so twice, and waits until that is in force: the
 * others need this company's node until then.
 */
export async function part(context: Context, given: Given, what: Parting): Promise<undefined> {
  const { membership } = words();
  const { dryRun } = context;
  const patienceMs = parseStepOption("--timeout", given.text("timeout") ?? "1d");
  const isPatient = !given.flag("no-wait");
  const document = { schema: "tegata.parting/1", what } as const;
  await withGateway(context, async (gateway) => {
    const before = await patiently(() => gateway.seat());
    if (isOut(what, before)) {
      const done = { submission: null, state: "committed", height: null, inForce: true } as const;
      await context.result({ ...document, ...done }, [membership.partedBefore[what]]);
      return;
    }
    // Who was interrupted while waiting goes on; nothing is asked or said twice.
    const isAsked = before.parting === what;
    if (!dryRun && !isAsked && !given.flag("yes")) await confirm(context, what);
    const wish = { waitMs: dryRun || !isPatient ? 0 : waitMs, dryRun };
    const said = isAsked ? null : await patientlyTold(context, gateway, gateway.part(what, wish));
    const waiting = said ?? { submission: null, state: "waiting" as const, height: null };
    if (dryRun || !isPatient) {
      const lines = [dryRun ? membership.nothingSent : membership.stayOn(what)];
      await context.result({ ...document, ...waiting, inForce: false }, lines);
      return;
    }
    const seat = await untilOut(context, gateway, what, patienceMs);
    const done = { ...waiting, state: "committed", height: waiting.height ?? seat.height } as const;
    await context.result({ ...document, ...done, inForce: true }, [
      membership.parted[what](done.height),
      membership.switchOff[what],
    ]);
  });
}

function isOut(what: Parting, { state, parting }: Seat): boolean {
  if (state === "left") return parting === null;
  return what === "stand-down" && state === "following" && parting === null;
}

/** @throws CLI_PARTING_NOT_FINAL */
async function untilOut(
  context: Context,
  gateway: GatewayClient,
  what: Parting,
  patienceMs: number,
): Promise<Seat> {
  const { membership } = words();
  const seat = await followSeat(context, gateway, patienceMs, (seen) => {
    return isOut(what, seen) ? null : membership.partingWaits(what, seen.height);
  });
  if (seat === null) throw new CliError("CLI_PARTING_NOT_FINAL", { what, waitedMs: patienceMs });
  return seat;
}

async function confirm(context: Context, what: Parting): Promise<void> {
  const { membership } = words();
  const refuse = () => usageOf(membership.notParted(what));
  if (!context.isInteractive) throw refuse();
  const dialog = openDialog(context.world);
  try {
    const answer = await dialog.ask(membership.askParting[what]);
    if (!/^y(es)?$/i.test(answer)) throw refuse();
  } finally {
    dialog.close();
  }
}
