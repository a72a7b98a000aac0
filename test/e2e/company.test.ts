import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../packages/cli/src/dev/free-ports.ts";
import { eventually, processesNaming } from "../helpers/left-behind.ts";

const launcher = resolve(import.meta.dirname, "../../packages/cli/bin/tegata.mjs");
const minuteMs = 60_000;

let folder = "";
let home = "";
let passphraseFile = "";
let p2pPort = 0;

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function tegata(...words: readonly string[]): Promise<Ran> {
  const env = { ...process.env, TEGATA_HOME: home, NO_COLOR: "1" };
  const child = spawn(process.execPath, [launcher, ...words], { env, cwd: folder, stdio: "pipe" });
  child.stdin.end();
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [exit] = (await once(child, "close")) as [number];
  return { exit, stdout, stderr };
}

const start = (...more: readonly string[]) =>
  tegata("start", "--passphrase-file", passphraseFile, ...more);
const supervisor = (): number => Number(readFileSync(join(home, "run", "tegata.pid"), "utf8"));

/** The command with which the first page goes on. */
async function nextCommand(): Promise<string> {
  return (JSON.parse((await tegata("--json")).stdout) as { next: string }).next;
}

/** A network of one company: its own vote is a quorum. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tc-"));
  home = join(folder, "kato");
  passphraseFile = join(folder, "passphrase");
  writeFileSync(passphraseFile, "correct horse\n", { mode: 0o600 });
  [p2pPort = 0] = await freePorts(1);
  const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
  const where = ["--address", `/ip4/127.0.0.1/tcp/${p2pPort}`, "--api-port", "none"];
  const keys = ["--dev-keys", "--passphrase-file", passphraseFile, "--out", "kato.card"];
  expect((await tegata("card", ...who, ...where, "--operations-ports", "none", ...keys)).exit).toBe(
    0,
  );
}, minuteMs);

afterAll(async () => {
  await tegata("stop");
  rmSync(folder, { recursive: true, force: true });
}, minuteMs);

describe("a company", () => {
  test(
    "that belongs to no network does not start",
    async () => {
      const { exit, stderr } = await start();
      expect([exit, stderr.includes("CLI_HOME_NOT_FOUNDED")]).toEqual([78, true]);
      const introduced = await tegata();
      expect(introduced.stdout).toMatch(/^You are Kato Press \(kato\) in Chubu Press\.\n/);
      expect(introduced.stdout).toMatch(
        /Next +tegata init --genesis FILE\n +or, exactly one of the founders: tegata init --found CARD…\n$/,
      );
      expect((await tegata("init", "--found", "kato.card")).exit).toBe(0);
      expect((await tegata()).stdout).toMatch(/Your company does not run\.\nNext +tegata start\n$/);
    },
    minuteMs,
  );

  test(
    "does not start with another passphrase, and says so",
    async () => {
      const other = join(folder, "other");
      writeFileSync(other, "wrong horse\n", { mode: 0o600 });
      for (const more of [[], ["--dry-run"], ["--foreground"]]) {
        const { exit, stderr } = await tegata("start", "--passphrase-file", other, ...more);
        expect([exit, stderr.includes("the passphrase does not open the keys")]).toEqual([
          78,
          true,
        ]);
      }
      expect(processesNaming(home)).toEqual([]);
    },
    2 * minuteMs,
  );

  test(
    "does not start where its port is taken, and says so",
    async () => {
      const server = createServer().listen(p2pPort, "127.0.0.1");
      await once(server, "listening");
      const { exit, stderr } = await start();
      server.close();
      expect([exit, stderr.includes("NODE_LISTEN_FAILED")]).toEqual([6, true]);
      expect(processesNaming(home)).toEqual([]);
    },
    2 * minuteMs,
  );

  test(
    "starts in the background, once, publishes and stops",
    async () => {
      expect((await tegata("status")).exit).toBe(5);
      expect((await tegata("stop")).exit).toBe(5);
      const started = await start();
      expect(started.exit, started.stderr).toBe(0);
      expect(started.stdout).toContain("Kato Press is running on Chubu Press.");
      expect(started.stdout).toContain("You are Kato Press (kato) in Chubu Press.");
      const again = await start();
      expect([again.exit, again.stderr.includes("CLI_ALREADY_RUNNING")]).toEqual([6, true]);
      await eventually("it is ready", minuteMs, async () => {
        const { stdout } = await tegata("status", "--json");
        return (JSON.parse(stdout) as { node: { state: string } | null }).node?.state === "ready";
      });
      expect(await nextCommand()).toBe("tegata streams create NAME --from FILE");
      writeFileSync(join(folder, "rows.csv"), "press,force [kN]\n3,1840.50\n3,1841\n");
      expect((await tegata("streams", "create", "press-3", "--from", "rows.csv")).exit).toBe(0);
      expect(await nextCommand()).toBe("tegata submit press-3 FILE");
      const steps = [
        "--time-start",
        new Date(Date.now() - 5_000).toISOString(),
        "--time-step",
        "1s",
      ];
      const first = await tegata("submit", "press-3", "rows.csv", ...steps);
      expect([first.exit, first.stderr.includes("error")], first.stderr).toEqual([0, false]);
      expect(first.stdout).toMatch(/^2 rows published · block \d+ · /);
      expect(await nextCommand()).toMatch(
        /^tegata grant press-3 --to COMPANY --facet \S+ --until 90d$/,
      );
      expect((await tegata()).stdout).toMatch(/Online +no other company yet\nYours +press-3\n/);
      const second = await tegata("submit", "press-3", "rows.csv", ...steps, "--json");
      expect(JSON.parse(second.stdout)).toMatchObject({ rows: 2, replayedRows: 2 });
      const { stdout } = await tegata("query", "press-3", "-o", "csv");
      expect(stdout.split("\n").map((line) => line.split(",").slice(1).join())).toEqual([
        ...["press,force [kN]", "3,1840.50", "3,1841", ""],
      ]);
      const stopped = await tegata("stop");
      expect([stopped.exit, stopped.stdout]).toEqual([0, "Kato Press has stopped.\n"]);
      expect(processesNaming(home)).toEqual([]);
    },
    3 * minuteMs,
  );

  test(
    "whose gateway is killed has it back, and everything in it",
    async () => {
      expect((await start()).exit).toBe(0);
      const gateways = processesNaming(home).filter(({ line }) => line.includes("gateway-main.ts"));
      expect(gateways).toHaveLength(1);
      for (const { pid } of gateways) process.kill(pid, "SIGKILL");
      await eventually("the gateway answers again", minuteMs, async () => {
        const log = readFileSync(join(home, "log", "tegata.log"), "utf8");
        return log.includes('"restart"') && (await tegata("query", "press-3")).exit === 0;
      });
      expect((await tegata("query", "press-3", "--json")).stdout).toContain("1840.50");
    },
    2 * minuteMs,
  );

  test(
    "ends with its supervisor, also when that is killed, and starts again",
    async () => {
      process.kill(supervisor(), "SIGKILL");
      await eventually("no program runs", minuteMs, () => processesNaming(home).length === 0);
      expect((await tegata("stop")).exit).toBe(5);
      expect((await start()).exit).toBe(0);
      expect((await tegata("stop")).exit).toBe(0);
      expect(processesNaming(home)).toEqual([]);
    },
    3 * minuteMs,
  );

  test(
    "in the foreground shows its logs and stops with a signal",
    async () => {
      const words = [launcher, "start", "--foreground", "--passphrase-file", passphraseFile];
      const env = { ...process.env, TEGATA_HOME: home };
      const child = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      await eventually("it is running", minuteMs, () => stdout.includes("is running on"));
      expect(stderr).toContain('"name":"node"');
      child.kill("SIGTERM");
      expect((await once(child, "close"))[0]).toBe(0);
      expect(processesNaming(home)).toEqual([]);
      expect(existsSync(join(home, "run", "tegata.pid"))).toBe(false);
    },
    2 * minuteMs,
  );
});
