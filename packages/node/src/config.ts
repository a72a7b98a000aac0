import { join } from "node:path";
import { readSettings, type Settings } from "@tegata/settings";
import type { LogLevel } from "./log.ts";

/** What a node takes from the settings of its company. */
export interface NodeConfig {
  /** Home folder of the company. Source: docs/PROTOCOL.md section 9. */
  readonly home: string;
  /** Name of the network, as in its genesis. */
  readonly network: string;
  /** Handle of the company, as on its card. */
  readonly company: string;
  /** Multiaddrs to listen on; none: it only dials out. */
  readonly p2pListen: readonly string[];
  /** Multiaddrs for companies that join; none: one port above those of `p2pListen`. */
  readonly joinListen: readonly string[];
  /** HTTP proxy that connections to members leave through, `http://host:port`; null: they leave directly. */
  readonly proxy: string | null;
  /** File with `user:password` for the proxy, readable by its owner alone; null: it asks for none. */
  readonly proxyCredentialsFile: string | null;
  /** Loopback port of health and metrics; 0 takes a free one, null opens none. */
  readonly operationsPort: number | null;
  readonly logLevel: LogLevel;
  /** A network for trying things out, with throw-away keys. */
  readonly dev: boolean;
}

/** What the node of a home folder takes from these settings. */
export function nodeConfig(home: string, settings: Settings): NodeConfig {
  return {
    home,
    network: settings["network.name"],
    company: settings["company.handle"],
    p2pListen: settings["network.listen"],
    joinListen: settings["network.joinListen"],
    proxy: settings["network.proxy"],
    proxyCredentialsFile: settings["network.proxyCredentialsFile"],
    operationsPort: settings["operations.nodePort"],
    logLevel: settings["log.level"],
    dev: settings.dev,
  };
}

/**
 * Reads the settings file of a home folder, without the environment: that is for who starts a node.
 * @throws SETTINGS_UNREADABLE, SETTINGS_REFUSED, SETTINGS_NOT_CONVERTED
 */
export function readConfig(home: string): NodeConfig {
  const sources = { file: join(home, "config.toml"), oldFile: join(home, "config.json") };
  return nodeConfig(home, readSettings({ ...sources, environment: {}, flags: [] }).settings);
}

/** Paths in a home folder that the node uses. Source: docs/PROTOCOL.md section 9. */
export function nodePaths(home: string): {
  readonly genesis: string;
  readonly card: string;
  /** Roles whose key came after the card, one a line. */
  readonly rotated: string;
  /** Where members can be reached that the genesis does not know. */
  readonly firstPeers: string;
  readonly keystore: string;
  readonly guard: string;
  readonly trustedBlock: string;
  readonly data: string;
  readonly wal: string;
  readonly run: string;
  readonly socket: string;
} {
  return {
    genesis: join(home, "genesis"),
    card: join(home, "card"),
    rotated: join(home, "keys", "rotated"),
    firstPeers: join(home, "node", "first-peers"),
    keystore: join(home, "keys", "node.keystore"),
    guard: join(home, "guard"),
    trustedBlock: join(home, "trusted-block"),
    data: join(home, "node"),
    wal: join(home, "node", "wal"),
    run: join(home, "run"),
    socket: join(home, "run", "node.sock"),
  };
}
