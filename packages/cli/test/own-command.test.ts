import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { shellWord } from "../src/print/shell.ts";
import { typedHome, withHome } from "../src/program/own-command.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

describe("a name in a command to type", () => {
  test.each([
    ["press-3", "press-3"],
    ["kato/プレス実績", "kato/プレス実績"],
    ["My Press #3", '"My Press #3"'],
    ["プレス　実績", '"プレス　実績"'],
    ["#1", '"#1"'],
    ["-x", '"-x"'],
    ["", '""'],
    ["a;b", '"a;b"'],
    ["it's", `"it's"`],
    ['say "$HOME"', `'say "$HOME"'`],
    [`it's \`x\``, "'it'\\''s `x`'"],
  ])("%j is one word for a shell", (name, word) => {
    expect(shellWord(name)).toBe(word);
  });
});

describe("a remedy", () => {
  test.each([
    ["start it with tegata start, or tegata doctor", "kato"],
    ["tegata init --found CARD… を一度実行", "kato"],
  ])("%j names the folder that was typed", (text, home) => {
    const told = withHome(text, home);
    expect(told.match(/tegata --home kato [a-z]/g)?.length).toBe(
      text.match(/tegata [a-z]/g)?.length,
    );
    expect(withHome(told, home)).toBe(told);
  });

  test.each([
    "tegata 0.9.0, Node 24",
    "see tegata help CLI_USAGE",
    "tegata dev",
    "ExecStart=/usr/local/bin/tegata start",
    "your tegata folder",
  ])("%j stays as it is", (text) => {
    expect(withHome(text, "kato")).toBe(text);
    expect(withHome("tegata start", null)).toBe("tegata start");
  });

  test("quotes a folder whose name a shell would take apart", () => {
    expect(withHome("tegata start", "our company")).toBe('tegata --home "our company" start');
  });

  test("finds the folder in every spelling", () => {
    expect(typedHome(["--home", "kato", "status"])).toBe("kato");
    expect(typedHome(["status", "--home=kato"])).toBe("kato");
    expect(typedHome(["status"])).toBe(null);
  });
});

test("what a new company is told to type works as it stands there", async () => {
  const folder = temporaryFolder();
  const say = (words: readonly string[], stdin = "") => {
    return tegata([...words], { folder, stdin: new PassThrough().end(stdin) });
  };
  const who = ["--network", "T2", "--company", "Kato Press", "--handle", "kato"];
  const where = ["--address", "/ip4/127.0.0.1/tcp/7000", "--dev-keys", "--passphrase-file", "-"];
  const card = await say(["--home", "kato", "card", ...who, ...where], "correct horse\n");
  expect(card.exit, card.stderr).toBe(0);
  expect(card.stderr).toContain("tegata --home kato init --found CARD…");
  expect(card.stderr).toContain("tegata --home kato init --genesis FILE");
  const early = await say(["--home", "kato", "start"]);
  expect(early.stderr).toContain("tegata --home kato init --found");
  const found = await say(["--home", "kato", "init", "--found", join("kato", "card")]);
  expect(found.stderr).toContain("who say tegata init --genesis FILE");
  expect(found.stderr).toContain("tegata --home kato start");
  const page = await say(["--home", "kato"]);
  expect(page.stdout).toContain("tegata --home kato start");
  const stopped = await say(["--home", "kato", "streams", "list"]);
  expect(stopped.stderr).toContain("tegata --home kato start");
});
