import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { createGatewayClient, type GatewayClient } from "../src/api/client.ts";
import { gatewayPaths } from "../src/config.ts";
import { ChildGateway } from "./helpers/child.ts";
import { Companies, passphrase } from "./helpers/companies.ts";
import { pressLine } from "./helpers/press-line.ts";

const waitMs = 20_000;

let companies: Companies | null = null;
let child: ChildGateway | null = null;
afterEach(async () => {
  await child?.kill();
  child = null;
  await companies?.end();
  companies = null;
}, 30_000);

async function found(): Promise<{ readonly home: string; readonly client: GatewayClient }> {
  companies = await Companies.found(1);
  const { home } = companies.company(0);
  return { home, client: createGatewayClient({ socketPath: gatewayPaths(home).socket }) };
}

/** Submits until it is answered, whatever happens to the gateway meanwhile. */
async function acknowledged(client: GatewayClient, count: number, timeMs: number): Promise<void> {
  const body = { rows: [{ timeMs, cells: { count } }], backfill: false };
  await until(`row ${count} is acknowledged`, () =>
    client.submitRows("press", body, `row-${count}`).then(
      () => true,
      () => false,
    ),
  );
}

async function countsOf(client: GatewayClient): Promise<readonly unknown[]> {
  const { items } = await client.records("press", { limit: 1_000 });
  return items.map(({ cells }) => cells.count).sort((a, b) => Number(a) - Number(b));
}

test("a gateway killed again and again loses and doubles nothing that it acknowledged", async () => {
  const { home, client } = await found();
  await companies?.startNodes(0);
  child = await ChildGateway.start(home, passphrase);
  await client.createStream(pressLine("press"), { waitMs });
  let count = 0;
  for (let round = 0; round < 4; round += 1) {
    const timeMs = Date.now();
    const sending = Array.from({ length: 40 }, () => acknowledged(client, count++, timeMs));
    // Killed while some are acknowledged and some are not.
    await Promise.race(sending);
    await child.kill();
    child = await ChildGateway.start(home, passphrase);
    await Promise.all(sending);
  }
  await until("everything is committed", async () => (await countsOf(client)).length >= count);
  expect(await countsOf(client)).toEqual([...Array(count).keys()]);
  expect(await child.terminate()).toBe(0);
  client.close();
}, 60_000);

test("a gateway ends when the process that started it is gone", async () => {
  const { home } = await found();
  child = await ChildGateway.start(home, passphrase);
  child.abandon();
  expect(await child.exited).toBe(0);
});

test("a folder that another gateway holds ends with 75", async () => {
  const { home } = await found();
  child = await ChildGateway.start(home, passphrase);
  const second = new ChildGateway(home, passphrase);
  expect(await second.exited).toBe(75);
  expect(second.errors).toContain("LEDGER_STORE_LOCKED");
  expect(child.hasExited).toBe(false);
});

test("a wrong passphrase, an open keystore and a wrong configuration end with 78 in three lines", async () => {
  const { home } = await found();
  const end = async (given: string): Promise<string> => {
    const failed = new ChildGateway(home, given);
    expect(await failed.exited).toBe(78);
    expect(failed.errors.trimEnd().split("\n")).toHaveLength(3);
    expect(failed.errors).not.toContain(given);
    return failed.errors;
  };
  expect(await end("wrong horse")).toContain("LEDGER_KEYSTORE_WRONG_PASSPHRASE");
  const { keystore } = gatewayPaths(home);
  await chmod(keystore, 0o644);
  expect(await end(passphrase)).toContain("LEDGER_SECRET_FILE_EXPOSED");
  await chmod(keystore, 0o600);
  const path = join(home, "config.toml");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace("[api]\n", "[api]\nprot = 1\n"));
  expect(await end(passphrase)).toMatch(/no setting "api\.prot" \(SETTINGS_REFUSED\)/);
  await writeFile(path, text.replace(/^handle = .*$/m, 'handle = "somebody"'));
  expect(await end(passphrase)).toContain("GATEWAY_HOME_MISMATCH");
});
