import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildGenesis,
  cardToText,
  defaultParameters,
  type Genesis,
  genesisToText,
  type MemberCard,
  memberIdOf,
  type NetworkParameters,
  signCard,
} from "@tegata/ledger/chain";
import { createSigner } from "@tegata/ledger/primitives";
import {
  createSecretFile,
  type GatewaySecret,
  type NodeSecret,
  scryptCostThrowAway,
  sealKeystore,
} from "@tegata/ledger/storage";
import { createXwingKeyPair, deriveRootKeys, sealEncryptionSeed } from "@tegata/ledger/vault";
import { createNodeClient, type NodeClient } from "@tegata/node/client";
import { settingsToml } from "@tegata/settings";
import { freePorts } from "../../../../test/helpers/free-ports.ts";
import { until } from "../../../../test/helpers/waiting.ts";
import { type NodeConfig, nodePaths } from "../../../node/src/config.ts";
import { createGuard } from "../../../node/src/host/guard-file.ts";
import { createLog as createNodeLog } from "../../../node/src/log.ts";
import { type RunningNode, startNode } from "../../../node/src/start.ts";
import { createGatewayClient, type GatewayClient } from "../../src/api/client.ts";
import { type GatewayConfig, gatewayPaths } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import type { TableReader } from "../../src/plant/table.ts";
import { type RunningGateway, startGateway } from "../../src/start.ts";

const networkName = "Test Motors";
const names = ["Aoki Motors", "Kato Press", "Mori Steel", "Toda Logistics"];

/** Opens the keystores of test companies. */
export const passphrase = "correct horse battery staple";

const seed = (): Uint8Array => Uint8Array.from(randomBytes(32));
const talks = process.env.TEGATA_TEST_LOG !== undefined;

/** A company with its home folder and its keys. */
export interface Company {
  readonly handle: string;
  readonly home: string;
  readonly card: MemberCard;
  readonly nodeConfig: NodeConfig;
  readonly config: GatewayConfig;
  readonly nodeSecret: NodeSecret;
  readonly secret: GatewaySecret;
  readonly rootSecret: Uint8Array;
}

/** A company with fresh keys; nothing of it is on a disk yet. */
export async function makeCompany(index: number, folder: string): Promise<Company> {
  const address = `/ip4/127.0.0.1/tcp/${(await freePorts(1))[0]}`;
  const rootSecret = seed();
  const root = deriveRootKeys(rootSecret);
  const nodeSecret: NodeSecret = { role: "node", networkSeed: seed(), consensusSeed: seed() };
  const secret: GatewaySecret = {
    role: "gateway",
    transactionSeed: seed(),
    encryptionSeed: seed(),
    localKey: seed(),
  };
  const signers = {
    root: createSigner(root.signingSeed),
    network: createSigner(nodeSecret.networkSeed),
    consensus: createSigner(nodeSecret.consensusSeed),
    transaction: createSigner(secret.transactionSeed),
  };
  const name = names[index] ?? `Company ${index}`;
  const handle = (name.split(" ")[0] ?? "company").toLowerCase();
  const recoveryKey = root.recovery.publicKey.bytes;
  const card = signCard(
    {
      networkName,
      name,
      handle,
      rootKey: signers.root.publicKey,
      recoveryKey,
      networkKey: signers.network.publicKey,
      consensusKey: signers.consensus.publicKey,
      transactionKey: signers.transaction.publicKey,
      encryptionKey: createXwingKeyPair(secret.encryptionSeed).publicKey.bytes,
      encryptionSeedSeal: await sealEncryptionSeed(
        recoveryKey,
        { member: memberIdOf(signers.root.publicKey), keyVersion: 1 },
        secret.encryptionSeed,
      ),
      addresses: [address],
      expiresMs: Date.now() + 86_400_000,
    },
    signers,
  );
  const home = join(folder, handle);
  const common = { home, network: networkName, company: handle, dev: true } as const;
  const logLevel = talks ? "debug" : "info";
  return {
    ...{ handle, home, card, nodeSecret, secret, rootSecret },
    nodeConfig: {
      ...common,
      ...{ p2pListen: [address], joinListen: [], proxy: null, proxyCredentialsFile: null },
      ...{ operationsPort: null, logLevel },
    },
    config: {
      ...common,
      ...{ gatewayPort: 0, gatewayOperationsPort: 0, plant: null, isValidator: true, logLevel },
    },
  };
}

async function writeHome(company: Company, genesis: Genesis): Promise<void> {
  const { home, card, nodeConfig, config, nodeSecret, secret } = company;
  await mkdir(join(home, "keys"), { recursive: true, mode: 0o700 });
  await writeFile(join(home, "genesis"), `${genesisToText(genesis)}\n`);
  await writeFile(join(home, "card"), `${cardToText(card)}\n`);
  const { network, company: handle, p2pListen, operationsPort, logLevel, dev } = nodeConfig;
  const { gatewayPort, gatewayOperationsPort } = config;
  const settings = {
    "network.name": network,
    "network.listen": p2pListen,
    "company.handle": handle,
    "api.port": gatewayPort,
    "operations.nodePort": operationsPort,
    "operations.gatewayPort": gatewayOperationsPort,
    "log.level": logLevel,
    dev,
  };
  await writeFile(join(home, "config.toml"), settingsToml(settings, handle));
  for (const one of [nodeSecret, secret]) {
    const salt = Uint8Array.from(randomBytes(16));
    const nonce = Uint8Array.from(randomBytes(12));
    const keystore = { secret: one, passphrase, salt, nonce, N: scryptCostThrowAway };
    await createSecretFile(
      join(home, "keys", `${one.role}.keystore`),
      await sealKeystore(keystore),
    );
  }
  const folder = nodePaths(home).guard;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const consensusKey = createSigner(nodeSecret.consensusSeed).publicKey;
  await createGuard({ folder, consensusKey }, genesis.networkId);
}

