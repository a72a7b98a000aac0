import { type InvitationTicket, invitationFromText } from "@tegata/gateway/invitation";
import {
  decodeApplication,
  decodeGenesis,
  type Genesis,
  type MemberCard,
} from "@tegata/ledger/chain";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import { fingerprintWords } from "../founding/fingerprint-words.ts";
import { ownCard, readGenesis } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { settingsOf } from "../founding/settings.ts";
import { checkHandOver, handOverUnseenWords } from "../founding/unseen-words.ts";
import { parseStepOption } from "../input/time.ts";
import { apply, untilAdmitted } from "../membership/admission.ts";
import { untilArrived } from "../membership/arrival.ts";
import { type Door, doorOf } from "../membership/door.ts";
import { keepFirstPeers, takeNetwork } from "../membership/found-home.ts";
import { introduceTo, introductionOf } from "../membership/introduction.ts";
import {
  beginJoining,
  begunWith,
  dropHalfMadeKeys,
  endJoining,
  joiningPaths,
  keptApplication,
  noteAdmitted,
  wasAdmitted,
} from "../membership/joining.ts";
import { holdPlace } from "../membership/waiting-room.ts";
import { startUnlessRunning } from "../process/background.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { showFront } from "./front.ts";

/** `tegata join`: applies with an invitation, waits for the vote, and starts the company. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const ticket = await ticketOf(context, given.argument("token"));
  const patienceMs = parseStepOption("--timeout", given.text("timeout") ?? "14d");
  const door = doorOf(ticket);
  try {
    const genesis = await networkOf(context, ticket, door);
    if (context.dryRun) {
      await context.result({ schema: "tegata.join/1", ...networkDocument(genesis), dryRun: true }, [
        words().membership.joinDry,
      ]);
      return;
    }
    const { card, passphrase } = await keysOf(context, given, ticket, genesis);
    await takeNetwork(context.home, card, genesis, ticket);
    await beAdmitted(context, door, genesis, patienceMs);
    await start(context, given, { card, genesis, passphrase, patienceMs });
  } finally {
    await door.close();
  }
}

/** @throws GATEWAY_INVITATION_TEXT, CLI_INVITATION_EXPIRED, CLI_JOIN_OTHER, CLI_JOIN_DONE, CLI_HOME_TAKEN */
async function ticketOf(context: Context, line: string): Promise<InvitationTicket> {
  const { home, world } = context;
  const ticket = invitationFromText(line);
  const begun = await begunWith(home);
  if (begun !== null && begun !== line.trim()) throw new CliError("CLI_JOIN_OTHER", { home });
  const paths = homePaths(home);
  if (await exists(paths.genesis)) {
    const { networkId } = await readGenesis(paths.genesis);
    if (networkId !== ticket.networkId) {
      throw new CliError("CLI_INVITATION_NETWORK", { invited: ticket.networkId, home: networkId });
    }
  }
  const isNew = begun === null;
  const isMember = (await exists(paths.genesis)) && (await exists(paths.nodeKeystore));
  if (isNew && isMember) throw new CliError("CLI_JOIN_DONE", { home });
  if (isNew && (await exists(paths.nodeKeystore))) throw new CliError("CLI_HOME_TAKEN", { home });
  // Whoever has applied before may ask on: the invitation was used while it was good.
  if (isNew && ticket.expiresMs <= world.nowMs()) {
    throw new CliError("CLI_INVITATION_EXPIRED", { expiresMs: ticket.expiresMs });
  }
  return ticket;
}

/** The genesis of the network, whose hash the invitation names: kept, or heard; nothing was said before. */
async function networkOf(context: Context, ticket: InvitationTicket, door: Door): Promise<Genesis> {
  const { membership } = words();
  const { genesis: kept } = homePaths(context.home);
  const genesis = (await exists(kept))
    ? await readGenesis(kept)
    : decodeGenesis(await door.ask((session) => session.genesis()));
  if ((await begunWith(context.home)) === null) {
    const { state } = await door.ask((session) => session.standing());
    if (state !== "invited") throw new CliError("CLI_INVITATION_USED", null);
  }
  context.say(membership.network(genesis.networkName, ticket.networkId));
  return genesis;
}

/** The keys and the card of this company, made once whatever interrupts it. */
async function keysOf(
  context: Context,
  given: Given,
  ticket: InvitationTicket,
  genesis: Genesis,
): Promise<{ readonly card: MemberCard; readonly passphrase: string }> {
  const { home } = context;
  const { membership } = words();
  const paths = homePaths(home);
  const { words: unseen } = joiningPaths(home);
  const file = given.text("passphrase-file");
  if ((await begunWith(home)) !== null) await dropHalfMadeKeys(home);
  if (await exists(paths.card)) {
    const card = await ownCard(home);
    const passphrase = await takePassphrase(context, file, "known");
    await openKeystore(await readSecretFile(paths.nodeKeystore), "node", passphrase);
    context.say(membership.goesOn(card.name));
    await handOverUnseenWords(context, given, unseen, passphrase);
    return { card, passphrase };
  }
  await checkHandOver(context, given);
  const introduction = await introductionOf(context, given, genesis.networkName);
  const passphrase = await takePassphrase(context, file, "new");
  await beginJoining(home, given.argument("token").trim());
  const to = { genesis, ticket, passphrase };
  const card = await introduceTo(context, given, to, introduction);
  context.say(words().founding.keysMade(home));
  if (given.flag("dev-keys")) context.say(words().founding.throwAway);
  await handOverUnseenWords(context, given, unseen, passphrase);
  return { card, passphrase };
}

async function beAdmitted(
  context: Context,
  door: Door,
  genesis: Genesis,
  patienceMs: number,
): Promise<void> {
  const { home } = context;
  const { membership } = words();
  if ((await begunWith(home)) === null || (await wasAdmitted(home))) return;
  await apply(home, door);
  const { hash } = decodeApplication(await keptApplication(home));
  for (const line of membership.readWords(fingerprintWords(genesis.networkId, hash))) {
    context.say(line);
  }
  const { settings } = settingsOf(context, []);
  const free = await holdPlace(settings["network.listen"]);
  try {
    await untilAdmitted(context, door, patienceMs);
  } finally {
    await free();
  }
  context.say(membership.admitted);
  const members = await door.ask((session) => session.members());
  if (members !== null) await keepFirstPeers(home, members);
  await noteAdmitted(home);
}

async function start(
  context: Context,
  given: Given,
  joined: {
    readonly card: MemberCard;
    readonly genesis: Genesis;
    readonly passphrase: string;
    readonly patienceMs: number;
  },
): Promise<void> {
  const { home } = context;
  const { membership, running } = words();
  const { card, genesis, passphrase, patienceMs } = joined;
  const { settings } = settingsOf(context, []);
  const self = { company: card.name, handle: card.handle, member: card.memberId };
  const document = { schema: "tegata.join/1", ...networkDocument(genesis), ...self } as const;
  if (given.flag("no-start")) {
    await endJoining(home);
    await context.result({ ...document, started: false }, [membership.startLater]);
    return;
  }
  await startUnlessRunning(home, passphrase, settings);
  await endJoining(home);
  const { height, votesFrom } = await untilArrived(context, settings["node.validator"], patienceMs);
  await context.result({ ...document, started: true, height, votesFrom }, [
    votesFrom === null ? membership.follows(height) : membership.votesFrom(votesFrom),
    running.startedApi(homePaths(home).gatewaySocket, settings["api.port"]),
  ]);
  if (!context.json) await showFront(context);
}

function networkDocument({ networkId, networkName }: Genesis) {
  return { network: { id: networkId, name: networkName } };
}
