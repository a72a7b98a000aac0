import { isAddress } from "@tegata/ledger/chain";
import { CliError } from "../errors.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

const waitMs = 60_000;

/** `tegata members addresses`: registers where others reach this company's node. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { membership, usage } = words();
  const addresses = given.list("address");
  if (addresses.length > 0 && given.flag("none"))
    throw usageOf(usage.together("--address", "--none"));
  if (addresses.length === 0 && !given.flag("none")) {
    throw usageOf(usage.either("--address ADDRESS", "--none", "members addresses"));
  }
  if (!addresses.every(isAddress)) {
    throw new CliError("CLI_CARD_REFUSED", { code: "LEDGER_CARD_ADDRESS", file: null });
  }
  const { dryRun } = context;
  const wish = { waitMs: dryRun ? 0 : waitMs, dryRun };
  const said = await withGateway(context, (gateway) =>
    gateway.setAddresses({ addresses: [...addresses] }, wish),
  );
  const lines = [dryRun ? membership.nothingSent : membership.registered(said.height)];
  await context.result({ schema: "tegata.addresses/1", addresses, ...said }, lines);
}
