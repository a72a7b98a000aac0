import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Prng } from "../../packages/consensus/sim/prng.ts";
import { type Listing, type Names, readListing } from "./listing.ts";
import { namesAfter, readNameLog } from "./name-log.ts";

/** What a power cut cost. */
export interface Remains {
  /** Changes of names that are undone. */
  readonly namesLost: number;
  /** Files that do not hold what programs had read there. */
  readonly filesChanged: number;
}

/** How much of what was not synced stays. */
type Fate = "none" | "all" | "torn" | "scattered";

const pageBytes = 4_096;
const sectorBytes = 512;
/** Changes that were under way when the programs ended may be missing in what was noted. */
const underWayMax = 3;

function pageOf(bytes: Buffer, offset: number): Buffer {
  const page = Buffer.alloc(pageBytes);
  if (offset < bytes.length) bytes.copy(page, 0, offset, offset + pageBytes);
  return page;
}

/** Offsets of pages that differ. */
function pagesChanged(old: Buffer, live: Buffer): readonly number[] {
  const offsets: number[] = [];
  for (let offset = 0; offset < Math.max(old.length, live.length); offset += pageBytes) {
    if (!pageOf(old, offset).equals(pageOf(live, offset))) offsets.push(offset);
  }
  return offsets;
}

/** Pages up to one of them reached the platter in order, that one not to its end. */
function torn(old: Buffer, live: Buffer, draw: Prng): Buffer {
  const changed = pagesChanged(old, live);
  const last = changed[draw.below(changed.length)] ?? 0;
  const end = last + sectorBytes * draw.below(pageBytes / sectorBytes + 1);
  const result = Buffer.alloc(Math.max(old.length, Math.min(live.length, end)));
  old.copy(result);
  live.copy(result, 0, 0, Math.min(live.length, end));
  return result;
}

/** Pages reached the platter in any order, and how long the file is by itself. */
function scattered(old: Buffer, live: Buffer, draw: Prng): Buffer {
  const sizes = [old.length, live.length, old.length + draw.below(live.length - old.length + 1)];
  const result = Buffer.alloc(sizes[draw.below(sizes.length)] ?? old.length);
  old.copy(result);
  for (const offset of pagesChanged(old, live)) {
    if (draw.chance(0.5)) pageOf(live, offset).copy(result, offset);
  }
  return result;
}

function bytesAfter(fate: Fate, old: Buffer, live: Buffer, draw: Prng): Buffer {
  if (old.equals(live) || fate === "none") return old;
  if (fate === "all" || live.length < old.length) return draw.chance(0.5) ? live : old;
  return fate === "torn" ? torn(old, live, draw) : scattered(old, live, draw);
}

function readOr(path: string | undefined): Buffer | null {
  return path !== undefined && existsSync(path) ? readFileSync(path) : null;
}

/** Changes of names that the library did not see would make everything found here worth nothing. */
function checkSeen(noted: Names, { root, names }: Listing): void {
  const differences: string[] = [];
  const visit = (folder: string, key: string, path: string): void => {
    const seen = noted.get(key) ?? new Map();
    const there = names.get(folder) ?? new Map();
    for (const [name, { number, isFolder }] of there) {
      const known = seen.get(name);
      if (known === undefined || known.number.split(".")[0] !== number) {
        differences.push(`${path}/${name}`);
      } else if (isFolder) visit(number, known.number, `${path}/${name}`);
    }
    for (const name of seen.keys())
      if (!there.has(name)) differences.push(`${path}/${name} (gone)`);
  };
  visit(root, root, "");
  if (differences.length <= underWayMax) return;
  throw new Error(`names changed unseen by the disk: ${differences.slice(0, 5).join(", ")}`);
}

/** Replaces what lies in a folder by what a power cut may leave of it. */
export function restore(root: string, side: string, draw: Prng): Remains {
  const live = readListing(root);
  const before = readFileSync(join(side, "before"), "utf8");
  const log = readNameLog(readOr(join(side, "names"))?.toString("utf8") ?? "");
  const count = log.changes.length;
  checkSeen(namesAfter(before, log, count), live);
  const fates: readonly Fate[] = ["none", "all", "torn", "scattered"];
  // All is lost in many cuts: nothing finds a missing sync as surely.
  const isAllLost = draw.chance(0.4);
  const kept = isAllLost ? 0 : draw.chance(0.4) ? count : draw.below(count + 1);
  const names = namesAfter(before, log, kept);
  const written = new Map<string, string>();
  let filesChanged = 0;
  const write = (number: string, path: string): void => {
    const twin = written.get(number);
    if (twin !== undefined) {
      linkSync(twin, path);
      return;
    }
    const there = live.paths.get(number) ?? join(side, "attic", number);
    const bytes = readOr(there) ?? Buffer.alloc(0);
    const old = readOr(join(side, "platter", number)) ?? Buffer.alloc(0);
    const fate = isAllLost ? "none" : (fates[draw.below(fates.length)] ?? "none");
    const after = bytesAfter(fate, old, bytes, draw);
    if (!after.equals(bytes)) filesChanged += 1;
    const mode = existsSync(there) ? lstatSync(there).mode & 0o777 : 0o600;
    writeFileSync(path, after);
    chmodSync(path, mode);
    written.set(number, path);
  };
  const build = (key: string, path: string): void => {
    const there = live.paths.get(key.split(".")[0] ?? "");
    const mode = there === undefined ? 0o700 : lstatSync(there).mode & 0o777;
    mkdirSync(path, { mode });
    for (const [name, { number, isFolder }] of names.get(key) ?? []) {
      if (isFolder) build(number, join(path, name));
      else write(number, join(path, name));
    }
  };
  const next = `${root}.next`;
  rmSync(next, { recursive: true, force: true });
  build(live.root, next);
  rmSync(root, { recursive: true });
  renameSync(next, root);
  const namesLost = log.isLasting.filter((lasting, index) => index >= kept && !lasting).length;
  return { namesLost, filesChanged };
}
