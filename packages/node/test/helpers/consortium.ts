import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildGenesis,
  defaultParameters,
  type Genesis,
  genesisToText,
  type MemberCard,
  type NetworkParameters,
  signCard,
} from "@tegata/ledger/chain";
import { createSigner, type MemberId, type Signer } from "@tegata/ledger/primitives";
import { createSecretFile, scryptCostThrowAway, sealKeystore } from "@tegata/ledger/storage";
import { createXwingKeyPair } from "@tegata/ledger/vault";
import { settingsToml } from "@tegata/settings";
import { freePorts } from "../../../../test/helpers/free-ports.ts";
import { until } from "../../../../test/helpers/waiting.ts";
import { createNodeClient, type NodeClient, type NodeStatus } from "../../src/api/client.ts";
import { type NodeConfig, nodePaths } from "../../src/config.ts";
import type { NodeSecrets } from "../../src/home.ts";
import { createGuard } from "../../src/host/guard-file.ts";
import { createLog } from "../../src/log.ts";
import { createNetwork } from "../../src/network/mesh.ts";
import { type RunningNode, startNode } from "../../src/start.ts";
import { type SyncLimits, syncLimits } from "../../src/sync/limits.ts";
import { type Hostility, hostileNetwork } from "./hostile-network.ts";
import { Writer } from "./writer.ts";

const networkName = "Test Motors";
/** Opens the keystores of test members. */
export const passphrase = "correct horse battery staple";

function seed(): Uint8Array {
  return Uint8Array.from(randomBytes(32));
}

async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/** One company of a test network. */
export interface TestMember {
  readonly memberId: MemberId;
  readonly config: NodeConfig;
  readonly secrets: NodeSecrets;
  readonly transactionKey: Signer;
  readonly consensusKey: Signer;
  readonly rootKey: Signer;
  readonly card: MemberCard;
}

/** Where a member stands in the network: what its card names, and how its node listens and dials. */
export interface Place {
  readonly addresses: readonly string[];
  readonly p2pListen: readonly string[];
  readonly proxy: string | null;
}

/** Gives the address that a member's card names, where it is not the one it listens on, or the whole place. */
export type Publish = (index: number, listen: string) => Promise<string | Place>;

/** Keys, card and configuration of a company. */
export async function makeMember(
  index: number,
  folder: string,
  publish: Publish = async (_, listen) => listen,
): Promise<TestMember> {
  const port = await freePort();
  const listen = `/ip4/127.0.0.1/tcp/${port}`;
  const published = await publish(index, listen);
  const place: Place =
    typeof published === "string"
      ? { addresses: [published], p2pListen: [listen], proxy: null }
      : published;
  const secrets = { networkSeed: seed(), consensusSeed: seed() };
  const signers = {
    root: createSigner(seed()),
    network: createSigner(secrets.networkSeed),
    consensus: createSigner(secrets.consensusSeed),
    transaction: createSigner(seed()),
  };
  const handle = `company-${"abcdefghijklmnopqrstuvwxyz"[index]}`;
  const card = signCard(
    {
      networkName,
      name: `${["Asahi", "Birch", "Chubu", "Daiwa", "Eiko", "Fuji", "Ginza"][index]} Motors`,
      handle,
      rootKey: signers.root.publicKey,
      recoveryKey: createXwingKeyPair(seed()).publicKey.bytes,
      networkKey: signers.network.publicKey,
      consensusKey: signers.consensus.publicKey,
      transactionKey: signers.transaction.publicKey,
      encryptionKey: createXwingKeyPair(seed()).publicKey.bytes,
      encryptionSeedSeal: Uint8Array.from(randomBytes(1_168)),
      addresses: place.addresses,
      expiresMs: Date.now() + 86_400_000,
    },
    signers,
  );
  const config: NodeConfig = {
    home: join(folder, handle),
    network: networkName,
    company: handle,
    p2pListen: place.p2pListen,
    joinListen: ["/ip4/127.0.0.1/tcp/0"],
    proxy: place.proxy,
    proxyCredentialsFile: null,
    operationsPort: await freePort(),
    logLevel: process.env.TEGATA_TEST_LOG === undefined ? "error" : "debug",
    dev: true,
  };
  const { transaction: transactionKey, consensus: consensusKey, root: rootKey } = signers;
  return { memberId: card.memberId, config, secrets, transactionKey, consensusKey, rootKey, card };
}

/** The genesis of these members. */
export function foundIn(
  members: readonly TestMember[],
  changed: Partial<NetworkParameters>,
): Genesis {
  const cards = members.map(({ card }) => card);
  return buildGenesis(cards, { ...defaultParameters, ...changed }, Date.now());
}

