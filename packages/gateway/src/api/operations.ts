import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GatewayError } from "../errors.ts";
import { gatewayLimits } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import { version } from "../version.ts";

// Imported as a module it would read the whole of fetch too: an eighth of the time that a short command takes.
const { createServer } = process.getBuiltinModule("node:http");

/** How a gateway stands, for those who watch it. */
export type Readiness = "ready" | "starting" | "node-away" | "waiting-for-history";

/** The operations listener. */
export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
  /** Lets the process end while it is open. */
  unref(): void;
}

/** Health and metrics on a loopback port of their own. @throws GATEWAY_LISTEN_FAILED */
export async function openOperations(
  port: number,
  metrics: Pick<Metrics, "registry">,
  readiness: () => Readiness,
): Promise<OperationsServer> {
  const server = createServer((request, response) => {
    answer(request, response, metrics, readiness).catch(() => response.destroy());
  });
  server.headersTimeout = gatewayLimits.headersTimeoutMs;
  server.maxConnections = gatewayLimits.eventConnectionsMax;
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    unref: () => void server.unref(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new GatewayError("GATEWAY_LISTEN_FAILED", { where: `port ${port}` }, cause));
    });
    server.listen({ host: "127.0.0.1", port }, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: Pick<Metrics, "registry">,
  readiness: () => Readiness,
): Promise<void> {
  request.resume();
  const path = (request.url ?? "").split("?", 1)[0];
  const json = (status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(`${JSON.stringify(body)}\n`);
  };
  if (request.method !== "GET") return json(405, { error: "only GET" });
  switch (path) {
    case "/livez":
      return json(200, { state: "alive" });
    case "/readyz": {
      const state = readiness();
      return json(state === "ready" ? 200 : 503, { state });
    }
    case "/version":
      return json(200, { version, node: process.version });
    case "/metrics": {
      const text = await metrics.registry.metrics();
      response.writeHead(200, { "content-type": metrics.registry.contentType });
      response.end(text);
      return;
    }
    default:
      return json(404, { error: "not found" });
  }
}
