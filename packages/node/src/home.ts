import { existsSync, readFileSync } from "node:fs";
import {
  cardFromText,
  type Genesis,
  genesisFromText,
  initialState,
  type MemberCard,
} from "@tegata/ledger/chain";
import { createSigner, LedgerError } from "@tegata/ledger/primitives";
import {
  type ChainStore,
  type LaterSeed,
  openChainStore,
  readSecretFile,
} from "@tegata/ledger/storage";
import { type NodeConfig, nodePaths } from "./config.ts";
import { NodeError } from "./errors.ts";
import type { Log } from "./log.ts";
import { type HttpProxy, parseProxy } from "./network/proxy.ts";
import { endSettingAside, setChainAside } from "./set-aside.ts";
import { StateScan } from "./sync/state-scan.ts";

/** Secret keys of a node: its identity on the network and its vote. 32 bytes each. */
export interface NodeSecrets {
  readonly networkSeed: Uint8Array;
  readonly consensusSeed: Uint8Array;
  /** Keys that came later, oldest first; the ledger says which of them serves. */
  readonly laterSeeds?: readonly LaterSeed[];
}

type Mismatch = NodeError<"NODE_HOME_MISMATCH">["detail"]["what"];

function mismatch(what: Mismatch, expected: string, actual: string): NodeError {
  const message = `the ${what} of this home folder is ${actual}, and ${expected} is needed`;
  return new NodeError("NODE_HOME_MISMATCH", message, { what, expected, actual });
}

function read<T>(path: string, what: string, reader: (text: string) => T): T {
  try {
    return reader(readFileSync(path, "utf8"));
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    const reason = `${what} cannot be read`;
    throw new NodeError("NODE_CONFIG_INVALID", `${path}: ${reason}`, { path, reason }, cause);
  }
}

/** Roles whose key in this home came after the card. Source: docs/PROTOCOL.md section 9. */
function rotatedRoles(path: string): ReadonlySet<string> {
  if (!existsSync(path)) return new Set();
  return new Set(read(path, "the list of rotated keys", (text) => text.split("\n")));
}

/** The company's own card: its file, else its card in the genesis. */
function ownCard(config: NodeConfig, genesis: Genesis): MemberCard {
  const { card: path } = nodePaths(config.home);
  const card = existsSync(path)
    ? read(path, "the card", cardFromText)
    : genesis.cards.find(({ handle }) => handle === config.company);
  if (card === undefined) {
    const handles = genesis.cards.map(({ handle }) => handle).join(", ");
    throw mismatch("company", `one of ${handles}`, config.company);
  }
  if (card.networkName !== config.network) {
    throw mismatch("network name", card.networkName, config.network);
  }
  if (card.handle !== config.company) throw mismatch("company", card.handle, config.company);
  return card;
}

/**
 * Reads genesis and card of a home folder; configuration, genesis and keys must belong together. The card
 * of a company that joined later is not in the genesis: whether it is a member the ledger says.
 * @throws NODE_HOME_MISMATCH, NODE_CONFIG_INVALID, LEDGER_BAD_TEXT and what reading a genesis throws
 */
export function readFounding(
  config: NodeConfig,
  secrets: NodeSecrets,
): { readonly genesis: Genesis; readonly card: MemberCard } {
  const paths = nodePaths(config.home);
  const genesis = read(paths.genesis, "the genesis", genesisFromText);
  if (genesis.networkName !== config.network) {
    throw mismatch("network name", genesis.networkName, config.network);
  }
  const card = ownCard(config, genesis);
  const rotated = rotatedRoles(paths.rotated);
  const pairs = [
    ["network", card.networkKey, secrets.networkSeed],
    ["consensus", card.consensusKey, secrets.consensusSeed],
  ] as const;
  for (const [role, expected, seed] of pairs) {
    const { publicKey } = createSigner(seed);
    if (publicKey === expected || rotated.has(role)) continue;
    throw mismatch(`${role} key`, expected, publicKey);
  }
  return { genesis, card };
}

/**
 * The proxy a configuration names, with the credentials of its file.
 * @throws NODE_CONFIG_INVALID
 */
export async function readProxy(config: NodeConfig): Promise<HttpProxy | null> {
  const place = config.proxy === null ? null : parseProxy(config.proxy);
  const { proxyCredentialsFile: path } = config;
  if (place === null) return null;
  if (path === null) return { ...place, credentials: null };
  const refuse = (reason: string, cause?: unknown): NodeError => {
    const message = `the credentials for the proxy in ${path} are not usable: ${reason}`;
    return new NodeError("NODE_CONFIG_INVALID", message, { path, reason }, cause);
  };
  const text = await readSecretFile(path).catch((error: Error) => {
    throw refuse(error.message, error);
  });
  const credentials = text.replace(/\r?\n$/, "");
  if (!/^[^:\s]+:[^\r\n]+$/.test(credentials)) throw refuse("they are not user:password");
  return { ...place, credentials };
}

/** A chain and what is left to be looked at of its state. */
export interface OpenedChain {
  readonly store: ChainStore;
  readonly stateScan: StateScan;
}

/**
 * Looks at the state of a chain before anything acts on it; closes a chain that is damaged.
 * @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_FAILED
 */
export async function withScan(store: ChainStore): Promise<OpenedChain> {
  try {
    return { store, stateScan: await StateScan.begin(store) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Opens the chain of a home folder; the first start makes it from the genesis. A damaged one is set aside and
 * begun anew, to be fetched from the others; in a network with one founder nobody else may have it.
 * @throws LEDGER_STORE_*
 */
export async function openChain(home: string, genesis: Genesis, log: Log): Promise<OpenedChain> {
  const { data: folder } = nodePaths(home);
  const { networkId, timeMs } = genesis;
  const ended = endSettingAside(folder);
  if (ended !== null) {
    log.error({ kept: ended }, "damaged blocks are set aside, as an earlier start began to do");
  }
  try {
    return await withScan(await openChainStore({ folder, networkId, mode: "open" }));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    if (error.code === "LEDGER_STORE_DAMAGED") {
      const kept = genesis.cards.length < 2 ? null : setChainAside(folder, Date.now());
      if (kept === null) throw error;
      const { code, message } = error;
      log.error(
        { code, reason: message, kept },
        "set the damaged blocks aside: they are fetched again",
      );
    } else if (error.code !== "LEDGER_STORE_MISSING") throw error;
  }
  const changes = initialState(genesis);
  const founded = { timeMs, changes };
  return withScan(await openChainStore({ folder, networkId, mode: "create", genesis: founded }));
}
