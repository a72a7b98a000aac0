import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodeOf } from "../src/print/exit-codes.ts";
import { endingOf } from "../src/process/ending.ts";

const gateway = { program: "gateway", logStart: 0 } as const;

let home: string;
let log: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "tegata-ending-"));
  log = join(home, "gateway.log");
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

test.each([130, 137, 143])("a program that a signal ended (%i) may be started again", (exit) => {
  const told = { code: "CLI_PROGRAM_ENDED", exit: 75, detail: { program: "gateway", exit, log } };
  expect(endingOf(gateway, exit, { home, log })).toMatchObject(told);
});

test("a program that ended without a word passes its own exit code on", () => {
  for (const exit of [70, 75, 77, 78]) {
    const told = { code: "CLI_PROGRAM_ENDED", exit };
    expect(endingOf(gateway, exit, { home, log })).toMatchObject(told);
  }
});

test("what a program logged says more than its exit code", () => {
  const said = join(home, "said.log");
  writeFileSync(said, "error: the disk is full (NODE_DISK_FULL)\nwhy: {}\nnext: make space\n");
  expect(endingOf(gateway, 75, { home, log: said })).toMatchObject({
    ...{ code: "NODE_DISK_FULL", exit: 75 },
  });
});

test("a full disk, on which nothing can be logged, is named", () => {
  // A file system of the kernel that has no room, whoever asks.
  const full = endingOf(gateway, 75, { home: "/proc", log });
  expect(full).toMatchObject({ code: "CLI_DISK_FULL", detail: { path: "/proc" } });
  expect(exitCodeOf("CLI_DISK_FULL", null)).toBe(75);
});
