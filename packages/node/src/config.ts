import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NodeError } from "./errors.ts";
import { type LogLevel, logLevels } from "./log.ts";
import { parseProxy } from "./network/proxy.ts";

/** What a node reads from `config.json`; the gateway's own entries are checked and left aside. */
export interface NodeConfig {
  /** Home folder of the company. Source: docs/PROTOCOL.md section 9. */
  readonly home: string;
  /** Name of the network, as in its genesis. */
  readonly network: string;
  /** Handle of the company, as on its card. */
  readonly company: string;
  /** Multiaddrs to listen on; none: this node dials the others and nobody dials it. */
  readonly p2pListen: readonly string[];
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

/** Format of the file this program reads. */
export const configFormat = "tegata-config/1";

function invalid(path: string, reason: string, cause?: unknown): NodeError<"NODE_CONFIG_INVALID"> {
  const message = `the configuration ${path} is not usable: ${reason}`;
  return new NodeError("NODE_CONFIG_INVALID", message, { path, reason }, cause);
}

const isText = (value: unknown): boolean => typeof value === "string" && value.length > 0;
/** A TCP multiaddr; port 0 takes a free one. */
const isListenAddress = (value: unknown): boolean =>
  typeof value === "string" && /^\/(?:ip4|ip6|dns4|dns6)\/[^/\s]+\/tcp\/[0-9]{1,5}$/.test(value);
const isPort = (value: unknown): boolean =>
  value === null ||
  (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 65_536);

/** Every entry with what it must be; an entry more or less is refused, so that no typing error hides. */
const entries: Readonly<
  Record<string, readonly [expected: string, fits: (v: unknown) => boolean]>
> = Object.freeze({
  format: [configFormat, (value) => value === configFormat],
  network: ["text", isText],
  company: ["text", isText],
  p2pListen: [
    "a list of at most eight addresses such as /ip4/0.0.0.0/tcp/7001",
    (value) => Array.isArray(value) && value.length <= 8 && value.every(isListenAddress),
  ],
  proxy: [
    "a proxy such as http://proxy.example:3128, or null",
    (value) => value === null || (typeof value === "string" && parseProxy(value) !== null),
  ],
  proxyCredentialsFile: ["the path of a file, or null", (value) => value === null || isText(value)],
  operationsPort: ["a port or null", isPort],
  gatewayOperationsPort: ["a port or null", isPort],
  gatewayPort: ["a port or null", isPort],
  logLevel: [`one of ${logLevels.join(", ")}`, (value) => logLevels.includes(value as LogLevel)],
  dev: ["true or false", (value) => typeof value === "boolean"],
});

/** Entries that may be left out, which means null. */
const optional: ReadonlySet<string> = new Set(["proxy", "proxyCredentialsFile"]);

/**
 * Reads the text of a `config.json`; `path` names it in errors.
 * @throws NODE_CONFIG_INVALID
 */
export function parseConfig(text: string, home: string, path: string): NodeConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, "it is no JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(path, "it is no JSON object");
  }
  const given = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(entries, name)) throw invalid(path, `it has an unknown entry "${name}"`);
  }
  for (const [name, [expected, fits]] of Object.entries(entries)) {
    const value = optional.has(name) ? (given[name] ?? null) : given[name];
    if (!fits(value)) throw invalid(path, `"${name}" is not ${expected}`);
  }
  const { proxy = null, proxyCredentialsFile = null } = given as Partial<NodeConfig>;
  const { network, company, p2pListen, operationsPort, logLevel, dev } = given as unknown as Omit<
    NodeConfig,
    "home"
  >;
  const listening = { p2pListen, proxy, proxyCredentialsFile };
  return { home, network, company, ...listening, operationsPort, logLevel, dev };
}

/**
 * Reads `config.json` of a home folder.
 * @throws NODE_CONFIG_INVALID
 */
export function readConfig(home: string): NodeConfig {
  const path = join(home, "config.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw invalid(path, "it cannot be read", cause);
  }
  return parseConfig(text, home, path);
}

/** Paths in a home folder that the node uses. Source: docs/PROTOCOL.md section 9. */
export function nodePaths(home: string): {
  readonly genesis: string;
  readonly keystore: string;
  readonly guard: string;
  readonly data: string;
  readonly wal: string;
  readonly run: string;
  readonly socket: string;
} {
  return {
    genesis: join(home, "genesis"),
    keystore: join(home, "keys", "node.keystore"),
    guard: join(home, "guard"),
    data: join(home, "node"),
    wal: join(home, "node", "wal"),
    run: join(home, "run"),
    socket: join(home, "run", "node.sock"),
  };
}
