import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { afterAll, beforeAll } from "vitest";
import { Companies, type Company, makeCompany } from "./companies.ts";

/** Companies with their genesis; nothing of them runs. */
export interface Founded {
  /** Goes with the tests of the file. */
  readonly folder: string;
  readonly company: Company;
  readonly companies: readonly Company[];
  readonly genesis: Genesis;
}

/** Starts companies with nodes and gateways for the tests of a file. */
export function withCompanies(count: number, take: (companies: Companies) => void): void {
  let started: Companies | null = null;
  beforeAll(async () => {
    started = await Companies.start(count);
    take(started);
  }, 90_000);
  afterAll(() => started?.end());
}

/** Founds companies for the tests of a file. */
export function withGenesis(count: number, take: (founded: Founded) => void): void {
  let folder: string | null = null;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tegata-gateway-"));
    const company = await makeCompany(0, folder);
    const companies = [company];
    while (companies.length < count) companies.push(await makeCompany(companies.length, folder));
    const cards = companies.map(({ card }) => card);
    const genesis = buildGenesis(cards, defaultParameters, Date.now());
    take({ folder, company, companies, genesis });
  });
  afterAll(async () => {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  });
}
