import { createHash, timingSafeEqual } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import swagger from "@fastify/swagger";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { GatewayError, type RowProblem } from "../errors.ts";
import { gatewayLimits } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Desk } from "./desk.ts";
import { DueAnswers } from "./due-answers.ts";
import { problemOf } from "./problem.ts";
import { backupRoutes } from "./routes/backup.ts";
import { documentRoutes } from "./routes/documents.ts";
import { eventRoutes } from "./routes/events.ts";
import { grantRoutes } from "./routes/grants.ts";
import { membershipRoutes } from "./routes/membership.ts";
import { networkRoutes } from "./routes/network.ts";
import { outboxRoutes } from "./routes/outbox.ts";
import { proofRoutes } from "./routes/proofs.ts";
import { recordRoutes } from "./routes/records.ts";
import { recoveryRoutes } from "./routes/recovery.ts";
import { streamRoutes } from "./routes/streams.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import type { Api } from "./typed-server.ts";

/** Where people reach the gateway: its socket, or a loopback port with a token. */
export type Listening =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "port"; readonly port: number; readonly tokenHash: Uint8Array };

/** The API on one listening place. */
export interface ApiServer {
  /** Path of the socket, or URL with the real port. */
  readonly where: string;
  close(): Promise<void>;
}

/**
 * Opens the API. The socket is for the local user alone (0600 in a folder of 0700); the port asks for a
 * token and answers only under a loopback name, so that no web page can reach it through a foreign one.
 * @throws GATEWAY_LISTEN_FAILED
 */
export async function openApi(
  desk: Desk,
  listening: Listening,
  version: string,
  log: Log,
): Promise<ApiServer> {
  const isLocal = listening.kind === "socket";
  const server = await createServer(
    desk,
    version,
    log,
    isLocal ? [backupRoutes, recoveryRoutes, tokenRoutes] : [],
  );
  if (listening.kind === "port") guardPort(server, listening.tokenHash);
  try {
    return { where: await listen(server, listening), close: () => server.close() };
  } catch (cause) {
    await server.close();
    const where = listening.kind === "socket" ? listening.path : `port ${listening.port}`;
    throw new GatewayError("GATEWAY_LISTEN_FAILED", { where }, cause);
  }
}

async function createServer(
  desk: Desk,
  version: string,
  log: Log,
  more: readonly ((api: Api, desk: Desk) => void)[],
): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: gatewayLimits.requestBytesMax,
    requestTimeout: gatewayLimits.requestTimeoutMs,
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: true,
    http: {
      headersTimeout: gatewayLimits.headersTimeoutMs,
      connectionsCheckingInterval: gatewayLimits.connectionsCheckMs,
    },
    // A path that cannot be read is refused before any route, and in the same words.
    frameworkErrors: (error, _request, reply) => refuse(error, reply, log),
  });
  server.server.maxConnections = gatewayLimits.connectionsMax;
  keepApart(server);
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setNotFoundHandler((request) => {
    throw new GatewayError("GATEWAY_ROUTE_UNKNOWN", { path: request.url.slice(0, 256) });
  });
  server.setErrorHandler((error: FastifyError, _request, reply) => refuse(error, reply, log));
  await server.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "Tegata gateway", version } },
    transform: jsonSchemaTransform,
  });
  const routes = [
    networkRoutes,
    membershipRoutes,
    streamRoutes,
    recordRoutes,
    outboxRoutes,
    grantRoutes,
    documentRoutes,
    proofRoutes,
    eventRoutes,
    ...more,
  ];
  await server.register(
    async (scope) => {
      const api = scope.withTypeProvider<ZodTypeProvider>() as unknown as Api;
      for (const route of routes) route(api, desk);
      api.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
    },
    { prefix: "/v1" },
  );
  return server;
}

/** Closes a connection on which something that cannot be read comes behind a request that is under way. */
function keepApart(server: FastifyInstance): void {
  const answers = new DueAnswers();
  server.addHook("onRequest", async ({ raw }, reply) => answers.note(raw, reply.raw));
  server.server.prependListener("clientError", (_error, socket) => {
    if (answers.areDue(socket)) socket.destroy();
  });
}

function refuse(error: FastifyError, reply: FastifyReply, log: Log): FastifyReply {
  const problem = problemOf(ownError(error));
  if (problem.status >= 500) log.error({ err: error, code: problem.code }, "a request failed");
  // Serialized here: the framework has no route, and so no serializer, for what it refuses itself.
  const body = JSON.stringify(problem);
  return reply.status(problem.status).type("application/problem+json").send(body);
}

/** What the framework refuses, as our own refusal. */
function ownError(error: FastifyError): unknown {
  if (error.validation !== undefined) {
    const problems: RowProblem[] = error.validation.map(({ instancePath, message }) => ({
      row: rowOf(instancePath),
      field: instancePath.slice(1).replaceAll("/", ".") || null,
      expected: message ?? "another value",
      got: "",
    }));
    return new GatewayError("GATEWAY_REQUEST_INVALID", { problems }, error);
  }
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    const { requestBytesMax: bytesMax } = gatewayLimits;
    return new GatewayError("GATEWAY_REQUEST_TOO_LARGE", { bytesMax }, error);
  }
  const { statusCode } = error;
  if (!(error instanceof GatewayError) && statusCode !== undefined && statusCode < 500) {
    const problem = { row: null, field: null, expected: error.message, got: "" };
    return new GatewayError("GATEWAY_REQUEST_INVALID", { problems: [problem] }, error);
  }
  return error;
}

function rowOf(path: string): number | null {
  const found = /^\/rows\/(\d+)/.exec(path)?.[1];
  return found === undefined ? null : Number(found);
}

function guardPort(server: FastifyInstance, tokenHash: Uint8Array): void {
  server.addHook("onRequest", async (request) => {
    const host = request.headers.host ?? "";
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) {
      throw new GatewayError("GATEWAY_HOST_REFUSED", { host: host.slice(0, 128) });
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const given = createHash("sha256").update(token, "utf8").digest();
    if (!timingSafeEqual(given, tokenHash)) throw new GatewayError("GATEWAY_TOKEN_INVALID", null);
  });
}

async function listen(server: FastifyInstance, listening: Listening): Promise<string> {
  if (listening.kind === "port") {
    return await server.listen({ host: "127.0.0.1", port: listening.port });
  }
  mkdirSync(dirname(listening.path), { recursive: true, mode: 0o700 });
  chmodSync(dirname(listening.path), 0o700);
  // A socket left by a killed process; the lock of the home folder says that no other process lives.
  rmSync(listening.path, { force: true });
  await server.listen({ path: listening.path });
  chmodSync(listening.path, 0o600);
  return listening.path;
}
