import type { Socket } from "node:net";
import type { Transport } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import type { Multiaddr } from "@multiformats/multiaddr";
import { assert } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { plainText } from "./dial-failure.ts";
import { hostOf } from "./identity.ts";

// Imported as a module it would read the whole of fetch too: an eighth of the time that a short command takes.
const { request } = process.getBuiltinModule("node:http");

/** An HTTP proxy that every connection to a member leaves through. */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** `user:password`, or null for a proxy that asks for neither. */
  readonly credentials: string | null;
}

/** Reads `http://host:port`; null for anything else, credentials included: those are in a file of their own. */
export function parseProxy(text: string): Pick<HttpProxy, "host" | "port"> | null {
  const parts = /^http:\/\/(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+):([0-9]{1,5})\/?$/.exec(text);
  const [, host = "", digits = ""] = parts ?? [];
  const port = Number(digits);
  if (host === "" || port < 1 || port > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port };
}

/** What a proxy is waited for until it takes the connection; the way to one's own is short. */
const connectTimeoutMs = 1_200;

/** Answers that mean the way beyond the proxy, and not that the proxy declines. */
const isBeyond = (status: number): boolean => status === 404 || status >= 500;

/** Where a tunnel leads. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
}

function targetOf(address: Multiaddr): TunnelTarget {
  const port = address.getComponents().find(({ name }) => name === "tcp")?.value ?? "";
  return { host: hostOf(address), port: Number(port) };
}

function unreachable(proxy: HttpProxy, why: string, cause?: unknown): NodeError {
  const { host, port } = proxy;
  const message = `the proxy ${host}:${port} ${why}`;
  return new NodeError("NODE_PROXY_UNREACHABLE", message, { host, port }, cause);
}

/** What an answer other than 2xx says. */
function refusal(status: number, words: string, { host, port }: TunnelTarget): NodeError {
  const answer = plainText(`${status} ${words}`.trim());
  const detail = { status, host, port };
  if (isBeyond(status)) {
    const message = `the proxy does not reach ${host}:${port}: ${answer}`;
    return new NodeError("NODE_PROXY_TARGET", message, detail);
  }
  const message = `the proxy refuses to connect to ${host}:${port}: ${answer}`;
  return new NodeError("NODE_PROXY_REFUSED", message, detail);
}

/**
 * A connection through an HTTP proxy, which resolves the name of the target itself.
 * Source: RFC 9110 section 9.3.6.
 * @throws NODE_PROXY_UNREACHABLE, NODE_PROXY_REFUSED, NODE_PROXY_TARGET, or the signal's reason
 */
export function openTunnel(
  proxy: HttpProxy,
  target: TunnelTarget,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, credentials } = proxy;
  const name = target.host.includes(":") ? `[${target.host}]` : target.host;
  const authority = `${name}:${target.port}`;
  const authorization =
    credentials === null
      ? {}
      : { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let isTaken = false;
    const call = request({
      ...{ host, port, method: "CONNECT", path: authority, agent: false, signal },
      headers: { host: authority, ...authorization },
    });
    const timer = setTimeout(() => {
      call.destroy(unreachable(proxy, `does not answer within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    call.on("socket", (socket) => {
      socket.once("connect", () => {
        isTaken = true;
        clearTimeout(timer);
      });
    });
    call.on("connect", (answer, socket: Socket, head) => {
      const status = answer.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        reject(refusal(status, answer.statusMessage ?? "", target));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      socket.setNoDelay(true);
      socket.setKeepAlive(true);
      resolve(socket);
    });
    call.on("response", (answer) => {
      answer.destroy();
      reject(refusal(answer.statusCode ?? 0, answer.statusMessage ?? "", target));
    });
    call.on("error", (error) => {
      const isOurs = signal.aborted || error instanceof NodeError;
      const why = isTaken ? "ended the connection without an answer" : "cannot be reached";
      reject(isOurs ? error : unreachable(proxy, why, error));
    });
    call.on("close", () => {
      clearTimeout(timer);
      reject(unreachable(proxy, "ended the connection without an answer"));
    });
    call.end();
  });
}

type TransportFactory = ReturnType<typeof tcp>;

/** TCP, of which every outgoing connection takes the way through the proxy, if there is one. */
export function transportThrough(proxy: HttpProxy | null): TransportFactory {
  const make = tcp();
  if (proxy === null) return make;
  return (components): Transport => {
    const transport = make(components);
    assert(
      typeof Reflect.get(transport, "_connect") === "function",
      "the transport connects as the pinned version does",
    );
    const connect = (address: Multiaddr, options: { readonly signal: AbortSignal }) =>
      openTunnel(proxy, targetOf(address), options.signal);
    Reflect.set(transport, "_connect", connect);
    return transport;
  };
}
