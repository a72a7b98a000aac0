import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NodeConfig } from "../src/config.ts";
import { readProxy } from "../src/home.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-proxy-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function config(proxy: string | null, proxyCredentialsFile: string | null): NodeConfig {
  return {
    ...{ home: folder, network: "Test Motors", company: "birch", p2pListen: [], joinListen: [] },
    ...{ proxy, proxyCredentialsFile, operationsPort: null, logLevel: "error", dev: false },
  };
}

async function file(text: string, mode = 0o600): Promise<string> {
  const path = join(folder, "proxy-credentials");
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const url = "http://proxy.example:3128";

describe("the credentials for a proxy", () => {
  test("are read from a file of their own", async () => {
    const place = { host: "proxy.example", port: 3_128 };
    expect(await readProxy(config(null, null))).toBeNull();
    expect(await readProxy(config(url, null))).toEqual({ ...place, credentials: null });
    const path = await file("tegata:a secret: with colons\n");
    const credentials = "tegata:a secret: with colons";
    expect(await readProxy(config(url, path))).toEqual({ ...place, credentials });
  });

  test("are refused where others may read them, and where they are none", async () => {
    const refused = { code: "NODE_CONFIG_INVALID" };
    await expect(readProxy(config(url, await file("u:p\n", 0o644)))).rejects.toMatchObject(refused);
    for (const text of ["", "user", ":p", "user:", "u:p\nX-Header: 1", "u u:p"]) {
      const reading = readProxy(config(url, await file(text)));
      await expect(reading, JSON.stringify(text)).rejects.toMatchObject(refused);
    }
    const missing = join(folder, "nothing");
    await expect(readProxy(config(url, missing))).rejects.toMatchObject(refused);
  });
});
