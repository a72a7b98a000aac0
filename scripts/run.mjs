// Starts a job of this repository on any Node from 18 on: installs what the lock file names on
// first use, then hands over to a Node that can run the product. Standard output belongs to the
// job alone; everything said here goes to standard error.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  environmentFor,
  isNodeNewEnough,
  nodeBinaryIn,
  nodeMissingText,
  platformPackage,
  runToEnd,
} from "../packages/cli/bin/node-binary.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const installLock = join(root, ".install-lock");

/** Escape sequences in a log file make it unreadable. */
const biomeColors = process.stdout.isTTY ? [] : ["--colors=off"];

/** A job is one or more programs run one after the other; the last one gets the user's words. */
const jobs = {
  demo: [["packages/cli/src/demo/main.ts"]],
  test: [["node_modules/vitest/vitest.mjs", "run", "--project=unit", "--project=e2e"]],
  "test:page": [["node_modules/vitest/vitest.mjs", "run", "--project=page"]],
  "test:package": [["node_modules/vitest/vitest.mjs", "run", "--project=install"]],
  sim: [["packages/consensus/sim/program/main.ts"]],
  "sim:broken": [
    ["packages/consensus/sim/program/main.ts", "--patch", "no-lock", "--until-failure"],
  ],
  "sim:mutants": [["packages/consensus/sim/program/mutants.ts"]],
  bench: [["bench/main.ts"]],
  "bench:sync": [["bench/sync.ts"]],
  "bench:collect": [["bench/collect.ts"]],
  chaos: [["test/chaos/kills-main.ts"]],
  "chaos:faults": [["test/chaos/main.ts"]],
  "chaos:disk": [["test/power-loss/main.ts"]],
  "chaos:collect": [["test/plant-line/main.ts"]],
  "real-files": [["test/real-files/main.ts"]],
  fuzz: [["test/fuzz/main.ts"]],
  check: [
    ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."],
    ["node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", ...biomeColors],
  ],
  tegata: [["packages/cli/bin/tegata.mjs"]],
  facts: [["scripts/facts.ts"]],
  pack: [["scripts/pack.ts"]],
};

function say(text) {
  process.stderr.write(`${text}\n`);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

function lockedPackages() {
  return readJson(join(root, "package-lock.json"))?.packages ?? {};
}

/** By content and not by date: a checkout touches the lock file without changing it. */
function isInstalled() {
  const present = readJson(join(modules, ".package-lock.json"))?.packages;
  if (present === undefined) return false;
  return Object.entries(lockedPackages()).every(([path, wanted]) => {
    if (!path.includes("node_modules/")) return true;
    if (wanted.link) return existsSync(join(root, path));
    const found = present[path];
    if (found === undefined) return Boolean(wanted.optional);
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** The lock is a folder that holds its owner's process id from the moment it appears. */
function takeInstallLock() {
  const mine = `${installLock}.${process.pid}`;
  mkdirSync(mine, { recursive: true });
  writeFileSync(join(mine, "pid"), String(process.pid));
  try {
    renameSync(mine, installLock);
    return true;
  } catch {
    rmSync(mine, { recursive: true, force: true });
    return false;
  }
}

function dropLockOfTheDead() {
  const owner = readJson(join(installLock, "pid"));
  if (typeof owner !== "number" || isAlive(owner)) return owner;
  const dead = `${installLock}.dead-${process.pid}`;
  try {
    renameSync(installLock, dead);
    rmSync(dead, { recursive: true, force: true });
  } catch {
    // Somebody else was quicker.
  }
  return null;
}

async function installWithNpm() {
  const words = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // Standard output of npm goes where the messages go.
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  const npm = process.env.npm_execpath ?? "";
  if (basename(npm) === "npm-cli.js") return runToEnd(process.execPath, [npm, ...words], options);
  return runToEnd("npm", words, { ...options, shell: process.platform === "win32" });
}

async function installOnce() {
  let announced = false;
  while (!isInstalled()) {
    if (takeInstallLock()) {
      try {
        if (isInstalled()) return 0;
        say("First run: installing the packages of package-lock.json (about a minute) ...");
        const code = await installWithNpm();
        if (code === 0) return isInstalled() ? 0 : refuseIncomplete();
        say("error: the packages could not be installed; npm's reasons stand above");
        return code;
      } finally {
        rmSync(installLock, { recursive: true, force: true });
      }
    }
    const owner = dropLockOfTheDead();
    if (!announced && typeof owner === "number") {
      say(`Waiting for process ${owner}, which is installing the packages ...`);
      announced = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return 0;
}

function refuseIncomplete() {
  say("error: npm reported success, but packages of package-lock.json are missing");
  say("  next: delete node_modules and run this again");
  return 1;
}

/** Somebody else's repackaging of Node is good for trying; whoever runs it is told so once. */
function announceNode() {
  const { version, integrity } = lockedPackages()[`node_modules/${platformPackage}`] ?? {};
  const key = createHash("sha256").update(`${version} ${integrity}`).digest("hex").slice(0, 16);
  const marker = join(modules, ".cache", "tegata", `announced-${key}`);
  if (existsSync(marker)) return;
  say(`This is Node ${process.versions.node}; Tegata runs on Node 24. For trying, the one of`);
  say(`npm package ${platformPackage} ${version} is used (${integrity}).`);
  say("For production install Node.js 24 from https://nodejs.org.");
  try {
    mkdirSync(dirname(marker), { recursive: true });
    writeFileSync(marker, "");
  } catch {
    // A read-only folder: it will be said again next time.
  }
}

function chooseNode() {
  if (isNodeNewEnough(process.versions.node)) return process.execPath;
  const node = platformPackage === null ? null : nodeBinaryIn(join(modules, platformPackage));
  if (node === null || !existsSync(node)) return null;
  announceNode();
  return node;
}

/** npm starts scripts in the root; file names given to `tegata` mean the folder of the user. */
function folderFor(job) {
  if (job !== "tegata") return root;
  const here = process.cwd();
  const startedByNpm = process.env.npm_lifecycle_event === job && sameFolder(here, root);
  return startedByNpm ? (process.env.INIT_CWD ?? here) : here;
}

function sameFolder(a, b) {
  const [first, second] = [statSync(a), statSync(b)];
  return first.ino === second.ino && first.dev === second.dev;
}

async function main() {
  const [job = "", ...rest] = process.argv.slice(2);
  const words = rest[0] === "--" ? rest.slice(1) : rest;
  const programs = Object.hasOwn(jobs, job) ? jobs[job] : null;
  if (programs === null) {
    say(`usage: node scripts/run.mjs <${Object.keys(jobs).join("|")}> [words ...]`);
    return 64;
  }
  const installCode = await installOnce();
  if (installCode !== 0) return installCode;
  const node = chooseNode();
  if (node === null) {
    say(nodeMissingText());
    return 78;
  }
  const options = { cwd: folderFor(job), env: environmentFor(node) };
  for (const [index, [script, ...fixed]] of programs.entries()) {
    const given = index === programs.length - 1 ? words : [];
    const code = await runToEnd(node, [join(root, script), ...fixed, ...given], options);
    if (code !== 0) return code;
  }
  return 0;
}

process.exitCode = await main();
