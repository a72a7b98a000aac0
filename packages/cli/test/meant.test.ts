import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { alternatives } from "../../gateway/src/names.ts";
import { enListed } from "../src/words/en-listed.ts";
import { jaListed } from "../src/words/ja-listed.ts";
import { type Ran, tegata, temporaryFolder } from "./command-helpers.ts";
import { OwnGateway } from "./own-gateway.ts";

let home: string;
let folder: string;
let record: string;

beforeEach(async () => {
  folder = temporaryFolder();
  const gateway = await OwnGateway.open(folder);
  home = gateway.home;
  for (const name of ["press", "プレス3号機"]) await gateway.createStream(name);
  record = await gateway.publish("press", 1);
});

function ask(lang: "en" | "ja", words: readonly string[]): Promise<Ran> {
  return tegata([...words, "--home", home, "--lang", lang], { folder });
}

test("whoever mistypes a stream, company, facet or field is told the nearest there is, and what there is", async () => {
  await writeFile(join(folder, "rows.csv"), "counts,state\n1,run\n");
  const until = ["--until", "30d"];
  const cases: readonly (readonly [words: readonly string[], meant: string, known: string])[] = [
    [["query", "pres"], "press", "press, プレス3号機"],
    [["streams", "show", "プレス３号"], "プレス3号機", "press, プレス3号機"],
    [["grant", "presss", "--to", "kato", "--facet", "quality", ...until], "press", "press,"],
    [["grant", "press", "--to", "katoo", "--facet", "quality", ...until], "kato", " (kato)"],
    [["grant", "press", "--to", "kato", "--facet", "qualtiy", ...until], "quality", "status, "],
    [["revoke", "press", "--from", "kat"], "kato", "(aoki)"],
    [["revoke", "press", "--from", "kato", "--facet", "proces"], "process", "status, process"],
    [["members", "show", "ＫＡＴＯ１"], "kato", "(kato)"],
    [["query", "press", "--facet", "statsu"], "status", "status, process"],
    [["query", "press", "--plot", "cuont"], "count", "temp, count"],
    [["proof", "press", record, "--facet", "qualty"], "quality", "status, process"],
    [["proof", "press", record, "--facet", "quality", "--field", "okk"], "ok", "ok, part"],
    [["submit", "press", "rows.csv"], "count", "temp, count"],
    [
      ["streams", "create", "new", "--from", "rows.csv", "--time", "stat"],
      "state",
      "counts, state",
    ],
    [
      ["streams", "create", "new", "--from", "rows.csv", "--facet", "a=state,count"],
      "counts",
      "counts, state",
    ],
  ];
  for (const [words, meant, known] of cases) {
    const line = words.join(" ");
    const english = await ask("en", words);
    expect(english.stderr, line).toContain(`did you mean "${meant}"?`);
    expect(english.stderr, line).toContain(known);
    const own = await ask("ja", words);
    expect(own.stderr, line).toContain(`「${meant}」ではありませんか。`);
    expect(own.stderr, line).toContain(known);
    expect([line, own.exit]).toEqual([line, english.exit]);
    expect(english.exit).toBeGreaterThan(0);
  }
});

test("where nothing is near, all there is stands there, but never more than a dozen names", async () => {
  expect((await ask("en", ["query", "oven"])).stderr).toMatch(
    /there are: press, プレス3号機\n {2}next: tegata .*streams list shows all/,
  );
  const names = Array.from({ length: 40 }, (_, index) => `stream-${index}`);
  const others = alternatives("oven", names);
  expect(others).toEqual({ suggestion: null, known: names.slice(0, 12), more: 28 });
  expect(alternatives("STREAM-39", names).suggestion).toBe("stream-39");
  expect(enListed(names)).toBe(`${names.slice(0, 12).join(", ")} and 28 more`);
  expect(jaListed(names)).toBe(`${names.slice(0, 12).join(", ")} ほか 28 件`);
  expect(enListed(names.slice(0, 3))).toBe("stream-0, stream-1, stream-2");
});
