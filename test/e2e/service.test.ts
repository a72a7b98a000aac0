import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePorts } from "../../packages/cli/src/dev/free-ports.ts";
import { type Ended, endWithParent, tegata } from "../helpers/command.ts";
import { eventually, processesNaming } from "../helpers/left-behind.ts";

const launcher = resolve(import.meta.dirname, "../../packages/cli/bin/tegata.mjs");
const minuteMs = 60_000;
let folder = "";
let home = "";

const run = (...words: readonly string[]): Promise<Ended> =>
  tegata(words, { folder, home, input: null });

/** A network of one company, and the folder of credentials as the service manager makes it. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ts-"));
  home = join(folder, "kato");
  const [port = 0] = await freePorts(1);
  const passphrase = join(folder, "passphrase");
  writeFileSync(passphrase, "correct horse\n", { mode: 0o600 });
  const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
  const where = ["--address", `/ip4/127.0.0.1/tcp/${port}`, "--api-port", "none"];
  const keys = ["--dev-keys", "--passphrase-file", passphrase, "--out", "kato.card"];
  const made = await run("card", ...who, ...where, "--operations-ports", "none", ...keys);
  expect(made.code, made.stderr).toBe(0);
  expect((await run("init", "--found", "kato.card")).code).toBe(0);
  const credentials = join(folder, "credentials");
  mkdirSync(credentials);
  writeFileSync(join(credentials, "passphrase"), readFileSync(passphrase));
  chmodSync(join(credentials, "passphrase"), 0o440);
  rmSync(passphrase);
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const told = join(folder, "told");
  const notify = `#!/bin/sh\nprintf "%s\\n" "$NOTIFY_SOCKET" "$@" >> ${told}\n`;
  writeFileSync(join(bin, "systemd-notify"), notify, { mode: 0o755 });
}, minuteMs);

afterAll(async () => {
  await run("stop");
  rmSync(folder, { recursive: true, force: true });
}, minuteMs);

function startAsService() {
  rmSync(join(folder, "told"), { force: true });
  return asService("start", "--foreground");
}

/** Runs a command as a unit does: no terminal, no standard input, the passphrase as a credential. */
function asService(...words: readonly string[]) {
  const child = spawn(process.execPath, ["--import", endWithParent.href, launcher, ...words], {
    cwd: "/",
    env: {
      PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
      TEGATA_HOME: home,
      CREDENTIALS_DIRECTORY: join(folder, "credentials"),
      NOTIFY_SOCKET: "/run/systemd/notify",
    },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return { child, ended: once(child, "exit"), said: () => said };
}

const told = (): string =>
  existsSync(join(folder, "told")) ? readFileSync(join(folder, "told"), "utf8") : "";

test(
  "after a power cut both programs return unattended and tell the service manager when they are there",
  async () => {
    const before = startAsService();
    await eventually("it is told", minuteMs, () => told().includes("READY=1"));
    expect(told().split("\n").slice(0, 3)).toEqual([
      "/run/systemd/notify",
      "READY=1",
      "STATUS=Kato Press is running on Chubu Press.",
    ]);
    await eventually("it is ready", minuteMs, async () =>
      (await run("status", "--json")).stdout.includes('"state":"ready"'),
    );
    writeFileSync(join(folder, "rows.csv"), "press,force [kN]\n3,1840.50\n");
    expect((await run("streams", "create", "press-3", "--from", "rows.csv")).code).toBe(0);
    expect((await run("submit", "press-3", "rows.csv")).code).toBe(0);
    const tree = processesNaming(home);
    // The supervisor has its home folder from the environment alone.
    expect(tree).toHaveLength(2);
    before.child.kill("SIGKILL");
    for (const { pid } of tree) process.kill(pid, "SIGKILL");
    await before.ended;
    await eventually("nothing runs", minuteMs, () => processesNaming(home).length === 0);

    const after = startAsService();
    await eventually("it is told again", minuteMs, () => told().includes("READY=1"));
    await eventually("it is ready again", minuteMs, async () =>
      (await run("status", "--json")).stdout.includes('"state":"ready"'),
    );
    expect((await run("query", "press-3", "-o", "csv")).stdout).toContain(",3,1840.50");
    expect(after.said()).not.toContain("correct horse");
    // As the timer does it.
    const nightly = asService(
      "backup",
      "--folder",
      join(folder, "backups"),
      "--keep",
      "2",
      "--json",
    );
    expect((await nightly.ended)[0], nightly.said()).toBe(0);
    expect(readdirSync(join(folder, "backups"))).toHaveLength(1);
    after.child.kill("SIGTERM");
    expect(await after.ended).toEqual([0, null]);
    expect(processesNaming(home)).toEqual([]);
  },
  4 * minuteMs,
);

test(
  "without the passphrase it ends at once with the code after which it is not started again",
  async () => {
    rmSync(join(folder, "credentials/passphrase"));
    const { ended, said } = startAsService();
    const [code] = await ended;
    expect(code).toBe(78);
    expect(said()).toContain("LEDGER_SECRET_FILE_UNREADABLE");
    expect(told()).toBe("");
  },
  minuteMs,
);
