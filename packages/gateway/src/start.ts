import { selfTestPrimitives } from "@tegata/ledger/primitives";
import { type GatewaySecret, takeLock } from "@tegata/ledger/storage";
import { selfTestVault } from "@tegata/ledger/vault";
import { type OperationsServer, openOperations } from "./api/operations.ts";
import { type ApiServer, openApi } from "./api/server.ts";
import { readCompany } from "./company.ts";
import { type ComposedGateway, composeGateway } from "./compose.ts";
import { type GatewayConfig, gatewayPaths } from "./config.ts";
import { GatewayError } from "./errors.ts";
import { createLog, type Log } from "./log.ts";
import { OwnKeys, type ReadSecret } from "./own-keys.ts";
import { openOwnCertificate, type PlantCertificate, readCertificate } from "./plant/certificate.ts";
import { openPlantListener, type PlantListener } from "./plant/listener.ts";
import type { TableReader } from "./plant/table.ts";
import { openToken } from "./token.ts";
import { version } from "./version.ts";

/** A gateway at work. */
export interface RunningGateway {
  /** Path of its socket, for `createGatewayClient`. */
  readonly socketPath: string;
  /** URL of the API with a token, null where there is none. */
  readonly url: string | null;
  /** Port of the operations listener, null where there is none. */
  readonly operationsPort: number | null;
  /** Resolves with the error when the gateway could not go on; it has stopped by then. */
  readonly failed: Promise<unknown>;
  /** Stops and resolves when everything is closed; may be called more than once. */
  stop(): Promise<void>;
}

interface Doors {
  readonly socket: ApiServer;
  readonly port: ApiServer | null;
  readonly operations: OperationsServer | null;
  readonly plant: PlantListener | null;
}

/** What whoever starts a gateway brings along. */
export interface Companions {
  /** Reads the keys again when one of them changes; null where none ever does. */
  readonly readSecret: ReadSecret | null;
  /** Reads files of rows; null: machines of the plant hand in JSON alone. */
  readonly reader: TableReader | null;
}

function checkConfig(config: GatewayConfig, network: string, handle: string): void {
  const pairs = [
    ["network name", network, config.network],
    ["company", handle, config.company],
  ] as const;
  for (const [what, expected, actual] of pairs) {
    if (expected === actual) continue;
    throw new GatewayError("GATEWAY_HOME_MISMATCH", { what, expected, actual });
  }
}

/** Machines of the plant are let in where the settings say so. */
async function openPlant(
  { home, plant: settings }: GatewayConfig,
  { plant, metrics }: ComposedGateway,
  title: string,
  reader: TableReader | null,
  log: Log,
): Promise<PlantListener | null> {
  if (settings === null) return null;
  const { at, given } = settings;
  const { plantCertificate, plantKey } = gatewayPaths(home);
  const own = { certificate: plantCertificate, key: plantKey };
  const certificate: PlantCertificate =
    given === null
      ? await openOwnCertificate(own, { title, host: at.host, nowMs: Date.now() })
      : await readCertificate(given);
  const listener = await openPlantListener(at, certificate, { plant, reader, metrics, log });
  const { path, fingerprint, validUntilMs } = certificate;
  plant.opening = { url: listener.url, certificate: { path, fingerprint, validUntilMs } };
  log.info({ at: listener.url, fingerprint }, "open to machines of the plant");
  return listener;
}

async function openDoors(
  config: GatewayConfig,
  gateway: ComposedGateway,
  { title, reader }: { readonly title: string; readonly reader: TableReader | null },
  log: Log,
): Promise<Doors> {
  const { desk, metrics, readiness } = gateway;
  const paths = gatewayPaths(config.home);
  const opened: { close(): Promise<void> }[] = [];
  try {
    let port: ApiServer | null = null;
    if (config.gatewayPort !== null) {
      const tokenHash = await openToken(paths.token, paths.tokenHash);
      const listening = { kind: "port", port: config.gatewayPort, tokenHash } as const;
      port = await openApi(desk, listening, version, log);
      opened.push(port);
    }
    let operations: OperationsServer | null = null;
    if (config.gatewayOperationsPort !== null) {
      operations = await openOperations(config.gatewayOperationsPort, metrics, readiness);
      opened.push(operations);
    }
    const plant = await openPlant(config, gateway, title, reader, log);
    if (plant !== null) opened.push(plant);
    // Last, because whoever gets an answer at the socket takes the gateway for started.
    const socket = await openApi(desk, { kind: "socket", path: paths.socket }, version, log);
    return { socket, port, operations, plant };
  } catch (error) {
    for (const door of opened) await door.close();
    throw error;
  }
}

/**
 * Starts the gateway of a home folder: opens its stores, listens, reads the ledger, claims to write. What
 * waits in the outbox is sent once the claim is on the ledger; rows are acknowledged before.
 * @throws GATEWAY_CONFIG_INVALID, GATEWAY_HOME_MISMATCH, GATEWAY_LISTEN_FAILED, GATEWAY_STORE_DAMAGED,
 * LEDGER_STORE_*, LEDGER_SECRET_FILE_*, LEDGER_SELF_TEST_FAILED
 */
export async function startGateway(
  config: GatewayConfig,
  secret: GatewaySecret,
  givenLog: Log | null = null,
  { readSecret, reader }: Companions = { readSecret: null, reader: null },
): Promise<RunningGateway> {
  const log = givenLog ?? createLog(config.logLevel, null);
  selfTestPrimitives();
  await selfTestVault();
  const keys = new OwnKeys(secret, readSecret);
  const company = readCompany(config.home, secret, keys);
  checkConfig(config, company.networkName, company.handle);
  const lock = takeLock(gatewayPaths(config.home).lock);
  let gateway: ComposedGateway | null = null;
  let doors: Doors | null = null;
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      await Promise.all([doors?.operations?.close(), doors?.plant?.close()]);
      await Promise.all([doors?.socket.close(), doors?.port?.close()]);
      await gateway?.close();
      lock.release();
    })();
    return stopping;
  };
  try {
    gateway = await composeGateway(config, { company, keys }, secret, log);
    doors = await openDoors(config, gateway, { title: company.name, reader }, log);
  } catch (error) {
    await stop();
    throw error;
  }
  const failed = Promise.withResolvers<unknown>();
  gateway.run().catch((error: unknown) => {
    log.fatal({ code: (error as { code?: unknown }).code, err: error }, "cannot go on");
    const end = (): void => failed.resolve(error);
    stop().then(end, end);
  });
  return {
    socketPath: doors.socket.where,
    url: doors.port?.where ?? null,
    operationsPort: doors.operations?.port ?? null,
    failed: failed.promise,
    stop,
  };
}
