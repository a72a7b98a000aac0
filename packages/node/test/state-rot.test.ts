import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLevelStore } from "@tegata/ledger/storage";
import { afterEach, beforeEach, expect, test } from "vitest";
import { overgrown } from "../../../test/helpers/store-damages.ts";
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

test("blocks whose index the disk altered are set aside at the first start, although LevelDB is to join tables at once", async () => {
  await consortium.start(0);
  await consortium.stop(0);
  const { home } = consortium.member(0).config;
  const folder = join(nodePaths(home).data, "bodies");
  const sizes = { writeBufferBytes: 33_554_432, tableBytes: 33_554_432, cacheBytes: 8_388_608 };
  // Each opening writes what the one before logged into a table, and LevelDB joins the first four that overlap.
  for (let session = 0; session < 4; session += 1) {
    const bodies = await openLevelStore({ folder, mode: "open", compression: "none", ...sizes });
    for (let number = 0; number < 3; number += 1) {
      const key = Uint8Array.of(255, number);
      await bodies.write([{ type: "put", key, value: randomBytes(40_000) }]);
    }
    await bodies.close();
  }
  const names = readdirSync(folder);
  const [table = "", ...more] = names.filter((one) => one.endsWith(".ldb"));
  expect(more).toHaveLength(2);
  const path = join(folder, table);
  writeFileSync(path, overgrown(readFileSync(path)));
  await consortium.start(0);
  const [kept = "", ...others] = readdirSync(home).filter((name) =>
    name.startsWith("node.damaged-"),
  );
  expect(others).toEqual([]);
  // As it was: LevelDB wrote nothing.
  expect(readdirSync(join(home, kept, "bodies"))).toEqual(names);
});
