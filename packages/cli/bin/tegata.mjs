#!/usr/bin/env node
// Starts the command line on a Node that can run it: this one, or the one among the packages.
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  environmentFor,
  isNodeNewEnough,
  nodeBinaryIn,
  nodeMissingText,
  platformPackage,
  runToEnd,
} from "./node-binary.mjs";

// Set for the second start, so that a wrong binary can never start itself for ever.
const guard = "TEGATA_LAUNCHED_AGAIN";

function findNode() {
  if (platformPackage === null || process.env[guard] !== undefined) return null;
  try {
    const require = nodeModule.createRequire(import.meta.url);
    const node = nodeBinaryIn(dirname(require.resolve(`${platformPackage}/package.json`)));
    return existsSync(node) ? node : null;
  } catch {
    return null;
  }
}

async function launch() {
  if (isNodeNewEnough(process.versions.node)) {
    delete process.env[guard];
    nodeModule.enableCompileCache?.();
    // The sources run as they are; an installed package holds them compiled.
    const source = new URL("../src/main.ts", import.meta.url);
    await import(existsSync(source) ? source : new URL("../src/main.js", import.meta.url));
    return;
  }
  const node = findNode();
  if (node === null) {
    console.error(nodeMissingText());
    process.exitCode = 78;
    return;
  }
  const words = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const env = { ...environmentFor(node), [guard]: "1" };
  process.exitCode = await runToEnd(node, words, { env });
}

await launch();
