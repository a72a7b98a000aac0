import { isAddress } from "@tegata/ledger/chain";
import { CliError } from "../errors.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";

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
  const body = { addresses: [...addresses] };
  const said = await withGateway(context, async (gateway) => {
    if (dryRun) return gateway.setAddresses(body, { waitMs: 0, dryRun });
    const startMs = performance.now();
    const sent = gateway.setAddresses(body, { waitMs, dryRun });
    const made = await patientlyTold(context, gateway, sent);
    await onLedger(gateway, made.height, { kind: "addresses" }, startMs);
    return made;
  });
  const lines = [
    said.height === null ? membership.nothingSent : membership.registered(said.height),
  ];
  const committed = said.height !== null;
  await context.result({ schema: "tegata.addresses/1", addresses, ...said, committed }, lines);
}
