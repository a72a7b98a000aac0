import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Company, type Ports } from "./company.ts";
import { freePorts } from "./free-ports.ts";

/** The name that the cards of every test network carry. */
export const networkName = "Chubu Press Circle";
/** Opens the keystores of all companies; it protects throw-away keys only. */
export const passphrase = "correct horse battery staple";

/** Handles and names of the companies; public, because the genesis says them. */
export const companyNames: Readonly<Record<string, string>> = {
  kato: "Kato Press",
  toda: "Toda Forging",
  aoki: "Aoki Kinzoku",
  nishi: "Nishi Seimitsu",
};

/** Four companies; the nodes and gateways run of those who are not idle. */
export interface Consortium {
  /** Everything of it lies here. */
  readonly folder: string;
  readonly networkId: string;
  readonly companies: readonly Company[];
  company(handle: string): Company;
  /** Ends all processes and takes the folder away; never throws because of a company that is gone. */
  close(): Promise<void>;
}

async function freePortsOf(companyCount: number): Promise<readonly Ports[]> {
  const free = await freePorts(companyCount * 4);
  return Array.from({ length: companyCount }, (_, index) => {
    const [p2p = 0, api = 0, nodeOperations = 0, gatewayOperations = 0] = free.slice(index * 4);
    return { p2p, api, nodeOperations, gatewayOperations };
  });
}

/** Makes keys and card of a company with `tegata card`; its card lies at `card` in its desk, its words at `words`. */
export async function introduce(
  folder: string,
  handle: string,
  name: string,
  givenPorts: Ports | null = null,
): Promise<Company> {
  const ports = givenPorts ?? ((await freePortsOf(1))[0] as Ports);
  const desk = join(folder, `${handle}-desk`);
  await mkdir(desk);
  const passphraseFile = join(desk, "passphrase");
  await writeFile(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  const home = join(folder, handle);
  const company = new Company({ handle, name, home, desk, ports, passphraseFile });
  await company.must([
    ...["card", "--network", networkName, "--company", name, "--handle", handle],
    ...["--address", `/ip4/127.0.0.1/tcp/${ports.p2p}`, "--api-port", `${ports.api}`],
    ...["--operations-ports", `${ports.nodeOperations},${ports.gatewayOperations}`],
    ...["--passphrase-file", passphraseFile, "--dev-keys", "--out", "card"],
    ...["--words-file", "words"],
  ]);
  return company;
}

/** Founds a network of the four companies as people do it, and starts all of them but those who are idle. */
export async function foundConsortium(idle: readonly string[] = []): Promise<Consortium> {
  const folder = await mkdtemp(join(tmpdir(), "tegata-e2e-"));
  const companies: Company[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(companies.map((company) => company.end()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const names = Object.entries(companyNames);
    const ports = await freePortsOf(names.length);
    const introductions = names.map(([handle, name], index) =>
      introduce(folder, handle, name, ports[index]),
    );
    companies.push(...(await Promise.all(introductions)));
    const networkId = await found(companies);
    const busy = companies.filter(({ handle }) => !idle.includes(handle));
    await Promise.all(busy.map((company) => company.start()));
    await Promise.all(busy.map((company) => company.untilReady()));
    // A quorum is ready without the last of its members.
    await Promise.all(busy.map((company) => company.untilMet(busy.length - 1)));
    const company = (handle: string): Company => {
      const found = companies.find((one) => one.handle === handle);
      if (found === undefined) throw new Error(`no company ${handle}`);
      return found;
    };
    return { folder, networkId, companies, company, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The first founder makes the genesis from all cards, the others take it. */
async function found([founder, ...others]: readonly Company[]): Promise<string> {
  if (founder === undefined) throw new Error("a network has a founder");
  for (const other of others) await copyFile(other.path("card"), founder.path(other.handle));
  const { network } = await founder.json<{ readonly network: { readonly id: string } }>(
    "init",
    "--found",
    ...others.map(({ handle }) => handle),
  );
  const genesis = join(founder.home, "genesis");
  await Promise.all(others.map((other) => other.must(["init", "--genesis", genesis])));
  return network.id;
}
