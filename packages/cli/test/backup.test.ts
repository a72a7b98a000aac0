import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { initialState, memberOfCard, StateView, writeMember } from "@tegata/ledger/chain";
import { memberId } from "@tegata/ledger/primitives";
import { everyKey, openChainStore, openLevelStore, takeLock } from "@tegata/ledger/storage";
import { expect, test } from "vitest";
import { refusalOf } from "../../../test/helpers/refusal.ts";
import { levelOptions } from "../src/backup/contents.ts";
import { notWritten } from "../src/backup/write.ts";
import { devCompanies } from "../src/dev/company-names.ts";
import { foundConsortium } from "../src/dev/consortium.ts";
import { ownCard, readGenesis } from "../src/founding/genesis.ts";
import { recoveryWords } from "../src/founding/recovery-words.ts";
import { exitCodeOf } from "../src/print/exit-codes.ts";
import { lockCompany } from "../src/process/supervisor.ts";
import { beginRecovering } from "../src/recovering/recovering.ts";
import { damagedCopyIn } from "../src/status/view.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const launcher = resolve(import.meta.dirname, "../bin/tegata.mjs");

/** A company that has been founded, with something in the gateway's databases. */
async function company(entries = 10) {
  const folder = temporaryFolder();
  const request = { folder, network: "Chubu Press", nowMs: Date.now(), listeners: false };
  const { companies } = await foundConsortium({ ...request, companies: devCompanies(2) });
  const [{ home, handle, passphrase }] = companies as [(typeof companies)[number]];
  const secret = join(folder, "passphrase");
  writeFileSync(secret, `${passphrase}\n`, { mode: 0o600 });
  for (const name of ["outbox", "index"]) {
    const path = join(home, "gateway", name);
    const store = await openLevelStore({ ...levelOptions, folder: path, mode: "create" });
    const value = new Uint8Array(10_000).fill(7);
    for (let index = 0; index < entries; index += 1) {
      await store.write([{ type: "put", key: Uint8Array.of(1, index >>> 8, index & 255), value }]);
    }
    await store.close();
  }
  const run = (...words: readonly string[]) =>
    tegata([...words, "--passphrase-file", secret], { folder, env: { TEGATA_HOME: home } });
  return { folder, home, handle, run, secret, file: join(folder, "kato.backup") };
}

async function entriesIn(home: string, name: string): Promise<number> {
  const path = join(home, "gateway", name);
  const store = await openLevelStore({ ...levelOptions, folder: path, mode: "open" });
  let count = 0;
  for await (const _ of store.range(everyKey)) count += 1;
  await store.close();
  return count;
}

const drafts = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.includes(".new-"));

test("a backup holds everything but blocks and guard, and makes a home folder elsewhere", async () => {
  const { folder, home, run, file } = await company();
  const made = await run("backup", file, "--json");
  expect(made.stderr).toBe("");
  const { manifest } = JSON.parse(made.stdout);
  expect(manifest).toMatchObject({ format: "tegata-backup/2", lacks: ["chain", "guard"] });
  const names = manifest.holds.map(({ name }: { name: string }) => name).sort();
  const keys = ["keys/gateway.keystore", "keys/node.keystore"];
  const files = ["card", "config.toml", "gateway/index", "gateway/outbox", "genesis", ...keys];
  expect(names).toEqual(files);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(drafts(folder)).toEqual([]);
  expect(readFileSync(file).includes("tegata-keystore")).toBe(false);
  const verified = await run("backup", "verify", file);
  expect(verified.stdout).toContain("is whole");

  const other = join(folder, "other");
  const restored = await run("restore", file, "--home", other);
  expect(restored.stderr).toBe("");
  expect(restored.stdout).toContain("No signer guard is here");
  for (const name of ["card", "genesis", "config.toml", ...keys]) {
    expect(readFileSync(join(other, name)), name).toEqual(readFileSync(join(home, name)));
  }
  expect(await entriesIn(other, "outbox")).toBe(10);
  expect(existsSync(join(other, "guard"))).toBe(false);
  expect(existsSync(join(other, "restoring"))).toBe(false);
  expect(drafts(other)).toEqual([]);
});

test("a backup is never written over a file, nor into a folder that is not there", async () => {
  const { folder, run, file } = await company();
  writeFileSync(file, "something else");
  const refused = await run("backup", file);
  expect(refused.stderr).toContain("CLI_FILE_NOT_WRITTEN");
  expect(readFileSync(file, "utf8")).toBe("something else");
  expect((await run("backup", join(folder, "nowhere", "x"))).stderr).toContain("no such");
  expect((await run("backup", "/dev/full/x")).exit).not.toBe(0);
  expect((await run("backup")).exit).toBe(2);
});

