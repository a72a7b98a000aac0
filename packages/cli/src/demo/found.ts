import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "@tegata/gateway/client";
import { defaultParameters } from "@tegata/ledger/chain";
import { createNodeClient } from "@tegata/node/client";
import { devCompanies } from "../dev/company-names.ts";
import { foundConsortium, introduceCompany, startCompany } from "../dev/consortium.ts";
import { freePorts } from "../dev/free-ports.ts";
import { acceptGenesis, foundGenesis } from "../founding/genesis.ts";
import { homePaths } from "../founding/home.ts";
import { settingsInFile } from "../founding/settings.ts";
import { endPrograms, logFileOf, startOne, untilAnswers } from "../process/company.ts";
import { words } from "../words/catalogue.ts";
import { commandText } from "./command-line.ts";
import { claim, type Stage } from "./stage.ts";

/** Name of the network of the demo. */
export const demoNetwork = "Chubu Press Consortium";
const stranger = { name: "Imai Trading", handle: "imai" };
const patienceMs = 60_000;

/** Four companies make cards, one makes the genesis, all start both programs and find each other. */
export async function found(stage: Stage): Promise<string> {
  const { demo } = words();
  const names = devCompanies(4);
  for (const { name, handle } of names) {
    const place = ["--handle", handle, "--address", demo.anAddress, "--out", `${handle}.card`];
    const line = ["card", "--network", demoNetwork, "--company", name, ...place];
    if (handle === "kato") stage.show(handle, commandText(line));
  }
  const { companies, genesis } = await foundConsortium({
    folder: stage.folder,
    network: demoNetwork,
    companies: names,
    nowMs: Date.now(),
    listeners: false,
  });
  stage.companies = companies;
  stage.networkId = genesis.networkId;
  const [first, ...others] = companies;
  const cards = others.map(({ handle }) => `${handle}.card`);
  stage.show(first?.handle ?? "", commandText(["init", "--found", ...cards]));
  stage.show(others[0]?.handle ?? "", commandText(["init", "--genesis", "chubu.genesis"]));
  stage.show(first?.handle ?? "", commandText(["start"]));
  await Promise.all(
    companies.map(async (company) => {
      stage.programs.set(company.handle, await startCompany(company, stage.onStart));
    }),
  );
  await Promise.all(companies.map(({ handle }) => untilReady(stage, handle, companies.length)));
  const { node } = await stage.ask<Status>("kato", "status");
  const pids = [...stage.programs.values()].flatMap(({ node: own, gateway }) => [own, gateway]);
  return demo.found(companies.length, pids.length, genesis.networkId, node?.height ?? 0);
}

/** Waits until a company's node takes part and sees so many companies, itself included. */
export function untilReady(stage: Stage, handle: string, count: number): Promise<true> {
  return stage.until(`${handle} is not ready`, patienceMs, async () => {
    const { node } = await stage.ask<Status>(handle, "status");
    if (node === null || node.state !== "ready") return null;
    const online = node.members.filter(({ connected, self }) => connected || self);
    return online.length === count ? true : null;
  });
}

/**
 * A company that nobody admitted starts a real node: it knows all cards and addresses, and has a genesis
 * of its own that names everybody and itself.
 */
export async function refuseStranger(stage: Stage): Promise<string> {
  const { demo } = words();
  const home = join(stage.folder, stranger.handle);
  const nowMs = Date.now();
  const ports = await freePorts(1);
  const company = await introduceCompany(stranger, { home, network: demoNetwork, nowMs, ports });
  const cardFiles = stage.companies.map((member) => homePaths(member.home).card);
  const request = { home, cardFiles, parameters: defaultParameters, timeMs: nowMs };
  await acceptGenesis(home, await foundGenesis(request));
  stage.show(stranger.handle, commandText(["start"]));
  const { passphrase } = company;
  const { settings } = settingsInFile(homePaths(home).config);
  const { onStart } = stage;
  const node = startOne("node", { home, settings, passphrase, copyTo: null, onStart });
  await untilAnswers(node, home);
  const log = logFileOf(stage.company("kato").home, "node");
  await stage.until("the stranger did not even knock", patienceMs, async () => {
    return (await readFile(log, "utf8")).includes('"strangers":') ? true : null;
  });
  const client = createNodeClient({ socketPath: homePaths(home).nodeSocket });
  const status = await client.status().finally(() => client.close());
  const reached = status.members.filter(({ connected, self }) => connected && !self).length;
  claim(reached === 0, "the stranger got a connection");
  await endPrograms([node]);
  const { node: own } = await stage.ask<Status>("kato", "status");
  const names = own?.members.map(({ handle }) => handle) ?? [];
  claim(!names.includes(stranger.handle), "the stranger became a member");
  return demo.strangerRefused(stranger.name);
}
