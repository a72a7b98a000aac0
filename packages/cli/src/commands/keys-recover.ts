import { recoverySeedOf } from "@tegata/ledger/vault";
import { ownCard } from "../founding/genesis.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { comeBack } from "../recovering/coming-back.ts";
import { foundLines } from "../recovering/reading-back.ts";
import { askRootSecret } from "../recovering/root-words.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/**
 * `tegata keys recover`: what the lost data of the gateway could read, it can read again by the 24 words; with
 * an invitation a company that lost its keys too comes back.
 */
export async function run(context: Context, given: Given): Promise<undefined> {
  const token = given.maybeArgument("token");
  if (token !== null) {
    await comeBack(context, given, token);
    return;
  }
  const { backup } = words();
  const card = await ownCard(context.home);
  const secret = await askRootSecret(context, given.text("words-file"));
  // Nothing but the recovery key leaves this process, over the company's own socket.
  const seed = recoverySeedOf(secret);
  secret.fill(0);
  const document = { schema: "tegata.keys-recover/1", company: card.handle } as const;
  if (context.dryRun) {
    await context.result({ ...document, dryRun: true }, [backup.keysDry]);
    return;
  }
  context.say(backup.keysReading);
  const found = await withGateway(context, (gateway) => gateway.recover(seed));
  seed.fill(0);
  await context.result({ ...document, dryRun: false, ...found }, foundLines(found));
}
