import { posix } from "node:path";
import { takeApart } from "./source-text.ts";

/** Who may import whom. `allowed` names packages; a trailing `*` stands for any ending. */
interface Folder {
  readonly path: string;
  /** Other folders this one may reach by a relative path. */
  readonly below: readonly string[];
  readonly allowed: readonly string[];
  /** What only the named files of this folder may import, although it is in no list. */
  readonly onlyIn: Readonly<Record<string, readonly string[]>>;
  readonly purity: Purity;
}

/** `world`: may use clock and disk. `timeless`: no clock, timers or environment. `pure`: no await either. */
type Purity = "world" | "timeless" | "pure";

const primitives = "packages/ledger/src/primitives";
const chain = "packages/ledger/src/chain";
const libp2pFamily = [
  "libp2p",
  "@libp2p/*",
  "@chainsafe/libp2p-noise",
  "@chainsafe/libp2p-noise/crypto",
  "@chainsafe/libp2p-yamux",
  "@multiformats/*",
];

/** The picture of the house as a table; the longest path that fits a file is its folder. */
const folders: readonly Folder[] = [
  {
    path: primitives,
    below: [],
    allowed: ["#machine", "@noble/*"],
    onlyIn: { "machine-node.ts": ["node:crypto"] },
    purity: "pure",
  },
  { path: chain, below: [primitives], allowed: [], onlyIn: {}, purity: "pure" },
  {
    path: "packages/ledger/src/vault",
    below: [primitives, chain],
    allowed: ["node:crypto", "hpke", "@noble/*"],
    onlyIn: {},
    purity: "timeless",
  },
  {
    path: "packages/ledger/src/storage",
    below: [primitives, chain],
    allowed: ["node:path"],
    onlyIn: {
      "level-store.ts": ["level", "classic-level", "node:fs", "node:fs/promises"],
      "level-log.ts": ["node:fs/promises"],
      "level-tables.ts": ["node:fs", "node:fs/promises"],
      "lock-file.ts": ["node:fs", "node:fs/promises"],
      "free-space.ts": ["node:fs/promises"],
      "line-output.ts": ["node:fs"],
      "secret-file.ts": ["node:fs/promises"],
      "store-folder.ts": ["node:fs"],
      "suspect-tables.ts": ["node:fs"],
      "snapshot-folder.ts": ["node:fs/promises"],
      "arriving.ts": ["node:fs/promises"],
      "keystore.ts": ["node:crypto"],
      "backup-records.ts": ["node:crypto"],
      "backup-seal.ts": ["node:crypto"],
    },
    purity: "world",
  },
  {
    path: "packages/consensus/src",
    below: [],
    allowed: ["@tegata/ledger/primitives"],
    onlyIn: {},
    purity: "pure",
  },
  {
    path: "packages/consensus/sim",
    below: ["packages/consensus/src"],
    allowed: ["@tegata/consensus", "@tegata/ledger/*"],
    onlyIn: {},
    purity: "timeless",
  },
  {
    path: "packages/consensus/sim/program",
    below: ["packages/consensus/sim", "packages/consensus/src"],
    allowed: ["node:*"],
    onlyIn: {},
    purity: "world",
  },
  {
    path: "packages/light/src",
    below: [],
    allowed: ["@tegata/ledger/primitives", "@tegata/ledger/chain", "@tegata/consensus"],
    onlyIn: {},
    purity: "pure",
  },
  {
    path: "packages/settings/src",
    below: [],
    allowed: [],
    onlyIn: {
      "toml.ts": ["smol-toml"],
      "file.ts": ["node:fs", "node:path"],
      "old-config.ts": ["node:fs", "node:path"],
      "orders.ts": ["node:stream"],
    },
    purity: "timeless",
  },
  {
    path: "packages/node/src",
    below: [],
    allowed: [
      "@tegata/ledger/primitives",
      "@tegata/ledger/chain",
      "@tegata/ledger/storage",
      "@tegata/consensus",
      "@tegata/light",
      "@tegata/settings",
      "cbor-x",
      "fastify",
      "pino",
      "prom-client",
      "node:*",
    ],
    onlyIn: { "network/": libp2pFamily, "join/": libp2pFamily },
    purity: "world",
  },
  {
    path: "packages/gateway/src",
    below: [],
    allowed: [
      "@tegata/ledger/*",
      "@tegata/node/client",
      "@tegata/consensus",
      "@tegata/settings",
      "@fastify/swagger",
      "cbor-x",
      "fastify",
      "fastify-type-provider-zod",
      "pino",
      "prom-client",
      "zod",
      "node:*",
    ],
    onlyIn: {},
    purity: "world",
  },
  {
    path: "packages/collect/src",
    below: [],
    allowed: [
      "@tegata/ledger/primitives",
      "@tegata/ledger/storage",
      "@tegata/gateway/client",
      "node:*",
    ],
    onlyIn: {
      "mqtt-source.ts": ["mqtt"],
      "sparkplug-payload.ts": ["protobufjs/light.js"],
      "mtconnect-document.ts": ["fast-xml-parser"],
    },
    purity: "world",
  },
  {
    path: "packages/cli/src",
    below: [],
    allowed: [
      "@tegata/*",
      "@scure/bip39",
      "@scure/bip39/*",
      "commander",
      "csv-parse",
      "csv-parse/*",
      "temporal-polyfill",
      "temporal-polyfill/*",
      "zod",
      "node:*",
    ],
    onlyIn: {
      "chart/terminal-chart.ts": ["simple-ascii-chart"],
      "collecting/collector-metrics.ts": ["prom-client"],
    },
    purity: "world",
  },
];