/** The home folder of a member, as the command line makes it. */
export async function writeHome(member: TestMember, genesis: Genesis): Promise<void> {
  const { home } = member.config;
  const paths = nodePaths(home);
  await mkdir(join(home, "keys"), { recursive: true, mode: 0o700 });
  await mkdir(paths.guard, { recursive: true, mode: 0o700 });
  await writeFile(paths.genesis, `${genesisToText(genesis)}\n`);
  const { config, secrets, consensusKey } = member;
  const { network, company, p2pListen, joinListen, proxy, operationsPort, logLevel, dev } = config;
  const settings = {
    "network.name": network,
    "network.listen": p2pListen,
    "network.joinListen": joinListen,
    "network.proxy": proxy,
    "company.handle": company,
    "api.port": null,
    "operations.nodePort": operationsPort,
    "operations.gatewayPort": null,
    "log.level": logLevel,
    dev,
  };
  await writeFile(join(home, "config.toml"), settingsToml(settings, company));
  const keystore = await sealKeystore({
    secret: { role: "node", ...secrets },
    passphrase,
    salt: Uint8Array.from(randomBytes(16)),
    nonce: Uint8Array.from(randomBytes(12)),
    N: scryptCostThrowAway,
  });
  await createSecretFile(paths.keystore, keystore);
  await createGuard(
    { folder: paths.guard, consensusKey: consensusKey.publicKey },
    genesis.networkId,
  );
}

/** Networks in this process, each with its own folder, ports and keys. */
export class Consortium {
  readonly genesis: Genesis;
  readonly members: readonly TestMember[];
  /** Of nodes that start from now on. */
  syncLimits: SyncLimits = syncLimits;
  readonly #folder: string;
  readonly #running = new Map<number, RunningNode>();
  readonly #clients = new Map<number, NodeClient>();

  private constructor(folder: string, members: readonly TestMember[], genesis: Genesis) {
    this.#folder = folder;
    this.members = members;
    this.genesis = genesis;
  }

  /** Founds a network; nobody runs yet. */
  static async found(
    count: number,
    changed: Partial<NetworkParameters> = {},
    publish?: Publish,
  ): Promise<Consortium> {
    const folder = await mkdtemp(join(tmpdir(), "tegata-node-"));
    const members: TestMember[] = [];
    for (let index = 0; index < count; index += 1) {
      members.push(await makeMember(index, folder, publish));
    }
    const genesis = foundIn(members, changed);
    for (const member of members) await writeHome(member, genesis);
    return new Consortium(folder, members, genesis);
  }

  member(index: number): TestMember {
    const member = this.members[index];
    if (member === undefined) throw new Error(`no member ${index}`);
    return member;
  }

  async start(...indexes: readonly number[]): Promise<void> {
    const which = indexes.length > 0 ? indexes : this.members.map((_, index) => index);
    await Promise.all(which.map((index) => this.#start(index)));
  }

  /** Starts a member that contradicts itself. */
  async startHostile(index: number, hostility: Hostility): Promise<void> {
    const { consensusKey } = this.member(index);
    const connect = hostileNetwork(consensusKey, this.genesis.networkId, hostility);
    await this.startOver(index, connect);
  }

  /** Starts a member over another network than the mesh. */
  startOver(index: number, connect: typeof createNetwork): Promise<void> {
    return this.#start(index, connect);
  }

  async #start(index: number, connect?: typeof createNetwork): Promise<void> {
    const { config, secrets } = this.member(index);
    const level = process.env.TEGATA_TEST_LOG === undefined ? "fatal" : "debug";
    const log = createLog("error", null).child({ company: config.company }, { level });
    const options = { log, connect: connect ?? createNetwork, syncLimits: this.syncLimits };
    this.#running.set(index, await startNode(config, secrets, options));
  }

  async stop(...indexes: readonly number[]): Promise<void> {
    const which = indexes.length > 0 ? indexes : [...this.#running.keys()];
    await Promise.all(
      which.map(async (index) => {
        await this.#clients.get(index)?.close();
        this.#clients.delete(index);
        await this.#running.get(index)?.stop();
        this.#running.delete(index);
      }),
    );
  }

  /** Stops everybody and removes every file. */
  async end(): Promise<void> {
    await this.stop();
    for (const client of this.#clients.values()) await client.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  node(index: number): RunningNode {
    const node = this.#running.get(index);
    if (node === undefined) throw new Error(`node ${index} does not run`);
    return node;
  }

  /** A client of the member's socket, whoever runs the node behind it. */
  client(index: number): NodeClient {
    const known = this.#clients.get(index);
    if (known !== undefined) return known;
    const { socket } = nodePaths(this.member(index).config.home);
    const client = createNodeClient({ socketPath: socket });
    this.#clients.set(index, client);
    return client;
  }

  writer(index: number): Writer {
    const { memberId, transactionKey } = this.member(index);
    return new Writer(memberId, transactionKey, this.genesis.networkId);
  }

  status(index: number): NodeStatus {
    return this.node(index).status();
  }

  /** Waits until all nodes of this process are ready. */
  async ready(...indexes: readonly number[]): Promise<void> {
    const which = indexes.length > 0 ? indexes : [...this.#running.keys()];
    await until("all nodes are ready", () =>
      which.every((index) => this.status(index).state === "ready"),
    );
  }

  /** Waits until nodes have committed this height. */
  async height(height: number, ...indexes: readonly number[]): Promise<void> {
    const which = indexes.length > 0 ? indexes : [...this.#running.keys()];
    await until(`height ${height} at ${which.join(", ")}`, () =>
      which.every((index) => this.status(index).height >= height),
    );
  }
}
