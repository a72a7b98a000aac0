import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recoveryWords } from "../src/founding/recovery-words.ts";
import { isZone } from "../src/input/schema.ts";
import { secretIn } from "../src/input/secret-file.ts";
import { zoneMeant } from "../src/input/zone-names.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const words = recoveryWords(Uint8Array.from({ length: 32 }, (_, at) => (at * 89 + 31) % 256));
const numbered = words.map((word, index) => `${index + 1}. ${word}`).join("\n");
const mistyped = words.map((word, index) => (index === 3 ? "presss" : word)).join(" ");

const secrets = [
  ["passphrase", "correct horse battery staple\n"],
  ["pasphrase.txt", "correct horse, battery\n"],
  ["kato.words", `${words.join(" ")}\n`],
  ["numbered.txt", numbered],
  ["mistyped.csv", mistyped],
  ["kato.card", `tgc1${"hVkO6o0Bb".repeat(600)}\n`],
  ["genesis", `tgg1${"hQFv5Lit".repeat(600)}\n`],
  ["node.keystore", "{}"],
  ["copy.txt", '{\n  "format": "tegata-keystore/1",\n  "role": "node"\n}\n'],
  ["a.txt", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n"],
] as const;

describe("a file that belongs to the keys of a company", () => {
  test("is neither rows nor a document, and nothing of it is shown, however it is given", async () => {
    const folder = temporaryFolder();
    const gateway = new WatchedGateway(join(folder, "home"));
    await gateway.start();
    const home = ["--home", gateway.home];
    for (const [name, text] of secrets) {
      const file = join(folder, name);
      writeFileSync(file, text);
      const shown =
        text
          .trim()
          .split(/\s+/)
          .find((word) => word.length > 4) ?? text.trim();
      for (const command of [
        ["submit", "press-3", file],
        ["submit", "press-3", file, "--skip-invalid", "--lang", "ja"],
        ["streams", "create", "other", "--from", file],
      ]) {
        const { exit, stdout, stderr } = await tegata([...command, ...home]);
        expect(exit, name).toBe(2);
        expect(stderr, name).toContain("CLI_INPUT_SECRET");
        expect(stdout + stderr.replaceAll(file, ""), name).not.toContain(shown);
      }
    }
    const inbox = join(folder, "inbox");
    mkdirSync(inbox);
    writeFileSync(join(inbox, "kato.words"), words.join(" "));
    await tegata(["watch", "press-3", inbox, "--once", "--settle", "10ms", ...home]);
    const told = readFileSync(join(inbox, "refused", "kato.words.txt"), "utf8");
    expect(told).toContain("a file of recovery words");
    expect(told).not.toContain(words[0]);
    expect(gateway.rows).toEqual([]);
  });

  test.each([
    ["passphrase.csv", "shot,force\n1,2\n"],
    ["readings.csv", "abandon ability able\n"],
    [
      "good.csv",
      `shot,verdict\n${Array.from({ length: 24 }, (_, shot) => `${shot},good`).join("\n")}`,
    ],
    ["keys.csv", "key,value\n1,2\n"],
  ])("is not what %s is", (name, text) => {
    expect(secretIn(name, Buffer.from(text), true)).toBeNull();
  });
});

test("what stands in a file is cut where it is quoted", async () => {
  const folder = temporaryFolder();
  const gateway = new WatchedGateway(join(folder, "home"));
  await gateway.start();
  const long = "x".repeat(200);
  const file = join(folder, "rows.csv");
  for (const text of [`${long}\n1\n`, `time,item,value\n${long},a,1\n`, `{"${long}":1}\n`]) {
    writeFileSync(file, text);
    const told = await tegata(["submit", "press-3", file, "--home", gateway.home]);
    expect(told.stderr).toMatch(/x{59}…/);
    expect(told.stderr).not.toMatch(/x{61}/);
    expect(told.stderr.split("x".repeat(50)).length).toBe(2);
  }
});

describe("a zone", () => {
  test.each([
    ["JST", "Asia/Tokyo"],
    ["jst", "Asia/Tokyo"],
    ["Asia/Tokio", "Asia/Tokyo"],
    ["Tokyo", "Asia/Tokyo"],
    ["new york", "America/New_York"],
    ["MEZ", "Europe/Berlin"],
    ["qqqqqqqq", null],
  ])("that is none, as %s, is told with the one that was meant", (zone, meant) => {
    expect(isZone(zone)).toBe(false);
    expect(zoneMeant(zone)).toBe(meant);
  });

  test("that is none is refused by every command that takes one", async () => {
    const folder = temporaryFolder();
    const gateway = new WatchedGateway(join(folder, "home"));
    await gateway.start();
    const file = join(folder, "rows.csv");
    writeFileSync(file, "time,item,value\n2026-11-22 09:00,a,1\n");
    for (const command of [
      ["submit", "press-3", file],
      ["watch", "press-3", folder, "--once"],
      ["query", "press-3"],
      ["streams", "create", "other", "--from", file],
      ["collect", "shdr", "127.0.0.1:1", "press-3"],
    ]) {
      const { exit, stderr } = await tegata([...command, "--tz", "JST", "--home", gateway.home]);
      expect([command[0], exit]).toEqual([command[0], 2]);
      expect(stderr).toContain("there is no time zone JST");
      expect(stderr).toContain("did you mean --tz Asia/Tokyo?");
    }
  });
});

test("local time on a machine whose clock is on UTC leads to --tz, at nine hours and below", async () => {
  const folder = temporaryFolder();
  const gateway = new WatchedGateway(join(folder, "home"));
  await gateway.start();
  const file = join(folder, "rows.csv");
  for (const hours of [6, 9]) {
    const time = new Date(Date.now() + hours * 3_600_000)
      .toISOString()
      .slice(0, 16)
      .replace("T", " ");
    writeFileSync(file, `time,item,value\n${time},a,1\n`);
    const { exit, stderr } = await tegata(
      ["submit", "press-3", file, "--tz", "UTC", "--home", gateway.home],
      { env: { TZ: "UTC" } },
    );
    expect(exit).toBe(9);
    expect(stderr).toContain("--tz Asia/Tokyo");
  }
});

test("a passphrase file that is not there is told so, and nothing of writing", async () => {
  const folder = temporaryFolder();
  const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
  const card = ["card", "--home", join(folder, "kato"), ...who];
  const file = join(folder, "pasphrase");
  const { stderr } = await tegata([
    ...[...card, "--address", "/ip4/127.0.0.1/tcp/7000", "--dev-keys"],
    ...["--passphrase-file", file],
  ]);
  expect(stderr).toContain(`there is no secret file ${file}`);
  expect(stderr).not.toContain("written over");
});
