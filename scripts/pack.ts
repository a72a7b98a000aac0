// Makes the tarball that a company installs: compiled JavaScript of the command line, with the packages of this
// repository bundled inside and everybody else's as dependencies of exactly the versions tested here.
//   npm run -s pack -- [--out DIR] [--json]
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "..");
const house = "@tegata/";
/** Parts of packages that are for this repository alone. */
const leftOut = ["packages/cli/src/demo"];
/** Pages and files that the program or its operator reads. */
const carried = ["LICENSE", "CHANGELOG.md", "docs/ERRORS.md", "ops"];

type Names = Readonly<Record<string, string>>;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports?: Names;
  readonly imports?: Readonly<Record<string, Names>>;
  readonly dependencies?: Names;
  readonly optionalDependencies?: Names;
  readonly engines?: Names;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
}

/** Names of the house's packages that the command line needs, itself not among them. */
function houseOf(manifest: Manifest, found: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  let all = found;
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!name.startsWith(house) || all.has(name)) continue;
    all = houseOf(manifestOf(`packages/${basename(name)}`), new Set([...all, name]));
  }
  return all;
}

function sorted(names: Names): Names {
  return Object.fromEntries(Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Everybody else's packages; two packages of the house that want different versions are a mistake. */
function strangersOf(manifests: readonly Manifest[]): Names {
  const found: Record<string, string> = {};
  for (const { name: owner, dependencies = {} } of manifests) {
    for (const [name, version] of Object.entries(dependencies)) {
      if (name.startsWith(house)) continue;
      if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${owner}: ${name} ${version}`);
      if ((found[name] ?? version) !== version) throw new Error(`${name} in two versions`);
      found[name] = version;
    }
  }
  return found;
}

const compiled = (path: string): string => path.replace(/\.ts$/, ".js");

function mapValues<A, B>(of: Readonly<Record<string, A>>, change: (value: A) => B) {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
}

/** What a bundled package says of itself. Its dependencies are those of the whole. */
function bundledManifest({ name, version, license, exports = {}, imports }: Manifest): object {
  const shown = Object.fromEntries(
    Object.entries(exports).filter(([, path]) => path.startsWith("./src/")),
  );
  return {
    ...{ name, version, type: "module", license, exports: mapValues(shown, compiled) },
    ...(imports === undefined
      ? {}
      : { imports: mapValues(imports, (paths) => mapValues(paths, compiled)) }),
  };
}

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    cwd: root,
    encoding: "utf8",
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${words.join(" ")}: ${error?.message ?? ""}${stdout}${stderr}`);
}

/** Compiles the sources of packages; `<out>/<package>/src` holds the JavaScript of each. */
function compile(folders: readonly string[], out: string, settings: string): void {
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      ...{ noEmit: false, outDir: out, rootDir: join(root, "packages") },
      ...{ rewriteRelativeImportExtensions: true, typeRoots: [join(root, "node_modules/@types")] },
    },
    include: folders.map((folder) => join(root, folder, "src")),
    exclude: leftOut.map((folder) => join(root, folder)),
  };
  writeFileSync(settings, JSON.stringify(config));
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", settings]);
}

/** Fills the folder `stage` with what the tarball will hold. */
function prepare(work: string): string {
  const stage = join(work, "stage");
  const emitted = join(work, "emitted");
  const cli = manifestOf("packages/cli");
  const bundled = [...houseOf(cli)].sort();
  const folders = bundled.map((name) => `packages/${basename(name)}`);
  const manifests = folders.map(manifestOf);
  compile(["packages/cli", ...folders], emitted, join(work, "tsconfig.json"));
  cpSync(join(emitted, "cli/src"), join(stage, "src"), { recursive: true });
  cpSync(join(root, "packages/cli/bin"), join(stage, "bin"), { recursive: true });
  for (const [index, name] of bundled.entries()) {
    const place = join(stage, "node_modules", name);
    cpSync(join(emitted, basename(name), "src"), join(place, "src"), { recursive: true });
    const text = bundledManifest(manifests[index] as Manifest);
    writeFileSync(join(place, "package.json"), `${JSON.stringify(text, null, 2)}\n`);
  }
  for (const path of carried) {
    if (existsSync(join(root, path))) {
      cpSync(join(root, path), join(stage, path), { recursive: true });
    }
  }
  const { engines, optionalDependencies } = manifestOf(".");
  const whole = {
    ...{ name: cli.name, version: cli.version, license: cli.license, type: "module" },
    description: "A permissioned blockchain node on which companies share data they can prove",
    engines,
    bin: { tegata: "bin/tegata.mjs" },
    dependencies: sorted({
      ...strangersOf([cli, ...manifests]),
      ...Object.fromEntries(manifests.map(({ name, version }) => [name, version])),
    }),
    optionalDependencies,
    bundleDependencies: bundled,
  };
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(whole, null, 2)}\n`);
  return stage;
}

/** What one tarball is. */
export interface Packed {
  readonly schema: "tegata.pack/1";
  readonly file: string;
  readonly version: string;
  readonly bytes: number;
  readonly files: number;
  readonly integrity: string;
}

/** Makes the tarball in the folder `out`. */
export function pack(out: string): Packed {
  const work = mkdtempSync(join(tmpdir(), "tegata-pack-"));
  try {
    const stage = prepare(work);
    const words = ["pack", stage, "--pack-destination", work, "--json", "--ignore-scripts"];
    const npm = process.env.npm_execpath ?? "";
    const said =
      basename(npm) === "npm-cli.js" ? run(process.execPath, [npm, ...words]) : run("npm", words);
    const [made] = JSON.parse(said) as readonly {
      readonly filename: string;
      readonly version: string;
      readonly integrity: string;
      readonly entryCount: number;
    }[];
    if (made === undefined) throw new Error("npm named no tarball");
    mkdirSync(out, { recursive: true });
    const file = join(out, made.filename);
    copyFileSync(join(work, made.filename), file);
    const { version, integrity, entryCount } = made;
    const bytes = statSync(file).size;
    return { schema: "tegata.pack/1", file, version, bytes, files: entryCount, integrity };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { out: { type: "string", default: "." }, json: { type: "boolean", default: false } },
  });
  const made = pack(resolve(values.out));
  const text = `${made.file}\n${made.files} files, ${made.bytes} bytes, ${made.integrity}`;
  process.stdout.write(`${values.json ? JSON.stringify(made) : text}\n`);
}
