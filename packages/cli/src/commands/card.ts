import { cardToText, isAddress, isHandle, isName, type MemberCard } from "@tegata/ledger/chain";
import { scryptCost, scryptCostThrowAway } from "@tegata/ledger/storage";
import { generateRootSecret } from "@tegata/ledger/vault";
import { CliError } from "../errors.ts";
import { type CardSettings, makeCard } from "../founding/card.ts";
import { handOverWords, wordsTaker } from "../founding/hand-over.ts";
import { checkHomeFree, createFile } from "../founding/home.ts";
import { listenAddress } from "../founding/listen-address.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { portOption, portPair } from "../founding/ports.ts";
import { parseStepOption } from "../input/time.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata card`: keys, recovery words and the card of a company. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { founding } = words();
  const settings = settingsOf(given);
  const name = given.required("company");
  const addresses = given.list("address");
  const expiresMs =
    context.world.nowMs() + parseStepOption("--expires", given.text("expires") ?? "30d");
  const { "network.name": network, "company.handle": handle } = settings;
  checkRequest(settings, name, addresses);
  await checkHomeFree(context.home);
  if (context.dryRun) {
    const said = founding.cardDry(name, handle, network, expiresMs);
    const document = { schema: "tegata.card/1", dryRun: true, settings, name, addresses } as const;
    await context.result(document, [said]);
    return;
  }
  const passphrase = await takePassphrase(context, given.text("passphrase-file"), "new");
  const rootSecret = generateRootSecret();
  await handOverWords(context, wordsTaker(context, given, given.flag("dev-keys")), rootSecret);
  const request = {
    ...{ home: context.home, rootSecret, name, settings, addresses, expiresMs, passphrase },
    settingsFile: context.settings.settingsFile,
    nowMs: context.world.nowMs(),
    before: null,
    keystoreCost: settings.dev ? scryptCostThrowAway : scryptCost,
  };
  const card = await makeCard(request).finally(() => rootSecret.fill(0));
  await tell(context, given.text("out"), card);
}

/** What was chosen on the command line; for everything else the defaults go on to hold. */
function settingsOf(given: Given): CardSettings {
  const listen = given.list("listen");
  const apiPort = given.text("api-port");
  const ports = given.text("operations-ports");
  const chosen = {
    "network.name": given.required("network"),
    "network.listen":
      listen.length > 0 ? listen : given.list("address").slice(0, 1).map(listenAddress),
    "company.handle": given.required("handle"),
    ...(apiPort === null ? {} : { "api.port": portOption("--api-port", apiPort) }),
    ...(given.flag("dev-keys") ? { dev: true } : {}),
  };
  if (ports === null) return chosen;
  const [node, gateway] = portPair("--operations-ports", ports);
  return { ...chosen, "operations.nodePort": node, "operations.gatewayPort": gateway };
}

/** What makes a card refused is said before words are shown. */
function checkRequest(settings: CardSettings, name: string, addresses: readonly string[]): void {
  const refuse = (code: string): CliError => new CliError("CLI_CARD_REFUSED", { code, file: null });
  if (!isName(name) || !isName(settings["network.name"])) throw refuse("LEDGER_CARD_NAME");
  if (!isHandle(settings["company.handle"])) throw refuse("LEDGER_CARD_HANDLE");
  if (!addresses.every(isAddress)) throw refuse("LEDGER_CARD_ADDRESS");
}

async function tell(context: Context, out: string | null, card: MemberCard): Promise<void> {
  const { founding } = words();
  const line = cardToText(card);
  const file = out === null ? null : context.path(out);
  if (file !== null) await createFile(file, `${line}\n`);
  const document = {
    schema: "tegata.card/1",
    network: card.networkName,
    company: card.name,
    handle: card.handle,
    member: card.memberId,
    expiresMs: card.expiresMs,
    card: line,
    file,
  } as const;
  context.say(founding.keysMade(context.home));
  if (file !== null) context.say(founding.cardWritten(file));
  context.say(founding.cardNext);
  await context.result(document, file === null ? [line] : []);
}