test("backups in a folder are named by time, and the oldest make room", async () => {
  const { folder, home, handle, run } = await company(1);
  const safe = join(folder, "safe");
  mkdirSync(safe);
  const old = [1, 2, 3].map((day) => `tegata-${handle}-2026010${day}T000000Z.backup`);
  const others = ["letters.txt", "tegata-somebody-20260101T000000Z.backup"];
  for (const name of [...old, ...others]) writeFileSync(join(safe, name), "old");
  // What a backup that was killed left behind goes with the next one.
  writeFileSync(join(safe, `tegata-${handle}-20260104T000000Z.backup.new-999999999`), "half");
  const made = await run("backup", "--folder", safe, "--keep", "2", "--json");
  const { path, removed } = JSON.parse(made.stdout);
  expect(removed).toEqual(old.slice(0, 2));
  expect(readdirSync(safe).sort()).toEqual([...others, old[2], basename(path)].sort());
  const last = JSON.parse(readFileSync(join(home, "backup-last"), "utf8"));
  expect(last).toMatchObject({ path, bytes: statSync(path).size });
  expect((await run("backup", "--folder", safe, "--keep", "none")).exit).toBe(2);
});

test("a restoring never takes a guard away, nor keys that are there, nor a home folder in use", async () => {
  const { folder, home, run, file } = await company();
  expect((await run("backup", file)).exit).toBe(0);
  const guards = readdirSync(join(home, "guard"));
  const guard = readFileSync(join(home, "guard", guards[0] ?? ""));
  expect((await run("restore", file)).stderr).toContain("CLI_HOME_TAKEN");
  const lock = lockCompany(home);
  expect((await run("restore", file, "--replace")).stderr).toContain("CLI_ALREADY_RUNNING");
  lock.release();
  const replaced = await run("restore", file, "--replace", "--json");
  expect(JSON.parse(replaced.stdout)).toMatchObject({ guardKept: true });
  expect(readFileSync(join(home, "guard", guards[0] ?? ""))).toEqual(guard);
  expect(readdirSync(home).filter((name) => name.startsWith("gateway.before-"))).toHaveLength(1);

  const other = await company();
  const foreign = await tegata(["restore", file, "--replace", "--passphrase-file", other.secret], {
    folder,
    env: { TEGATA_HOME: other.home },
  });
  expect(foreign.exit).not.toBe(0);
});

test("keys are never taken for half-made ones of a coming back that was given up", async () => {
  const { home, run, file } = await company();
  expect((await run("backup", file)).exit).toBe(0);
  const keystore = readFileSync(join(home, "keys", "gateway.keystore"), "utf8");
  const { networkId } = await readGenesis(join(home, "genesis"));
  await beginRecovering(home, networkId);
  expect(existsSync(join(home, "keys", "gateway.keystore"))).toBe(false);
  const aside = join(home, "keys", "gateway.keystore.before-1");
  expect(readFileSync(aside, "utf8")).toBe(keystore);

  const restored = await run("restore", file, "--replace", "--json");
  expect(restored.exit).toBe(0);
  const { setAside } = JSON.parse(restored.stdout) as { readonly setAside: readonly string[] };
  expect(setAside).toContainEqual(expect.stringContaining("recovering.before-"));
  expect(existsSync(join(home, "recovering"))).toBe(false);
});

test("a restoring that was cut off goes on with a backup of the same company only", async () => {
  const [kato, other] = [await company(1), await company(1)];
  expect((await kato.run("backup", kato.file)).exit).toBe(0);
  expect((await other.run("backup", other.file)).exit).toBe(0);
  const target = join(kato.folder, "target");
  const restore = (from: typeof kato) =>
    tegata(["restore", from.file, "--home", target, "--passphrase-file", from.secret]);
  // What a run leaves that ended while it laid everything aside, or while it wrote the mark.
  mkdirSync(join(target, "restore.new-1"), { recursive: true });
  writeFileSync(join(target, "restoring.new-1"), "");
  // Its last folder cannot be made: everything is in place, and the mark stays.
  writeFileSync(join(target, "log"), "");
  expect((await restore(kato)).exit).not.toBe(0);
  expect(drafts(target)).toEqual([]);
  rmSync(join(target, "log"));
  const mark = readFileSync(join(target, "restoring"));
  const card = readFileSync(join(target, "card"));
  for (const missing of [[], ["keys"], ["keys", "card", "genesis"]]) {
    writeFileSync(join(target, "restoring"), mark);
    for (const name of missing) rmSync(join(target, name), { recursive: true });
    const refused = await restore(other);
    expect([refused.exit, refused.stderr.includes("CLI_RESTORE_OTHER")]).toEqual([6, true]);
    expect(refused.stderr).toContain(`backup of ${kato.handle}`);
    expect(existsSync(join(target, "restoring"))).toBe(true);
    expect((await restore(kato)).stderr).toBe("");
    expect(readFileSync(join(target, "card"))).toEqual(card);
    expect(existsSync(join(target, "restoring"))).toBe(false);
  }
  // Nor is another company put where only the keys are gone.
  rmSync(join(target, "keys"), { recursive: true });
  expect((await restore(other)).stderr).toContain("CLI_HOME_TAKEN");
  expect((await restore(kato)).exit).toBe(0);
});

