import fastify, { type FastifyInstance } from "fastify";
import { NodeError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { NodeState } from "./client.ts";

/** What the operations listener tells. */
export interface OperationsParts {
  readonly port: number;
  readonly version: string;
  readonly metrics: Metrics;
  readonly state: () => NodeState;
}

/** Health, metrics and version for machines that watch, on loopback only. */
export interface Operations {
  /** The port, which was chosen by the system where 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

function addRoutes(server: FastifyInstance, parts: OperationsParts): void {
  server.get("/livez", () => ({ state: "alive" }));
  server.get("/readyz", (_request, reply) => {
    const state = parts.state();
    return reply.code(state === "ready" ? 200 : 503).send({ state });
  });
  server.get("/version", () => ({ version: parts.version, node: process.version }));
  server.get("/metrics", async (_request, reply) => {
    const text = await parts.metrics.registry.metrics();
    return reply.type(parts.metrics.registry.contentType).send(text);
  });
}

/**
 * Opens the operations listener.
 * @throws NODE_LISTEN_FAILED
 */
export async function openOperations(parts: OperationsParts): Promise<Operations> {
  const server = fastify({ bodyLimit: 1_024, forceCloseConnections: true });
  addRoutes(server, parts);
  try {
    await server.listen({ host: "127.0.0.1", port: parts.port });
  } catch (cause) {
    await server.close();
    const addresses = [`127.0.0.1:${parts.port}`];
    const message = `nothing can be opened at ${addresses[0]}`;
    throw new NodeError("NODE_LISTEN_FAILED", message, { addresses }, cause);
  }
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : parts.port;
  return { port, close: () => server.close() };
}
