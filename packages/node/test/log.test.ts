import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { Consortium, passphrase } from "./helpers/consortium.ts";

const program = resolve(import.meta.dirname, "../src/main.ts");

/** Reading the program takes the processor, which others may have. */
const patienceMs = 60_000;

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

test(
  "a node whose log finds no room goes on, and stops as it is told",
  async () => {
    consortium = await Consortium.found(1);
    const network = consortium;
    // Every write to it fails as on a full disk.
    const full = openSync("/dev/full", "w");
    const { home } = network.member(0).config;
    const child = spawn(process.execPath, [program, "--home", home], {
      stdio: ["pipe", full, full],
      env: { ...process.env, TEGATA_LOG_LEVEL: "debug" },
    });
    closeSync(full);
    const exited = new Promise((done) => child.once("exit", (code) => done(code)));
    child.stdin?.write(`${passphrase}\n`);
    const status = () => network.client(0).status();
    const answers = () => status().then(Boolean, () => child.exitCode !== null);
    await until("it answers", answers, patienceMs);
    expect(child.exitCode).toBe(null);
    const { height } = await status();
    const written = network.writer(0).createStream();
    expect((await network.client(0).submit(written)).ok).toBe(true);
    await until("it commits", async () => (await status()).height > height, patienceMs);
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
  },
  3 * patienceMs,
);
