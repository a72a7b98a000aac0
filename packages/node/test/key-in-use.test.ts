import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts } from "../../../test/helpers/free-ports.ts";
import { until } from "../../../test/helpers/waiting.ts";
import { nodePaths } from "../src/config.ts";
import { readChain } from "./helpers/chain.ts";
import { ChildNode } from "./helpers/child.ts";
import { Consortium, passphrase } from "./helpers/consortium.ts";

let consortium: Consortium | null = null;
const children: ChildNode[] = [];

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => (child.hasExited ? null : child.kill())));
  await consortium?.end();
  consortium = null;
  writer = null;
});

/** Sockets cannot be copied, and on another machine the claims of the lock mean nothing. */
function isCopied(path: string): boolean {
  return !path.endsWith(".sock") && !/[\\/]lock[\\/]/.test(path);
}

/** Copies a home folder as somebody does who moves a machine, and gives it a port of its own. */
async function clone(home: string, name: string): Promise<string> {
  const copy = `${home}-${name}`;
  await cp(home, copy, { recursive: true, filter: isCopied });
  const [port, operationsPort] = await freePorts(2);
  const path = join(copy, "config.toml");
  const text = await readFile(path, "utf8");
  const moved = text
    .replace(/\/tcp\/\d+/, `/tcp/${port}`)
    .replace(/^nodePort = \d+$/m, `nodePort = ${operationsPort}`);
  await writeFile(path, moved);
  return copy;
}

let writer: ReturnType<Consortium["writer"]> | null = null;

/** Makes blocks at the second member, which never stops. */
async function makeBlocks(network: Consortium, count: number): Promise<void> {
  const at = 1;
  writer ??= network.writer(at);
  for (let made = 0; made < count; made += 1) {
    const { height } = network.status(at);
    expect((await network.client(at).submit(writer.void())).ok).toBe(true);
    await network.height(height + 1, at);
  }
}

async function child(home: string): Promise<ChildNode> {
  const one = new ChildNode(home, passphrase);
  children.push(one);
  return one;
}

async function expectOneVoice(network: Consortium, at: number): Promise<void> {
  const { height } = network.status(at);
  const chain = await readChain(network.client(at), height);
  expect(chain.flatMap(({ evidence }) => evidence)).toEqual([]);
  expect(network.status(at).members.map(({ standing }) => standing)).not.toContain("suspended");
}

describe("a home folder that was copied", { timeout: 90_000 }, () => {
  test("does not sign beside the one that runs, not even while nothing happens, and says what to do", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    await makeBlocks(network, 2);
    const copy = await clone(network.member(0).config.home, "copy");
    const twin = await child(copy);
    expect(await twin.exited).toBe(77);
    const lines = twin.errors.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^error: .*NODE_SIGN_STATE_SHARED/);
    expect(lines[1]).toMatch(/^why: /);
    expect(lines[2]).toMatch(/^next: .*stop/);
    await makeBlocks(network, 4);
    await network.ready();
    await expectOneVoice(network, 1);
  });

  test("does not sign beside the one that runs while blocks are made", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    const copy = await clone(network.member(0).config.home, "copy");
    const twin = await child(copy);
    while (!twin.hasExited) await makeBlocks(network, 1);
    expect(await twin.exited).toBe(77);
    await makeBlocks(network, 2);
    await network.ready();
    await expectOneVoice(network, 1);
  });

  test("stops with the other when both begin at the same moment, and nobody signs twice", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start(1, 2, 3);
    await network.ready(1, 2, 3);
    await makeBlocks(network, 2);
    const { home } = network.member(0).config;
    const copy = await clone(home, "copy");
    const twins = [await child(home), await child(copy)];
    await until("one has stopped", () => twins.some(({ hasExited }) => hasExited));
    const ended = twins.find(({ hasExited }) => hasExited);
    expect(await ended?.exited).toBe(77);
    await makeBlocks(network, 4);
    await expectOneVoice(network, 1);
  });
});

describe("a home folder that was restored", { timeout: 90_000 }, () => {
  test("follows until a later height is decided, votes again, and contradicts nothing", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    await makeBlocks(network, 2);
    await network.stop(0);
    const { home } = network.member(0).config;
    const old = await clone(home, "old");
    await network.start(0);
    await network.ready();
    await makeBlocks(network, 6);
    await network.stop(0);
    await rm(nodePaths(home).guard, { recursive: true });
    await rm(nodePaths(home).data, { recursive: true });
    await cp(join(old, "guard"), nodePaths(home).guard, { recursive: true });
    await cp(join(old, "node"), nodePaths(home).data, { recursive: true });
    await network.start(0);
    await makeBlocks(network, 4);
    await network.ready();
    // Without the others' help it is needed again, so it votes.
    await network.stop(3);
    await makeBlocks(network, 2);
    await expectOneVoice(network, 1);
  });
});

describe("a height that cannot end without the member that lost its guard", {
  timeout: 90_000,
}, () => {
  test("ends once the guard is made anew from what all others hold, and not from fewer", async () => {
    consortium = await Consortium.found(3);
    const network = consortium;
    await network.start();
    await network.ready();
    await makeBlocks(network, 2);
    await network.stop(0);
    const { home } = network.member(0).config;
    await rm(nodePaths(home).guard, { recursive: true });
    await mkdir(nodePaths(home).guard, { mode: 0o700 });
    // With three members all are needed: this waits for the one that may not sign.
    const { height } = network.status(1);
    writer ??= network.writer(1);
    expect((await network.client(1).submit(writer.void())).ok).toBe(true);
    await network.stop(2);
    const early = new ChildNode(home, passphrase, "--recover-sign-state");
    children.push(early);
    await until("it reaches the one that is there", async () => {
      const status = await network
        .client(0)
        .status()
        .catch(() => null);
      const reached = status?.members.filter(({ connected }) => connected).length ?? 0;
      return reached === 2;
    });
    expect(early.hasExited).toBe(false);
    expect(await readdir(nodePaths(home).guard)).toEqual([]);
    await network.start(2);
    expect(await early.exited).toBe(0);
    expect(JSON.parse(early.output.trim().split("\n").at(-1) ?? "")).toMatchObject({
      height: height + 1,
    });
    await network.start(0);
    await network.height(height + 1);
    await makeBlocks(network, 2);
    await expectOneVoice(network, 1);
  });

  test("needs nobody else where the member is alone", async () => {
    consortium = await Consortium.found(1);
    const network = consortium;
    await network.start();
    await network.ready();
    const { height } = network.status(0);
    await network.stop();
    const { home } = network.member(0).config;
    await rm(nodePaths(home).guard, { recursive: true });
    await mkdir(nodePaths(home).guard, { mode: 0o700 });
    const one = new ChildNode(home, passphrase, "--recover-sign-state");
    children.push(one);
    expect(await one.exited).toBe(0);
    await network.start();
    expect((await network.client(0).submit(network.writer(0).void())).ok).toBe(true);
    await network.height(height + 1);
  });
});

test("a guard of another key is not taken for the own one", async () => {
  consortium = await Consortium.found(2);
  const network = consortium;
  await network.start();
  await network.ready();
  await makeBlocks(network, 2);
  await network.stop();
  const [own, other] = [0, 1].map((index) => {
    const { config, consensusKey } = network.member(index);
    return join(nodePaths(config.home).guard, `${consensusKey.publicKey}.guard`);
  });
  await cp(other as string, own as string, { force: true });
  const node = await child(network.member(0).config.home);
  expect(await node.exited).toBe(77);
  expect(node.errors).toContain("NODE_GUARD_FOREIGN");
});
