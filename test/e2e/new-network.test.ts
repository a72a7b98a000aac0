import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePorts } from "../../packages/cli/src/dev/free-ports.ts";
import { type Ended, tegata } from "../helpers/command.ts";
import { until } from "../helpers/waiting.ts";

const minuteMs = 60_000;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tn-"));
  writeFileSync(join(folder, "passphrase"), "correct horse\n", { mode: 0o600 });
});

afterAll(async () => {
  for (const name of ["old", "new"]) await run(name, "stop");
  rmSync(folder, { recursive: true, force: true });
}, minuteMs);

const run = (name: string, ...words: readonly string[]): Promise<Ended> =>
  tegata(words, { folder, home: join(folder, name), input: null });

async function must(name: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(name, ...words);
  expect(code, `${words.join(" ")}\n${stderr}`).toBe(0);
  return stdout;
}

/** Founds a network of one company in a home folder of its own and starts it. */
async function found(name: string): Promise<void> {
  const [port = 0] = await freePorts(1);
  const secret = ["--passphrase-file", "passphrase"];
  const who = ["--network", `Press ${name}`, "--company", "Kato Press", "--handle", "kato"];
  const where = ["--address", `/ip4/127.0.0.1/tcp/${port}`, "--api-port", "none"];
  const rest = ["--operations-ports", "none", "--dev-keys", "--out", `${name}.card`];
  await must(name, "card", ...who, ...where, ...rest, ...secret);
  await must(name, "init", "--found", `${name}.card`);
  await must(name, "start", ...secret);
  const isReady = async () =>
    (await run(name, "status", "--json")).stdout.includes('"state":"ready"');
  await until(`${name} is ready`, isReady, minuteMs);
}

test(
  "what a company wrote in a network that is given up goes on in a new one, and its proofs stay valid",
  async () => {
    await found("old");
    const rows = ["time,press,force [kN]"];
    for (const second of [1, 2, 3]) rows.push(`2026-01-02T03:04:0${second}Z,3,184${second}.50`);
    writeFileSync(join(folder, "rows.csv"), `${rows.join("\n")}\n`);
    await must("old", "streams", "create", "press-3", "--from", "rows.csv", "--time", "time");
    await must("old", "submit", "press-3", "rows.csv", "--time", "time", "--backfill");
    const exported = await must("old", "query", "press-3", "--all", "-o", "csv");
    writeFileSync(join(folder, "press-3.csv"), exported);
    const [line = ""] = (await must("old", "query", "press-3", "-o", "ndjson")).split("\n");
    const { record } = JSON.parse(line) as { readonly record: string };
    await must("old", "proof", "press-3", record, "--facet", "data", "--out", "reading.json");
    await must("old", "stop");
    await must("old", "verify", "reading.json");

    await found("new");
    await must("new", "streams", "create", "press-3", "--from", "press-3.csv", "--time", "time");
    await must("new", "submit", "press-3", "press-3.csv", "--time", "time", "--backfill");
    expect(await must("new", "query", "press-3", "--all", "-o", "csv")).toBe(exported);
    // It is a proof of another network.
    expect((await run("new", "verify", "reading.json")).code).toBe(8);
  },
  4 * minuteMs,
);