const linesMax = 500;
/** The only file that may draw randomness below the processes. */
const randomFile = "packages/ledger/src/vault/random.ts";

const clockAndWorld =
  /\b(?:Date|Temporal|performance|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b|\bprocess\s*\.|\bimport\.meta\.(?:dirname|filename)\b/g;
const randomness =
  /\bMath\s*\.\s*random\b|\b(?:randomBytes|randomInt|randomUUID|randomFill(?:Sync)?|getRandomValues|generateKey(?:Pair)?(?:Sync)?|randomSecretKey|randomPrivateKey)\b/g;
const waiting = /\b(?:Promise|async|await)\b/g;
const importPath = /(?<!["'-])\b(?:from|import)\s*(?:\(\s*)?(?:"([^"\n]+)"|'([^'\n]+)')/g;
const unfinishedMark = /\b(?:TODO|FIXME|XXX|HACK)\b/;

/** What the file at `path` (from the root, with slashes) breaks of the house rules, one line each. */
export function violations(path: string, text: string): string[] {
  const { withoutComments, code } = takeApart(text);
  const found: string[] = [];
  const report = (what: string): void => {
    found.push(`${path}: ${what}`);
  };

  if (text.trimEnd().split("\n").length > linesMax) report(`longer than ${linesMax} lines`);
  if (unfinishedMark.test(text)) report("carries a mark of unfinished work");
  if (/\bexport\s+default\b/.test(code) && path !== "vitest.config.ts") report("export default");
  if (/^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/m.test(code)) report("enum");

  const folder = folderOf(path);
  if (folder === null) {
    if (/^packages\/[^/]+\/(?:src|sim)\/.*(?<!\/index)\.ts$/.test(path)) {
      report("lies in no folder of the house");
    }
    return found;
  }
  for (const [, double, single] of withoutComments.matchAll(importPath)) {
    const target = double ?? single ?? "";
    const reason = refuseImport(folder, path, target);
    if (reason !== null) report(reason);
  }
  for (const what of impurities(folder, path, code)) report(what);
  return found;
}

function folderOf(path: string): Folder | null {
  let best: Folder | null = null;
  for (const folder of folders) {
    const fits = path.startsWith(`${folder.path}/`);
    if (fits && folder.path.length > (best?.path.length ?? 0)) best = folder;
  }
  return best;
}

function refuseImport(folder: Folder, path: string, target: string): string | null {
  if (target.startsWith(".")) {
    const reached = posix.join(posix.dirname(path), target);
    const within = [folder.path, ...folder.below].some((home) => reached.startsWith(`${home}/`));
    return within ? null : `reaches into ${reached}`;
  }
  const inFolder = path.slice(folder.path.length + 1);
  const extra = Object.entries(folder.onlyIn).flatMap(([place, names]) => {
    const here = place.endsWith("/") ? inFolder.startsWith(place) : inFolder === place;
    return here ? names : [];
  });
  const known = ownEntryPoints(folder);
  const fits = [...folder.allowed, ...extra, ...known].some((name) =>
    name.endsWith("*") ? target.startsWith(name.slice(0, -1)) : target === name,
  );
  return fits ? null : `may not import ${target}`;
}

/** `@tegata/ledger/primitives` says the same as a relative path into that folder. */
function ownEntryPoints(folder: Folder): string[] {
  return folder.below
    .filter((path) => path.startsWith("packages/ledger/src/"))
    .map((path) => path.replace("packages/ledger/src/", "@tegata/ledger/"));
}

function impurities(folder: Folder, path: string, code: string): string[] {
  if (folder.purity === "world") return [];
  const patterns = [clockAndWorld];
  if (path !== randomFile) patterns.push(randomness);
  if (folder.purity === "pure") patterns.push(waiting);
  const names = patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([name]) => name));
  return [...new Set(names)].map((name) => `pure code uses ${name.replace(/\s/g, "")}`);
}
