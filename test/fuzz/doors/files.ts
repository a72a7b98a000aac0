import { GatewayError } from "@tegata/gateway";
import { invitationFromText } from "@tegata/gateway/invitation";
import { LedgerError, networkId, sha256 } from "@tegata/ledger/primitives";
import { openKeystore, sealKeystore } from "@tegata/ledger/storage";
import { readManifest } from "../../../packages/cli/src/backup/manifest.ts";
import { CliError } from "../../../packages/cli/src/errors.ts";
import { checkProof } from "../../../packages/cli/src/proof/check.ts";
import {
  encodeBackupRecord,
  readBackupRecords,
} from "../../../packages/ledger/src/storage/backup-records.ts";
import { parseFirstPeers } from "../../../packages/node/src/network/first-peers.ts";
import { parseProxy } from "../../../packages/node/src/network/proxy.ts";
import { resolve } from "../../../packages/settings/src/resolve.ts";
import { readToml } from "../../../packages/settings/src/toml.ts";
import {
  accepted,
  type Coder,
  type Door,
  refusalIn,
  refused,
  type Verdict,
  verdictOf,
} from "../door.ts";
import { golden, goldenBytes, textBytes, textOf } from "../golden.ts";
import type { Tree } from "../mutate-tree.ts";
import { lineCoder } from "./canonical.ts";

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(textOf(bytes));
    return true;
  } catch {
    return false;
  }
}

/** As cheap as a keystore can be, so that many can be opened. */
const keystore = await sealKeystore({
  secret: {
    role: "gateway",
    transactionSeed: new Uint8Array(32).fill(1),
    encryptionSeed: new Uint8Array(32).fill(2),
    localKey: new Uint8Array(32).fill(3),
    laterSeeds: [],
  },
  ...{ passphrase: "open", salt: new Uint8Array(16), nonce: new Uint8Array(12), N: 2 },
});
const proof = golden("cli/proof");
const ticket = String(golden("gateway/invitation").text);
const network = networkId(goldenBytes("ledger/genesis", "networkId"));

const settings = `[network]
name = "Chubu"
listen = ["/ip4/0.0.0.0/tcp/7001"]

[company]
handle = "kato"

[api]
port = 7780

[operations]
nodePort = 9464
gatewayPort = 9465
`;

/** Settings as a tree, written as TOML again; other tables and values than there can be among them. */
const tables: Coder = {
  read: (sample) => {
    const reading = readToml(textOf(sample), "tegata.toml");
    const given = reading.ok ? reading.given : [];
    return Object.fromEntries(given.map(({ name, value }) => [name, plain(value)]));
  },
  write: (tree) => {
    if (typeof tree !== "object" || tree === null || Array.isArray(tree)) return null;
    const lines = Object.entries(tree).map(([name, value]) => {
      const isBare = /^[\w-]+(?:\.[\w-]+)*$/.test(name);
      return `${isBare ? name : JSON.stringify(name)} = ${tomlOf(value)}\n`;
    });
    return textBytes(lines.join(""));
  },
};

function plain(value: unknown): Tree {
  return typeof value === "bigint" ? Number(value) : (value as Tree);
}

function tomlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlOf).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? "none");
  const entries = Object.entries(value).map(
    ([name, inner]) => `${JSON.stringify(name)} = ${tomlOf(inner)}`,
  );
  return `{ ${entries.join(", ")} }`;
}

function readSettings(bytes: Uint8Array): Verdict {
  const reading = readToml(textOf(bytes), "tegata.toml");
  if (!reading.ok) return refused(`SETTINGS_REFUSED ${reading.problem.rule}`);
  const origin = { type: "file", path: "tegata.toml", line: null } as const;
  const resolution = resolve([reading.given], origin);
  if (resolution.ok) return accepted;
  return refused(`SETTINGS_REFUSED ${resolution.problems[0]?.rule ?? ""}`);
}

async function readBackup(bytes: Uint8Array): Promise<Verdict> {
  const halves = [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)];
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* halves;
  }
  try {
    for await (const record of readBackupRecords(source())) {
      if (record.type === "end") readManifest(record.manifest, []);
    }
    return accepted;
  } catch (error) {
    return refusalIn(error, [LedgerError]);
  }
}

const manifest = JSON.stringify({
  format: "tegata-backup/2",
  createdMs: 1,
  ...{ version: "0.1.0", network: "5e", company: "kato", member: "4a", holds: [], lacks: [] },
});
const backup = [
  { type: "file", path: "node.keystore", content: new Uint8Array(40) },
  { type: "database", name: "outbox" },
  { type: "entry", key: Uint8Array.of(1, 2), value: new Uint8Array(30) },
  { type: "end", manifest },
] as const;

/** Files that people hand to the program, and what they put into its home. */
export const fileDoors: readonly Door[] = [
  {
    name: "file.settings",
    what: "the settings file, the environment and the command line",
    limit: "64 KiB",
    form: tables,
    samples: [textBytes(settings)],
    isOuter: (bytes) => readToml(textOf(bytes), "tegata.toml").ok,
    read: readSettings,
  },
  {
    name: "file.keystore",
    what: "keystores, before and after their passphrase",
    limit: "64 KiB; the cost of the passphrase before it is computed",
    form: "json",
    samples: [textBytes(keystore)],
    isOuter: isJson,
    read: async (bytes) => {
      try {
        await openKeystore(textOf(bytes), "gateway", "open");
        return accepted;
      } catch (error) {
        return refusalIn(error, [LedgerError]);
      }
    },
  },
  {
    name: "file.proof",
    slow: true,
    what: "proof files, checked by anybody",
    limit: "the size of a proof",
    form: "json",
    samples: [textBytes(JSON.stringify(proof.proof ?? proof))],
    isOuter: isJson,
    read: (bytes) => verdictOf(() => checkProof(textOf(bytes), null), [CliError]),
  },
  {
    name: "file.invitation",
    what: "invitations, typed or pasted",
    limit: "2,048 characters",
    form: lineCoder("tgi1", 4, (body) => sha256(body).subarray(0, 4)),
    samples: [textBytes(ticket)],
    isOuter: (bytes) => /^\s*tgi1[\w-]*\s*$/i.test(textOf(bytes)),
    read: (bytes) => verdictOf(() => invitationFromText(textOf(bytes)), [GatewayError]),
  },
  {
    name: "file.backup",
    what: "what stands inside a backup, once its passphrase opened it",
    limit: "1 KiB a name, 64 MiB a value",
    form: "bytes",
    samples: [new Uint8Array(Buffer.concat(backup.map(encodeBackupRecord)))],
    isOuter: (bytes) => bytes.length > 9,
    read: readBackup,
  },
  {
    name: "file.first-peers",
    what: "where a newcomer finds the members, and the address of a proxy",
    limit: "1,024 characters a line",
    form: "text",
    samples: [textBytes(`${"4a".repeat(32)} ${network} /ip4/192.0.2.1/tcp/4100\n`)],
    isOuter: (bytes) => bytes.length > 0,
    read: (bytes) => {
      const text = textOf(bytes);
      const found = parseFirstPeers(text).length > 0 || parseProxy(text) !== null;
      return found ? accepted : refused("left out");
    },
  },
];
