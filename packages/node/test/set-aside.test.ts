import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newLedger } from "../../ledger/test/chain/fixtures.ts";
import { nodePaths } from "../src/config.ts";
import { openChain } from "../src/home.ts";
import { createLog } from "../src/log.ts";
import { endSettingAside, setChainAside, settingAside } from "../src/set-aside.ts";

const nowMs = Date.parse("2026-11-22T07:45:00Z");
const databases = ["bodies", "state"];
const parts = [...databases, "payloads-complete", "snapshots", "wal"].sort();

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tegata-aside-"));
  const { data } = nodePaths(join(folder, "damaged"));
  for (const name of [...databases, "snapshots"]) {
    mkdirSync(join(data, name), { recursive: true });
    writeFileSync(join(data, name, "LOG"), `damaged ${name}`);
  }
  for (const name of ["wal", "payloads-complete", "join-key"]) writeFileSync(join(data, name), "7");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A home folder in which setting a damaged chain aside was killed after so many steps. */
function killedAt(steps: number): string {
  const home = mkdtempSync(join(folder, "home-"));
  cpSync(join(folder, "damaged"), home, { recursive: true });
  const cut = settingAside(nodePaths(home).data, nowMs);
  for (let step = 0; step < steps; step += 1) expect(cut.next().done).toBe(false);
  // As when a process is killed: nothing more happens, and its lock is nobody's.
  cut.return("");
  return home;
}

/** All of the damaged chain lies beside the folder of the node, and nothing of it is left there. */
function expectSetAside(home: string, left: readonly string[]): void {
  const aside = readdirSync(home).filter((name) => name !== "node" && name.startsWith("node"));
  expect(aside).toEqual(["node.damaged-20261122T074500Z"]);
  const kept = join(home, aside[0] ?? "");
  expect(readdirSync(kept).sort()).toEqual(parts);
  for (const name of databases) {
    expect(readFileSync(join(kept, name, "LOG"), "utf8")).toBe(`damaged ${name}`);
  }
  expect(readdirSync(nodePaths(home).data).sort()).toEqual([...left, "join-key", "lock"].sort());
}

test("a chain that nobody began to set aside is left alone", () => {
  const home = killedAt(0);
  expect(endSettingAside(nodePaths(home).data)).toBeNull();
  expect(readdirSync(nodePaths(home).data)).toEqual(expect.arrayContaining(parts));
});

test.each([1, 2, 3, 4, 5, 6])(
  "setting aside that was killed at step %i is ended by the next start",
  (steps) => {
    const home = killedAt(steps);
    expect(endSettingAside(nodePaths(home).data)).not.toBeNull();
    expectSetAside(home, []);
    expect(endSettingAside(nodePaths(home).data)).toBeNull();
    // It counts as one of this day: again so soon, and a person has to look.
    expect(setChainAside(nodePaths(home).data, nowMs + 3_600_000)).toBeNull();
  },
);

test("those are all its steps", () => {
  const { data } = nodePaths(killedAt(0));
  expect([...settingAside(data, nowMs)]).toHaveLength(6);
});

test("a start that finds half a chain begins with a whole new one", async () => {
  const { genesis } = newLedger(4);
  const home = killedAt(2);
  const { store } = await openChain(home, genesis, createLog("error", null));
  expect(store.head().height).toBe(0);
  await store.close();
  expectSetAside(home, databases);
});

test("blocks that were restored after the kill are no part of what was set aside", () => {
  const home = killedAt(3);
  const { data } = nodePaths(home);
  for (const name of databases) {
    mkdirSync(join(data, name));
    writeFileSync(join(data, name, "LOG"), "restored");
  }
  expect(endSettingAside(data)).not.toBeNull();
  expectSetAside(home, databases);
  for (const name of databases) {
    expect(readFileSync(join(data, name, "LOG"), "utf8")).toBe("restored");
  }
});
