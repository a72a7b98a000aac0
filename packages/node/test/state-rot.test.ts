import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodePaths } from "../src/config.ts";
import { Consortium } from "./helpers/consortium.ts";

let consortium: Consortium;

beforeEach(async () => {
  consortium = await Consortium.found(4);
});

afterEach(() => consortium.end());

/** Alters one byte of every place where the tables of the state hold these bytes. */
function rot(folder: string, text: string): number {
  let places = 0;
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".ldb"))) {
    const path = join(folder, name);
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) {
      bytes[at] = (bytes[at] as number) ^ 0x4f;
      places += 1;
    }
    writeFileSync(path, bytes);
  }
  return places;
}

test("a state that the disk altered is set aside before anything acts on it", async () => {
  // The second opening writes what the first one logged into a table, which LevelDB does not verify.
  for (let count = 0; count < 2; count += 1) {
    await consortium.start(0);
    await consortium.stop(0);
  }
  const { home } = consortium.member(0).config;
  const folder = join(nodePaths(home).data, "state");
  expect(rot(folder, "/ip4/127")).toBeGreaterThan(0);
  await consortium.start(0);
  const kept = readdirSync(home).filter((name) => name.startsWith("node.damaged-"));
  expect(kept).toHaveLength(1);
  expect(readdirSync(join(home, kept[0] ?? ""))).toContain("state");
});