test("neither a restoring nor a reset works on a folder that a program holds", async () => {
  const { home, run, file } = await company(1);
  await makeChain(home);
  expect((await run("backup", file)).exit).toBe(0);
  const reset = () => tegata(["reset", "--chain", "--yes"], { env: { TEGATA_HOME: home } });
  const refusals = async () => {
    const ended = [await run("restore", file, "--replace"), await reset()];
    return ended.map(({ exit, stderr }) => [exit, /[A-Z]+_[A-Z_]+/.exec(stderr)?.[0]]);
  };
  const whole = lockCompany(home);
  expect(await refusals()).toEqual([
    [6, "CLI_ALREADY_RUNNING"],
    [6, "CLI_ALREADY_RUNNING"],
  ]);
  whole.release();
  const node = takeLock(join(home, "node", "lock"));
  expect(await refusals()).toEqual([
    [6, "LEDGER_STORE_LOCKED"],
    [6, "LEDGER_STORE_LOCKED"],
  ]);
  node.release();
  const gateway = takeLock(join(home, "gateway", "lock"));
  expect((await run("restore", file, "--replace")).stderr).toContain("LEDGER_STORE_LOCKED");
  gateway.release();
  expect(existsSync(join(home, "node", "state", "CURRENT"))).toBe(true);
  expect(existsSync(join(home, "restoring"))).toBe(false);
  expect(readdirSync(home).filter((name) => name.includes(".before-"))).toEqual([]);
});

test("blocks are in a backup on request, are looked at by verify, and open where it is restored", async () => {
  const { folder, home, run, file } = await company(1);
  await makeChain(home);
  const lock = lockCompany(home);
  const inUse = await run("backup", file, "--with-chain");
  expect([inUse.exit, inUse.stderr.includes("CLI_BACKUP_CHAIN_IN_USE")]).toEqual([6, true]);
  lock.release();
  const node = takeLock(join(home, "node", "lock"));
  expect((await run("backup", file, "--with-chain")).stderr).toContain("LEDGER_STORE_LOCKED");
  node.release();
  expect([existsSync(file), drafts(folder)]).toEqual([false, []]);
  expect((await run("backup", file, "--with-chain")).exit).toBe(0);
  const verified = await run("backup", "verify", file);
  expect(verified.stdout).toMatch(/node\/state, [1-9]\d* entr/);
  expect(verified.stdout).toContain("Lacks    the signer guard");
  expect(verified.stdout).not.toContain("blocks");
  const target = join(folder, "other");
  const restored = await run("restore", file, "--home", target);
  expect(restored.stdout).not.toContain("The blocks come from the other companies");
  const { networkId } = await readGenesis(join(target, "genesis"));
  const chain = await openChainStore({ folder: join(target, "node"), networkId, mode: "open" });
  expect(chain.head().blockId).toBe(networkId);
  await chain.close();
});

