import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, processesNaming } from "../helpers/left-behind.ts";

const launcher = resolve(import.meta.dirname, "../../packages/cli/bin/tegata.mjs");
const minuteMs = 60_000;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tv-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function start(...words: readonly string[]) {
  const child = spawn(process.execPath, [launcher, ...words], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  return { child, said, ended: once(child, "close") };
}

interface Dev {
  readonly schema: string;
  readonly companies: readonly {
    readonly handle: string;
    readonly home: string;
    readonly api: string;
  }[];
}

describe("tegata dev", () => {
  test(
    "runs a network that its commands can talk to, and removes it at the end",
    async () => {
      const place = join(folder, "try");
      const dev = start("dev", "--members", "2", "--dir", "try", "--json");
      await eventually("both companies run", 2 * minuteMs, () => dev.said.stdout.includes("\n"));
      const { schema, companies } = JSON.parse(dev.said.stdout) as Dev;
      expect(schema).toBe("tegata.dev/1");
      expect(companies.map(({ handle }) => handle)).toEqual(["kato", "aoki"]);
      for (const { home, api } of companies) {
        const status = start("status", "--json", "--home", home);
        expect((await status.ended)[0], status.said.stderr).toBe(0);
        expect((await fetch(`${api}/status`)).status).toBe(401);
      }
      dev.child.kill("SIGINT");
      expect((await dev.ended)[0]).toBe(0);
      expect(existsSync(place)).toBe(false);
      expect(processesNaming(place)).toEqual([]);
    },
    3 * minuteMs,
  );

  test(
    "takes no folder that holds something, and leaves it as it is",
    async () => {
      const place = join(folder, "mine");
      mkdirSync(place);
      writeFileSync(join(place, "thesis.txt"), "years of work");
      const dev = start("dev", "--dir", "mine");
      expect((await dev.ended)[0]).toBe(1);
      expect(dev.said.stderr).toContain("the folder is not empty");
      expect(readdirSync(place)).toEqual(["thesis.txt"]);
    },
    minuteMs,
  );

  test(
    "leaves the folder when it is told to",
    async () => {
      const dev = start("dev", "--members", "1", "--dir", "kept", "--keep");
      await eventually("it runs", 2 * minuteMs, () => dev.said.stdout.includes("Ctrl-C"));
      dev.child.kill("SIGTERM");
      expect((await dev.ended)[0]).toBe(0);
      expect(readdirSync(join(folder, "kept"))).toEqual(["kato"]);
      expect(processesNaming(join(folder, "kept"))).toEqual([]);
    },
    3 * minuteMs,
  );
});
