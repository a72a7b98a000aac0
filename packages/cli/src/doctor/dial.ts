import { lookup } from "node:dns/promises";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { readSecretFile } from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import { words } from "../words/catalogue.ts";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** Where to dial. */
export interface DialTarget {
  readonly host: string;
  readonly port: number;
}

const connectMs = 5_000;
const greetMs = 5_000;
/**
 * What a node says first, and what it answers when it is asked for the encryption all nodes speak: each a
 * length and a line. Source: multistream-select 1.0.0
 */
const greeting = "\u0013/multistream/1.0.0\n\u0007/noise\n";
const answerBytesMax = 4_096;

/** `HOST:PORT`, `[IPV6]:PORT` or a multiaddr. @throws CLI_USAGE */
export function dialTarget(text: string): DialTarget {
  const [, family = "", place = "", , digits = ""] = text.startsWith("/") ? text.split("/") : [];
  const [, v6 = "", plain = "", number = ""] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = family === "" ? v6 || plain : place;
  const port = Number(family === "" ? number : digits);
  if (host !== "" && port >= 1 && port <= 65_535) return { host, port };
  throw new CliError("CLI_USAGE", words().doctor.badTarget(text));
}

/** Dials as the node would: name, connection (through the proxy, if there is one), the words of a node. */
export async function checkDial(target: DialTarget, facts: Facts): Promise<readonly Finding[]> {
  const found = findingsOf("dial");
  const { host, port } = target;
  const at = { host, port };
  const proxy = facts.settings?.["network.proxy"] ?? null;
  const list: Finding[] = [];
  if (proxy === null) {
    try {
      const { address } = await lookup(host);
      list.push(found.pass("dial-name", { ...at, address }));
    } catch {
      return [found.fail("dial-no-name", at)];
    }
  }
  let socket: Socket;
  const beganMs = performance.now();
  try {
    socket = proxy === null ? await plainly(target) : await through(proxy, target, facts);
    list.push(
      found.pass("dial-open", { ...at, ms: Math.round(performance.now() - beganMs), proxy }),
    );
  } catch (error) {
    return [...list, found.fail("dial-closed", { ...at, proxy, reason: reasonOf(error) })];
  }
  const greeted = await greet(socket).finally(() => socket.destroy());
  switch (greeted) {
    case "node":
      return [...list, found.pass("dial-node", at)];
    case "closed":
      return [...list, found.fail("dial-hung-up", at)];
    case "silent":
      return [...list, found.fail("dial-silent", at)];
    case "other":
      return [...list, found.fail("dial-other", at)];
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

function plainly({ host, port }: DialTarget): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: connectMs });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("timeout", () => fail(Object.assign(new Error("late"), { code: "ETIMEDOUT" })));
    socket.once("connect", () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

/** Source: RFC 9110 section 9.3.6. */
async function through(proxy: string, target: DialTarget, facts: Facts): Promise<Socket> {
  const { hostname, port } = new URL(proxy);
  const name = target.host.includes(":") ? `[${target.host}]` : target.host;
  const authority = `${name}:${target.port}`;
  const file = facts.settings?.["network.proxyCredentialsFile"] ?? null;
  const credentials = file === null ? null : (await readSecretFile(file)).trim();
  const authorization =
    credentials === null
      ? {}
      : { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const call = request({
      ...{ host, port: port === "" ? 80 : Number(port), method: "CONNECT", path: authority },
      ...{ agent: false, timeout: connectMs, headers: { host: authority, ...authorization } },
    });
    call.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode >= 200 && statusCode <= 299) return resolve(socket as Socket);
      socket.destroy();
      reject(new Error(`PROXY_${statusCode}`));
    });
    call.once("response", (answer) => {
      answer.destroy();
      reject(new Error(`PROXY_${answer.statusCode ?? 0}`));
    });
    call.once("timeout", () => call.destroy(new Error("PROXY_TIMEOUT")));
    call.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.message.startsWith("PROXY_") ? error : new Error(`PROXY_${error.code}`));
    });
    call.end();
  });
}

/** What answers the first words of a node. */
function greet(socket: Socket): Promise<"node" | "other" | "silent" | "closed"> {
  return new Promise((resolve) => {
    let answer = "";
    const timer = setTimeout(() => resolve(answer === "" ? "silent" : "other"), greetMs);
    const end = (what: "node" | "other" | "closed"): void => {
      clearTimeout(timer);
      resolve(what);
    };
    socket.on("data", (chunk: Buffer) => {
      answer = (answer + chunk.toString("latin1")).slice(0, answerBytesMax);
      if (answer === greeting) end("node");
      else if (!greeting.startsWith(answer)) end("other");
    });
    socket.once("error", () => end("closed"));
    socket.once("close", () => end("closed"));
    socket.write(greeting, "latin1");
  });
}
