import { appendFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lastLoggedError } from "../src/process/log-tail.ts";
import { temporaryFolder } from "./command-helpers.ts";

const fileOf = (text: string): string => {
  const path = join(temporaryFolder(), "node.log");
  writeFileSync(path, text);
  return path;
};
const entry = (level: number, rest: object): string => `${JSON.stringify({ level, ...rest })}\n`;

describe("the last error of a log", () => {
  test("is what a program said on stderr, with the detail it gave as a reason", () => {
    const path = fileOf(
      [
        entry(30, { msg: "the node is up" }),
        "error: the port is taken (GATEWAY_LISTEN_FAILED)\n",
        'why:   {"where":"127.0.0.1:7201"}\n',
        "next:  look into the log\n",
      ].join(""),
    );
    expect(lastLoggedError(path, 0)).toEqual({
      code: "GATEWAY_LISTEN_FAILED",
      message: "the port is taken",
      detail: { where: "127.0.0.1:7201" },
    });
  });

  test("is a line of JSON that carries one of our codes, not a warning and not a code of Node", () => {
    const err = { code: "NODE_DISK_FULL", message: "the disk is full", detail: { freeBytes: 1 } };
    const path = fileOf(
      entry(60, { err, msg: "the node cannot go on" }) +
        entry(40, { err: { code: "NODE_NOT_CONNECTED", message: "away" } }) +
        entry(50, { err: { code: "ENOSPC", message: "full" } }) +
        "{ torn",
    );
    expect(lastLoggedError(path, 0)).toEqual(err);
  });

  test("is not one of an earlier start", () => {
    const path = fileOf("error: old (NODE_HOME_MISMATCH)\n");
    const { size } = statSync(path);
    expect(lastLoggedError(path, size)).toBeNull();
    appendFileSync(path, "error: new (LEDGER_STORE_LOCKED)\n");
    expect(lastLoggedError(path, size)?.code).toBe("LEDGER_STORE_LOCKED");
  });

  test("is none where there is no file, and found behind a long log", () => {
    expect(lastLoggedError(join(tmpdir(), "surely", "not"), 0)).toBeNull();
    const path = fileOf(entry(30, { msg: "x".repeat(100) }).repeat(6_000));
    appendFileSync(path, "error: late (NODE_DIVERGED)\n");
    expect(lastLoggedError(path, 0)?.code).toBe("NODE_DIVERGED");
  });
});
