import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decodeBlock, decodeGenesis } from "@tegata/ledger/chain";
import { advance, founded } from "@tegata/light";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { innerWordsIn } from "../helpers/inner-words.ts";
import { eventually, processesNaming } from "../helpers/left-behind.ts";

const demo = resolve(import.meta.dirname, "../../packages/cli/src/demo/main.ts");
const minuteMs = 60_000;
/** Where Node keeps compiled code anyway; only the rest of the folder for temporary files is watched. */
const compiled = join(tmpdir(), "node-compile-cache");

interface Told {
  readonly schema: string;
  readonly ok: boolean;
  readonly data: object;
  readonly steps: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
  readonly record: readonly {
    readonly facet: string;
    readonly cells: readonly { readonly readable: boolean; readonly text: string }[];
  }[];
}

/** The only folder for temporary files that the demo knows, so that everything it leaves is seen. */
let folder = "";
let running: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "td-"));
  running = [];
});

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function start(...words: readonly string[]) {
  const child = spawn(process.execPath, [demo, ...words], {
    env: { ...process.env, TMPDIR: folder, NODE_COMPILE_CACHE: compiled, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  return { child, said, ended: once(child, "close") };
}

function expectNothingLeft(): void {
  expect(processesNaming(folder)).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith("tegata"))).toEqual([]);
}

/** Every height, decided by the validators of its height, from the genesis on. */
function expectChain(path: string): void {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const [first, ...rest] = lines.map((line) => JSON.parse(line) as Record<string, string>);
  const bytes = (text = "") => Uint8Array.from(Buffer.from(text, "base64"));
  expect(first?.schema).toBe("tegata.chain/1");
  let light = founded(decodeGenesis(bytes(first?.genesis)));
  expect(rest.length).toBeGreaterThan(5);
  for (const { block, certificate } of rest) {
    const { headerBytes: header } = decodeBlock(bytes(block));
    const verdict = advance(light, { header, certificate: bytes(certificate), validators: null });
    if (!verdict.ok) throw new Error(`height ${light.height + 1}: ${verdict.code}`);
    light = verdict.light;
  }
  expect(light.height).toBe(rest.length);
}

describe("the demo", () => {
  test(
    "holds every claim it makes, ends by itself and leaves nothing",
    async () => {
      const chain = join(folder, "chain.ndjson");
      const { said, ended } = start("--json", "--chain", chain);
      expect((await ended)[0], said.stderr + said.stdout).toBe(0);
      expectChain(chain);
      const told = JSON.parse(said.stdout) as Told;
      expect(told.steps.filter((step) => !step.ok)).toEqual([]);
      expect(told).toMatchObject({ schema: "tegata.demo/1", ok: true });
      expect(told.data).toEqual({ type: "simulated", seed: 7 });
      expect(told.steps.map(({ name }) => name)).toEqual([
        ...[
          "found",
          "publish",
          "stranger",
          "grant",
          "read",
          "competitor",
          "revoke",
          "crash",
          "prove",
        ],
      ]);
      const readers = (facet: string): readonly boolean[] | undefined => {
        return told.record
          .find((row) => row.facet === facet)
          ?.cells.map(({ readable }) => readable);
      };
      expect(readers("process")).toEqual([true, false, false, false]);
      expect(readers("status")).toEqual([true, false, true, false]);
      expect(readers("quality")).toEqual([true, true, false, false]);
      expectNothingLeft();
    },
    4 * minuteMs,
  );

  test(
    "plays with a file of one's own, and says where it is from",
    async () => {
      const file = join(folder, "ovens.csv");
      const rows = Array.from({ length: 60 }, (_, index) => `${index},${200 + index},good`);
      writeFileSync(file, `oven,temperature [C],verdict\n${rows.join("\n")}\n`);
      const { said, ended } = start("--data", file);
      expect((await ended)[0], said.stderr + said.stdout).toBe(0);
      expect(said.stdout).toContain("The rows come from ovens.csv: 60 rows");
      expect(innerWordsIn(said.stdout + said.stderr)).toEqual([]);
      expect(said.stdout).toContain(
        "kato$ tegata grant press-3 --to aoki --facet quality --until 30d",
      );
      expect(said.stdout).toMatch(/quality +verdict +good +good +[0-9a-f]{12}… +[0-9a-f]{12}…/);
      expectNothingLeft();
    },
    4 * minuteMs,
  );

  test(
    "that is interrupted ends what it started and removes its folder",
    async () => {
      const { child, said, ended } = start("--lang", "ja");
      await eventually("two programs run", minuteMs, () => processesNaming(folder).length >= 2);
      child.kill("SIGTERM");
      expect(said.stdout).toMatch(
        /この 1 台で 4 社を動かします[\s\S]*\n 1 {2}4 社でネットワークを作る\n/,
      );
      expect((await ended)[0], said.stderr).toBe(130);
      expectNothingLeft();
    },
    2 * minuteMs,
  );

  test(
    "that is killed takes its programs with it",
    async () => {
      const { child, ended } = start();
      await eventually("two programs run", minuteMs, () => processesNaming(folder).length >= 2);
      child.kill("SIGKILL");
      await ended;
      await eventually("no program runs", minuteMs, () => processesNaming(folder).length === 0);
    },
    2 * minuteMs,
  );

  test(
    "refuses what it does not know, and files that are not there",
    async () => {
      const unknown = start("--surely-not");
      expect((await unknown.ended)[0]).toBe(2);
      expect(unknown.said.stderr).toContain(
        "npm run demo -- [--json] [--keep] [--lang en|ja] [--data FILE.csv] [--chain FILE]",
      );
      const own = start("--surely-not", "--lang", "ja");
      expect((await own.ended)[0]).toBe(2);
      expect(own.said.stderr).toMatch(/^エラー: デモのオプションが違います。\n {2}理由: /);
      const missing = start("--data", join(folder, "none.csv"), "--json");
      expect((await missing.ended)[0]).toBe(3);
      expect(JSON.parse(missing.said.stdout)).toMatchObject({ code: "CLI_INPUT_MISSING" });
      const taken = join(folder, "taken.ndjson");
      writeFileSync(taken, "mine");
      const refused = start("--chain", taken, "--json");
      expect((await refused.ended)[0]).not.toBe(0);
      expect(JSON.parse(refused.said.stdout)).toMatchObject({ code: "CLI_FILE_NOT_WRITTEN" });
      expect(readFileSync(taken, "utf8")).toBe("mine");
      expectNothingLeft();
    },
    minuteMs,
  );
});