/** How machines of a plant reach a gateway. */
export interface PlantOptions {
  readonly plant: GatewayConfig["plant"];
  readonly reader: TableReader | null;
}

/** Collects what a gateway logs. */
export interface LogBook {
  text: string;
}

/** A network of companies, each with its node and its gateway, in this process. */
export class Companies {
  readonly genesis: Genesis;
  readonly all: readonly Company[];
  readonly folder: string;
  readonly logs = new Map<number, LogBook>();
  readonly #nodes = new Map<number, RunningNode>();
  readonly #gateways = new Map<number, RunningGateway>();
  readonly #clients = new Map<number, GatewayClient>();

  private constructor(folder: string, all: readonly Company[], genesis: Genesis) {
    this.folder = folder;
    this.all = all;
    this.genesis = genesis;
  }

  /** Founds a network; nobody runs yet. */
  static async found(count: number, changed: Partial<NetworkParameters> = {}): Promise<Companies> {
    const folder = await mkdtemp(join(tmpdir(), "tegata-gateway-"));
    const all: Company[] = [];
    for (let index = 0; index < count; index += 1) all.push(await makeCompany(index, folder));
    const parameters = { ...defaultParameters, heartbeatMs: 2_000, ...changed };
    const cards = all.map(({ card }) => card);
    const genesis = buildGenesis(cards, parameters, Date.now());
    for (const company of all) await writeHome(company, genesis);
    return new Companies(folder, all, genesis);
  }

  /** Founds a network and starts every node and gateway. */
  static async start(count: number, changed: Partial<NetworkParameters> = {}): Promise<Companies> {
    const companies = await Companies.found(count, changed);
    await companies.startNodes();
    for (const index of companies.all.keys()) await companies.startGateway(index);
    return companies;
  }

  company(index: number): Company {
    const company = this.all[index];
    if (company === undefined) throw new Error(`no company ${index}`);
    return company;
  }

  async startNodes(...indexes: readonly number[]): Promise<void> {
    const which = indexes.length > 0 ? indexes : [...this.all.keys()];
    await Promise.all(
      which.map(async (index) => {
        const { nodeConfig, nodeSecret } = this.company(index);
        const log = createNodeLog("error", null);
        if (!talks) log.level = "fatal";
        this.#nodes.set(index, await startNode(nodeConfig, nodeSecret, { log }));
      }),
    );
  }

  async stopNode(index: number): Promise<void> {
    await this.#nodes.get(index)?.stop();
    this.#nodes.delete(index);
  }

  /** `plant`: it is open to machines of a plant, and reads their files with `reader`. */
  async startGateway(
    index: number,
    { plant, reader }: PlantOptions = { plant: null, reader: null },
  ): Promise<RunningGateway> {
    const { config: settings, secret } = this.company(index);
    const config = { ...settings, plant };
    const book = this.logs.get(index) ?? { text: "" };
    this.logs.set(index, book);
    const log = createLog(config.logLevel, {
      write: (line) => {
        book.text += line;
        if (talks) process.stderr.write(line);
      },
    });
    const gateway = await startGateway(config, secret, log, { readSecret: null, reader });
    this.#gateways.set(index, gateway);
    return gateway;
  }

  gateway(index: number): RunningGateway {
    const gateway = this.#gateways.get(index);
    if (gateway === undefined) throw new Error(`gateway ${index} does not run`);
    return gateway;
  }

  async stopGateway(index: number): Promise<void> {
    this.#clients.get(index)?.close();
    this.#clients.delete(index);
    await this.#gateways.get(index)?.stop();
    this.#gateways.delete(index);
  }

  /** A client of a company's gateway, whoever runs it. */
  client(index: number): GatewayClient {
    const known = this.#clients.get(index);
    if (known !== undefined) return known;
    const client = createGatewayClient({
      socketPath: gatewayPaths(this.company(index).home).socket,
    });
    this.#clients.set(index, client);
    return client;
  }

  /** Makes a company's node answer in another folder too. */
  async linkNode(index: number, home: string): Promise<void> {
    await mkdir(join(home, "run"), { recursive: true, mode: 0o700 });
    const { nodeSocket } = gatewayPaths(this.company(index).home);
    await symlink(nodeSocket, gatewayPaths(home).nodeSocket);
  }

  nodeClient(index: number): NodeClient {
    return createNodeClient({ socketPath: gatewayPaths(this.company(index).home).nodeSocket });
  }

  /** Waits until a gateway has read what the node of another company has committed by now. */
  async read(index: number, from = 0): Promise<void> {
    const height = this.#nodes.get(from)?.status().height ?? 0;
    const { operationsPort } = this.gateway(index);
    await until(`gateway ${index} has read height ${height}`, async () => {
      const text = await (await fetch(`http://127.0.0.1:${operationsPort}/metrics`)).text();
      const found = /^tegata_chain_height\{[^}]*\} (\d+)$/m.exec(text);
      return Number(found?.[1] ?? -1) >= height;
    });
  }

  /** Stops everybody and removes every file. */
  async end(): Promise<void> {
    await Promise.all([...this.all.keys()].map((index) => this.stopGateway(index)));
    await Promise.all([...this.all.keys()].map((index) => this.stopNode(index)));
    await rm(this.folder, { recursive: true, force: true });
  }
}
