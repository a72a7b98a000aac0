import { rm } from "node:fs/promises";
import { cardToText, isAddress, isHandle, isName, type MemberCard } from "@tegata/ledger/chain";
import { scryptCost, scryptCostThrowAway } from "@tegata/ledger/storage";
import { generateRootSecret } from "@tegata/ledger/vault";
import { CliError } from "../errors.ts";
import { type CardSettings, makeCard, type NewKeys } from "../founding/card.ts";
import { ownCard } from "../founding/genesis.ts";
import { checkHomeFree, createFile, exists, homePaths } from "../founding/home.ts";
import { listenAddress } from "../founding/listen-address.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { portOption, portPair } from "../founding/ports.ts";
import { checkHandOver, handOverUnseenWords, keepUnseenWords } from "../founding/unseen-words.ts";
import { parseStepOption } from "../input/time.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata card`: keys, then their recovery words, then the card of a company. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { founding } = words();
  const settings = settingsOf(given);
  // Some systems type a letter and its mark as two characters.
  const name = given.required("company").normalize("NFC");
  const addresses = given.list("address");
  const expiresMs =
    context.world.nowMs() + parseStepOption("--expires", given.text("expires") ?? "30d");
  const { "network.name": network, "company.handle": handle } = settings;
  checkRequest(settings, name, addresses);
  const begun = await begunCard(context.home, { network, name, handle });
  const isHalfMade = begun === null && (await exists(homePaths(context.home).unseenWords));
  if (begun === null && !isHalfMade) await checkHomeFree(context.home);
  if (context.dryRun) {
    const said = founding.cardDry(name, handle, network, expiresMs);
    const document = { schema: "tegata.card/1", dryRun: true, settings, name, addresses } as const;
    await context.result(document, [said]);
    return;
  }
  const file = given.text("passphrase-file");
  const { unseenWords } = homePaths(context.home);
  if (begun !== null) {
    const known = await takePassphrase(context, file, "known");
    context.say(founding.goesOn(begun.name));
    await handOverUnseenWords(context, given, unseenWords, known);
    await tell(context, given.text("out"), begun);
    return;
  }
  await checkHandOver(context, given);
  const passphrase = await takePassphrase(context, file, "new");
  const isForgotten = given.text("words-file") === null && given.flag("dev-keys");
  const rootSecret = generateRootSecret();
  if (isHalfMade) await dropHalfMadeKeys(context.home);
  const request = {
    ...{ home: context.home, rootSecret, name, settings, addresses, expiresMs, passphrase },
    settingsFile: context.settings.settingsFile,
    nowMs: context.world.nowMs(),
    before: async ({ localKey }: NewKeys) => {
      if (!isForgotten) await keepUnseenWords(unseenWords, localKey, rootSecret);
    },
    keystoreCost: settings.dev ? scryptCostThrowAway : scryptCost,
  };
  const card = await makeCard(request).finally(() => rootSecret.fill(0));
  context.say(founding.keysMade(context.home));
  if (isForgotten) context.say(founding.throwAway);
  await handOverUnseenWords(context, given, unseenWords, passphrase);
  await tell(context, given.text("out"), card);
}

/**
 * The card whose keys are on the disk and whose words nobody has yet; null where there is none.
 * @throws CLI_HOME_TAKEN where it is another company's
 */
async function begunCard(
  home: string,
  asked: { readonly network: string; readonly name: string; readonly handle: string },
): Promise<MemberCard | null> {
  const paths = homePaths(home);
  if (!(await exists(paths.unseenWords)) || !(await exists(paths.card))) return null;
  const card = await ownCard(home);
  const isSame =
    card.networkName === asked.network && card.name === asked.name && card.handle === asked.handle;
  if (!isSame) throw new CliError("CLI_HOME_TAKEN", { home });
  return card;
}

/** Takes away keys of an attempt that ended before its card was written: nobody has seen anything of them. */
async function dropHalfMadeKeys(home: string): Promise<void> {
  const { nodeKeystore, gatewayKeystore, unseenWords } = homePaths(home);
  for (const path of [nodeKeystore, gatewayKeystore, unseenWords]) await rm(path, { force: true });
}

/** What was chosen on the command line; for everything else the defaults go on to hold. */
function settingsOf(given: Given): CardSettings {
  const listen = given.list("listen");
  const apiPort = given.text("api-port");
  const ports = given.text("operations-ports");
  const chosen = {
    "network.name": given.required("network").normalize("NFC"),
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
  if (file !== null) context.say(founding.cardWritten(file));
  context.say(founding.cardNext);
  await context.result(document, file === null ? [line] : []);
}
