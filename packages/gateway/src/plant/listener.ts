import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { HostPort } from "@tegata/settings";
import { DueAnswers } from "../api/due-answers.ts";
import { problemOf } from "../api/problem.ts";
import type { Problem } from "../api/schemas.ts";
import { GatewayError } from "../errors.ts";
import { gatewayLimits } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { announcedBytes, letPass, readBody } from "./body.ts";
import type { PlantCertificate } from "./certificate.ts";
import type { Plant } from "./plant.ts";
import { formOf, formsKnown, type TableReader } from "./table.ts";
import type { PlantToken } from "./tokens.ts";
import { Tries } from "./tries.ts";

/** What a listener for machines of the plant works with. */
export interface ListenerParts {
  readonly plant: Plant;
  /** null: JSON alone is taken. */
  readonly reader: TableReader | null;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** How long whoever is slow is waited for. */
export interface ListenerPatience {
  readonly plantHandshakeMs: number;
  readonly plantHeadersMs: number;
  readonly plantRequestMs: number;
}

/** The listener for machines of the plant. */
export interface PlantListener {
  /** `https://HOST:PORT`, with the real port. */
  readonly url: string;
  close(): Promise<void>;
}

/** A request whose sender has been recognised. */
interface Admitted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly token: PlantToken;
  /** Whether the sender waits for leave before it sends the body. */
  readonly waits: boolean;
}

