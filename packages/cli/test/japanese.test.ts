import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { skeleton } from "@tegata/ledger/chain";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { stringsIn } from "../../../test/helpers/source-text.ts";
import { problemOf } from "../../gateway/src/api/problem.ts";
import { GatewayError } from "../../gateway/src/errors.ts";
import { CliError, type CliErrorCode } from "../src/errors.ts";
import type { InputProblem, ProblemKind } from "../src/input/problem.ts";
import { painter } from "../src/print/colour.ts";
import { describeError, errorDocument, renderError } from "../src/print/error.ts";
import { tableLines } from "../src/print/table.ts";
import { displayWidth } from "../src/print/width.ts";
import { errorCodesOf } from "../src/program/error-page.ts";
import { commandTree } from "../src/program/tree.ts";
import { chooseLanguage, englishWords, inEnglish, words } from "../src/words/catalogue.ts";
import { enForeignTexts } from "../src/words/en-foreign.ts";
import { ja, operatorCommands } from "../src/words/ja.ts";
import { jaGatewayAnswers } from "../src/words/ja-gateway.ts";
import { withEnglish } from "../src/words/with-english.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { errorSamples, problemSamples } from "./error-samples.ts";

const source = resolve(import.meta.dirname, "..", "src");
const errorPages = resolve(import.meta.dirname, "../../../docs/ERRORS.md");
const japanese = /[\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]/u;
/** Three words of a sentence in a row; commands, options and names in capitals are none. */
const englishSentence =
  /(?<![\w/.$<@-])(?!(?:tegata|npm|sudo|chmod|jq)\b)[a-z]{2,} [a-z]{2,} [a-z]{2,}\b/;

/** Everything that is in numbers in a text, as written. */
function numbersIn(text: string): string[] {
  return text.match(/\d[\d,.:]*\d|\d/g) ?? [];
}

/** Whether every number of the English text stands in the Japanese one too, as often or more seldom. */
function missingNumbers(english: string, translated: string): string[] {
  return [...new Set(numbersIn(english))].filter((number) => !translated.includes(number));
}

function textOf(said: object): string {
  return Object.values(said)
    .filter((value) => typeof value === "string")
    .join("\n");
}

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

afterEach(() => {
  chooseLanguage("en", {});
});

