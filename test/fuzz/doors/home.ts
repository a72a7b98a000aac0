import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { genesisFromText } from "@tegata/ledger/chain";
import { LedgerError } from "@tegata/ledger/primitives";
import { encodeBackupRecord, openBackup, sealBackup } from "@tegata/ledger/storage";
import { NodeError } from "@tegata/node";
import { readSettings, SettingsError } from "@tegata/settings";
import { readCursor } from "../../../packages/collect/src/cursor.ts";
import { CollectError } from "../../../packages/collect/src/errors.ts";
import { FileMemory } from "../../../packages/collect/src/file-memory.ts";
import { Spool } from "../../../packages/collect/src/spool.ts";
import { openToken } from "../../../packages/gateway/src/token.ts";
import { readTrustedBlock } from "../../../packages/node/src/sync/trusted-block.ts";
import { convertOldConfig } from "../../../packages/settings/src/old-config.ts";
import { settingsFromLine } from "../../../packages/settings/src/read.ts";
import { accepted, type Coder, type Door, refusalIn, refused, type Verdict } from "../door.ts";
import { goldenBytes, textBytes, textOf } from "../golden.ts";
import { lineCoder } from "./canonical.ts";

/** In memory where the machine has such a folder: these doors write and read files. */
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "tegata-fuzz-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const errors = [LedgerError, NodeError, SettingsError, CollectError];

async function told(read: () => unknown): Promise<Verdict> {
  try {
    return (await read()) === null ? refused("left out") : accepted;
  } catch (error) {
    return refusalIn(error, errors);
  }
}

/** Puts the bytes into a file and lets the program read it. */
function fromFile(name: string, read: (path: string) => unknown) {
  return (bytes: Uint8Array): Promise<Verdict> => {
    writeFileSync(at(name), bytes, { mode: 0o600 });
    return told(() => read(at(name)));
  };
}

const isText = (bytes: Uint8Array): boolean => Buffer.from(bytes).toString("utf8").length > 0;
const startsWith = (prefix: string) => (bytes: Uint8Array) => textOf(bytes).startsWith(prefix);

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(textOf(bytes));
    return true;
  } catch {
    return false;
  }
}

const needed = ["TEGATA_NETWORK_NAME=Chubu", "TEGATA_COMPANY_HANDLE=kato", "TEGATA_API_PORT=7780"];

/** Lines `NAME=VALUE`; those with a small first letter stand on the command line. */
function readLines(bytes: Uint8Array): unknown {
  const lines = textOf(bytes).split("\n");
  const flags = lines.filter((line) => /^[a-z]/.test(line));
  const environment = Object.fromEntries(
    lines.filter((line) => !/^[a-z]/.test(line)).map((line) => line.split("=", 2)),
  );
  return readSettings({ file: at("none.toml"), oldFile: null, environment, flags });
}

const oldConfig = JSON.stringify({
  ...{ format: "tegata-config/1", network: "Chubu", company: "kato", gatewayPort: 7780 },
  ...{ p2pListen: ["/ip4/0.0.0.0/tcp/7001"], proxy: null, logLevel: "info" },
});
const handedSettings = JSON.stringify({
  ...{ "network.name": "Chubu", "network.listen": ["/ip4/0.0.0.0/tcp/7001"], dev: true },
  ...{ "company.handle": "kato", "api.port": 7780, "log.level": "info" },
});

