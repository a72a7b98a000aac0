import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSource } from "../src/input/source.ts";
import { all, chunksOf, failure } from "./helpers.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tegata-test-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const nothing = chunksOf("");
const text = async (source: { read(): AsyncIterable<Uint8Array> }) => {
  return Buffer.concat(await all(source.read())).toString();
};

describe("an input", () => {
  test("can be read twice from a file, and again from standard input, with nothing left behind", async () => {
    const path = join(folder, "a.csv");
    writeFileSync(path, "x".repeat(200_000));
    await using file = await openSource(path, { stdin: nothing });
    const stdin = chunksOf("hello world", 3);
    await using piped = await openSource("-", { stdin, folder });
    for (const _ of [1, 2]) {
      expect(await text(file)).toBe("x".repeat(200_000));
      expect(await text(piped)).toBe("hello world");
    }
    expect(Buffer.from(await piped.head(5)).toString()).toBe("hello");
    expect([file.name, piped.name, piped.sizeBytes]).toEqual(["a.csv", "stdin", 11]);
    // Its name is gone while it is read, so a crash leaves nothing either.
    expect(readdirSync(folder)).toEqual(["a.csv"]);
  });

  test("from a named pipe is kept aside like standard input", async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    const opening = openSource(path, { stdin: nothing, folder });
    writeFileSync(path, "from a pipe");
    await using source = await opening;
    expect(await text(source)).toBe("from a pipe");
    expect(await text(source)).toBe("from a pipe");
  });

  test("beyond the limit of what is kept aside is refused and removed", async () => {
    const options = { stdin: chunksOf("x".repeat(101), 10), folder, spoolBytesMax: 100 };
    const error = await failure(() => openSource("-", options));
    expect([error.code, error.detail]).toEqual([
      "CLI_INPUT_TOO_LARGE",
      { path: "-", bytesMax: 100 },
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that is missing or no file is refused", async () => {
    const missing = await failure(() => openSource(join(folder, "none"), { stdin: nothing }));
    expect(missing.code).toBe("CLI_INPUT_MISSING");
    const directory = await failure(() => openSource(folder, { stdin: nothing }));
    expect([directory.code, directory.detail]).toEqual([
      "CLI_INPUT_UNREADABLE",
      { path: folder, reason: "EISDIR" },
    ]);
  });

  test("may grow, but is refused when it shrinks", async () => {
    const path = join(folder, "log.csv");
    writeFileSync(path, "a\n1\n");
    await using source = await openSource(path, { stdin: nothing });
    appendFileSync(path, "2\n");
    await source.checkUnchanged();
    expect(await text(source)).toBe("a\n1\n");
    truncateSync(path, 2);
    expect((await failure(() => source.checkUnchanged())).code).toBe("CLI_INPUT_CHANGED");
    expect((await failure(() => text(source))).code).toBe("CLI_INPUT_CHANGED");
  });
});
