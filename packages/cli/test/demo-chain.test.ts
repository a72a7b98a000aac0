import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ChainFile } from "../src/demo/chain-file.ts";
import { temporaryFolder } from "./command-helpers.ts";
import { failure } from "./helpers.ts";

const chain = Array.from({ length: 450 }, (_, index) => ({
  height: index + 1,
  block: Uint8Array.of(index & 255, 1),
  certificate: Uint8Array.of(index & 255, 2),
}));

const node = {
  genesis: async () => Uint8Array.of(7),
  blocks: async (height: number, { blocksMax }: { readonly blocksMax: number }) => ({
    head: chain.length,
    base: 0,
    blocks: chain.slice(height - 1, height - 1 + Math.min(blocksMax, 100)),
  }),
};

describe("a file for the chain of the demo", () => {
  test("holds the genesis and every height in order", async () => {
    const path = join(temporaryFolder(), "chain.ndjson");
    const file = await ChainFile.create(path);
    expect(await file.write(node)).toBe(450);
    await file.close();
    const [first, ...rest] = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(first).toBe('{"schema":"tegata.chain/1","genesis":"Bw=="}');
    const expected = chain.map(({ block, certificate }) => ({
      block: Buffer.from(block).toString("base64"),
      certificate: Buffer.from(certificate).toString("base64"),
    }));
    expect(rest.map((line) => JSON.parse(line))).toEqual(expected);
  });

  test("is refused before anything else where it cannot be written, and never replaces a file", async () => {
    const folder = temporaryFolder();
    const taken = join(folder, "taken");
    writeFileSync(taken, "mine");
    for (const path of [taken, join(folder, "none", "chain"), folder]) {
      expect((await failure(() => ChainFile.create(path))).code).toBe("CLI_FILE_NOT_WRITTEN");
    }
    expect(readFileSync(taken, "utf8")).toBe("mine");
  });

  test("is removed if the demo did not come to its end", async () => {
    const path = join(temporaryFolder(), "chain.ndjson");
    await (await ChainFile.create(path)).close();
    expect(existsSync(path)).toBe(false);
  });
});