/** A letter of a name takes up to twelve characters here. */
const recordsPath = /^\/v1\/streams\/([^/?#]{1,768})\/records$/;

/**
 * Listens on a network of the plant: TLS alone, and nothing but handing in rows of the stream that a token is
 * for. Whoever has no token learns nothing, not even which streams there are.
 * @throws GATEWAY_LISTEN_FAILED
 */
export async function openPlantListener(
  { host, port }: HostPort,
  { certificate: cert, key }: PlantCertificate,
  parts: ListenerParts,
  patience: ListenerPatience = gatewayLimits,
): Promise<PlantListener> {
  const limits = gatewayLimits;
  const server = createServer({
    ...{ cert, key, minVersion: "TLSv1.2", handshakeTimeout: patience.plantHandshakeMs },
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    maxHeaderSize: limits.plantHeaderBytesMax,
    headersTimeout: patience.plantHeadersMs,
    requestTimeout: patience.plantRequestMs,
    keepAliveTimeout: limits.plantIdleMs,
    connectionsCheckingInterval: limits.connectionsCheckMs,
  });
  server.maxHeadersCount = limits.plantHeadersMax;
  server.maxConnections = limits.plantConnectionsMax;
  const answers = new DueAnswers();
  guardConnections(server, answers, parts.metrics);
  const desk = new PlantDesk(parts);
  const take = (request: IncomingMessage, response: ServerResponse, waits: boolean): void => {
    answers.note(request, response);
    desk.answer(request, response, waits);
  };
  server.on("request", (request, response) => take(request, response, false));
  server.on("checkContinue", (request, response) => take(request, response, true));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new GatewayError("GATEWAY_LISTEN_FAILED", { where: `${host}:${port}` }, cause));
    });
    server.listen({ host, port }, resolve);
  });
  // A connection that cannot be taken, because the machine has no room for it, ends nothing else.
  server.on("error", () => parts.metrics.plantRefused("connections"));
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `https://${shown}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Bounds what one address may hold open, and answers what is no request where that cannot be misunderstood. */
function guardConnections(server: Server, answers: DueAnswers, { plantRefused }: Metrics): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const { remoteAddress: address = "" } = socket;
    const count = open.get(address) ?? 0;
    if (count >= gatewayLimits.plantConnectionsOfOneMax) {
      plantRefused("connections");
      socket.destroy();
      return;
    }
    open.set(address, count + 1);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
  server.on("drop", () => plantRefused("connections"));
  server.on("tlsClientError", (_error, socket) => {
    plantRefused("tls");
    socket.destroy();
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    plantRefused(error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "slow" : "request");
    const status = unreadable[error.code ?? ""] ?? "400 Bad Request";
    if (socket.writable && !answers.areDue(socket)) {
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
    socket.destroy();
  });
}

const unreadable: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers requests. */
class PlantDesk {
  readonly #parts: ListenerParts;
  readonly #tries = new Tries();
  readonly #working = new Map<string, number>();

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  answer(request: IncomingMessage, response: ServerResponse, waits: boolean): void {
    const address = request.socket.remoteAddress ?? "";
    response.on("error", () => undefined);
    this.#answer(request, response, address, waits).catch((error: unknown) => {
      this.#refuse(request, response, error, waits);
    });
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    address: string,
    waits: boolean,
  ): Promise<void> {
    if (request.method === "GET" && request.url === "/livez") {
      letPass(request, gatewayLimits.plantUnwantedBytesMax);
      response.writeHead(204).end();
      return;
    }
    const waitSeconds = this.#tries.waitSeconds(address);
    if (waitSeconds > 0) {
      response.setHeader("retry-after", `${waitSeconds}`);
      throw new GatewayError("GATEWAY_PLANT_TRIES", { waitSeconds });
    }
    const token = this.#tokenOf(request);
    if (token === null) {
      this.#tries.note(address);
      response.setHeader("www-authenticate", "Bearer");
      throw new GatewayError("GATEWAY_PLANT_TOKEN", null);
    }
    await this.#take({ request, response, token, waits });
  }

  /** The token of a request where it is one for what is asked. */
  #tokenOf({ headers, url = "" }: IncomingMessage): PlantToken | null {
    const { plant } = this.#parts;
    const token = plant.tokens.find(/^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "");
    if (token === null) return null;
    const asked = recordsPath.exec(url)?.[1];
    // What else there may be is nobody's business; a machine that asks for it has a wrong address.
    if (asked === undefined)
      throw new GatewayError("GATEWAY_PLANT_ONLY", { path: url.slice(0, 256) });
    return plant.isFor(token, unescaped(asked)) ? token : null;
  }

  async #take(admitted: Admitted): Promise<void> {
    const { request, response, token, waits } = admitted;
    const { headers, method = "", url = "" } = request;
    if (method !== "POST") {
      throw new GatewayError("GATEWAY_PLANT_ONLY", { path: `${method} ${url}`.slice(0, 256) });
    }
    const form = "content-encoding" in headers ? null : formOf(headers["content-type"] ?? "");
    if (form === null) throw new GatewayError("GATEWAY_FORM_UNKNOWN", { known: formsKnown });
    const key = headers["idempotency-key"];
    if (typeof key !== "string" || key === "" || key.length > gatewayLimits.plantKeyLengthMax) {
      throw new GatewayError("GATEWAY_KEY_MISSING", null);
    }
    const { plantBodyBytesMax: bytesMax } = gatewayLimits;
    const tooLarge = new GatewayError("GATEWAY_REQUEST_TOO_LARGE", { bytesMax });
    if ((announcedBytes(request) ?? 0) > bytesMax) throw tooLarge;
    const leave = this.#begin(token);
    try {
      if (waits) response.writeContinue();
      const body = await readBody(request, bytesMax);
      if (body.type === "too-large") throw tooLarge;
      if (body.type === "cut-off") {
        this.#parts.metrics.plantRefused("cut-off");
        response.destroy();
        return;
      }
      const { plant, reader, metrics } = this.#parts;
      const delivery = { form, key, bytes: body.bytes };
      const answer = await plant.submit(token, delivery, reader);
      if (answer.type === "refused") {
        metrics.plantRefused("rows");
        this.#tell(request, response, answer.problem, () => answer.text);
        return;
      }
      metrics.plantAccepted(answer.replayed);
      if (answer.replayed) response.setHeader("idempotent-replayed", "true");
      const { rows, replayed, submission } = answer;
      const told = JSON.stringify({ rows, replayed, submission });
      this.#send(response, 202, "application/json", told);
    } finally {
      leave();
    }
  }

  /** Takes one of the few places; what is answered gives it back. @throws GATEWAY_PLANT_BUSY */
  #begin({ name }: PlantToken): () => void {
    const own = this.#working.get(name) ?? 0;
    const all = [...this.#working.values()].reduce((sum, count) => sum + count, 0);
    if (own >= gatewayLimits.plantRequestsOfOneMax || all >= gatewayLimits.plantRequestsMax) {
      throw new GatewayError("GATEWAY_PLANT_BUSY", null);
    }
    this.#working.set(name, own + 1);
    return () => {
      const left = (this.#working.get(name) ?? 1) - 1;
      if (left > 0) this.#working.set(name, left);
      else this.#working.delete(name);
    };
  }

  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    error: unknown,
    waits: boolean,
  ): void {
    const problem = problemOf(error);
    const { metrics, log } = this.#parts;
    metrics.plantRefused(reasons[problem.code] ?? (problem.status < 500 ? "rows" : "gateway"));
    if (problem.status >= 500) log.error({ err: error, code: problem.code }, "a request failed");
    if (problem.status === 429 && !response.hasHeader("retry-after")) {
      response.setHeader("retry-after", "5");
    }
    // Whoever was given no leave does not send the body, and the next request would be taken for it.
    if (waits && !request.complete) response.setHeader("connection", "close");
    else letPass(request, gatewayLimits.plantUnwantedBytesMax);
    const { reader } = this.#parts;
    const explain = reader === null ? null : () => reader.explain(problem);
    this.#tell(request, response, problem, explain);
  }

  /** A refusal for programs, or for people where that is asked for. */
  #tell(
    { headers }: IncomingMessage,
    response: ServerResponse,
    problem: Problem,
    text: (() => string) | null,
  ): void {
    const isText = text !== null && /\btext\/plain\b/.test(headers.accept ?? "");
    if (isText) this.#send(response, problem.status, "text/plain", text());
    else this.#send(response, problem.status, "application/problem+json", JSON.stringify(problem));
  }

  #send(response: ServerResponse, status: number, type: string, text: string): void {
    // Windows PowerShell reads an answer without a charset as Latin.
    const head = { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" };
    response.writeHead(status, head).end(`${text}\n`);
  }
}

/** Label of a refusal in the metrics, by its code; all others are about the rows. */
const reasons: Readonly<Record<string, string>> = {
  GATEWAY_PLANT_TOKEN: "token",
  GATEWAY_PLANT_TRIES: "tries",
  GATEWAY_PLANT_BUSY: "busy",
  GATEWAY_PLANT_ONLY: "request",
  GATEWAY_FORM_UNKNOWN: "request",
  GATEWAY_KEY_MISSING: "request",
  GATEWAY_REQUEST_INVALID: "request",
  GATEWAY_REQUEST_TOO_LARGE: "size",
  GATEWAY_ROWS_TOO_MANY: "size",
};

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
