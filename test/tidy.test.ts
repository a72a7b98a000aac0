import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { takeApart } from "./helpers/source-text.ts";
import { violations } from "./helpers/tidy.ts";
import { deadLinks, errorCodesIn, errorTableViolations } from "./helpers/tidy-docs.ts";

const root = resolve(import.meta.dirname, "..");
const excluded = ["**/node_modules/**"];
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const list = (...patterns: readonly string[]): string[] =>
  globSync([...patterns], { cwd: root, exclude: excluded })
    .map((path) => path.replaceAll("\\", "/"))
    .sort();

const sources = list("{packages,test,bench,scripts,.ci}/**/*.{ts,mjs}", "*.ts");
const products = sources.filter((path) => /^packages\/[^/]+\/(?:src|sim|bin)\//.test(path));
// The rules themselves and their test name what they forbid.
const rules = new Set(["test/tidy.test.ts", "test/helpers/tidy.ts"]);

describe("the house", () => {
  test("every source file keeps the house rules", () => {
    expect(products.length).toBeGreaterThan(5);
    const found = sources
      .filter((path) => !rules.has(path))
      .flatMap((path) => violations(path, read(path)));
    expect(found).toEqual([]);
  });

  test("every error code of the sources has its row in docs/ERRORS.md, and no row is stale", () => {
    const used = new Set(products.flatMap((path) => errorCodesIn(read(path))));
    expect(errorTableViolations(used, read("docs/ERRORS.md"))).toEqual([]);
  });

  test("the second reading of the protocol is read in one sitting: at most 400 lines", () => {
    expect(read("docs/spec/verify.py").trimEnd().split("\n").length).toBeLessThanOrEqual(400);
  });

  test("every dependency has one exact version, as it is packed", () => {
    const found = list("package.json", "packages/*/package.json").flatMap((path) => {
      const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(path));
      const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
      return Object.entries(all)
        .filter(
          ([name, version]) =>
            !/^\d+\.\d+\.\d+$/.test(`${version}`) && !name.startsWith("@tegata/"),
        )
        .map(([name, version]) => `${path}: ${name} ${version}`);
    });
    expect(found).toEqual([]);
  });

  test("every file that a page or a comment names exists", () => {
    const pages = list("*.md", "docs/**/*.md", "bench/**/*.md", "packages/**/*.md");
    const found = [...pages, ...sources]
      .filter((path) => !rules.has(path))
      .flatMap((path) => deadLinks(path, read(path), (target) => existsSync(join(root, target))));
    expect(found).toEqual([]);
  });
});

