// The node of a home folder as in production, but that whoever breaks a rule may come back at once: in a
// minute a campaign breaks more rules than the real pauses would let through in a night.
//
//   node test/fuzz/process/node-main.ts --home DIR
//
// The passphrase is the first line of stdin; the end of stdin stops it. Logs as a node does.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { nodePaths, readConfig } from "../../../packages/node/src/config.ts";
import { createLog } from "../../../packages/node/src/log.ts";
import { createNetwork } from "../../../packages/node/src/network/mesh.ts";
import { startNode } from "../../../packages/node/src/start.ts";

const { values } = parseArgs({ options: { home: { type: "string" } } });
if (values.home === undefined) throw new Error("--home is missing");
const lines = createInterface({ input: process.stdin });
const ended = new Promise<void>((resolve) => lines.once("close", resolve));
const passphrase = await new Promise<string>((resolve) => lines.once("line", resolve));
const config = readConfig(values.home);
const keystore = await readSecretFile(nodePaths(config.home).keystore);
const secrets = await openKeystore(keystore, "node", passphrase);
const connect: typeof createNetwork = (options, handlers) => {
  const limits = { ...options.limits, exclusionFirstMs: 1, exclusionMaxMs: 1 };
  return createNetwork({ ...options, limits }, handlers);
};
const node = await startNode(config, secrets, { log: createLog(config.logLevel, null), connect });
const failure = await Promise.race([ended.then(() => null), node.failed]);
await node.stop();
process.exit(failure === null ? 0 : 70);
