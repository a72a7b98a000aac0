import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata tokens revoke`: takes the token of a machine back. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { plant } = words();
  const { dryRun } = context;
  const asked = given.argument("name");
  const item = await withGateway(context, (gateway) => gateway.revokeToken(asked, { dryRun }));
  const said = dryRun ? plant.revokeDry : plant.revoked;
  const document = { schema: "tegata.token-revoke/1", dryRun, item } as const;
  await context.result(document, [said(printable(item.name), printable(item.stream))]);
}
