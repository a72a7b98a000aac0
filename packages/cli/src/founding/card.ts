import {
  type CardSigners,
  cardToText,
  checkCard,
  type MemberCard,
  type MemberCardBody,
  memberIdOf,
  signCard,
} from "@tegata/ledger/chain";
import { createSigner } from "@tegata/ledger/primitives";
import { createSecretFile, type KeystoreSecret, sealKeystore } from "@tegata/ledger/storage";
import {
  createXwingKeyPair,
  deriveRootKeys,
  drawBytes,
  generateSecret,
  generateWorkingKeys,
  sealEncryptionSeed,
  type WorkingSeeds,
} from "@tegata/ledger/vault";
import type { Settings, SomeSettings } from "@tegata/settings";
import { CliError } from "../errors.ts";
import { createHome, type HomePaths, writeWhole } from "./home.ts";
import { writeSettings } from "./settings.ts";

/** Settings of a company with those that have no default. */
export type CardSettings = SomeSettings & Pick<Settings, "network.name" | "company.handle">;

/** What exists in memory alone before the keystores are written. */
export interface NewKeys {
  readonly card: MemberCard;
  readonly signers: CardSigners;
  /** The key under which the gateway keeps its own data. */
  readonly localKey: Uint8Array;
}

/** What a company decides before it introduces itself. */
export interface CardRequest {
  readonly home: string;
  /** Shown to its owner as words beforehand; this module forgets it. 32 bytes. */
  readonly rootSecret: Uint8Array;
  readonly name: string;
  readonly settings: CardSettings;
  /** Where the settings are written; null: into the home folder. */
  readonly settingsFile: string | null;
  /** Where others reach its node: 1 to 4 multiaddrs. */
  readonly addresses: readonly string[];
  readonly nowMs: number;
  readonly expiresMs: number;
  readonly passphrase: string;
  /** scrypt's N of the keystores. */
  readonly keystoreCost: number;
  /** Signs and keeps something else before any key is written: the root is forgotten afterwards. */
  readonly before: ((keys: NewKeys) => Promise<void>) | null;
}

/**
 * Draws the working keys of a company, certifies them with its root, and keeps them in two keystores.
 * Nothing is written before the card is known to be acceptable.
 * @throws CLI_CARD_REFUSED, CLI_HOME_TAKEN, LEDGER_SECRET_FILE_UNREADABLE
 */
export async function makeCard(request: CardRequest): Promise<MemberCard> {
  const { home, passphrase, keystoreCost: N } = request;
  const seeds = generateWorkingKeys();
  const { card, signers } = await introduce(request, seeds);
  const verdict = checkCard(card, {
    networkName: request.settings["network.name"],
    timeMs: request.nowMs,
  });
  if (!verdict.ok) throw new CliError("CLI_CARD_REFUSED", { code: verdict.code, file: null });
  const paths = await createHome(home);
  const localKey = generateSecret();
  await request.before?.({ card, signers, localKey });
  await keepKeys(paths, { ...seeds, localKey }, { passphrase, N });
  await writeSettings(request.settingsFile ?? paths.config, request.name, request.settings);
  await writeWhole(paths.card, `${cardToText(card)}\n`);
  for (const seed of [...Object.values(seeds), localKey]) (seed as Uint8Array).fill(0);
  return card;
}

/**
 * Keeps working keys in the two keystores of a home folder, with the key for the gateway's own files.
 * @throws LEDGER_SECRET_FILE_UNREADABLE
 */
export async function keepKeys(
  paths: HomePaths,
  seeds: WorkingSeeds & Pick<NewKeys, "localKey">,
  { passphrase, N }: { readonly passphrase: string; readonly N: number },
): Promise<void> {
  const seal = (secret: KeystoreSecret): Promise<string> =>
    sealKeystore({ secret, passphrase, salt: drawBytes(16), nonce: drawBytes(12), N });
  const { network: networkSeed, consensus: consensusSeed } = seeds;
  const { transaction: transactionSeed, encryption: encryptionSeed, localKey } = seeds;
  const [node, gateway] = await Promise.all([
    seal({ role: "node", networkSeed, consensusSeed }),
    seal({ role: "gateway", transactionSeed, encryptionSeed, localKey }),
  ]);
  await createSecretFile(paths.gatewayKeystore, gateway);
  await createSecretFile(paths.nodeKeystore, node);
}

async function introduce(
  request: CardRequest,
  seeds: WorkingSeeds,
): Promise<{ readonly card: MemberCard; readonly signers: CardSigners }> {
  const root = deriveRootKeys(request.rootSecret);
  const signers: CardSigners = {
    root: createSigner(root.signingSeed),
    network: createSigner(seeds.network),
    consensus: createSigner(seeds.consensus),
    transaction: createSigner(seeds.transaction),
  };
  root.signingSeed.fill(0);
  const recoveryKey = root.recovery.publicKey.bytes;
  const place = { member: memberIdOf(signers.root.publicKey), keyVersion: 1 };
  const body: MemberCardBody = {
    networkName: request.settings["network.name"],
    name: request.name,
    handle: request.settings["company.handle"],
    rootKey: signers.root.publicKey,
    recoveryKey,
    networkKey: signers.network.publicKey,
    consensusKey: signers.consensus.publicKey,
    transactionKey: signers.transaction.publicKey,
    encryptionKey: createXwingKeyPair(seeds.encryption).publicKey.bytes,
    encryptionSeedSeal: await sealEncryptionSeed(recoveryKey, place, seeds.encryption),
    addresses: request.addresses,
    expiresMs: request.expiresMs,
  };
  return { card: signCard(body, signers), signers };
}
