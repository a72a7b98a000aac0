import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { scryptCostThrowAway } from "@tegata/ledger/storage";
import { generateRootSecret } from "@tegata/ledger/vault";
import { makeCard } from "../founding/card.ts";
import { acceptGenesis, foundGenesis, readGenesis } from "../founding/genesis.ts";
import { homePaths } from "../founding/home.ts";
import { settingsInFile } from "../founding/settings.ts";
import { type CompanyRequest, endPrograms, startBoth } from "../process/company.ts";
import type { RunningProgram } from "../process/program.ts";
import type { DevCompany } from "./company-names.ts";
import { freePorts } from "./free-ports.ts";

/** A company that was founded and can be started. */
export interface FoundedCompany extends DevCompany {
  readonly home: string;
  /** Loopback port of its API; null: only its socket. */
  readonly apiPort: number | null;
  /** Kept in memory only: its keys die with this process. */
  readonly passphrase: string;
}

/** The two programs of a company at work. */
export interface CompanyPrograms {
  readonly node: RunningProgram;
  readonly gateway: RunningProgram;
}

const cardLifeMs = 3_600_000;

/**
 * Founds a network of companies in folders below `folder`, by the path that real ones take: each makes a
 * card, the first makes the genesis from the cards, the others take its file.
 */
export async function foundConsortium(request: {
  readonly folder: string;
  readonly network: string;
  readonly companies: readonly DevCompany[];
  readonly nowMs: number;
  /** Whether each company gets ports for its API, health and metrics beside its sockets. */
  readonly listeners: boolean;
}): Promise<{ readonly companies: readonly FoundedCompany[]; readonly genesis: Genesis }> {
  const { network, nowMs } = request;
  const each = request.listeners ? 4 : 1;
  const ports = await freePorts(request.companies.length * each);
  const companies = await Promise.all(
    request.companies.map((company, index) => {
      const own = ports.slice(index * each, index * each + each);
      const home = join(request.folder, company.handle);
      return introduceCompany(company, { home, network, nowMs, ports: own });
    }),
  );
  const [first, ...others] = companies;
  if (first === undefined) throw new RangeError("a network has at least one company");
  const genesis = await foundGenesis({
    home: first.home,
    cardFiles: others.map(({ home }) => homePaths(home).card),
    parameters: defaultParameters,
    timeMs: nowMs,
  });
  await acceptGenesis(first.home, genesis);
  const file = homePaths(first.home).genesis;
  const taken = await readGenesis(file);
  await Promise.all(others.map(({ home }) => acceptGenesis(home, taken)));
  return { companies, genesis };
}

/** Makes throw-away keys and the card of one company. */
export async function introduceCompany(
  { name, handle }: DevCompany,
  place: {
    readonly home: string;
    readonly network: string;
    readonly nowMs: number;
    /** Of the node; then, where there are to be any, of the API and of both programs' operations. */
    readonly ports: readonly number[];
  },
): Promise<FoundedCompany> {
  const { home, network, nowMs } = place;
  const [p2pPort = 0, gatewayPort = null, operationsPort = null, gatewayOperationsPort = null] =
    place.ports;
  const passphrase = randomBytes(24).toString("base64url");
  const address = `/ip4/127.0.0.1/tcp/${p2pPort}`;
  const rootSecret = generateRootSecret();
  const settings = {
    "network.name": network,
    "network.listen": [address],
    "company.handle": handle,
    "api.port": gatewayPort,
    "operations.nodePort": operationsPort,
    "operations.gatewayPort": gatewayOperationsPort,
    dev: true,
  };
  await makeCard({
    home,
    rootSecret,
    name,
    addresses: [address],
    nowMs,
    expiresMs: nowMs + cardLifeMs,
    passphrase,
    before: null,
    keystoreCost: scryptCostThrowAway,
    settings,
    settingsFile: null,
  });
  rootSecret.fill(0);
  return { name, handle, home, apiPort: gatewayPort, passphrase };
}

/** Starts both programs of a company. */
export function startCompany(
  { home, passphrase }: FoundedCompany,
  onStart: CompanyRequest["onStart"] = () => undefined,
): Promise<CompanyPrograms> {
  const { settings } = settingsInFile(homePaths(home).config);
  return startBoth({ home, settings, passphrase, copyTo: null, onStart });
}

/** Starts all companies at once; when one cannot start, none keeps running. */
export async function startConsortium(
  companies: readonly FoundedCompany[],
): Promise<ReadonlyMap<string, CompanyPrograms>> {
  const results = await Promise.allSettled(companies.map((company) => startCompany(company)));
  const failed = results.find((result) => result.status === "rejected");
  const started = new Map<string, CompanyPrograms>();
  for (const [index, result] of results.entries()) {
    const company = companies[index];
    if (result.status === "fulfilled" && company !== undefined) {
      started.set(company.handle, result.value);
    }
  }
  if (failed === undefined) return started;
  await stopConsortium([...started.values()]);
  throw failed.reason;
}

/** Ends all programs: the gateways first, then the nodes. */
export async function stopConsortium(started: readonly CompanyPrograms[]): Promise<void> {
  await Promise.all(started.map(({ node, gateway }) => endPrograms([gateway, node])));
}
