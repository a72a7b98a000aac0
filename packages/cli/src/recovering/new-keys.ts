import { join } from "node:path";
import {
  cardToText,
  currentKey,
  type Genesis,
  type KeyRotation,
  type MemberCard,
  memberIdOf,
  type Role,
  type RotationContent,
  signCard,
  signRotation,
} from "@tegata/ledger/chain";
import { createSigner, idBytes, type NetworkId } from "@tegata/ledger/primitives";
import { scryptCost, scryptCostThrowAway } from "@tegata/ledger/storage";
import {
  createXwingKeyPair,
  generateSecret,
  generateWorkingKeys,
  sealEncryptionSeed,
  type WorkingSeeds,
} from "@tegata/ledger/vault";
import type { Registered } from "@tegata/node/join";
import { CliError } from "../errors.ts";
import { type CardSettings, keepKeys } from "../founding/card.ts";
import { createHome, writeWhole } from "../founding/home.ts";
import { listenAddress } from "../founding/listen-address.ts";
import { portOption, portPair } from "../founding/ports.ts";
import { writeSettings } from "../founding/settings.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { beginRecovering, keepRotations } from "./recovering.ts";
import type { Root } from "./root-words.ts";

/** Who comes back, and by what. */
export interface Return {
  readonly genesis: Genesis;
  readonly registered: Registered;
  readonly root: Root;
}

const signing = ["network", "consensus", "transaction"] as const;

/**
 * Makes the new working keys of a company that lost its own, with everything in its home folder that the
 * old ones had, and the rotations by which the ledger takes them. Nothing of it has left before that is on the disk.
 * @throws CLI_RECOVER_ROOT, CLI_HOME_TOO_LONG, CLI_USAGE
 */
export async function makeNewKeys(
  context: Context,
  given: Given,
  back: Return,
  passphrase: string,
): Promise<readonly KeyRotation[]> {
  const { home, settings } = context;
  const { genesis, registered } = back;
  const founder = genesis.cards.find(({ memberId }) => memberId === registered.memberId) ?? null;
  if (founder === null && memberIdOf(registered.state.rootKey) !== registered.memberId) {
    throw new CliError("CLI_RECOVER_ROOT", { company: registered.state.name });
  }
  // Of a founder the genesis says it, which is proven; of any other only the ledger, later.
  const { handle } = founder ?? registered.state;
  const chosen = chosenSettings(given, back, handle);
  await beginRecovering(home, genesis.networkId);
  const paths = await createHome(home);
  const seeds = generateWorkingKeys();
  const rotations = await rotationsOf(genesis.networkId, back, seeds);
  const N = given.flag("dev-keys") ? scryptCostThrowAway : scryptCost;
  const localKey = generateSecret();
  await keepKeys(paths, { ...seeds, localKey }, { passphrase, N });
  await writeSettings(settings.settingsFile, registered.state.name, chosen);
  const card = founder ?? (await newCard(back, seeds));
  await writeWhole(paths.card, `${cardToText(card)}\n`);
  const roles = rotations.map(({ role }) => `${role}\n`);
  await writeWhole(join(paths.keys, "rotated"), roles.join(""));
  for (const seed of [...Object.values(seeds), localKey]) (seed as Uint8Array).fill(0);
  await keepRotations(home, rotations);
  return rotations;
}

/** Every key as the next version of its role, signed by itself and by the root; the old ones end at once. */
export async function rotationsOf(
  network: NetworkId,
  { registered, root }: Pick<Return, "registered" | "root">,
  seeds: WorkingSeeds,
): Promise<readonly KeyRotation[]> {
  const { memberId: member, state } = registered;
  const contentOf = (role: Role, key: Uint8Array): RotationContent => {
    const version = currentKey(state, role).version + 1;
    return { member, role, version, key, seal: new Uint8Array(0), isCompromised: true };
  };
  const signed = signing.map((role) => {
    const key = createSigner(seeds[role]);
    const content = contentOf(role, idBytes(key.publicKey));
    return signRotation(content, network, { key, root: root.signer });
  });
  const { publicKey } = createXwingKeyPair(seeds.encryption);
  const content = contentOf("encryption", publicKey.bytes);
  const place = { member, keyVersion: content.version };
  const seal = await sealEncryptionSeed(root.recoveryKey, place, seeds.encryption);
  const encryption = signRotation({ ...content, seal }, network, { key: null, root: root.signer });
  return [...signed, encryption];
}

/** Who joined later has no card in the genesis: the root signs another one, with the new keys. */
async function newCard(
  { genesis, registered, root }: Return,
  seeds: WorkingSeeds,
): Promise<MemberCard> {
  const { memberId: member, state } = registered;
  const signers = {
    root: root.signer,
    network: createSigner(seeds.network),
    consensus: createSigner(seeds.consensus),
    transaction: createSigner(seeds.transaction),
  };
  const place = { member, keyVersion: 1 };
  const body = {
    networkName: genesis.networkName,
    name: state.name,
    handle: state.handle,
    rootKey: root.signer.publicKey,
    recoveryKey: root.recoveryKey,
    networkKey: signers.network.publicKey,
    consensusKey: signers.consensus.publicKey,
    transactionKey: signers.transaction.publicKey,
    encryptionKey: createXwingKeyPair(seeds.encryption).publicKey.bytes,
    encryptionSeedSeal: await sealEncryptionSeed(root.recoveryKey, place, seeds.encryption),
    addresses: state.addresses,
    expiresMs: genesis.timeMs,
  };
  return signCard(body, signers);
}

function chosenSettings(
  given: Given,
  { genesis, registered }: Return,
  handle: string,
): CardSettings {
  const listen = given.list("listen");
  const apiPort = given.text("api-port");
  const ports = given.text("operations-ports");
  const { addresses } = registered.state;
  const chosen = {
    "network.name": genesis.networkName,
    "network.listen": listen.length > 0 ? listen : addresses.slice(0, 1).map(listenAddress),
    "company.handle": handle,
    ...(given.flag("observe") ? { "node.validator": false } : {}),
    ...(apiPort === null ? {} : { "api.port": portOption("--api-port", apiPort) }),
    ...(given.flag("dev-keys") ? { dev: true } : {}),
  };
  if (ports === null) return chosen;
  const [node, gateway] = portPair("--operations-ports", ports);
  return { ...chosen, "operations.nodePort": node, "operations.gatewayPort": gateway };
}
