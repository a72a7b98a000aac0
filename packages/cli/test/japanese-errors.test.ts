import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemOf } from "../../gateway/src/api/problem.ts";
import { GatewayError } from "../../gateway/src/errors.ts";
import { CliError, type CliErrorCode } from "../src/errors.ts";
import type { InputProblem, ProblemKind } from "../src/input/problem.ts";
import { painter } from "../src/print/colour.ts";
import { describeError, errorDocument, renderError } from "../src/print/error.ts";
import { errorCodesOf } from "../src/program/error-page.ts";
import { englishWords } from "../src/words/catalogue.ts";
import { enForeignTexts } from "../src/words/en-foreign.ts";
import { ja } from "../src/words/ja.ts";
import { jaGatewayAnswers } from "../src/words/ja-gateway.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { errorSamples, problemSamples } from "./error-samples.ts";
import { englishSentence, japanese, missingNumbers, textOf } from "./japanese-text.ts";

const errorPages = resolve(import.meta.dirname, "../../../docs/ERRORS.md");

/** A detail whose free texts are replaced by one that stands nowhere else. */
function withToken(detail: object, name: string, token: string): object {
  const value = (detail as Readonly<Record<string, unknown>>)[name];
  return { ...detail, [name]: Array.isArray(value) ? [token] : token };
}

/** Codes of one house that docs/ERRORS.md has. */
function readErrorCodes(house: string): string[] {
  return errorCodesOf(readFileSync(errorPages, "utf8")).filter((code) =>
    code.startsWith(`${house}_`),
  );
}

const jaUsageSample = { text: "x というコマンドはありません。", next: "tegata help" };

