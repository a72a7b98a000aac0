import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { skeleton } from "@tegata/ledger/chain";
import { afterEach, describe, expect, test } from "vitest";
import { innerWordsIn } from "../../../test/helpers/inner-words.ts";
import { stringsIn } from "../../../test/helpers/source-text.ts";
import { tableLines } from "../src/print/table.ts";
import { displayWidth } from "../src/print/width.ts";
import { commandTree } from "../src/program/tree.ts";
import type { ToDo } from "../src/status/to-do.ts";
import { chooseLanguage, englishWords, inEnglish, words } from "../src/words/catalogue.ts";
import { ja, operatorCommands } from "../src/words/ja.ts";
import { withEnglish } from "../src/words/with-english.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { englishSentence, japanese, missingNumbers, textOf } from "./japanese-text.ts";

const source = resolve(import.meta.dirname, "..", "src");

type Told = (...given: readonly unknown[]) => unknown;

/** Functions of the catalogue whose words are compared by their own tests. */
const judgedAbove: ReadonlySet<string> = new Set([
  ...["problemOf", "errorOf", "foreignOf", "codePage", "foreignExpected", "duration", "ago"],
  ...["doctor.finding", "settings.problem", "running.toDo", "running.statusTitle"],
]);

/** Every function of a catalogue beside the one of the other, by its path. */
function* functionsOf(
  english: object,
  own: object,
  path: readonly string[],
): Generator<readonly [path: string, english: Told, own: Told]> {
  for (const [name, value] of Object.entries(english)) {
    const other = (own as Readonly<Record<string, unknown>>)[name];
    if (typeof value === "function") yield [[...path, name].join("."), value, other as Told];
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      yield* functionsOf(value, other as object, [...path, name]);
    }
  }
}

/** Lists of arguments to try: a number, a text, a list or nothing in each place. */
function* argumentLists(count: number): Generator<readonly unknown[]> {
  const kinds = 4;
  for (let index = 0; index < kinds ** count; index += 1) {
    yield Array.from({ length: count }, (_, place) => {
      const kind = Math.floor(index / kinds ** place) % kinds;
      return [31 + place * 100, `q${place}z`, [`q${place}z`], false][kind];
    });
  }
}

/** What a function says with these arguments; null where they are none for it. */
function spoken(tell: Told, given: readonly unknown[]): string | null {
  try {
    const told = tell(...given);
    const text = Array.isArray(told)
      ? told.join("\n")
      : typeof told === "object" && told !== null
        ? textOf(told)
        : told;
    return typeof text === "string" && !/undefined|NaN|\[object/.test(text) ? text : null;
  } catch {
    return null;
  }
}

afterEach(() => {
  chooseLanguage("en", {});
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
    for (const file of files) {
      const said = stringsIn(readFileSync(join(source, file), "utf8")).split("\n");
      const told = said.filter((line) => !/^\s*import /.test(line));
      expect(innerWordsIn(told.join("\n")), file).toEqual([]);
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
      ...{ program: "node", other: "key", at: "qat", days: 59, untilMs: 0 },
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

  test("tells in every sentence all that the English one tells", () => {
    const pairs = [...functionsOf(englishWords, ja, [])].filter(([path]) => !judgedAbove.has(path));
    expect(pairs.length).toBeGreaterThan(150);
    const untold: string[] = [];
    let toldCount = 0;
    for (const [path, english, own] of pairs) {
      for (const given of argumentLists(english.length)) {
        const said = spoken(english, given);
        if (said === null) continue;
        const translated = spoken(own, given) ?? "";
        toldCount += 1;
        const tokens = said.match(/\bq[0-9]+z\b/g) ?? [];
        const missing = [
          ...tokens.filter((token) => !translated.includes(token)),
          ...missingNumbers(said.replaceAll(/\bq[0-9]+z\b/g, ""), translated),
        ];
        const sentence = translated.replaceAll(/tegata [^。、「」\n]*/g, "");
        if (missing.length > 0 || englishSentence.test(sentence)) {
          untold.push(`${path}: ${said} | ${translated} lacks ${missing.join(" ")}`);
        }
        break;
      }
    }
    expect(untold).toEqual([]);
    expect(toldCount).toBeGreaterThan(150);
  });

  test("names everything that waits for a person", () => {
    const next = "tegata doctor";
    const samples: { readonly [Kind in ToDo["kind"]]: ToDo & { readonly kind: Kind } } = {
      "node-away": { kind: "node-away", next },
      quorum: { kind: "quorum", missing: ["加藤プレス"], rows: 49, changes: 2, next },
      "sign-state": { kind: "sign-state", next },
      suspended: { kind: "suspended", next },
      clock: { kind: "clock", next },
      backup: { kind: "backup", next },
      parked: { kind: "parked", stream: "qstream", code: "GATEWAY_X", next },
      votes: { kind: "votes", count: 41, next },
      refused: { kind: "refused", count: 42, next },
      versions: { kind: "versions", count: 43, next },
      "grants-ending": { kind: "grants-ending", count: 44, next },
      closing: { kind: "closing", count: 45, next },
      parting: { kind: "parting", what: "leave", next },
      disk: { kind: "disk", freeBytes: 46_000, next },
      room: { kind: "room", hours: 47, next },
      "damaged-copy": { kind: "damaged-copy", folder: "qfolder", next },
    };
    for (const standing of ["voting", "sidelined", "suspended", "following"] as const) {
      const title = ja.running.statusTitle("中部プレス", "加藤プレス", standing, "0.1.0");
      expect(title).toMatch(/^中部プレス {3}自社: 加藤プレス \(\P{ASCII}+\) {3}tegata 0\.1\.0$/u);
    }
    for (const one of Object.values(samples)) {
      const said = ja.running.toDo(one);
      expect(said, one.kind).toMatch(japanese);
      expect(said, one.kind).not.toMatch(englishSentence);
      const english = englishWords.running.toDo(one);
      expect(missingNumbers(english, said), one.kind).toEqual([]);
      for (const token of english.match(/q[a-z]+/g) ?? []) {
        if (token.startsWith("qs") || token.startsWith("qf")) expect(said).toContain(token);
      }
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
