import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { nodePaths } from "../src/config.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

async function makeBlocks(
  network: Consortium,
  writer: ReturnType<Consortium["writer"]>,
  count: number,
): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const { height } = network.status(1);
    expect((await network.client(1).submit(writer.void())).ok).toBe(true);
    await network.height(height + 1, 1);
  }
}

const asideIn = async (home: string): Promise<readonly string[]> =>
  (await readdir(home)).filter((name) => name.startsWith("node.damaged-"));

async function guardOf(home: string): Promise<Buffer> {
  const { guard } = nodePaths(home);
  const [name = ""] = await readdir(guard);
  return readFile(join(guard, name));
}

test("damaged databases are set aside and fetched again, once a day, and the guard stays", {
  timeout: 90_000,
}, async () => {
  consortium = await Consortium.found(4);
  const network = consortium;
  await network.start();
  await network.ready();
  const writer = network.writer(1);
  await makeBlocks(network, writer, 5);
  await network.stop(0);
  const { home } = network.member(0).config;
  const { data } = nodePaths(home);
  const guard = await guardOf(home);
  await rm(join(data, "state", "CURRENT"));
  await network.start(0);
  const { height } = network.status(1);
  await network.height(height, 0);
  const chains = await Promise.all(
    [0, 1].map(async (at) => (await readChain(network.client(at), height)).map(({ id }) => id)),
  );
  expect(chains[0]).toEqual(chains[1]);
  const [aside = ""] = await asideIn(home);
  expect(await readdir(join(home, aside))).toEqual(expect.arrayContaining(["bodies", "state"]));
  await makeBlocks(network, writer, 2);
  await network.ready();
  await network.stop(0);
  expect((await guardOf(home)).length).toBe(guard.length);

  // Again on the same day it is the disk, and a person has to look.
  await rm(join(data, "bodies"), { recursive: true });
  await expect(network.start(0)).rejects.toMatchObject({ code: "LEDGER_STORE_DAMAGED" });
  expect(await asideIn(home)).toHaveLength(1);
  expect(await readdir(data)).toContain("state");
});

test("the only copy of a chain is never set aside", async () => {
  consortium = await Consortium.found(1);
  const network = consortium;
  await network.start();
  await network.ready();
  await network.stop();
  const { home } = network.member(0).config;
  await rm(join(nodePaths(home).data, "state", "CURRENT"));
  await expect(network.start()).rejects.toMatchObject({ code: "LEDGER_STORE_DAMAGED" });
  expect(await asideIn(home)).toEqual([]);
});
