import { afterEach, describe, expect, test } from "vitest";
import { ConnectProxy, type ProxyManner } from "../../../../test/helpers/connect-proxy.ts";
import { freePorts } from "../../../../test/helpers/free-ports.ts";
import type { DialFailure } from "../../src/network/dial-failure.ts";
import { parseProxy } from "../../src/network/proxy.ts";
import {
  createTestNode,
  identity,
  isMesh,
  member,
  type TestNode,
  type TestNodeOptions,
  until,
} from "./testnet.ts";

const running: TestNode[] = [];
const proxies: ConnectProxy[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ network }) => network.stop()));
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

async function open(manner: ProxyManner = { kind: "serve" }): Promise<ConnectProxy> {
  const proxy = await ConnectProxy.open();
  proxy.manner = manner;
  proxies.push(proxy);
  return proxy;
}

function node(number: number, options: TestNodeOptions = {}): TestNode {
  const one = createTestNode(number, options);
  running.push(one);
  return one;
}

const behind = ({ port }: ConnectProxy, credentials: string | null = null): TestNodeOptions => ({
  proxy: { host: "127.0.0.1", port, credentials },
  listen: [],
});

/** Two members of which the first only dials, through a proxy. */
async function pair(
  proxy: ConnectProxy,
  address: (own: string) => string = (own) => own,
): Promise<readonly [inside: TestNode, outside: TestNode]> {
  const inside = node(1, behind(proxy, "tegata:secret"));
  const outside = node(2);
  await Promise.all([inside.network.start(), outside.network.start()]);
  const members = [member(1, []), member(2, [address(outside.network.addresses()[0] as string)])];
  for (const one of [inside, outside]) one.network.setMembers(members);
  return [inside, outside];
}

function failureOf(one: TestNode, other: TestNode): DialFailure | null {
  const { memberId } = identity(other.number);
  return one.network.peers().find((peer) => peer.memberId === memberId)?.dialFailure ?? null;
}

describe("behind a proxy", () => {
  test("a member without an address of its own is connected with the others", async () => {
    const proxy = await open();
    const [inside, outside] = await pair(proxy);
    await until(() => isMesh(inside, outside), "they are connected");
    expect(inside.network.peers()[0]?.link?.direction).toBe("out");
    expect(outside.network.peers()[0]?.link?.direction).toBe("in");
    const target = (outside.network.addresses()[0] as string).split("/").at(-1);
    const authorization = `Basic ${Buffer.from("tegata:secret").toString("base64")}`;
    expect(proxy.asked).toContainEqual({ target: `127.0.0.1:${target}`, authorization });
    inside.network.broadcast(11, new Uint8Array([7]));
    await until(() => outside.received.length === 1, "a frame arrives");
  });

  test("names are resolved by the proxy, not here", async () => {
    const proxy = await open();
    const named = (own: string): string => own.replace("/ip4/127.0.0.1", "/dns4/nobody.example");
    const [inside, outside] = await pair(proxy, named);
    await until(() => isMesh(inside, outside), "they are connected");
    expect(proxy.asked[0]?.target).toMatch(/^nobody\.example:\d+$/);
  });

  test("a connection heals when the proxy was gone for a moment", async () => {
    const proxy = await open();
    const [inside, outside] = await pair(proxy);
    await until(() => isMesh(inside, outside), "they are connected");
    proxy.hangUp();
    await until(() => !isMesh(inside, outside), "they notice");
    await until(() => isMesh(inside, outside), "they are connected again");
  });

  test.each<[ProxyManner, DialFailure["reason"], RegExp]>([
    [{ kind: "answer", status: 407 }, "proxy-refused", /proxy refuses .* 407/],
    [{ kind: "answer", status: 403 }, "proxy-refused", /proxy refuses .* 403/],
    [{ kind: "answer", status: 502 }, "unreachable", /proxy does not reach .* 502/],
    [{ kind: "answer", status: 504 }, "unreachable", /proxy does not reach .* 504/],
    [{ kind: "close" }, "proxy-unreachable", /ended the connection without an answer/],
    [{ kind: "babble" }, "proxy-unreachable", /ended the connection without an answer/],
    [{ kind: "hang" }, "timed-out", /./],
  ])("a proxy that does %j is told from a peer that refuses", async (manner, reason, text) => {
    const proxy = await open(manner);
    const [inside, outside] = await pair(proxy);
    await until(() => failureOf(inside, outside)?.reason === reason, `it is ${reason}`);
    expect(failureOf(inside, outside)?.text).toMatch(text);
    proxy.manner = { kind: "serve" };
    await until(() => isMesh(inside, outside), "they are connected once it lets them");
    expect(failureOf(inside, outside)).toBeNull();
  });

  test("a tunnel that is cut in the middle of the handshake is tried again", async () => {
    const proxy = await open({ kind: "cut", afterBytes: 40 });
    const [inside, outside] = await pair(proxy);
    await until(() => failureOf(inside, outside) !== null, "it fails");
    proxy.manner = { kind: "serve" };
    await until(() => isMesh(inside, outside), "they are connected");
  });

  test("a proxy that nobody runs is named as such", async () => {
    const proxy = await open();
    const [inside, outside] = await pair(proxy);
    await until(() => isMesh(inside, outside), "they are connected");
    const { port } = proxy;
    proxies.splice(0);
    await proxy.close();
    await until(
      () => failureOf(inside, outside)?.reason === "proxy-unreachable",
      "the proxy is gone",
    );
    expect(failureOf(inside, outside)?.text).toContain(`127.0.0.1:${port}`);
  });

  test("a peer that nobody runs is told from the proxy", async () => {
    const proxy = await open();
    const [port] = await freePorts(1);
    const [inside, outside] = await pair(proxy, () => `/ip4/127.0.0.1/tcp/${port}`);
    await until(() => failureOf(inside, outside)?.reason === "unreachable", "it is unreachable");
    expect(failureOf(inside, outside)?.text).toMatch(/proxy does not reach/);
  });
});

test("the address of a proxy is host and port over HTTP, and holds no password", () => {
  expect(parseProxy("http://proxy.example:3128")).toEqual({ host: "proxy.example", port: 3_128 });
  expect(parseProxy("http://[::1]:8080/")).toEqual({ host: "::1", port: 8_080 });
  const broken = [
    ...["", "proxy.example:3128", "https://proxy.example:3128", "http://proxy.example"],
    ...["http://u:p@proxy.example:3128", "http://proxy.example:0", "http://proxy.example:65536"],
    ...["http://proxy.example:3128/path", "http://a b:1", "http://a\r\nb:1"],
  ];
  for (const text of broken) expect(parseProxy(text), text).toBeNull();
});
