import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { CliError } from "../packages/cli/src/errors.ts";
import { problem } from "../packages/cli/src/input/problem.ts";
import { painter } from "../packages/cli/src/print/colour.ts";
import { describeError, renderError } from "../packages/cli/src/print/error.ts";
import { exitCodeOf, exitCodes } from "../packages/cli/src/print/exit-codes.ts";
import { words } from "../packages/cli/src/words/catalogue.ts";
import { enTopics } from "../packages/cli/src/words/en-topics.ts";
import { problemOf } from "../packages/gateway/src/api/problem.ts";
import { GatewayError, type GatewayErrorCode } from "../packages/gateway/src/errors.ts";
import { exitCodeOf as gatewayExit } from "../packages/gateway/src/exit-codes.ts";
import { exitCodeOf as nodeExit } from "../packages/node/src/exit-codes.ts";

const page = readFileSync(join(resolve(import.meta.dirname, ".."), "docs/ERRORS.md"), "utf8");

/** Every code: the sources and this page name the same ones (tidy.test.ts). */
const codes = page.split("\n").flatMap((line) => {
  const [, code, meaning = "", remedy = ""] =
    /^\| `([A-Z0-9_]+)` \| (.*) \| (.*) \|$/.exec(line) ?? [];
  return code === undefined ? [] : [{ code, meaning, remedy }];
});
const named = (house: string) => codes.filter(({ code }) => code.startsWith(`${house}_`));
const numbers: ReadonlySet<number> = new Set(Object.values(exitCodes));

/** What stands in details under these names; anything else is a text. */
const sampleEntries: Readonly<Record<string, unknown>> = {
  ...{
    problems: [],
    known: [],
    open: [],
    requests: [],
    readable: [],
    numeric: [],
    expiresMs: 0,
    waitedMs: 0,
    kind: "rows",
    state: "waiting",
    use: "new",
    english: undefined,
  },
  problem: problem(1, null, "cell-count", { expected: 1 }, "2"),
};

/** A detail that has every entry one may ask for. */
const anyDetail: object = new Proxy(
  {},
  {
    get: (_target, name) => {
      if (typeof name === "symbol") return undefined;
      return Object.hasOwn(sampleEntries, name) ? sampleEntries[name] : "x";
    },
    has: () => true,
    ownKeys: () => [],
  },
);

/** Entries of details that words are made with. */
const someDetail = {
  ...{ where: "x", socketPath: "x", path: "x", folder: "x", name: "x", addresses: ["x"], pid: 1 },
  ...{ size: 1, freeBytes: 1, neededBytes: 1, height: 1, inForce: 2, problems: [] },
  ...{ reason: "EACCES", fault: "cut", code: "expired" },
};

/** What comes from the API of a gateway, as an error of its client carries it. */
function answered(code: string): { readonly status: number } {
  return problemOf(new GatewayError(code as GatewayErrorCode, anyDetail as never));
}

/** Codes of a gateway that never answer a request: of its start, its end, and of the client. */
const silent = new Set([
  "GATEWAY_UNREACHABLE",
  "GATEWAY_REFUSED",
  "GATEWAY_ANSWER_UNKNOWN",
  "GATEWAY_ANSWER_TOO_LARGE",
  "GATEWAY_HOME_MISMATCH",
  "GATEWAY_CONFIG_INVALID",
  "GATEWAY_OVERTAKEN",
  "GATEWAY_STORE_DAMAGED",
  "GATEWAY_LISTEN_FAILED",
  "GATEWAY_INVITATION_TEXT",
]);

describe("every error code", () => {
  test("is found, of every house", () => {
    for (const house of [
      "LEDGER",
      "CONSENSUS",
      "NODE",
      "GATEWAY",
      "COLLECT",
      "CLI",
      "SETTINGS",
      "LIGHT",
    ]) {
      expect(named(house).length, house).toBeGreaterThan(0);
    }
    expect(codes.length).toBeGreaterThan(250);
  });

  test.each(codes.map((one) => [one.code, one] as const))(
    "%s has a meaning, a remedy, words for people and an exit code",
    (code, { meaning, remedy }) => {
      for (const text of [meaning, remedy]) expect(text).toMatch(/^[A-Z`].*[.)`]$/);
      const error = code.startsWith("CLI_") ? null : { code, detail: someDetail };
      if (error !== null) {
        const report = describeError(error, words());
        const lines = renderError(report, words(), painter(false)).split("\n");
        expect(lines[0]).toMatch(/^error: \S/);
        expect(lines.some((line) => /^ {2}why: {2}\S/.test(line))).toBe(true);
        expect(lines.some((line) => /^ {2}next: \S/.test(line))).toBe(true);
        expect(lines.at(-1)).toBe(`  code: ${code}`);
        expect(lines.join("\n")).not.toMatch(/undefined|NaN|\[object/);
      }
      expect(numbers.has(exitCodeOf(code, null))).toBe(true);
    },
  );

  test("of the command line has its three lines in the catalogue", () => {
    for (const { code } of named("CLI")) {
      // Written by the launcher, before there is a catalogue.
      if (code === "CLI_NODE_TOO_OLD") continue;
      const { errorOf } = words();
      const said = errorOf(code as never, anyDetail as never);
      // What is looked up by an entry of the detail, and not found for this one, is checked by its type.
      for (const line of ["message", "next"] as const) {
        expect(said[line], `${code} ${line}`).toMatch(/\S/);
      }
      expect(Object.keys(said), code).toEqual(expect.arrayContaining(["message", "why", "next"]));
      expect(new CliError(code as never, null as never).code).toBe(code);
    }
  });

  test("that a gateway answers with has its HTTP status, and no other code has one", () => {
    for (const { code } of named("GATEWAY")) {
      const { status } = answered(code);
      if (silent.has(code) || code === "GATEWAY_UNEXPECTED") expect(status, code).toBe(500);
      else {
        expect(status, code).toBeGreaterThanOrEqual(400);
        expect([503, 507].includes(status) || status < 500, `${code} ${status}`).toBe(true);
      }
    }
  });

  test("ends a command with the number that its page says, whatever status it came with", () => {
    for (const { code } of named("GATEWAY")) {
      expect(exitCodeOf(code, answered(code).status), code).toBe(exitCodeOf(code, null));
    }
  });

  test("after which nobody may start a program again says so in the program and in the command", () => {
    const final = (exit: number): number => (exit >= 76 && exit <= 79 ? exit : 0);
    for (const { code } of [...named("NODE"), ...named("CONSENSUS"), ...named("SETTINGS")]) {
      // A command line that needs a newer Node says so itself; a node that finds its guard made has none to doubt.
      if (code === "NODE_GUARD_EXISTS") continue;
      expect(final(exitCodeOf(code, null)), code).toBe(final(nodeExit({ code })));
    }
    for (const { code } of named("LEDGER").filter((one) => one.code.startsWith("LEDGER_STORE_"))) {
      expect(final(exitCodeOf(code, null)), code).toBe(final(nodeExit({ code })));
    }
    for (const code of silent) {
      const error = new GatewayError(code as GatewayErrorCode, anyDetail as never);
      expect(final(exitCodeOf(code, null)), code).toBe(final(gatewayExit(error)));
    }
  });

  test("ends with a number that tegata help exit-codes explains", () => {
    const topic = (enTopics["exit-codes"] ?? []).join("\n");
    for (const number of numbers) expect(topic).toMatch(new RegExp(`(?:^| )${number}  ?\\S`, "m"));
  });
});
