import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LedgerError } from "../../src/primitives/index.ts";
import { lockHolder, takeLock } from "../../src/storage/lock-file.ts";
import { startChild } from "./child.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

function refusal(folder: string): { readonly code: string; readonly pid: number | null } | null {
  try {
    takeLock(folder).release();
    return null;
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "LEDGER_STORE_LOCKED") throw error;
    return { code: error.code, pid: (error.detail as { readonly pid: number | null }).pid };
  }
}

test("a lock is refused to the same process until it is released", () => {
  const folder = join(temporaryFolder(), "lock");
  const lock = takeLock(folder);
  expect(refusal(folder)).toEqual({ code: "LEDGER_STORE_LOCKED", pid: process.pid });
  lock.release();
  lock.release();
  expect(refusal(folder)).toBeNull();
});

test("a lock whose folder went away is released with a failure of the disk, not of the program", () => {
  const folder = join(temporaryFolder(), "lock");
  const lock = takeLock(folder);
  rmSync(folder, { recursive: true });
  expect(() => lock.release()).toThrow(LedgerError);
});

test("whoever asks who holds a lock changes nothing", async () => {
  const folder = join(temporaryFolder(), "lock");
  expect(lockHolder(folder)).toBeNull();
  expect(existsSync(folder)).toBe(false);
  const lock = takeLock(folder);
  const claims = readdirSync(folder);
  expect(lockHolder(folder)).toBe(process.pid);
  lock.release();
  expect(lockHolder(folder)).toBeNull();
  expect(readdirSync(folder)).toEqual(claims);
  const child = startChild("hold-lock.child.ts", folder);
  expect(await child.line()).toBe("held");
  expect(lockHolder(folder)).toBe(child.pid);
  await child.kill();
  expect(lockHolder(folder)).toBeNull();
});

test("a second process is refused and told who holds the lock", async () => {
  const folder = join(temporaryFolder(), "lock");
  const lock = takeLock(folder);
  const child = startChild("hold-lock.child.ts", folder);
  expect(await child.line()).toBe(
    `LEDGER_STORE_LOCKED ${JSON.stringify({ folder, pid: process.pid })}`,
  );
  expect(await child.exited()).toBe(0);
  lock.release();
});

test("the lock of a killed process is taken over", async () => {
  const folder = join(temporaryFolder(), "lock");
  const child = startChild("hold-lock.child.ts", folder);
  expect(await child.line()).toBe("held");
  expect(refusal(folder)).toEqual({ code: "LEDGER_STORE_LOCKED", pid: child.pid });
  await child.kill();
  expect(refusal(folder)).toBeNull();
});

test("of many processes that find a dead holder one gets the lock", async () => {
  const folder = join(temporaryFolder(), "lock");
  const dead = startChild("hold-lock.child.ts", folder);
  expect(await dead.line()).toBe("held");
  await dead.kill();
  const children = Array.from({ length: 5 }, () => startChild("hold-lock.child.ts", folder));
  const answers = await Promise.all(children.map((child) => child.line()));
  await Promise.all(children.map((child) => child.kill()));
  expect(answers.filter((answer) => answer === "held")).toHaveLength(1);
  expect(answers.filter((answer) => answer.startsWith("LEDGER_STORE_LOCKED"))).toHaveLength(4);
});

test("a later process with the same number does not keep a lock alive where the system tells", () => {
  const folder = join(temporaryFolder(), "lock");
  takeLock(folder);
  const [claim = ""] = readdirSync(folder);
  const holder = JSON.parse(readFileSync(join(folder, claim), "utf8"));
  const told = holder.started !== null;
  expect(told).toBe(process.platform === "linux");
  writeFileSync(join(folder, claim), JSON.stringify({ ...holder, started: "another start" }));
  expect(refusal(folder) === null).toBe(told);
});

test("a claim whose text did not survive a crash holds nothing", () => {
  const folder = join(temporaryFolder(), "lock");
  takeLock(folder);
  const [claim = ""] = readdirSync(folder);
  for (const text of ["", "\0\0\0", "{}", "[1]", '{"pid":-1}', '{"pid":"1"}']) {
    const highest =
      readdirSync(folder)
        .map(Number)
        .sort((a, b) => b - a)[0] ?? claim;
    writeFileSync(join(folder, String(highest)), text);
    expect(refusal(folder)).toBeNull();
  }
});

test("claims do not pile up", () => {
  const folder = join(temporaryFolder(), "lock");
  for (let start = 0; start < 20; start += 1) takeLock(folder).release();
  expect(readdirSync(folder)).toEqual(["20"]);
});
