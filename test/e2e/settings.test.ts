import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { introduce } from "../helpers/consortium.ts";
import { freePorts } from "../helpers/free-ports.ts";
import { until } from "../helpers/waiting.ts";

let folder = "";
let kato: Company;
let config = "";

/** A network of one company: its own vote is a quorum. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tegata-e2e-"));
  kato = await introduce(folder, "kato", "Kato Press");
  await kato.must(["init", "--found", "card"]);
  config = join(kato.home, "config.toml");
});

afterAll(async () => {
  await kato?.end();
  rmSync(folder, { recursive: true, force: true });
});

async function metricsAt(port: number): Promise<boolean> {
  try {
    return (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).includes("tegata_");
  } catch {
    return false;
  }
}

test("the environment of tegata start reaches both programs, and one that is started again keeps it", async () => {
  const [nodePort = 0, gatewayPort = 0] = await freePorts(2);
  kato.variables = {
    TEGATA_OPERATIONS_NODE_PORT: `${nodePort}`,
    TEGATA_OPERATIONS_GATEWAY_PORT: `${gatewayPort}`,
  };
  const written = readFileSync(config, "utf8");
  await kato.start();
  expect(await metricsAt(nodePort)).toBe(true);
  expect(await metricsAt(gatewayPort)).toBe(true);
  expect(await metricsAt(kato.place.ports.nodeOperations)).toBe(false);
  // A file that is broken meanwhile must not stop a company from coming back.
  writeFileSync(config, "[network\n");
  await kato.kill("node");
  await until("the node is back at its port", () => metricsAt(nodePort));
  expect((await kato.run(["doctor"])).code).toBe(1);
  await kato.stop();
  const refused = await kato.begin([
    ...["start", "--foreground", "--passphrase-file", kato.place.passphraseFile],
  ]).ended;
  expect(refused.code).toBe(78);
  expect(refused.stderr).toContain("line 1");
  writeFileSync(config, written);
});

test("a variable that is no setting starts nothing, and the error says what was meant", async () => {
  kato.variables = { TEGATA_API_PROT: "1" };
  const { code, stderr } = await kato.begin([
    ...["start", "--foreground", "--passphrase-file", kato.place.passphraseFile],
  ]).ended;
  expect([code, stderr.includes("did you mean TEGATA_API_PORT?")]).toEqual([78, true]);
  expect(kato.pidOf("node")).toBeNull();
  kato.variables = {};
});

test("a company of an older version starts with its config.json, which is taken over once", async () => {
  const { ports } = kato.place;
  const old = {
    format: "tegata-config/1",
    network: "Chubu Press Circle",
    company: "kato",
    p2pListen: [`/ip4/127.0.0.1/tcp/${ports.p2p}`],
    operationsPort: ports.nodeOperations,
    gatewayOperationsPort: null,
    gatewayPort: null,
    logLevel: "info",
    dev: true,
  };
  rmSync(config);
  const path = join(kato.home, "config.json");
  writeFileSync(path, JSON.stringify(old));
  expect((await kato.run(["doctor", "--json"])).stdout).toContain("settings-old");
  expect(existsSync(path)).toBe(true);
  await kato.start();
  await kato.untilReady();
  expect(await metricsAt(ports.nodeOperations)).toBe(true);
  expect([existsSync(path), existsSync(`${path}.old`)]).toEqual([false, true]);
  expect(readFileSync(config, "utf8")).toContain('gatewayPort = "none"');
});