describe("an error in Japanese", () => {
  // What these two tell was said in the reader's language before, or is for who looks into a failure.
  const samples = {
    ...errorSamples,
    CLI_DEMO_FAILED: { text: "qdemo" },
    CLI_USAGE: jaUsageSample,
    CLI_DECLINED: jaUsageSample,
  };
  const cases = Object.entries(samples) as readonly (readonly [CliErrorCode, object | null])[];

  test.each(cases)("%s tells what the English one tells", (code, detail) => {
    const english = textOf(englishWords.errorOf(code, detail as never));
    const said = ja.errorOf(code, detail as never);
    for (const line of [said.message, said.why, said.next])
      expect(line).not.toMatch(/undefined|null|\[object/);
    expect(said.message + said.next).toMatch(japanese);
    expect(textOf(said)).not.toMatch(englishSentence);
    expect(missingNumbers(english, textOf(said))).toEqual([]);
    for (const [name, value] of Object.entries(detail ?? {})) {
      if (typeof value !== "string" && !Array.isArray(value)) continue;
      if (name === "problems") continue;
      fc.assert(
        fc.property(fc.stringMatching(/^q[a-z]{6,12}z$/), (token) => {
          const given = withToken(detail ?? {}, name, token) as never;
          const shown = textOf(englishWords.errorOf(code, given));
          // Some entries only choose the words.
          if (!shown.includes(token)) return;
          expect(textOf(ja.errorOf(code, given))).toContain(token);
        }),
        { numRuns: 5 },
      );
    }
  });

  test("has three lines and its code, labelled and aligned", () => {
    const detail = { path: "検査.csv" };
    const report = describeError(new CliError("CLI_INPUT_MISSING", detail), ja);
    expect(renderError(report, ja, painter(false)).split("\n")).toEqual([
      "エラー: ファイル 検査.csv がありません。",
      "  理由:   この場所に、その名前のものはありません。",
      "  対処:   名前を確認してください。- を指定すると標準入力から読みます。",
      "  コード: CLI_INPUT_MISSING",
    ]);
  });

  test("is English in JSON, whatever the language, also where the command line is wrong", async () => {
    for (const line of [["sumbit"], ["grant", "x"], ["dev", "--members", "many"], ["-o", "x"]]) {
      const own = await tegata([...line, "--json", "--lang", "ja", "--home", temporaryFolder()]);
      const english = await tegata([
        ...line,
        "--json",
        "--lang",
        "en",
        "--home",
        temporaryFolder(),
      ]);
      expect(own.stderr).toMatch(/^エラー: .*\n {2}理由: .*\n {2}対処: .*\n {2}コード: CLI_\w+\n$/);
      expect(own.stderr).not.toMatch(englishSentence);
      expect(own.stdout).toBe(english.stdout);
      expect(own.stdout).not.toMatch(japanese);
      expect(own.exit).toBe(english.exit);
    }
  });

  test.each(Object.entries(enForeignTexts))("%s of another package too", (code, write) => {
    const detail = {
      ...{ where: "qwhere", size: 4321, addresses: ["qaddress"], height: 77, inForce: 9 },
      ...{ path: "qpath", other: "key", mode: "q644", what: "qwhat", folder: "qfolder" },
      ...{ freeBytes: 11_000, neededBytes: 22_000, expected: "qexpected", name: "qname" },
      ...{ socketPath: "qsocket", operation: "qoperation", pid: 4711, chunk: 3, reason: "qreason" },
      ...{ fault: "cut", code: "expired", tried: [{ address: "qtried", reason: "qwhy" }] },
    };
    const english = textOf(write(detail as never));
    const said = ja.foreignOf(code, detail);
    const text = textOf(said ?? {});
    expect(text).toMatch(japanese);
    expect(text).not.toMatch(englishSentence);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
    const tokens = (english.match(/\bq[a-z0-9]{3,}\b/g) ?? []).filter((one) => one !== "quality");
    for (const token of tokens) expect(text).toContain(token);
    if (code !== "NODE_JOIN_BROKEN") expect(missingNumbers(english, text)).toEqual([]);
  });

  test("of a gateway is told by the values that came with its answer", () => {
    const detail = {
      ...{ entries: 5, bytesMax: 88, path: "qpath", host: "qhost", stream: "qstream" },
      ...{ suggestion: "qmeant", height: 31, owner: "qowner", reason: "qreason", name: "qname" },
      ...{ facet: "qfacet", known: ["qone", "qtwo"], field: "qfield", submission: "qsub" },
      ...{
        where: "qwhere",
        record: "qrecord",
        document: "qdocument",
        company: "qcompany",
        request: 12,
      },
      ...{ open: [3, 4], code: "LEDGER_TX_SPAN", disclosure: "row", most: 99 },
    };
    const unsaid = problemOf(null).title;
    const spoken = readErrorCodes("GATEWAY").filter((code) => {
      const rows = code.startsWith("GATEWAY_ROWS_") ? { problems: [] } : detail;
      return problemOf(new GatewayError(code as never, rows as never)).title !== unsaid;
    });
    expect(Object.keys(jaGatewayAnswers).sort()).toEqual(spoken.sort());
    for (const code of Object.keys(jaGatewayAnswers)) {
      const rows = /^GATEWAY_(ROWS_|REQUEST_INVALID)/.test(code);
      const problems = [{ row: 0, field: "qf", expected: "a whole number", got: "x" }];
      const given = rows ? { problems } : detail;
      const answer = problemOf(new GatewayError(code as never, given as never));
      const english = textOf(describeError(answer, englishWords));
      const report = describeError(answer, ja);
      const text = textOf(report);
      // 504 is no refusal; 507 is that of a full outbox or disk.
      expect(answer.status < 504 || answer.status === 507, code).toBe(true);
      expect(text, code).toMatch(japanese);
      expect(text, code).not.toMatch(englishSentence);
      expect(text, code).not.toMatch(/undefined|NaN|\[object/);
      for (const token of english.match(/\bq(?!u)[a-z]{2,}\b/g) ?? [])
        expect(text, code).toContain(token);
      expect(missingNumbers(english, text), code).toEqual([]);
      const bare = textOf(describeError({ ...answer, params: undefined }, ja));
      expect(bare, code).not.toMatch(/undefined|NaN|\[object/);
      if (rows) expect(report.problems[0]?.expected, code).toBe("整数");
      expect(errorDocument(describeError(answer, englishWords)), code).not.toMatch(japanese);
    }
  });

  test("about input names line, field, what is needed, and the remedy", () => {
    for (const [kind, detail] of Object.entries(problemSamples)) {
      const found = { line: 3, field: "温度", kind, detail, got: "7" } as InputProblem;
      const english = englishWords.problemOf(found);
      const said = ja.problemOf(found);
      expect(said.expected, kind).toMatch(/[\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]/u);
      expect(said.next, kind).toMatch(/[。]$/);
      expect(textOf(said), kind).not.toMatch(englishSentence);
      expect(missingNumbers(textOf(english), textOf(said)), kind).toEqual([]);
      const report = describeError(
        new CliError("CLI_ROWS_REFUSED", {
          ...{ path: "r.csv", rowCount: 9, problemCount: 1, problems: [found], causes: [] },
        }),
        ja,
      );
      expect(renderError(report, ja, painter(false)), kind).toMatch(
        /\n {2}3 行目: 温度: .+が必要です/,
      );
    }
    expect(Object.keys(problemSamples).length).toBeGreaterThan(30);
    const twice: ProblemKind = "column-twice";
    expect(ja.problemOf({ line: 1, field: "a", kind: twice, detail: null, got: "a" }).got).toBe(
      '"a"',
    );
  });
});

describe("the page of a code in Japanese", () => {
  const codes = errorCodesOf(readFileSync(errorPages, "utf8"));

  test.each(codes)("%s says what it means and what to do", async (code) => {
    const page = ja.codePage(code);
    const [meaning = "", remedy = ""] = page ?? [];
    for (const text of [meaning, remedy]) {
      expect(text).toMatch(japanese);
      expect(text).not.toMatch(englishSentence);
      expect(text).not.toMatch(/undefined|null/);
    }
    const { exit, stdout } = await tegata(["help", code, "--lang", "ja"]);
    expect(exit).toBe(0);
    expect(stdout).toContain(`意味:        ${meaning}\n  対処:        ${remedy}\n  終了コード:  `);
    if (code.startsWith("CLI_")) return;
    // An error that carries nothing but its code is told in Japanese too.
    const report = describeError(
      Object.assign(new Error(code), { code, detail: { qa: "qb" } }),
      ja,
    );
    expect(`${report.message}${report.why}`).toMatch(japanese);
    expect(report.next).toMatch(japanese);
  });

  test("is there for every code and no other", () => {
    expect(codes.length).toBeGreaterThan(300);
    expect(ja.codePage("LEDGER_NO_SUCH_CODE")).toBeNull();
    expect(ja.codePage("__proto__")).toBeNull();
    const odd = Object.assign(new Error("x"), { code: "NODE_TX_AHEAD", detail: { height: 7 } });
    expect(describeError(odd, ja)).toMatchObject({ why: "height = 7" });
  });
});
