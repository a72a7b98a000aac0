import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { overview } from "../src/program/help.ts";
import { loadableCommands, loadCommand } from "../src/program/load.ts";
import { parseWords } from "../src/program/parse.ts";
import { commandTree, globalOptions } from "../src/program/tree.ts";
import { chooseLanguage, words } from "../src/words/catalogue.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const golden = join(import.meta.dirname, "golden", "help.txt");

afterEach(() => {
  chooseLanguage("en", {});
});

describe("the tree of commands", () => {
  test("reads as it did before", async () => {
    const { exit, stdout } = await tegata(["help", "--all"]);
    expect(exit).toBe(0);
    await expect(stdout).toMatchFileSnapshot(golden);
  });

  test("reads as it did before in Japanese too", async () => {
    const { exit, stdout } = await tegata(["help"], { env: { LANG: "ja_JP.UTF-8" } });
    expect(exit).toBe(0);
    await expect(stdout).toMatchFileSnapshot(join(import.meta.dirname, "golden", "help-ja.txt"));
  });

  test.each(commandTree.map((spec) => [spec.name, spec] as const))(
    "%s begins its help with an example of itself, and explains every option",
    async (name, spec) => {
      const said = words().commands[name];
      const { stdout } = await tegata([...name.split(" "), "--help"]);
      expect(stdout.startsWith(`  tegata ${name}`) || stdout.includes(`| tegata ${name}`)).toBe(
        true,
      );
      expect(stdout).toContain(`usage: tegata ${name}`);
      expect(Object.keys(said?.options ?? {})).toEqual(spec.options.map((option) => option.name));
      expect((await tegata(["help", ...name.split(" ")])).stdout).toBe(stdout);
      expect(typeof (await loadCommand(name)).run).toBe("function");
    },
  );

  test.each(["en", "ja"] as const)("shows examples that the program understands, in %s", (lang) => {
    chooseLanguage(lang, {});
    const { commands, topics, usage } = words();
    const pages = Object.entries({
      ...topics,
      overview: usage.examples.map((line) => `  ${line}`),
    });
    const shown = pages.flatMap(([page, lines]) => {
      const examples = lines.filter((line) => /^ {2}(?:[A-Z_]+=\S+ )?tegata /.test(line));
      return examples.map((line) => [page, line] as const);
    });
    for (const [name, { examples }] of Object.entries(commands)) {
      expect(examples.length, name).toBeGreaterThan(0);
      const whole = examples
        .join("\n")
        .replaceAll(/\\\n\s*/g, "")
        .split("\n");
      shown.push(...whole.map((line) => [name, line] as const));
    }
    expect(shown.length).toBeGreaterThan(100);
    for (const [page, line] of shown) {
      const [command = ""] = /tegata .*/.exec(line) ?? [];
      const [typed = ""] = command.split(/ [|>] | {2,}| \|\| /);
      const typedWords = typed.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
      const given = typedWords.slice(1).map((word) => word.replaceAll(/["']/g, ""));
      expect(() => parseWords(given), `${page}: ${line}`).not.toThrow();
    }
  });

  test("shows what is done each day before what is done once", () => {
    const names = overview(null).flatMap(
      (line) => /^ {2}([a-z]+(?: [a-z-]+)?) {2,}/.exec(line)?.[1] ?? [],
    );
    const once = names.indexOf("card");
    expect(once).toBeGreaterThan(0);
    for (const daily of [
      "status",
      "submit",
      "query",
      "follow",
      "report",
      "proof",
      "grant",
      "access",
    ]) {
      expect(names.indexOf(daily), daily).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(daily), daily).toBeLessThan(once);
    }
    expect(names.find((name) => !name.startsWith("tegata"))).toBe("status");
  });

  test("has code and words for every command, and no more", () => {
    const names = commandTree.map(({ name }) => name).sort();
    expect([...loadableCommands].sort()).toEqual(names);
    expect(Object.keys(words().commands).sort()).toEqual(names);
    expect(globalOptions.map(({ name }) => name)).toEqual(Object.keys(words().usage.options));
  });

  test("gives every command that changes something a dry run", () => {
    const harmless = new Set([
      ...[
        "query",
        "report",
        "follow",
        "events",
        "proof",
        "verify",
        "streams list",
        "streams show",
        "access",
      ],
      ...[
        "members list",
        "members show",
        "keys list",
        "vote list",
        "status",
        "service show",
        "help",
        "version",
        "config show",
        "config check",
        "doctor",
        "backup verify",
        "outbox list",
        "tokens list",
        "outbox show",
        "outbox export",
      ],
    ]);
    for (const { name, options } of commandTree) {
      const hasDryRun = options.some((option) => option.name === "dry-run");
      expect(hasDryRun, name).toBe(!harmless.has(name));
    }
  });
});

describe("help", () => {
  test("shows all commands by group", async () => {
    const { exit, stdout } = await tegata(["help"]);
    expect(exit).toBe(0);
    for (const { name } of commandTree) expect(stdout).toContain(`  ${name} `);
    expect((await tegata(["--help"])).stdout).toBe(stdout);
  });

  test("is led to by the page that shows when nothing is said", async () => {
    const home = temporaryFolder();
    const { exit, stdout } = await tegata(["--home", home]);
    expect(exit).toBe(0);
    expect(stdout).toContain(`There is no company in ${home} yet.`);
    for (const next of [
      "tegata dev",
      `tegata --home ${home} join TOKEN`,
      `tegata --home ${home} card`,
    ]) {
      expect(stdout).toContain(next);
    }
    const json = await tegata(["--home", home, "--json"]);
    expect(JSON.parse(json.stdout)).toEqual({
      schema: "tegata.front/1",
      state: "empty",
      near: [],
      next: "tegata dev",
    });
  });

  test("shows the commands of a group alone", async () => {
    const { exit, stdout } = await tegata(["streams"]);
    expect(exit).toBe(0);
    expect(stdout).toContain("streams create");
    expect(stdout).not.toContain("members list");
  });

  test("explains topics and every documented error code with its exit code", async () => {
    for (const topic of ["exit-codes", "time", "grants", "options"]) {
      const { exit, stdout } = await tegata(["help", topic]);
      expect([topic, exit, stdout.length > 100]).toEqual([topic, 0, true]);
    }
    const page = await tegata(["help", "CLI_HOME_TAKEN"]);
    expect(page.stdout).toContain("The home folder holds the keys of a company already.");
    expect(page.stdout).toMatch(/exit code: +6\n/);
    const other = await tegata(["help", "ledger_proof_row"]);
    expect(other.stdout).toMatch(/exit code: +8\n/);
  });

  test("says what was probably meant by a topic it does not know", async () => {
    const { exit, stderr } = await tegata(["help", "exitcodes"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("did you mean tegata help exit-codes?");
  });

  test("gives the whole tree to programs", async () => {
    const { stdout } = await tegata(["help", "--all", "--json"]);
    const tree = JSON.parse(stdout) as { schema: string; items: { name: string }[] };
    expect(tree.schema).toBe("tegata.commands/1");
    expect(tree.items.map(({ name }) => name)).toEqual(commandTree.map(({ name }) => name));
  });
});
