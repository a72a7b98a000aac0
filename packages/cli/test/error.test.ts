import { afterEach, describe, expect, test } from "vitest";
import { CliError, type CliErrorCode } from "../src/errors.ts";
import { type InputProblem, problem } from "../src/input/problem.ts";
import { painter } from "../src/print/colour.ts";
import { printError, problemLine, reportProblem } from "../src/print/error.ts";
import { exitCodeOf } from "../src/print/exit-codes.ts";
import { chooseLanguage, words } from "../src/words/catalogue.ts";
import { enErrors } from "../src/words/en-errors.ts";
import { enProblems } from "../src/words/en-problems.ts";
import { errorSamples, problemSamples } from "./error-samples.ts";

function told(error: unknown, more: { json?: boolean; debug?: boolean } = {}) {
  let stdout = "";
  let stderr = "";
  const exit = printError(error, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    json: false,
    debug: false,
    paint: painter(false),
    words: words(),
    home: null,
    ...more,
  });
  return { stdout, stderr, exit };
}

const ragged = problem(17, null, "cell-count", { expected: 3 }, "5");
const misfit = problem(44, "value", "decimal", null, "ERR\u001b[2J");

describe("an error", () => {
  test("of ours is told in three lines and its code, on stderr only", () => {
    const { stdout, stderr, exit } = told(
      new CliError("CLI_INPUT_MISSING", { path: "readings.csv" }),
    );
    expect([stdout, stderr, exit]).toEqual([
      "",
      [
        "error: there is no file readings.csv",
        "  why:  nothing has this name here",
        "  next: check the name; - reads standard input",
        "  code: CLI_INPUT_MISSING",
        "",
      ].join("\n"),
      3,
    ]);
  });

  test("about rows lists them, says how many more there are, and obeys no terminal code in them", () => {
    const detail = {
      path: "r.csv",
      rowCount: 1000,
      problemCount: 22,
      problems: [ragged, misfit],
      causes: [],
    };
    const { stderr, exit } = told(new CliError("CLI_ROWS_REFUSED", detail));
    expect(stderr).toBe(
      [
        "error: r.csv does not fit the stream; nothing was submitted",
        "  why:  22 problems in 1,000 rows",
        "  line 17: expected 3 cells as in the header, got 5 cells",
        '  line 44: value: expected a number such as -12.50, got "ERR\\x1b[2J"',
        "  … and 20 more",
        "  next: add or remove cells; a cell with a separator inside needs quotes",
        "  code: CLI_ROWS_REFUSED",
        "",
      ].join("\n"),
    );
    expect(exit).toBe(9);
  });

  test("about rows with few causes tells each once, where it stands, and how often", () => {
    const causes = [
      { first: misfit, count: 1200, lines: [44, 45, 46] },
      { first: ragged, count: 2, lines: [17, 1300] },
    ];
    const detail = { path: "r.csv", rowCount: 1300, problemCount: 1202, problems: [], causes };
    const { stderr } = told(new CliError("CLI_ROWS_REFUSED", detail));
    expect(stderr).toContain("\n  lines 44, 45, 46 and 1,197 more: value: expected a number");
    expect(stderr).toContain("\n  lines 17 and 1300: expected 3 cells");
    expect(stderr).not.toContain("… and");
    expect(stderr.split("\n")).toHaveLength(7);
  });

  test("with --json is also one document on stdout", () => {
    const detail = { path: "r.csv", rowCount: 3, problemCount: 1, problems: [misfit], causes: [] };
    const { stdout, stderr } = told(new CliError("CLI_ROWS_REFUSED", detail), { json: true });
    expect(stderr).toContain("error: r.csv");
    expect(JSON.parse(stdout)).toEqual({
      schema: "tegata.error/1",
      code: "CLI_ROWS_REFUSED",
      message: "r.csv does not fit the stream; nothing was submitted",
      why: "1 problem in 3 rows",
      next: "correct the cell, or make the field text in a schema file",
      problemCount: 1,
      problems: [
        { line: 44, field: "value", expected: "a number such as -12.50", got: `"${misfit.got}"` },
      ],
    });
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(
      Object.keys(
        JSON.parse(
          told(new CliError("CLI_ZONE_UNKNOWN", { suggestion: null, zone: "X" }), { json: true })
            .stdout,
        ),
      ),
    ).toEqual(["schema", "code", "message", "why", "next"]);
  });

  test("of another package or a problem document keeps its own words and code", () => {
    const gateway = Object.assign(new Error("the gateway refused"), {
      code: "GATEWAY_X_NO_GRANT",
      title: 'stream "press" is not readable by Kato Press',
      detail: "no grant from owner Aoki Motors covers you",
      next: "tegata agreements request press",
      status: 403,
    });
    expect(told(gateway)).toEqual({
      stdout: "",
      stderr: [
        'error: stream "press" is not readable by Kato Press',
        "  why:  no grant from owner Aoki Motors covers you",
        "  next: tegata agreements request press",
        `  code: ${gateway.code}`,
        "",
      ].join("\n"),
      exit: 4,
    });
    const detail = { expected: 1 };
    const cause = new Error("connection refused");
    const node = Object.assign(new Error("no answer", { cause }), {
      code: "NODE_X_UNREACHABLE",
      detail,
    });
    expect(told(node)).toMatchObject({
      exit: 5,
      stderr:
        "error: no answer\n  why:  connection refused\n  next: run tegata doctor; it checks the node and its connections\n  code: NODE_X_UNREACHABLE\n",
    });
    const document = { code: "GATEWAY_X_ODD", title: "odd\u001b[2J\nline", status: 404 };
    expect(told(document)).toMatchObject({ exit: 3 });
    expect(told(document).stderr.split("\n")[0]).toBe("error: odd\\x1b[2J\\nline");
  });

  test("that carries a problem document is told by it, row by row", () => {
    const problemDocument = {
      type: "about:blank",
      title: "2 rows do not fit",
      status: 422,
      detail: "",
      code: "GATEWAY_X_ROWS",
      why: "the schema says otherwise",
      next: "correct them",
      errors: [
        { row: 3, field: "value", expected: "a decimal", got: "\u001b[2J" },
        { row: null, field: null, expected: "a field", got: "" },
      ],
    };
    const error = Object.assign(new Error("GATEWAY_X_REFUSED"), {
      code: "GATEWAY_X_REFUSED",
      detail: { problem: problemDocument },
    });
    const { stderr, stdout, exit } = told(error, { json: true });
    expect(exit).toBe(9);
    expect(stderr.split("\n")).toEqual([
      "error: 2 rows do not fit",
      "  why:  the schema says otherwise",
      '  row 3: value: expected a decimal, got "\\x1b[2J"',
      "  expected a field",
      "  next: correct them",
      "  code: GATEWAY_X_ROWS",
      "",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      code: "GATEWAY_X_ROWS",
      problemCount: 2,
      problems: [{ row: 3 }, {}],
    });
  });

  test("that says only a code gets its words from the catalogue", () => {
    const where = "/run/gateway.sock";
    const error = Object.assign(new Error("GATEWAY_UNREACHABLE"), {
      code: "GATEWAY_UNREACHABLE",
      detail: { where },
    });
    expect(told(error)).toMatchObject({
      exit: 5,
      stderr: expect.stringContaining(
        "error: no gateway answers at /run/gateway.sock\n  why:  it is not running",
      ),
    });
    const odd = Object.assign(new Error("GATEWAY_X_ODD"), { code: "GATEWAY_X_ODD" });
    expect(told(odd).stderr).toMatch(/^error: the command failed\n/);
  });

  test("of a full disk asks for space, and may be tried again, whoever met it", () => {
    const own = new Error("ENOSPC: no space left on device, open '/x/run/pid'");
    const met = told(Object.assign(own, { code: "ENOSPC", path: "/x/run/pid" }));
    expect(met).toMatchObject({ exit: 75 });
    expect(met.stderr).toContain("why:  /x/run/pid could not be written\n  next: make space");
    const detail = { path: "/x/node/wal", operation: "write" };
    const node = told(Object.assign(new Error("x"), { code: "NODE_SYNC_FAILED", detail }));
    expect(node).toMatchObject({ exit: 75 });
    expect(node.stderr).toContain("the disk refused to write at /x/node/wal");
  });

  test("nobody expected is told as such, with its stack for --debug only", () => {
    const bug = new TypeError("x is not a function", { cause: new Error("the reason") });
    const quiet = told(bug);
    expect(quiet).toMatchObject({ exit: 1 });
    expect(quiet.stderr).toContain("error: x is not a function\n");
    expect(quiet.stderr).toContain("code: CLI_UNEXPECTED");
    expect(quiet.stderr).not.toContain(" at ");
    const loud = told(bug, { debug: true }).stderr;
    expect(loud).toContain("TypeError: x is not a function\n    at ");
    expect(loud).toContain("Error: the reason");
    expect(told(Object.assign(new Error("odd"), { code: "EIO" })).stderr).toContain(
      "CLI_UNEXPECTED",
    );
    expect(told("text").stderr).toContain("error: text\n");
  });
});

