import { createGatewayClient } from "@tegata/gateway/client";
import { type InvitationTicket, invitationFromText } from "@tegata/gateway/invitation";
import { decodeGenesis, type KeyRotation } from "@tegata/ledger/chain";
import { publicKey } from "@tegata/ledger/primitives";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import { exists, homePaths } from "../founding/home.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { settingsOf } from "../founding/settings.ts";
import { parseStepOption } from "../input/time.ts";
import { type Door, doorOf } from "../membership/door.ts";
import { keepFirstPeers, takeNetwork } from "../membership/found-home.ts";
import { startUnlessRunning } from "../process/background.ts";
import { isSupervised, lockCompany } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { carryKeys } from "./carrying.ts";
import { makeNewKeys, type Return } from "./new-keys.ts";
import { foundLines, readBack, untilBack } from "./reading-back.ts";
import { endRecovering, keptRotations, recoveryBegun } from "./recovering.ts";
import { askRoot } from "./root-words.ts";

/** Brings a company back that lost everything but its 24 words, with the help of one other member. */
export async function comeBack(context: Context, given: Given, token: string): Promise<void> {
  const ticket = await ticketOf(context, token);
  const patienceMs = parseStepOption("--timeout", given.text("timeout") ?? "1d");
  // Two at work on one folder would each throw the other's keys away.
  const isHeld = !context.dryRun && !(await isSupervised(context.home));
  const lock = isHeld ? lockCompany(context.home) : null;
  const door = doorOf(ticket);
  try {
    const back = await whoComesBack(context, given, ticket, door);
    if (context.dryRun) {
      await context.result({ ...documentOf(back), dryRun: true }, [words().recovering.dry]);
      return;
    }
    const { rotations, passphrase } = await keysOf(context, given, back);
    const consensus = rotations.find(({ role }) => role === "consensus") as KeyRotation;
    const { genesis } = back;
    await takeNetwork(context.home, { consensusKey: publicKey(consensus.key) }, genesis, ticket);
    const carriage = { network: genesis.networkId, root: back.root, passphrase, patienceMs };
    const carried = await carryKeys(context, door, rotations, carriage);
    const members = await door.ask((session) => session.members());
    if (members !== null) await keepFirstPeers(context.home, members);
    await door.close();
    lock?.release();
    await goOn(context, given, back, { rotations: carried, passphrase, patienceMs });
  } finally {
    lock?.release();
    await door.close();
  }
}

/** @throws GATEWAY_INVITATION_TEXT, CLI_INVITATION_EXPIRED, CLI_INVITATION_NETWORK, CLI_HOME_TAKEN */
async function ticketOf({ home, world }: Context, line: string): Promise<InvitationTicket> {
  const ticket = invitationFromText(line);
  const begun = await recoveryBegun(home);
  if (begun !== null && begun !== ticket.networkId) {
    throw new CliError("CLI_INVITATION_NETWORK", { invited: ticket.networkId, home: begun });
  }
  if (begun === null && (await exists(homePaths(home).nodeKeystore))) {
    throw new CliError("CLI_HOME_TAKEN", { home });
  }
  if (ticket.expiresMs <= world.nowMs()) {
    throw new CliError("CLI_INVITATION_EXPIRED", { expiresMs: ticket.expiresMs });
  }
  return ticket;
}

/** The network of the invitation, the member it is for, and that member's root by its words. */
async function whoComesBack(
  context: Context,
  given: Given,
  ticket: InvitationTicket,
  door: Door,
): Promise<Return> {
  const { membership, recovering } = words();
  const genesis = decodeGenesis(await door.ask((session) => session.genesis()));
  context.say(membership.network(genesis.networkName, ticket.networkId));
  const registered = await door.ask((session) => session.registered());
  if (registered === null) throw new CliError("CLI_RECOVER_NO_MEMBER", null);
  context.say(recovering.company(registered.state.name, registered.state.handle));
  const root = await askRoot(context, given.text("words-file"), registered, genesis);
  return { genesis, registered, root };
}

/** The new keys, made once whatever interrupts it. */
async function keysOf(
  context: Context,
  given: Given,
  back: Return,
): Promise<{ readonly rotations: readonly KeyRotation[]; readonly passphrase: string }> {
  const { home } = context;
  const { recovering } = words();
  const file = given.text("passphrase-file");
  const kept = await keptRotations(home);
  if (kept === null) {
    const passphrase = await takePassphrase(context, file, "new");
    const rotations = await makeNewKeys(context, given, back, passphrase);
    context.say(recovering.keysMade(home));
    return { rotations, passphrase };
  }
  if (kept.some(({ member }) => member !== back.registered.memberId)) {
    throw new CliError("CLI_HOME_TAKEN", { home });
  }
  const passphrase = await takePassphrase(context, file, "known");
  await openKeystore(await readSecretFile(homePaths(home).nodeKeystore), "node", passphrase);
  context.say(recovering.goesOn);
  return { rotations: kept, passphrase };
}

/** Starts the company, follows the chain, and reads what the words open. */
async function goOn(
  context: Context,
  given: Given,
  back: Return,
  made: {
    readonly rotations: readonly KeyRotation[];
    readonly passphrase: string;
    readonly patienceMs: number;
  },
): Promise<void> {
  const { home } = context;
  const { recovering, running } = words();
  const { rotations, passphrase, patienceMs } = made;
  if (given.flag("no-start")) {
    await endRecovering(home);
    await context.result({ ...documentOf(back), started: false }, [recovering.startLater]);
    return;
  }
  const { settings } = settingsOf(context, []);
  await startUnlessRunning(home, passphrase, settings);
  const { gatewaySocket } = homePaths(home);
  const gateway = createGatewayClient({ socketPath: gatewaySocket });
  try {
    const height = await untilBack(context, gateway, rotations, patienceMs);
    const found = await readBack(context, gateway, back.root.recoverySeed, patienceMs);
    back.root.recoverySeed.fill(0);
    await endRecovering(home);
    await context.result({ ...documentOf(back), started: true, height, ...found }, [
      ...foundLines(found),
      recovering.back(height),
      running.startedApi(gatewaySocket, settings["api.port"]),
    ]);
  } finally {
    gateway.close();
  }
}

function documentOf({ genesis, registered }: Return) {
  const { networkId: id, networkName: name } = genesis;
  const { name: company, handle } = registered.state;
  const self = { company, handle, member: registered.memberId };
  return { schema: "tegata.come-back/1", network: { id, name }, ...self } as const;
}
