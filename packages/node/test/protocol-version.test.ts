import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { protocolVersionMax } from "@tegata/ledger/chain";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { exitCodes } from "../src/exit-codes.ts";
import { ChildNode } from "./helpers/child.ts";
import { Consortium, passphrase } from "./helpers/consortium.ts";
import { seedVersions } from "./helpers/seeded-chain.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

describe("a version of the protocol that the program does not follow", () => {
  test("stops the node before its first height, and says what to do at every start", async () => {
    consortium = await Consortium.found(1);
    const versions = [
      { version: 1, height: 0 },
      { version: protocolVersionMax + 1, height: 3 },
    ];
    await seedVersions(consortium, versions);
    const { home } = consortium.member(0).config;
    const settings = join(home, "config.toml");
    const text = await readFile(settings, "utf8");
    await writeFile(settings, text.replace('level = "error"', 'level = "warn"'));
    const child = await ChildNode.start(home, passphrase);
    const client = consortium.client(0);
    expect((await client.status()).outdatedFrom).toBe(3);
    const writer = consortium.writer(0);
    for (const height of [1, 2]) {
      expect((await client.submit(writer.void())).ok).toBe(true);
      const isCommitted = async (): Promise<boolean> =>
        child.hasExited || (await client.status().catch(() => null))?.height === height;
      await until(`block ${height}`, isCommitted);
    }
    expect(await child.exited).toBe(exitCodes.outdated);
    expect(child.output).toContain("update the program before this height");

    const again = new ChildNode(home, passphrase);
    expect(await again.exited).toBe(exitCodes.outdated);
    const lines = again.errors.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(
      `protocol version ${protocolVersionMax + 1} is in force from height 3 on (NODE_OUTDATED)`,
    );
    expect(lines[2]).toMatch(/^next: .*install the new version/);
  });
});
