import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { devCompanies } from "../dev/company-names.ts";
import {
  type CompanyPrograms,
  type FoundedCompany,
  foundConsortium,
  startConsortium,
  stopConsortium,
} from "../dev/consortium.ts";
import { CliError } from "../errors.ts";
import { logFileOf } from "../process/company.ts";
import { endingOf } from "../process/ending.ts";
import { orphaned, stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

const network = "Chubu Press Consortium";

/** `tegata dev`: a whole network on this machine, until Ctrl-C. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { trying } = words();
  const names = devCompanies(given.count("members", 1, 20) ?? 4);
  if (context.dryRun) {
    const document = { schema: "tegata.dev/1", dryRun: true, companies: names } as const;
    await context.result(document, [trying.devDry(names.map(({ name }) => name))]);
    return;
  }
  const stop = AbortSignal.any([stopSignal(), orphaned()]);
  const dir = given.text("dir");
  const folder = await folderFor(context, dir);
  try {
    context.say(trying.founding(names.length));
    const { companies, genesis } = await foundConsortium({
      folder,
      network,
      companies: names,
      nowMs: context.world.nowMs(),
      listeners: true,
    });
    if (stop.aborted) return;
    const started = await startConsortium(companies);
    try {
      if (!stop.aborted) await tell(context, folder, companies, genesis.networkId);
      await untilOver(stop, companies, started);
    } finally {
      context.say(trying.devStopping);
      await stopConsortium([...started.values()]);
    }
  } finally {
    if (given.flag("keep")) context.say(trying.kept(folder));
    else await rm(folder, { recursive: true, force: true });
  }
}

async function folderFor(context: Context, dir: string | null): Promise<string> {
  if (dir === null) return mkdtemp(join(tmpdir(), "tegata-dev-"));
  const folder = resolve(context.world.folder, dir);
  await mkdir(folder, { recursive: true });
  // What is removed at the end must not have been there at the beginning.
  if ((await readdir(folder)).length > 0) {
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path: folder, reason: "ENOTEMPTY" });
  }
  return folder;
}

/** Waits for the signal; a program that ends by itself ends everything. */
async function untilOver(
  stop: AbortSignal,
  companies: readonly FoundedCompany[],
  started: ReadonlyMap<string, CompanyPrograms>,
): Promise<void> {
  const endings = companies.flatMap(({ handle, home }) => {
    const programs = started.get(handle);
    if (programs === undefined) return [];
    return [programs.node, programs.gateway].map(async (running) => {
      const exit = await running.ended;
      return stop.aborted
        ? null
        : endingOf(running, exit, { home, log: logFileOf(home, running.program) });
    });
  });
  const told = new Promise<null>((done) => {
    if (stop.aborted) done(null);
    stop.addEventListener("abort", () => done(null), { once: true });
  });
  const error = await Promise.race([...endings, told]);
  if (error !== null) throw error;
}

async function tell(
  context: Context,
  folder: string,
  companies: readonly FoundedCompany[],
  networkId: string,
): Promise<void> {
  const { trying } = words();
  const document = {
    schema: "tegata.dev/1",
    network: { id: networkId, name: network },
    folder,
    companies: companies.map(({ name, handle, home, apiPort }) => ({
      ...{ name, handle, home },
      api: `http://127.0.0.1:${apiPort}/v1`,
    })),
  } as const;
  const rows = companies.map(({ name, home }) => [name, `tegata --home ${home} status`]);
  const columns = [trying.company, trying.talk].map((title) => ({ title, align: "left" }) as const);
  await context.result(document, [...context.table(columns, rows), "", trying.devNext]);
}
