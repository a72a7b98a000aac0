import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { createGatewayClient, type GatewayClient } from "@tegata/gateway/client";
import { defaultParameters, type MemberCard } from "@tegata/ledger/chain";
import { scryptCostThrowAway } from "@tegata/ledger/storage";
import { generateRootSecret } from "@tegata/ledger/vault";
import { createNodeClient, type NodeClient } from "@tegata/node/client";
import { makeCard } from "../packages/cli/src/founding/card.ts";
import { acceptGenesis, foundGenesis } from "../packages/cli/src/founding/genesis.ts";
import { type HomePaths, homePaths } from "../packages/cli/src/founding/home.ts";
import { until } from "./waiting.ts";

const networkName = "Bench Motors";
/** Opens keystores whose keys protect nothing. */
export const passphrase = "bench";

const names = ["Asahi Seiki", "Birch Motor Works", "Chubu Drives", "Daiwa Winding"] as const;
const handles = ["asahi", "birch", "chubu", "daiwa"] as const;
const startPatienceMs = 40_000;
const stopPatienceMs = 15_000;

/** One company with its home folder. */
export interface Company {
  readonly handle: string;
  readonly card: MemberCard;
  readonly paths: HomePaths;
  readonly passphraseFile: string;
  /** Loopback port of the node's metrics. */
  readonly operationsPort: number;
  readonly node: NodeClient;
  readonly gateway: GatewayClient;
}

/** Which of a company's two programs. */
export type Role = "node" | "gateway";

/** A program of a company at work. */
export interface Running {
  readonly company: Company;
  readonly role: Role;
  readonly process: ChildProcess;
  readonly pid: number;
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (address !== null && typeof address === "object") ports.push(address.port);
  }
  for (const server of servers) await new Promise((done) => server.close(done));
  return ports;
}

async function makeCompany(folder: string, index: number): Promise<Company> {
  const handle = handles[index] as string;
  const home = join(folder, handle);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const [p2pPort, operationsPort, gatewayOperationsPort] = await freePorts(3);
  const address = `/ip4/127.0.0.1/tcp/${p2pPort}`;
  const nowMs = Date.now();
  const card = await makeCard({
    home,
    rootSecret: generateRootSecret(),
    name: names[index] as string,
    settings: {
      "network.name": networkName,
      "network.listen": [address],
      "company.handle": handle,
      "api.port": null,
      "operations.nodePort": operationsPort as number,
      "operations.gatewayPort": gatewayOperationsPort as number,
      "log.level": "warn",
      dev: true,
    },
    settingsFile: null,
    addresses: [address],
    nowMs,
    expiresMs: nowMs + 86_400_000,
    passphrase,
    before: null,
    keystoreCost: scryptCostThrowAway,
  });
  const passphraseFile = join(home, "passphrase");
  await writeFile(passphraseFile, passphrase, { mode: 0o600 });
  const paths = homePaths(home);
  return {
    handle,
    card,
    paths,
    passphraseFile,
    operationsPort: operationsPort as number,
    node: createNodeClient({ socketPath: paths.nodeSocket }),
    gateway: createGatewayClient({ socketPath: paths.gatewaySocket }),
  };
}

/** Four companies as real processes on loopback. */
export class Consortium {
  readonly companies: readonly Company[];
  readonly #profiles: string | null;
  readonly #running: Running[] = [];

  private constructor(companies: readonly Company[], profiles: string | null) {
    this.companies = companies;
    this.#profiles = profiles;
    // Whatever ends this process ends what it started.
    process.once("exit", () => {
      for (const { process: child } of this.#running) child.kill("SIGKILL");
    });
  }

  /** Founds the network in a folder; `profiles` names a folder for CPU profiles of all processes. */
  static async found(folder: string, profiles: string | null): Promise<Consortium> {
    const companies: Company[] = [];
    for (const index of handles.keys()) companies.push(await makeCompany(folder, index));
    const first = companies[0] as Company;
    const genesis = await foundGenesis({
      home: first.paths.home,
      cardFiles: companies.map(({ paths }) => paths.card),
      parameters: defaultParameters,
      timeMs: Date.now(),
    });
    for (const { paths } of companies) await acceptGenesis(paths.home, genesis);
    return new Consortium(companies, profiles);
  }

  /** The programs that run now. */
  get running(): readonly Running[] {
    return this.#running;
  }

  /** Starts the nodes and waits until each takes part and is connected with every other. */
  async startNodes(): Promise<void> {
    for (const company of this.companies) await this.#start(company, "node");
    for (const company of this.companies) {
      await this.#whileAlive(company, "node", async () => {
        const { state, members } = await company.node.status();
        return state === "ready" && members.every(({ connected, self }) => connected || self);
      });
    }
  }

  /** Starts gateways of the first companies and waits until they answer and see their nodes. */
  async startGateways(count: number): Promise<readonly Company[]> {
    const companies = this.companies.slice(0, count);
    for (const company of companies) await this.#start(company, "gateway");
    for (const company of companies) {
      await this.#whileAlive(company, "gateway", async () => {
        const { node } = await company.gateway.status();
        return node?.state === "ready";
      });
    }
    return companies;
  }

  /** Stops the programs of a role and waits until they are gone. */
  async stop(role: Role): Promise<void> {
    const leaving = this.#running.filter((running) => running.role === role);
    await Promise.all(
      leaving.map(async (running) => {
        const { process: child, company } = running;
        const ended = child.exitCode ?? child.signalCode;
        const gone = new Promise((done) => child.once("exit", done));
        if (ended === null) {
          child.kill("SIGTERM");
          const timer = setTimeout(() => child.kill("SIGKILL"), stopPatienceMs);
          await gone;
          clearTimeout(timer);
        }
        this.#running.splice(this.#running.indexOf(running), 1);
        if (role === "gateway") company.gateway.close();
        else await company.node.close();
      }),
    );
  }

  async #start(company: Company, role: Role): Promise<void> {
    const { paths, passphraseFile, handle } = company;
    const log = await open(this.#logPath(company, role), "a", 0o600);
    const program = resolve(import.meta.dirname, "..", "packages", role, "src", "main.ts");
    const profiling =
      this.#profiles === null
        ? []
        : [
            "--cpu-prof",
            `--cpu-prof-dir=${this.#profiles}`,
            `--cpu-prof-name=${role}-${handle}.cpuprofile`,
          ];
    const words = ["--home", paths.home, "--passphrase-file", passphraseFile];
    const child = spawn(process.execPath, [...profiling, program, ...words], {
      stdio: ["ignore", log.fd, log.fd],
    });
    await log.close();
    if (child.pid === undefined) throw new Error(`the ${role} of ${handle} cannot be started`);
    this.#running.push({ company, role, process: child, pid: child.pid });
  }

  #logPath({ paths }: Company, role: Role): string {
    return join(paths.log, `${role}.log`);
  }

  async #whileAlive(company: Company, role: Role, isSo: () => Promise<boolean>): Promise<void> {
    const running = this.#running.find((one) => one.company === company && one.role === role);
    const what = `the ${role} of ${company.handle}`;
    await until(`${what} is ready`, startPatienceMs, async () => {
      if (running === undefined || running.process.exitCode !== null) {
        const log = await readFile(this.#logPath(company, role), "utf8");
        throw new Error(`${what} has ended; its log ends with\n${log.slice(-2_000)}`);
      }
      try {
        return await isSo();
      } catch {
        // Not yet listening.
        return false;
      }
    });
  }
}
