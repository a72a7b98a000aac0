import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { createNodeClient } from "../src/api/client.ts";
import { nodePaths } from "../src/config.ts";
import { NodeError } from "../src/errors.ts";
import { exitCodeOf } from "../src/exit-codes.ts";
import { createLog, redactedNames } from "../src/log.ts";
import { ChildNode } from "./helpers/child.ts";
import { Consortium, passphrase } from "./helpers/consortium.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

/** A second node on the same folder ends with a code, and the first goes on making blocks. */
async function expectSecondRefused(home: string): Promise<void> {
  const network = consortium as Consortium;
  const client = createNodeClient({ socketPath: nodePaths(home).socket });
  try {
    const writer = network.writer(0);
    const before = await readdir(home, { recursive: true });
    const second = new ChildNode(home, passphrase);
    expect(await second.exited).toBe(75);
    const lines = second.errors.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^error: .*LEDGER_STORE_LOCKED/);
    expect(lines[2]).toMatch(/^next: /);
    const made = (await readdir(home, { recursive: true })).filter(
      (name) => !before.includes(name),
    );
    expect(made.filter((name) => !name.startsWith("node/"))).toEqual([]);
    const { height } = await client.status();
    expect(await client.submit(writer.void())).toMatchObject({ ok: true });
    await until("the first makes a block", async () => (await client.status()).height > height);
  } finally {
    await client.close();
  }
}

describe("the process of a node", () => {
  test("stops with its parent, refuses a second one beside it, and says in three lines why it cannot start", async () => {
    consortium = await Consortium.found(1);
    const { home } = consortium.member(0).config;
    const child = await ChildNode.start(home, passphrase);
    await expectSecondRefused(home);
    expect(child.hasExited).toBe(false);
    child.abandon();
    expect(await child.exited).toBe(0);

    const locked = new ChildNode(home, "a wrong passphrase");
    expect(await locked.exited).toBe(78);
    const lines = locked.errors.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^error: .*LEDGER_KEYSTORE_WRONG_PASSPHRASE/);
    expect(lines[1]).toMatch(/^why: /);
    expect(lines[2]).toMatch(/^next: /);

    const text = await readFile(join(home, "config.toml"), "utf8");
    await writeFile(join(home, "config.toml"), text.replace("dev =", "devil ="));
    const misspelt = new ChildNode(home, passphrase);
    expect(await misspelt.exited).toBe(78);
    expect(misspelt.errors).toMatch(
      /config\.toml line \d+: there is no setting "devil" \(SETTINGS_REFUSED\)/,
    );
  });
});

describe("the log", () => {
  test("never holds a secret, a payload or a stream's name", () => {
    const lines: string[] = [];
    const log = createLog("debug", { write: (line: string) => lines.push(line) });
    for (const name of redactedNames) {
      log.info({ [name]: "do-not-show", nested: { [name]: "do-not-show" } }, "something happened");
    }
    expect(lines).toHaveLength(redactedNames.length);
    for (const line of lines) {
      expect(line).not.toContain("do-not-show");
      expect(JSON.parse(line)).toMatchObject({ name: "node", msg: "something happened" });
    }
  });
});

describe("exit codes", () => {
  test("tell a wrong home folder, a bad moment, a fork and lost memory apart", () => {
    const codeOf = (code: string): number =>
      exitCodeOf(Object.assign(new NodeError("NODE_API_CLOSED", "x", null), { code }));
    expect(codeOf("NODE_CONFIG_INVALID")).toBe(78);
    expect(codeOf("SETTINGS_REFUSED")).toBe(78);
    expect(codeOf("LEDGER_KEYSTORE_WRONG_PASSPHRASE")).toBe(78);
    expect(codeOf("LEDGER_STORE_DAMAGED")).toBe(78);
    expect(codeOf("NODE_LISTEN_FAILED")).toBe(75);
    expect(codeOf("NODE_DISK_FULL")).toBe(75);
    expect(codeOf("NODE_DIVERGED")).toBe(76);
    expect(codeOf("NODE_TWO_DECISIONS")).toBe(76);
    expect(codeOf("CONSENSUS_GUARD_OTHER_NETWORK")).toBe(77);
    expect(exitCodeOf(new Error("a bug"))).toBe(70);
  });
});