describe("an error in Japanese", () => {
  // What these two tell was said in the reader's language before, or is for who looks into a failure.
  const samples = { ...errorSamples, CLI_DEMO_FAILED: { text: "qdemo" }, CLI_USAGE: jaUsageSample };
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
      expect(answer.status, code).toBeLessThan(504);
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
          ...{ path: "r.csv", rowCount: 9, problemCount: 1, problems: [found] },
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

describe("the Japanese catalogue", () => {
  const files = globSync("words/ja*.ts", { cwd: source }).sort();

  test("has no English sentence left in any of its files", () => {
    expect(files.length).toBeGreaterThan(25);
    const found = files.flatMap((file) => {
      const lines = stringsIn(readFileSync(join(source, file), "utf8")).split("\n");
      return lines
        .filter((line) => englishSentence.test(line.replaceAll(/tegata [^。、「」]*/g, "")))
        .map((line) => `${file}: ${line.trim()}`);
    });
    // The gateway's own English, by which its wishes are known.
    expect(found.filter((line) => !line.startsWith("words/ja-print.ts: "))).toEqual([]);
  });

  test("has none of the words of the code that nobody should need", () => {
    const inner = /レーン|ライター|エポック|ジェネレーション|世代|サイドカー|ポルカ|ファセット/;
    for (const file of files) {
      expect(readFileSync(join(source, file), "utf8"), file).not.toMatch(inner);
    }
  });

  test("has the help of every command but of those for operators, with all options", () => {
    for (const { name, options } of commandTree) {
      const said = ja.commands[name];
      const isTold = japanese.test(said?.summary ?? "");
      expect(isTold, name).toBe(!operatorCommands.includes(name));
      if (!isTold) continue;
      expect(Object.keys(said?.options ?? {}).sort(), name).toEqual(
        options.map((option) => option.name).sort(),
      );
      for (const [option, text] of Object.entries(said?.options ?? {})) {
        expect(text, `${name} --${option}`).toMatch(
          /[\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]|^[a-z-]+, /u,
        );
      }
      for (const line of said?.text ?? []) {
        expect(displayWidth(line), line).toBeLessThanOrEqual(104);
        expect(line).toMatch(japanese);
      }
    }
  });

  test("has words for every finding of the doctor, with all that the English ones tell", () => {
    expect([...ja.doctor.known].sort()).toEqual([...englishWords.doctor.known].sort());
    const detail = {
      ...{ path: "qpath", folder: "qfolder", text: "qtext", network: "qnetwork", name: "qname" },
      ...{ stream: "qstream", code: "NODE_X", host: "qhost", port: 7001, address: "qaddress" },
      ...{ node: "qnode", version: "qversion", running: "qone", installed: "qtwo", mode: "q755" },
      ...{ missing: "qmissing", names: "qnames", pid: 4712, height: 51, state: "qstate" },
      ...{ freeBytes: 12_000, aheadMs: 3_000, hours: 9, count: 31, through: 4, online: 2 },
      ...{ needed: 3, since: 61, lastMs: 0, lastSeenMs: 0, sinceMs: 0, headTimeMs: 0 },
      ...{
        oldestMs: 0,
        kind: "qkind",
        done: 8,
        of: 71,
        reason: "qreason",
        ms: 42,
        proxy: "qproxy",
      },
      ...{ program: "node", other: "key" },
    };
    for (const code of ja.doctor.known) {
      const finding = { check: "node", result: "warn", code, detail } as const;
      const english = textOf(englishWords.doctor.finding(finding, 120_000));
      const said = textOf(ja.doctor.finding(finding, 120_000));
      expect(said, code).not.toMatch(englishSentence);
      expect(said, code).not.toMatch(/undefined|NaN|\[object/);
      for (const token of english.match(/\bq[a-z0-9]{2,}\b/g) ?? [])
        expect(said, code).toContain(token);
      expect(missingNumbers(english, said), code).toEqual([]);
    }
  });

  test("gives a wrong command line with its English words beside it", () => {
    const said = withEnglish(
      {
        one: (a: string) => ({ text: `誤り ${a}`, next: "対処" }),
        two: { text: "二", next: "次" },
      },
      {
        one: (a: string) => ({ text: `wrong ${a}`, next: "do" }),
        two: { text: "two", next: "next" },
      },
    );
    expect(said.one("x")).toEqual({
      ...{ text: "誤り x", next: "対処" },
      english: { text: "wrong x", next: "do" },
    });
    expect(said.two).toEqual({ text: "二", next: "次", english: { text: "two", next: "next" } });
  });
});

describe("the language", () => {
  test.each([
    [null, { LANG: "ja_JP.UTF-8" }, "ja"],
    [null, { LANG: "ja" }, "ja"],
    [null, { LANG: "ja_JP.utf8@x" }, "ja"],
    [null, { LC_ALL: "ja_JP.UTF-8", LANG: "en_US.UTF-8" }, "ja"],
    [null, { LC_MESSAGES: "ja_JP.UTF-8", LANG: "C" }, "ja"],
    [null, { LC_ALL: "C.UTF-8", LANG: "ja_JP.UTF-8" }, "en"],
    [null, { LC_ALL: "", LANG: "ja_JP.UTF-8" }, "ja"],
    ["en", { LANG: "ja_JP.UTF-8" }, "en"],
    ["ja", { LANG: "C" }, "ja"],
    // A terminal that would show something else than what is written.
    [null, { LANG: "ja_JP.eucJP" }, "en"],
    [null, { LANG: "ja_JP.SJIS" }, "en"],
    ["ja", { LANG: "ja_JP.eucJP" }, "ja"],
  ] as const)("said as %s and %o is %s", (lang, env, chosen) => {
    expect(chooseLanguage(lang, env)).toBe(chosen);
  });

  test("is that of one command line, and JSON is the same in every one", async () => {
    const { stdout } = await tegata(["--help"], { env: { LANG: "ja_JP.UTF-8" } });
    expect(stdout).toContain("日々の操作:");
    expect((await tegata(["--help"])).stdout).toContain("Everyday:");
    expect((await tegata(["help", "--lang=ja"])).stdout).toBe(stdout);
    for (const line of [["help", "--all"], ["help", "grant"], ["help", "time"], ["version"]]) {
      const own = await tegata([...line, "--json", "--lang", "ja"]);
      expect(own.stdout, line.join(" ")).toBe((await tegata([...line, "--json"])).stdout);
    }
    chooseLanguage("ja", {});
    expect(inEnglish(() => words().errorLabel)).toBe("error");
    expect(words().errorLabel).toBe("エラー");
  });

  test("of dates and ages is the reader's", () => {
    expect(ja.duration(850)).toBe("850 ミリ秒");
    expect(ja.duration(1_200)).toBe("1.2 秒");
    expect(ja.duration(41_000)).toBe("41 秒");
    expect(ja.duration(12_000_000)).toBe("3 時間 20 分");
    expect(ja.duration(86_400_000 * 12 + 4 * 3_600_000)).toBe("12 日 4 時間");
    expect(ja.duration(-41_000)).toBe("-41 秒");
    expect(ja.ago(0, 14 * 60_000)).toBe("14 分前");
    expect(ja.ago(3 * 3_600_000, 0)).toBe("3 時間後");
    expect(ja.ago(100, 0)).toBe("たった今");
  });
});

test("a section without one of its words does not pass the type check", () => {
  const { done: _left, ...lacking } = ja.demo;
  // @ts-expect-error Every section has every word that the English one has.
  const catalogue: typeof englishWords = { ...ja, demo: lacking };
  expect(Object.keys(catalogue.demo)).not.toContain("done");
});

describe("tables", () => {
  test("align under Japanese titles and names", () => {
    const columns = [ja.sharing.company, ja.sharing.handle, ja.sharing.connected].map((title) => ({
      ...{ title, align: "left" as const },
    }));
    const rows = [
      ["加藤プレス工業株式会社", "kato", "自社"],
      ["Aoki Motors", "aoki", "ほかの会社経由"],
      ["ﾄﾀﾞ機械", "toda", "なし"],
      ["ガ工業", "ga", "x"],
    ];
    const lines = tableLines(columns, rows, { widthMax: null, dress: (text) => text });
    const starts = lines.map((line, index) => {
      const second = index === 0 ? ja.sharing.handle : (rows[index - 1]?.[1] ?? "");
      return displayWidth(line.slice(0, line.indexOf(`  ${second}`) + 2).replace(/ +$/, "")) === 0
        ? -1
        : displayWidth(line.slice(0, line.lastIndexOf(second)));
    });
    expect(new Set(starts).size).toBe(1);
    const cut = tableLines(columns, rows, { widthMax: 30, dress: (text) => text });
    for (const line of cut) expect(displayWidth(line)).toBeLessThanOrEqual(30);
  });
});

describe("a company with a Japanese name", () => {
  const place = ["--address", "/ip4/127.0.0.1/tcp/7499", "--dev-keys", "--dry-run", "--json"];
  const card = (company: string, handle: string, network = "中部プレス") => {
    const line = ["card", "--network", network, "--company", company, "--handle", handle];
    return tegata([...line, ...place, "--lang", "ja", "--home", temporaryFolder()]);
  };

  test("is taken as NFC, however it was typed, with a handle in ASCII", async () => {
    const typed = "加藤プレス㈱ガ";
    for (const name of [typed, typed.normalize("NFD")]) {
      const { exit, stdout } = await card(name, "kato", "中部プレス".normalize("NFD"));
      expect(exit).toBe(0);
      const said = JSON.parse(stdout);
      expect(said.name).toBe(typed.normalize("NFC"));
      expect(said.settings["network.name"]).toBe("中部プレス".normalize("NFC"));
    }
  });

  test("is refused with a handle that is not, or with what cannot be seen", async () => {
    for (const [name, handle, code] of [
      ["加藤プレス", "加藤", "LEDGER_CARD_HANDLE"],
      ["加藤\u200bプレス", "kato", "LEDGER_CARD_NAME"],
      ["加藤プレス\u3000", "kato", "LEDGER_CARD_NAME"],
      ["", "kato", "LEDGER_CARD_NAME"],
    ] as const) {
      const { exit, stderr } = await card(name, handle);
      expect([exit, name]).toEqual([2, name]);
      expect(stderr).toMatch(/^エラー: カードを作れません。\n {2}理由: {3}/);
      expect(stderr).not.toMatch(englishSentence);
      expect(stderr).toContain(code === "LEDGER_CARD_HANDLE" ? "短い名前は" : "会社名は");
    }
  });

  test.each([
    ["加藤プレス", "加藤ﾌﾟﾚｽ"],
    ["加藤プレス", "加藤プレス".normalize("NFD")],
    ["加藤プレス", "加藤　プレス"],
    ["エース工業", "工ース工業"],
    ["ニコー", "二コー"],
    ["ハセ", "八セ"],
  ])("such as %s is never a member beside %s", (a, b) => {
    expect(skeleton(a)).toBe(skeleton(b));
  });
});
