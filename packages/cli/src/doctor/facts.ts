import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createGatewayClient, type Status } from "@tegata/gateway/client";
import { cardFromText, type Genesis, genesisFromText, type MemberCard } from "@tegata/ledger/chain";
import { createNodeClient, type NodeStatus } from "@tegata/node/client";
import { readSettings, type Settings, SettingsError } from "@tegata/settings";
import { exists, type HomePaths, homePaths } from "../founding/home.ts";
import { supervisorOf } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";

/** Everything the checks look at, gathered once; what could not be had is null. */
export interface Facts {
  readonly paths: HomePaths;
  readonly settingsFile: string;
  readonly hasHome: boolean;
  readonly settings: Settings | null;
  /** Why there are none. */
  readonly settingsError: SettingsError | null;
  /** Whether the settings still lie in the form of an older version. */
  readonly hasOldConfig: boolean;
  readonly card: MemberCard | null;
  readonly genesis: Genesis | null;
  /** Process that runs the company. */
  readonly supervisor: number | "none";
  readonly node: NodeStatus | null;
  readonly gateway: Status | null;
  readonly nowMs: number;
}

const answerMsMax = 5_000;

/** Gathers the facts; changes nothing and never throws because of what it finds. */
export async function gatherFacts(context: Context): Promise<Facts> {
  const { home, settingsFile } = context.settings;
  const paths = homePaths(home);
  const hasHome = await exists(home).catch(() => false);
  const oldConfig = join(home, "config.json");
  const hasOldConfig = await exists(oldConfig).catch(() => false);
  const [card, genesis, node, gateway] = await Promise.all([
    readOr(paths.card, cardFromText),
    readOr(paths.genesis, genesisFromText),
    nodeStatus(paths.nodeSocket),
    gatewayStatus(paths.gatewaySocket),
  ]);
  return {
    ...settingsIn(settingsFile, context.world.env),
    ...{ paths, settingsFile, hasHome, hasOldConfig, card, genesis, node, gateway },
    supervisor: hasHome ? runningIn(home) : "none",
    nowMs: context.world.nowMs(),
  };
}

function settingsIn(
  file: string,
  environment: Context["world"]["env"],
): Pick<Facts, "settings" | "settingsError"> {
  try {
    const { settings } = readSettings({ file, oldFile: null, environment, flags: [] });
    return { settings, settingsError: null };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { settings: null, settingsError: error };
  }
}

async function readOr<T>(path: string, read: (text: string) => T): Promise<T | null> {
  try {
    return read((await readFile(path, "utf8")).trim());
  } catch {
    return null;
  }
}

function runningIn(home: string): Facts["supervisor"] {
  try {
    return supervisorOf(home);
  } catch {
    return "none";
  }
}

async function nodeStatus(socketPath: string): Promise<NodeStatus | null> {
  const client = createNodeClient({ socketPath });
  return inTime(client.status()).finally(() => client.close());
}

async function gatewayStatus(socketPath: string): Promise<Status | null> {
  const client = createGatewayClient({ socketPath });
  return inTime(client.status()).finally(() => client.close());
}

/** What was asked for, or null when it fails or takes too long. */
export async function inTime<T>(asked: Promise<T>, ms = answerMsMax): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  return Promise.race([asked.catch(() => null), late]).finally(() => clearTimeout(timer));
}
