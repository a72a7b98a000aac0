import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { GatewayError } from "./errors.ts";
import { type LogLevel, logLevels } from "./log.ts";

/** What a gateway reads from `config.json`; the node's own entries are checked and left aside. */
export interface GatewayConfig {
  /** Home folder of the company. Source: docs/PROTOCOL.md section 9. */
  readonly home: string;
  /** Name of the network, as in its genesis. */
  readonly network: string;
  /** Handle of the company, as on its card. */
  readonly company: string;
  /** Loopback port of the API with a token; 0 takes a free one, null opens none. */
  readonly gatewayPort: number | null;
  /** Loopback port of health and metrics; 0 takes a free one, null opens none. */
  readonly gatewayOperationsPort: number | null;
  readonly logLevel: LogLevel;
  readonly dev: boolean;
}

const port = z.int().min(0).max(65_535).nullable();
const shape = z.strictObject({
  format: z.literal("tegata-config/1"),
  network: z.string().min(1),
  company: z.string().min(1),
  p2pListen: z.array(z.string().min(1)).max(8),
  proxy: z.string().nullable().optional(),
  proxyCredentialsFile: z.string().nullable().optional(),
  operationsPort: port,
  gatewayOperationsPort: port,
  gatewayPort: port,
  logLevel: z.enum(logLevels),
  dev: z.boolean(),
});

/**
 * Reads the text of a `config.json`; `path` names it in errors.
 * @throws GATEWAY_CONFIG_INVALID
 */
export function parseConfig(text: string, home: string, path: string): GatewayConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("GATEWAY_CONFIG_INVALID", { path, reason: "it is no JSON" }, cause);
  }
  const read = shape.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const reason = `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim();
    throw new GatewayError("GATEWAY_CONFIG_INVALID", { path, reason });
  }
  const { network, company, gatewayPort, gatewayOperationsPort, logLevel, dev } = read.data;
  return { home, network, company, gatewayPort, gatewayOperationsPort, logLevel, dev };
}

/** Reads `config.json` of a home folder. @throws GATEWAY_CONFIG_INVALID */
export function readConfig(home: string): GatewayConfig {
  const path = join(home, "config.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new GatewayError("GATEWAY_CONFIG_INVALID", { path, reason: "it cannot be read" }, cause);
  }
  return parseConfig(text, home, path);
}

/** Paths in a home folder that the gateway uses. Source: docs/PROTOCOL.md section 9. */
export function gatewayPaths(home: string): {
  readonly keystore: string;
  readonly data: string;
  readonly lock: string;
  readonly run: string;
  readonly socket: string;
  readonly nodeSocket: string;
  readonly token: string;
  readonly tokenHash: string;
} {
  return {
    keystore: join(home, "keys", "gateway.keystore"),
    data: join(home, "gateway"),
    lock: join(home, "gateway", "lock"),
    run: join(home, "run"),
    socket: join(home, "run", "gateway.sock"),
    nodeSocket: join(home, "run", "node.sock"),
    token: join(home, "gateway", "token"),
    tokenHash: join(home, "gateway", "token.hash"),
  };
}
