import type { InvitationTicket } from "@tegata/gateway/invitation";
import {
  type Genesis,
  isAddress,
  isHandle,
  isName,
  type MemberCard,
  signApplication,
} from "@tegata/ledger/chain";
import { createSigner } from "@tegata/ledger/primitives";
import { scryptCost, scryptCostThrowAway } from "@tegata/ledger/storage";
import { generateRootSecret } from "@tegata/ledger/vault";
import { CliError } from "../errors.ts";
import { type CardSettings, makeCard, type NewKeys } from "../founding/card.ts";
import { checkHomeFree } from "../founding/home.ts";
import { listenAddress } from "../founding/listen-address.ts";
import { portOption, portPair } from "../founding/ports.ts";
import { keepUnseenWords } from "../founding/unseen-words.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { joiningPaths, keepApplication } from "./joining.ts";

/** How long the card of a company that joins can be used: an invitation lasts no longer. */
const cardMs = 30 * 86_400_000;

/** Who joins, as far as it was said. */
export interface Introduction {
  readonly name: string;
  readonly settings: CardSettings;
  readonly addresses: readonly string[];
}

/**
 * Who joins: from the command line, else asked.
 * @throws CLI_USAGE, CLI_CARD_REFUSED
 */
export async function introductionOf(
  context: Context,
  given: Given,
  network: string,
): Promise<Introduction> {
  const { membership } = words();
  const said = given.text("company") ?? (await ask(context, "--company", membership.askCompany));
  // Some systems type a letter and its mark as two characters.
  const name = said.normalize("NFC");
  const handle = given.text("handle") ?? (await ask(context, "--handle", membership.askHandle));
  const addresses = given.list("address");
  const refuse = (code: string): CliError => new CliError("CLI_CARD_REFUSED", { code, file: null });
  if (!isName(name)) throw refuse("LEDGER_CARD_NAME");
  if (!isHandle(handle)) throw refuse("LEDGER_CARD_HANDLE");
  if (!addresses.every(isAddress)) throw refuse("LEDGER_CARD_ADDRESS");
  return { name, addresses, settings: settingsOf(given, network, handle) };
}

async function ask(context: Context, option: string, question: string): Promise<string> {
  if (!context.isInteractive) throw usageOf(words().usage.missing(option, "join"));
  const dialog = openDialog(context.world);
  try {
    return await dialog.ask(question);
  } finally {
    dialog.close();
  }
}

function settingsOf(given: Given, network: string, handle: string): CardSettings {
  const listen = given.list("listen");
  const apiPort = given.text("api-port");
  const ports = given.text("operations-ports");
  const chosen = {
    "network.name": network,
    "network.listen":
      listen.length > 0 ? listen : given.list("address").slice(0, 1).map(listenAddress),
    "company.handle": handle,
    ...(given.flag("observe") ? { "node.validator": false } : {}),
    ...(apiPort === null ? {} : { "api.port": portOption("--api-port", apiPort) }),
    ...(given.flag("dev-keys") ? { dev: true } : {}),
  };
  if (ports === null) return chosen;
  const [node, gateway] = portPair("--operations-ports", ports);
  return { ...chosen, "operations.nodePort": node, "operations.gatewayPort": gateway };
}

/**
 * Makes keys, card and application together, because the root that certifies them is forgotten at once.
 * Its words are kept until they are handed over.
 * @throws CLI_HOME_TAKEN, CLI_CARD_REFUSED
 */
export async function introduceTo(
  context: Context,
  given: Given,
  to: { readonly genesis: Genesis; readonly ticket: InvitationTicket; readonly passphrase: string },
  introduction: Introduction,
): Promise<MemberCard> {
  const { home } = context;
  const { genesis, ticket, passphrase } = to;
  await checkHomeFree(home);
  const rootSecret = generateRootSecret();
  const nowMs = context.world.nowMs();
  const request = {
    ...{ home, rootSecret, passphrase, nowMs, expiresMs: nowMs + cardMs, ...introduction },
    settingsFile: context.settings.settingsFile,
    before: async ({ card, signers, localKey }: NewKeys) => {
      const all = { ...signers, invitation: createSigner(ticket.seed) };
      await keepApplication(home, signApplication(genesis.networkId, card, all).bytes);
      if (given.text("words-file") === null && given.flag("dev-keys")) return;
      await keepUnseenWords(joiningPaths(home).words, localKey, rootSecret);
    },
    keystoreCost: introduction.settings.dev === true ? scryptCostThrowAway : scryptCost,
  };
  return await makeCard(request).finally(() => rootSecret.fill(0));
}