test("a disk that takes no more leaves the older backups, nothing half, and three lines", async () => {
  const { folder, home, handle, run, secret } = await company(400);
  const safe = join(folder, "safe");
  mkdirSync(safe);
  const old = join(safe, `tegata-${handle}-20260101T000000Z.backup`);
  expect((await run("backup", old)).exit).toBe(0);
  const bytes = readFileSync(old);
  const noted = readFileSync(join(home, "backup-last"));
  const words = ["backup", "--folder", safe, "--keep", "1", "--passphrase-file", secret];
  // Files may have one MiB from here on, and the backup has eight.
  const child = spawn(
    "sh",
    ["-c", 'ulimit -f 2048; exec "$@"', "sh", process.execPath, launcher, ...words],
    {
      env: { ...process.env, TEGATA_HOME: home },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const code = await new Promise((done) => child.once("close", done));
  expect([code, refusalOf({ code: Number(code), stdout: "", stderr })]).toMatchObject([
    1,
    { code: "CLI_FILE_NOT_WRITTEN", why: "it is larger than files may be there" },
  ]);
  expect(readdirSync(safe)).toEqual([basename(old)]);
  expect(readFileSync(old)).toEqual(bytes);
  expect(readFileSync(join(home, "backup-last"))).toEqual(noted);
  const full = notWritten(old, Object.assign(new Error("full"), { code: "ENOSPC" }));
  expect([full.code, exitCodeOf(full.code, null)]).toEqual(["CLI_DISK_FULL", 75]);
});

test("a damaged backup changes nothing, nor does one of another format", async () => {
  const { folder, run, file } = await company();
  expect((await run("backup", file)).exit).toBe(0);
  const bytes = readFileSync(file);
  const target = join(folder, "other");
  const altered = Buffer.from(bytes);
  altered[90_000] = (altered[90_000] as number) ^ 1;
  const older = Buffer.from(bytes);
  older.write("tegata-backup/1", bytes.indexOf("tegata-backup/2"));
  for (const broken of [bytes.subarray(0, bytes.length - 5_000), altered, older]) {
    const path = join(folder, "broken.backup");
    rmSync(path, { force: true });
    writeFileSync(path, broken);
    expect((await run("backup", "verify", path)).stderr).toMatch(/LEDGER_BACKUP_/);
    const restored = await run("restore", path, "--home", target);
    expect(restored.stderr).toMatch(/LEDGER_BACKUP_/);
    expect(restored.stderr.includes("of another format")).toBe(broken === older);
    expect(readdirSync(target).filter((name) => name !== "run")).toEqual([]);
  }
});

/** Runs a command and ends it without warning after a while. */
async function killed(words: readonly string[], home: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [launcher, ...words], {
    env: { ...process.env, TEGATA_HOME: home },
    stdio: "ignore",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  const code = await new Promise((done) => child.once("exit", done));
  clearTimeout(timer);
  return code === null;
}

test("killed at any moment, a backup is whole or not there, and a restoring can be repeated", {
  timeout: 120_000,
}, async () => {
  const { folder, home, run, file, secret } = await company(400);
  const words = ["--passphrase-file", secret];
  let cut = 0;
  for (const afterMs of [250, 400, 550, 700, 850]) {
    rmSync(file, { force: true });
    if (await killed(["backup", file, ...words], home, afterMs)) cut += 1;
    if (existsSync(file)) expect((await run("backup", "verify", file)).exit).toBe(0);
  }
  rmSync(file, { force: true });
  expect((await run("backup", file)).exit).toBe(0);
  expect(drafts(folder)).toEqual([]);
  for (const afterMs of [300, 500, 700, 900]) {
    const target = join(folder, `at-${afterMs}`);
    if (await killed(["restore", file, "--home", target, ...words], target, afterMs)) cut += 1;
    const isBegun = existsSync(join(target, "restoring"));
    const isDone = existsSync(join(target, "keys", "node.keystore")) && !isBegun;
    if (isBegun) {
      const start = await run("start", "--home", target);
      expect(start.stderr).toContain("CLI_RESTORE_UNFINISHED");
    }
    if (!isDone) expect((await run("restore", file, "--home", target)).stderr).toBe("");
    expect(await entriesIn(target, "outbox")).toBe(400);
    expect(await entriesIn(target, "index")).toBe(400);
    expect(drafts(target)).toEqual([]);
  }
  expect(cut).toBeGreaterThan(0);
});

/** Makes the chain of a founded company as if every other founder had left, or another company had joined. */
async function makeChain(home: string, { othersLeft = false, oneJoined = false } = {}) {
  const { networkId, cards, timeMs, ...rest } = await readGenesis(join(home, "genesis"));
  const own = await ownCard(home);
  const view = new StateView({ get: () => null });
  for (const [key, value] of initialState({ networkId, cards, timeMs, ...rest })) {
    view.set(key, value);
  }
  for (const card of cards) {
    if (card.memberId === own.memberId || !othersLeft) continue;
    writeMember(view, card.memberId, { ...memberOfCard(card, 0), leftHeight: 0 });
  }
  if (oneJoined) writeMember(view, memberId(new Uint8Array(32).fill(7)), memberOfCard(own, 0));
  const folder = join(home, "node");
  const genesis = { timeMs, changes: view.changes() };
  const chain = await openChainStore({ folder, networkId, mode: "create", genesis });
  await chain.close();
}

const movedIn = (home: string): readonly string[] =>
  readdirSync(home).filter((name) => name.startsWith("node.before-"));

test("a reset takes the blocks away and nothing else", async () => {
  const { home, run } = await company();
  await makeChain(home);
  cpSync(join(home, "guard"), join(home, "guard-before"), { recursive: true });
  const reset = (...more: readonly string[]) =>
    tegata(["reset", ...more], { env: { TEGATA_HOME: home } });
  expect((await reset()).exit).toBe(2);
  expect((await reset("--chain", "--dry-run")).exit).toBe(0);
  expect(existsSync(join(home, "node"))).toBe(true);
  expect((await reset("--chain")).exit).toBe(0);
  expect(existsSync(join(home, "node"))).toBe(false);
  expect(movedIn(home)).toHaveLength(1);
  await makeChain(home);
  expect((await reset("--chain", "--yes")).exit).toBe(0);
  expect(existsSync(join(home, "node"))).toBe(false);
  expect(movedIn(home)).toHaveLength(1);
  expect(readdirSync(join(home, "guard"))).toEqual(readdirSync(join(home, "guard-before")));
  expect(existsSync(join(home, "keys", "node.keystore"))).toBe(true);
  expect((await run("backup", join(home, "x.backup"))).exit).toBe(0);
});

test("blocks stay where every other company has left, and go where another one has joined", async () => {
  const { home } = await company(1);
  const reset = (...more: readonly string[]) =>
    tegata(["reset", "--chain", ...more], { env: { TEGATA_HOME: home } });
  await makeChain(home, { othersLeft: true });
  for (const option of ["--json", "--yes", "--dry-run"]) {
    const refused = await reset(option);
    expect([refused.exit, refused.stderr.includes("CLI_RESET_ALONE")], option).toEqual([6, true]);
    expect(existsSync(join(home, "node", "state", "CURRENT"))).toBe(true);
  }
  rmSync(join(home, "node"), { recursive: true });
  await makeChain(home, { othersLeft: true, oneJoined: true });
  expect((await reset("--yes")).exit).toBe(0);
  expect([existsSync(join(home, "node")), movedIn(home)]).toEqual([false, []]);
});

test("blocks that cannot be read are moved away and never deleted", async () => {
  const { home } = await company(1);
  await makeChain(home, { othersLeft: true });
  writeFileSync(join(home, "node", "state", "CURRENT"), "x");
  const kept = readdirSync(join(home, "node", "state"));
  const done = await tegata(["reset", "--chain", "--yes"], { env: { TEGATA_HOME: home } });
  expect(done.exit).toBe(0);
  const [moved = ""] = movedIn(home);
  expect(done.stdout).toContain(join(home, moved));
  expect(done.stdout).toMatch(/could not be read \(LEDGER_STORE_\w+\)/);
  expect(existsSync(join(home, "node"))).toBe(false);
  for (const name of kept.filter((one) => one !== "LOCK")) {
    expect(readdirSync(join(home, moved, "state"))).toContain(name);
  }
});

test("blocks that were damaged and set aside are found until somebody deletes them", async () => {
  const { home } = await company(1);
  expect(await damagedCopyIn(home)).toBe(null);
  mkdirSync(join(home, "node.damaged-20260101T000000Z"));
  expect(await damagedCopyIn(home)).toBe("node.damaged-20260101T000000Z");
});

test("recovery words are checked before anything is asked of the gateway", async () => {
  const { folder, run, home } = await company(1);
  const file = join(folder, "words");
  const recover = async (text: string, ...more: readonly string[]) => {
    writeFileSync(file, text, { mode: 0o600 });
    const words = ["keys", "recover", "--words-file", file, ...more];
    return tegata(words, { folder, env: { TEGATA_HOME: home } });
  };
  const good = recoveryWords(new Uint8Array(32).fill(7));
  expect((await recover("apple banana")).exit).toBe(2);
  expect((await recover([...good.slice(0, 23), "zoo"].join(" "))).exit).toBe(2);
  const text = `${good.slice(0, 12).join(" ").toUpperCase()}\n${good.slice(12).join("  ")}\n`;
  expect((await recover(text, "--dry-run")).exit).toBe(0);
  // Nobody runs here.
  expect((await recover(text)).exit).toBe(5);
  expect((await run("backup", "verify", file)).exit).not.toBe(0);
});