/** Words of the code that people do not need. */
const inner = /\b(?:lanes?|writers?|epochs?|generations?|sidecars?|parts?|polkas?)\b/i;

describe("the catalogue", () => {
  afterEach(() => {
    chooseLanguage("en", {});
  });

  test("has three lines for every code, in words a data manager knows", () => {
    for (const [code, detail] of Object.entries(errorSamples)) {
      const said = enErrors[code as CliErrorCode](detail as never);
      for (const line of [said.message, said.why, said.next]) {
        expect(line.length, code).toBeGreaterThan(3);
        expect(line, code).not.toMatch(inner);
        expect(line, code).not.toMatch(/undefined|null|\[object/);
      }
      expect(
        told(new CliError(code as CliErrorCode, detail as never)).stderr.split("\n  ").length,
        code,
      ).toBeGreaterThan(3);
    }
  });

  test("has words and a remedy for every problem", () => {
    for (const [kind, detail] of Object.entries(problemSamples)) {
      const found = { line: 3, field: "x", kind, detail, got: "7" } as InputProblem;
      const { expected, next } = words().problemOf(found);
      expect(problemLine(reportProblem(found, words()), words())).toMatch(/^line 3: x: expected ./);
      for (const line of [expected, next]) {
        expect(line.length, kind).toBeGreaterThan(3);
        expect(line, kind).not.toMatch(inner);
        expect(line, kind).not.toMatch(/undefined|null,|\[object/);
      }
    }
    expect(Object.keys(enProblems).sort()).toEqual(Object.keys(problemSamples).sort());
  });

  test("says what to do about a time that lies ahead by the offset of a zone", () => {
    const detail = { aheadMs: 32_400_000, zone: "Asia/Tokyo", mayBeLocal: true };
    const next = (marked: boolean) => {
      return words().problemOf(problem(1, "t", "time-ahead", { ...detail, marked }, "x")).next;
    };
    expect(next(false)).toBe("local time read as UTC? Say --tz Asia/Tokyo");
    expect(next(true)).toBe(
      "local time of Asia/Tokyo written as UTC? Leave out the Z and say --tz Asia/Tokyo",
    );
    expect(
      words().problemOf(problem(1, "t", "time-old", { ageMs: 1, ageMsMax: 604_800_000 }, "x")),
    ).toMatchObject({
      expected: "a time within the last 7 d",
      next: "say --backfill to publish older rows",
    });
  });

  test("tells words that were replaced from those of another company", () => {
    const of = (other: string | null): string =>
      told(new CliError("CLI_RECOVER_WORDS", { company: "Kato", other })).stderr;
    expect(of("Toda")).toContain("they are those of Toda");
    expect(of("Kato")).toContain("the members voted new ones since");
    expect(of("Kato")).not.toContain("those of Kato");
  });

  test("speaks the language asked for, and English where it has no other", () => {
    expect(chooseLanguage(null, { LANG: "en_US.UTF-8" })).toBe("en");
    expect(chooseLanguage("tlh", {})).toBe("en");
    expect(chooseLanguage(null, { LC_ALL: "xx_YY", LANG: "en" })).toBe("en");
    expect(chooseLanguage(null, {})).toBe("en");
    expect(chooseLanguage("__proto__", {})).toBe("en");
    expect(words().errorLabel).toBe("error");
  });
});

describe("exit codes", () => {
  test.each([
    ["CLI_USAGE", 2],
    ["CLI_INPUT_MISSING", 3],
    ["CLI_ROWS_REFUSED", 9],
    ["CLI_SCHEMA_REFUSED", 2],
    ["CLI_UNEXPECTED", 1],
    ["CLI_NODE_TOO_OLD", 78],
    ["NODE_TWO_DECISIONS", 76],
    ["NODE_OUTDATED", 79],
    ["GATEWAY_ROWS_TOO_OLD", 9],
    ["LIGHT_VALIDATORS_MISSING", 8],
    ["NODE_SYNC_FAILED", 75],
    ["NODE_DISK_FULL", 75],
    ["LEDGER_STORE_FAILED", 75],
    ["CLI_DISK_FULL", 75],
    ["LEDGER_TX_SEQUENCE_USED", 9],
    ["LEDGER_TX_WRITER_OVERTAKEN", 77],
    ["LEDGER_TX_QUOTA_DAY", 75],
    ["LEDGER_PROOF_NETWORK", 8],
    ["LEDGER_SELF_TEST_FAILED", 78],
    ["LEDGER_X_BAD_SIGNATURE", 8],
    ["NODE_X_GUARD_STALE", 77],
    ["NODE_X_NO_QUORUM", 75],
    ["GATEWAY_X_NOT_FINAL", 7],
    ["CLI_RECOVER_NO_MEMBER", 9],
    ["CLI_RECOVER_WORDS", 4],
    ["CLI_RECOVER_REFUSED", 9],
    ["CLI_RECOVER_NOT_FINAL", 7],
    ["GATEWAY_X_CONFLICT", 6],
    ["GATEWAY_X_NO_GRANT", 4],
    ["NODE_X_UNREACHABLE", 5],
  ])("%s ends with %i", (code, exit) => {
    expect(exitCodeOf(code, null)).toBe(exit);
  });

  test.each([
    [404, 3],
    [403, 4],
    [409, 6],
    [422, 9],
    [503, 75],
    [500, 1],
  ])("a code that says nothing ends by its HTTP status %i with %i", (status, exit) => {
    expect(exitCodeOf("GATEWAY_X", status)).toBe(exit);
  });
});