async function takeOver(path: string): Promise<void> {
  const made = [`${path}.old`, at("config.toml")];
  try {
    convertOldConfig(path, at("config.toml"));
  } finally {
    for (const one of made) await rm(one, { force: true });
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const middle = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}

async function sealedBackup(): Promise<Uint8Array> {
  const record = encodeBackupRecord({ type: "file", path: "card", content: new Uint8Array(200) });
  const sealing = { passphrase: "open", salt: new Uint8Array(16), N: 2 };
  const parts: Uint8Array[] = [];
  for await (const part of sealBackup(pieces(record), sealing)) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/** The head of a sealed backup as values, and what is sealed as bytes. */
const headed: Coder = {
  read: (sample) => {
    const end = sample.indexOf(10);
    const sealed = Buffer.from(sample.subarray(end + 1)).toString("base64");
    return { head: JSON.parse(textOf(sample.subarray(0, end))), sealed };
  },
  write: (tree) => {
    if (typeof tree !== "object" || tree === null || !("sealed" in tree)) return null;
    const sealed = Buffer.from(typeof tree.sealed === "string" ? tree.sealed : "", "base64");
    const head = Buffer.from(`${JSON.stringify(tree.head ?? null)}\n`);
    return Uint8Array.from(Buffer.concat([head, sealed]));
  },
};

async function openSealed(bytes: Uint8Array): Promise<void> {
  for await (const part of openBackup(pieces(bytes), "open")) void part;
}

/** A line of the spool as it is written, with its checksum. */
function spoolLine(rest: string): string {
  return `${crc32(rest).toString(16).padStart(8, "0")} ${rest}\n`;
}

/** Lines of the spool without their checksums, which are made anew. */
const spoolLines: Coder = {
  read: (sample) =>
    textOf(sample)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [Number(line.slice(9, 22)), line.slice(23)]),
  write: (tree) => {
    if (!Array.isArray(tree)) return null;
    return textBytes(
      tree.map((line) => spoolLine(Array.isArray(line) ? line.join(" ") : `${line}`)).join(""),
    );
  },
};

async function openSpool(bytes: Uint8Array): Promise<Verdict> {
  const gone = new AbortController();
  const place = at("spool");
  await rm(place, { recursive: true, force: true });
  mkdirSync(place);
  writeFileSync(join(place, `${"0".repeat(16)}.spool`), bytes);
  let cutBytes = 0;
  const verdict = await told(async () => {
    const options = { folder: place, from: 0, signal: gone.signal };
    const spool = await Spool.open({
      ...options,
      tell: async (event) => {
        if (event.event === "cut") cutBytes += event.bytes;
      },
    });
    for (const { heardMs, text } of await spool.read(0)) {
      if (typeof text !== "string" || !Number.isFinite(heardMs)) throw new Error("no entry");
    }
  });
  gone.abort();
  return cutBytes > 0 ? refused("cut off") : verdict;
}

const remembered = {
  ...{ content: "ab".repeat(32), name: "press.csv", state: "sent", atMs: 1_795_132_800_000 },
  ...{ rows: 12, timeMs: 1_795_132_800_000, note: ["3 rows were left out"] },
};
const cursor = {
  ...{ spool: "0123456789abcdef", next: 120, sending: 400, memo: { sequence: 7 } },
  refused: [{ index: 0, rows: [1, 2], why: { said: "no", english: "no" } }],
};

async function readMemory(path: string): Promise<unknown> {
  const memory = await FileMemory.open(path);
  const count = memory.sent().length;
  await memory.close();
  return count === 0 ? null : count;
}

const genesis = Buffer.from(goldenBytes("ledger/genesis", "bytes"));

/** What lies in a home folder, or is handed over at a start, besides keys and settings. */
export const homeDoors: readonly Door[] = [
  {
    name: "file.environment",
    what: "settings in the environment and on the command line",
    limit: "what the system hands over",
    form: "text",
    samples: [
      textBytes([...needed, "TEGATA_LOG_LEVEL=debug", "operations.nodePort=9464"].join("\n")),
    ],
    isOuter: (bytes) => /^TEGATA_\w+=/m.test(textOf(bytes)),
    read: (bytes) => told(() => readLines(bytes)),
  },
  {
    name: "file.old-config",
    what: "a config.json of an older version, taken over once",
    limit: "64 KiB",
    form: "json",
    samples: [textBytes(oldConfig)],
    isOuter: isJson,
    read: fromFile("config.json", takeOver),
  },
  {
    name: "file.handed-settings",
    what: "the settings that a program hands to those it starts",
    limit: "a line of the own supervisor",
    form: "json",
    samples: [textBytes(handedSettings)],
    isOuter: isJson,
    read: (bytes) => told(() => settingsFromLine(textOf(bytes))),
  },
  {
    name: "file.genesis",
    what: "files with a genesis",
    limit: "4 MiB, as text",
    form: lineCoder("tgg1"),
    samples: [textBytes(`tgg1${genesis.toString("base64url")}\n`)],
    isOuter: startsWith("tgg1"),
    read: (bytes) => told(() => genesisFromText(textOf(bytes))),
    slow: true,
  },
  {
    name: "file.trusted-block",
    what: "the block that a chain must have",
    limit: "one line",
    form: "text",
    samples: [textBytes(`70000 ${"ab".repeat(32)}\n`)],
    isOuter: isText,
    read: fromFile("trusted-block", readTrustedBlock),
  },
  {
    name: "file.sealed-backup",
    what: "the file of a backup, before and after its passphrase",
    limit: "1 KiB of head; the cost of the passphrase before it is computed; 256 KiB a piece",
    form: headed,
    samples: [await sealedBackup()],
    isOuter: (bytes) => isJson(bytes.subarray(0, Math.max(0, bytes.indexOf(10)))),
    read: (bytes) => told(() => openSealed(bytes)),
  },
  {
    name: "file.token",
    what: "the token of the API and the hash beside it",
    limit: "files of this user alone",
    form: "text",
    samples: [textBytes(`${"5e".repeat(32)}\n`)],
    isOuter: isText,
    read: async (bytes) => {
      await rm(at("token"), { force: true });
      writeFileSync(at("token.hash"), bytes, { mode: 0o600 });
      return told(async () => {
        const hash = await openToken(at("token"), at("token.hash"));
        return existsSync(at("token")) || hash.length !== 32 ? null : hash;
      });
    },
  },
  {
    name: "disk.spool",
    what: "what a collector has heard and not handed over, after a crash or from a damaged disk",
    limit: "1 MiB at a time",
    form: spoolLines,
    samples: [
      textBytes(
        ['1795132800000 "a|1"', '1795132800001 "b|2"', '1795132800002 "c"'].map(spoolLine).join(""),
      ),
    ],
    isOuter: (bytes) => /^[0-9a-f]{8} /.test(textOf(bytes)),
    read: openSpool,
  },
  {
    name: "disk.cursor",
    what: "how far a collector has handed over what it heard",
    limit: "one file of the own user",
    form: "json",
    samples: [textBytes(JSON.stringify(cursor))],
    isOuter: isJson,
    read: fromFile("cursor", (path) => readCursor(path, {})),
  },
  {
    name: "disk.watch-memory",
    what: "which files of a watched folder were sent",
    limit: "100,000 files are remembered",
    form: "json",
    samples: [textBytes(JSON.stringify(remembered))],
    isOuter: isJson,
    read: fromFile("files", readMemory),
  },
];
