// A node in a process of its own that is hostile: the real node over a network that adds second votes, or
// that withholds, favours, lies, repeats or floods.
//
//   node packages/node/test/helpers/hostile-main.ts --home DIR [--first HEIGHT] [--last HEIGHT]
//     [--votes prevote,precommit] [--tell both|apart]
//   node packages/node/test/helpers/hostile-main.ts --home DIR --way WAY
//
// The passphrase is the first line of stdin; SIGTERM and the end of stdin stop it. Logs as a node does.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createSigner } from "@tegata/ledger/primitives";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { nodePaths, readConfig } from "../../src/config.ts";
import { readFounding } from "../../src/home.ts";
import { createLog } from "../../src/log.ts";
import { startNode } from "../../src/start.ts";
import { type Hostility, hostileNetwork } from "./hostile-network.ts";
import { misbehavingNetwork, type Way } from "./hostile-ways.ts";

const { values } = parseArgs({
  options: {
    home: { type: "string" },
    first: { type: "string", default: "1" },
    last: { type: "string", default: String(Number.MAX_SAFE_INTEGER) },
    votes: { type: "string", default: "prevote,precommit" },
    tell: { type: "string", default: "both" },
    way: { type: "string" },
  },
});
if (values.home === undefined) throw new Error("--home is missing");

const hostility: Hostility = {
  heights: { first: Number(values.first), last: Number(values.last) },
  votes: values.votes.split(",") as Hostility["votes"],
  tell: values.tell as Hostility["tell"],
};
const lines = createInterface({ input: process.stdin });
const ended = new Promise<void>((resolve) => {
  lines.once("close", resolve);
  process.once("SIGTERM", () => resolve());
});
const passphrase = await new Promise<string>((resolve) => lines.once("line", resolve));
const config = readConfig(values.home);
const keystore = await readSecretFile(nodePaths(config.home).keystore);
const secrets = await openKeystore(keystore, "node", passphrase);
const { genesis } = readFounding(config, secrets);
const signer = createSigner(secrets.consensusSeed);
const connect =
  values.way === undefined
    ? hostileNetwork(signer, genesis.networkId, hostility)
    : misbehavingNetwork(values.way as Way);
const node = await startNode(config, secrets, {
  log: createLog(config.logLevel, null),
  connect,
});
await Promise.race([ended, node.failed]);
await node.stop();
process.exit(0);
