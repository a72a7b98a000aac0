import type { Parting } from "@tegata/gateway/client";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

const waitMs = 60_000;

/** Gives up the vote, or the membership, after a person has said so twice. */
export async function part(context: Context, given: Given, what: Parting): Promise<undefined> {
  const { membership } = words();
  const { dryRun } = context;
  if (!dryRun && !given.flag("yes")) await confirm(context, what);
  const wish = { waitMs: dryRun ? 0 : waitMs, dryRun };
  const said = await withGateway(context, (gateway) => gateway.part(what, wish));
  const lines = [dryRun ? membership.nothingSent : membership.parted[what](said.height)];
  await context.result({ schema: "tegata.parting/1", what, ...said }, lines);
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