describe("the import table", () => {
  const cases: readonly (readonly [path: string, target: string, allowed: boolean])[] = [
    ["packages/ledger/src/primitives/x.ts", "#machine", true],
    ["packages/ledger/src/primitives/x.ts", "node:crypto", false],
    ["packages/ledger/src/primitives/machine-node.ts", "node:crypto", true],
    ["packages/ledger/src/primitives/machine-plain.ts", "node:crypto", false],
    ["packages/ledger/src/primitives/x.ts", "@noble/curves/ed25519.js", true],
    ["packages/ledger/src/primitives/x.ts", "node:fs", false],
    ["packages/ledger/src/primitives/x.ts", "cbor-x", false],
    ["packages/ledger/src/primitives/x.ts", "../chain/block.ts", false],
    ["packages/ledger/src/chain/rules/x.ts", "../../primitives/index.ts", true],
    ["packages/ledger/src/chain/x.ts", "@tegata/ledger/primitives", true],
    ["packages/ledger/src/chain/x.ts", "node:crypto", false],
    ["packages/ledger/src/chain/x.ts", "../storage/index.ts", false],
    ["packages/ledger/src/chain/x.ts", "../vault/index.ts", false],
    ["packages/ledger/src/vault/x.ts", "hpke", true],
    ["packages/ledger/src/vault/x.ts", "../chain/index.ts", true],
    ["packages/ledger/src/vault/x.ts", "../storage/index.ts", false],
    ["packages/ledger/src/storage/level-store.ts", "level", true],
    ["packages/ledger/src/storage/level-store.ts", "classic-level", true],
    ["packages/ledger/src/storage/level-store.ts", "node:fs", true],
    ["packages/ledger/src/storage/lock-file.ts", "node:fs", true],
    ["packages/ledger/src/storage/lock-file.ts", "level", false],
    ["packages/ledger/src/storage/chain-store.ts", "level", false],
    ["packages/ledger/src/storage/chain-store.ts", "node:fs/promises", false],
    ["packages/ledger/src/storage/chain-store.ts", "../vault/index.ts", false],
    ["packages/consensus/src/x.ts", "@tegata/ledger/primitives", true],
    ["packages/consensus/src/x.ts", "@tegata/ledger/chain", false],
    ["packages/consensus/src/x.ts", "../../ledger/src/chain/block.ts", false],
    ["packages/consensus/src/x.ts", "node:crypto", false],
    ["packages/consensus/src/x.ts", "../sim/prng.ts", false],
    ["packages/consensus/sim/x.ts", "../src/index.ts", true],
    ["packages/consensus/sim/x.ts", "@tegata/ledger/chain", true],
    ["packages/consensus/sim/x.ts", "@tegata/node", false],
    ["packages/consensus/sim/x.ts", "node:fs", false],
    ["packages/consensus/sim/program/main.ts", "node:util", true],
    ["packages/consensus/sim/program/x.ts", "../cluster.ts", true],
    ["packages/light/src/x.ts", "@tegata/ledger/primitives", true],
    ["packages/light/src/x.ts", "@tegata/ledger/chain", true],
    ["packages/light/src/x.ts", "@tegata/consensus", true],
    ["packages/light/src/x.ts", "@tegata/consensus/sim", false],
    ["packages/light/src/x.ts", "@tegata/ledger/storage", false],
    ["packages/light/src/x.ts", "@tegata/node", false],
    ["packages/light/src/x.ts", "@noble/curves/ed25519.js", false],
    ["packages/light/src/x.ts", "node:crypto", false],
    ["packages/consensus/src/x.ts", "@tegata/light", false],
    ["packages/settings/src/toml.ts", "smol-toml", true],
    ["packages/settings/src/read.ts", "smol-toml", false],
    ["packages/settings/src/read.ts", "node:fs", false],
    ["packages/settings/src/read.ts", "@tegata/ledger/primitives", false],
    ["packages/ledger/src/storage/lock-file.ts", "@tegata/settings", false],
    ["packages/node/src/sync/x.ts", "@tegata/settings", true],
    ["packages/node/src/sync/x.ts", "smol-toml", false],
    ["packages/gateway/src/x.ts", "@tegata/settings", true],
    ["packages/node/src/sync/x.ts", "@tegata/ledger/storage", true],
    ["packages/node/src/sync/x.ts", "@tegata/ledger/vault", false],
    ["packages/node/src/sync/x.ts", "@tegata/gateway", false],
    ["packages/node/src/sync/x.ts", "level", false],
    ["packages/node/src/sync/x.ts", "libp2p", false],
    ["packages/node/src/compose.ts", "@libp2p/peer-id", false],
    ["packages/node/src/network/x.ts", "libp2p", true],
    ["packages/node/src/join/x.ts", "@libp2p/tcp", true],
    ["packages/cli/src/x.ts", "@tegata/node/join", true],
    ["packages/node/src/network/x.ts", "@multiformats/multiaddr", true],
    ["packages/gateway/src/x.ts", "@tegata/ledger/vault", true],
    ["packages/gateway/src/x.ts", "@tegata/node/client", true],
    ["packages/gateway/src/x.ts", "@tegata/consensus", true],
    ["packages/gateway/src/x.ts", "@tegata/node", false],
    ["packages/gateway/src/x.ts", "../../node/src/api/client.ts", false],
    ["packages/gateway/src/x.ts", "level", false],
    ["packages/gateway/src/x.ts", "libp2p", false],
    ["packages/collect/src/x.ts", "@tegata/gateway/client", true],
    ["packages/collect/src/x.ts", "@tegata/gateway", false],
    ["packages/collect/src/x.ts", "../../cli/src/input/rows.ts", false],
    ["packages/collect/src/x.ts", "mqtt", false],
    ["packages/collect/src/mqtt-source.ts", "mqtt", true],
    ["packages/gateway/src/x.ts", "@tegata/collect", false],
    ["packages/cli/src/x.ts", "@tegata/collect", true],
    ["packages/cli/src/x.ts", "@tegata/gateway/client", true],
    ["packages/cli/src/x.ts", "@tegata/light", true],
    ["packages/cli/src/x.ts", "libp2p", false],
  ];

  test.each(cases)("%s importing %s: %s", (path, target, allowed) => {
    for (const line of [
      `import { a } from "${target}";`,
      `import type { A } from "${target}";`,
      `import "${target}";`,
      `export { a } from "${target}";`,
      `export type A = import("${target}").A;`,
      `import {\n  a,\n  b,\n} from '${target}';`,
    ]) {
      expect(violations(path, line), line).toHaveLength(allowed ? 0 : 1);
    }
  });
});

