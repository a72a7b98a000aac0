import { join } from "node:path";
import { type HostPort, hostPortOf, readSettings, type Settings } from "@tegata/settings";
import type { LogLevel } from "./log.ts";

/** How machines of the plant may reach a gateway. */
export interface PlantConfig {
  readonly at: HostPort;
  /** Files that the company gives; null: the gateway makes them. */
  readonly given: { readonly certificate: string; readonly key: string } | null;
}

/** What a gateway takes from the settings of its company. */
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
  /** Where machines of the plant may hand in rows; null: nowhere. */
  readonly plant: PlantConfig | null;
  /** Whether the company votes once it is admitted and has followed the chain. */
  readonly isValidator: boolean;
  readonly logLevel: LogLevel;
  readonly dev: boolean;
}

/** What the gateway of a home folder takes from these settings. */
export function gatewayConfig(home: string, settings: Settings): GatewayConfig {
  return {
    home,
    network: settings["network.name"],
    company: settings["company.handle"],
    gatewayPort: settings["api.port"],
    gatewayOperationsPort: settings["operations.gatewayPort"],
    plant: plantConfig(settings),
    isValidator: settings["node.validator"],
    logLevel: settings["log.level"],
    dev: settings.dev,
  };
}

function plantConfig(settings: Settings): PlantConfig | null {
  const at = hostPortOf(settings["plant.listen"] ?? "");
  if (at === null) return null;
  const certificate = settings["plant.certificateFile"];
  const key = settings["plant.keyFile"];
  return { at, given: certificate === null || key === null ? null : { certificate, key } };
}

/**
 * Reads the settings file of a home folder, without the environment: that is for who starts a gateway.
 * @throws SETTINGS_UNREADABLE, SETTINGS_REFUSED, SETTINGS_NOT_CONVERTED
 */
export function readConfig(home: string): GatewayConfig {
  const sources = { file: join(home, "config.toml"), oldFile: join(home, "config.json") };
  return gatewayConfig(home, readSettings({ ...sources, environment: {}, flags: [] }).settings);
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
  readonly plantCertificate: string;
  readonly plantKey: string;
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
    plantCertificate: join(home, "plant.crt"),
    plantKey: join(home, "gateway", "plant.key"),
  };
}