describe("the tidy check", () => {
  const pure = "packages/consensus/src/x.ts";

  test.each([
    "const a = Date.now();",
    "const a = new Date();",
    "const a = Math.random();",
    "const a = performance.now();",
    "setTimeout(go, 1);",
    "setInterval(go, 1);",
    "const a = process.env.HOME;",
    "const a = crypto.getRandomValues(b);",
    "const a = randomBytes(32);",
    "const { privateKey } = generateKeyPairSync('ed25519');",
    "export async function go() {}",
    `const a = \`at \${Date.now()}\`;`,
  ])("finds impure code: %s", (line) => {
    expect(violations(pure, line)).toHaveLength(1);
    expect(violations("packages/node/src/x.ts", line)).toEqual([]);
  });

  test("lets only one file of the vault draw randomness", () => {
    const line = "const a = randomBytes(32);";
    expect(violations("packages/ledger/src/vault/random.ts", line)).toEqual([]);
    expect(violations("packages/ledger/src/vault/seal.ts", line)).toHaveLength(1);
  });

  test("lets the vault wait but not read the clock", () => {
    expect(violations("packages/ledger/src/vault/seal.ts", "await open();")).toEqual([]);
    expect(violations("packages/ledger/src/vault/seal.ts", "Date.now();")).toHaveLength(1);
  });

  test("reads code and not what comments and strings say", () => {
    const text = [
      "// Date.now() is forbidden here",
      '/* import { a } from "level" */',
      'const a = "Date.now()";',
      `const b = /["'\`]/.test(a) ? \`Math.random() \${a} setTimeout\` : 'async';`,
      "const c = b / 2; // async",
    ].join("\n");
    expect(violations(pure, text)).toEqual([]);
  });

  test("finds long files, unfinished work, default exports, enums and strangers", () => {
    const lines = (count: number): string => "const a = 1;\n".repeat(count);
    expect(violations(pure, lines(500))).toEqual([]);
    expect(violations(pure, lines(501))).toEqual([`${pure}: longer than 500 lines`]);
    expect(violations(pure, "// TODO: more")).toHaveLength(1);
    expect(violations("test/e2e/x.test.ts", "// FIXME")).toHaveLength(1);
    expect(violations(pure, "export default 1;")).toEqual([`${pure}: export default`]);
    expect(violations(pure, "export const enum Step { A }")).toEqual([`${pure}: enum`]);
    expect(violations("packages/ledger/src/utils/x.ts", "")).toHaveLength(1);
    expect(violations("packages/extra/src/x.ts", "")).toHaveLength(1);
  });

  test("keeps every line at its place when it takes a text apart", () => {
    const text = `a; // b\nconst c = \`d \${e({ f: \`g\${1}\` })} h\`;\n/* i\n */ j('k\\'l');\n`;
    const { code, withoutComments } = takeApart(text);
    expect(code).toHaveLength(text.length);
    expect(code.split("\n")).toHaveLength(text.split("\n").length);
    expect(code).not.toMatch(/[bdghikl]/);
    expect(withoutComments).toBe(text.replace("// b", "    ").replace("/* i\n */", "    \n   "));
  });

  test("finds codes without a row, stale rows, rows without advice and rows in a wrong place", () => {
    const used = new Set(
      errorCodesIn('// CLI_Z\nf("LEDGER_A", { NODE_B: process.env.NODE_ENV });'),
    );
    expect([...used]).toEqual(["LEDGER_A", "NODE_B"]);
    const table = "## Ledger\n| `LEDGER_A` | a | b |\n## Node\n| `NODE_B` | a | b |\n";
    expect(errorTableViolations(used, table)).toEqual([]);
    expect(errorTableViolations(used, "## Ledger\n| `LEDGER_A` | a | b |\n")).toHaveLength(1);
    expect(errorTableViolations(new Set(["NODE_B"]), table)).toHaveLength(1);
    expect(errorTableViolations(used, table.replace("a | b", "a | "))).toHaveLength(1);
    expect(errorTableViolations(used, table.replace("## Node\n", ""))).toHaveLength(1);
  });

  test("finds links to pages that do not exist", () => {
    const exists = (path: string): boolean => path === "docs/PROTOCOL.md";
    expect(deadLinks("packages/x/src/a.ts", "// docs/PROTOCOL.md section 3", exists)).toEqual([]);
    expect(deadLinks("packages/x/src/a.ts", "// docs/LOST.md section 3", exists)).toHaveLength(1);
    expect(deadLinks("docs/A.md", "[a](PROTOCOL.md#b) [b](https://x.org/a)", exists)).toEqual([]);
    expect(deadLinks("docs/A.md", "[a](LOST.md)", exists)).toEqual(["docs/A.md: no docs/LOST.md"]);
  });
});
