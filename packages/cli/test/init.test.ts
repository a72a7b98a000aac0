import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { devCompanies } from "../src/dev/company-names.ts";
import { foundConsortium } from "../src/dev/consortium.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const network = "Chubu Press";

/** A company with throw-away keys. */
async function company(folder: string, handle: string, name: string, of = network) {
  const home = join(folder, handle);
  const file = join(folder, `${handle}.card`);
  const who = ["--network", of, "--company", name, "--handle", handle];
  const keys = ["--dev-keys", "--passphrase-file", "-", "--out", file];
  const words = ["card", "--home", home, ...who, "--address", "/ip4/127.0.0.1/tcp/7000", ...keys];
  const { exit, stderr } = await tegata(words, {
    stdin: new PassThrough().end("correct horse\n"),
  });
  expect(stderr).not.toContain("error:");
  expect(exit).toBe(0);
  return { home, file, genesis: join(home, "genesis") };
}

const folderOf = (): string => temporaryFolder();

describe("a founding", () => {
  test("gives all companies the same bytes and a guard each", async () => {
    const folder = folderOf();
    const kato = await company(folder, "kato", "Kato Press");
    const aoki = await company(folder, "aoki", "Aoki Motors");
    const toda = await company(folder, "toda", "Toda Machine");
    const made = await tegata([
      "init",
      "--home",
      kato.home,
      "--json",
      "--found",
      aoki.file,
      toda.file,
    ]);
    expect(made.exit).toBe(0);
    const { network: found, companies } = JSON.parse(made.stdout) as {
      network: { id: string; name: string };
      companies: { handle: string }[];
    };
    expect(found.name).toBe(network);
    expect(companies.map(({ handle }) => handle).sort()).toEqual(["aoki", "kato", "toda"]);
    const bytes = readFileSync(kato.genesis);
    for (const { home, genesis } of [aoki, toda]) {
      const taken = await tegata(["init", "--home", home, "--genesis", kato.genesis]);
      expect([taken.exit, taken.stdout.includes(found.id)]).toEqual([0, true]);
      expect(readFileSync(genesis)).toEqual(bytes);
      expect(existsSync(join(home, "guard"))).toBe(true);
    }
  });

  test("of a network for trying takes the same path", async () => {
    const { companies, genesis } = await foundConsortium({
      folder: folderOf(),
      network,
      companies: devCompanies(3),
      nowMs: Date.now(),
      listeners: true,
    });
    const files = companies.map(({ home }) => readFileSync(join(home, "genesis"), "utf8"));
    expect(new Set(files).size).toBe(1);
    expect(genesis.cards).toHaveLength(3);
    const ports = companies.map(({ apiPort }) => apiPort);
    expect(new Set(ports).size).toBe(3);
  });

  test("writes nothing on a dry run, and the id it shows is of these cards", async () => {
    const folder = folderOf();
    const kato = await company(folder, "kato", "Kato Press");
    const aoki = await company(folder, "aoki", "Aoki Motors");
    const dry = await tegata(["init", "--home", kato.home, "--found", aoki.file, "--dry-run"]);
    expect([dry.exit, existsSync(kato.genesis)]).toEqual([0, false]);
    expect(dry.stderr).toContain("Nothing was written.");
  });
});

describe("tegata init refuses", () => {
  test("a folder without a company", async () => {
    const { exit, stderr } = await tegata(["init", "--home", folderOf(), "--found", "x.card"]);
    expect([exit, stderr.includes("CLI_HOME_EMPTY")]).toEqual([78, true]);
  });

  test("a second network, and leaves the first", async () => {
    const folder = folderOf();
    const kato = await company(folder, "kato", "Kato Press");
    const aoki = await company(folder, "aoki", "Aoki Motors");
    await tegata(["init", "--home", kato.home, "--found", aoki.file]);
    const before = readFileSync(kato.genesis);
    const again = await tegata(["init", "--home", kato.home, "--found", aoki.file]);
    expect([again.exit, again.stderr.includes("CLI_GENESIS_TAKEN")]).toEqual([6, true]);
    expect(readFileSync(kato.genesis)).toEqual(before);
  });

  test("a genesis without the own card, and one whose card of ours is another", async () => {
    const folder = folderOf();
    const kato = await company(folder, "kato", "Kato Press");
    const aoki = await company(folder, "aoki", "Aoki Motors");
    const toda = await company(folder, "toda", "Toda Machine");
    await tegata(["init", "--home", kato.home, "--found", aoki.file]);
    const stranger = await tegata(["init", "--home", toda.home, "--genesis", kato.genesis]);
    expect(stranger.exit).toBe(1);
    expect(stranger.stderr).toContain("your company is not among the founders of Chubu Press");
    expect(existsSync(toda.genesis)).toBe(false);
    // The same name and handle, and other keys.
    const copy = join(folder, "copy");
    mkdirSync(copy);
    const twin = await company(copy, "aoki", "Aoki Motors");
    const taken = await tegata(["init", "--home", twin.home, "--genesis", kato.genesis]);
    expect([taken.exit, taken.stderr.includes("CLI_GENESIS_WITHOUT_US")]).toEqual([1, true]);
  });

  test("cards of another network, changed cards and files that are none, naming the file", async () => {
    const folder = folderOf();
    const kato = await company(folder, "kato", "Kato Press");
    const other = await company(folder, "aoki", "Aoki Motors", "Kansai Press");
    const found = (file: string) => tegata(["init", "--home", kato.home, "--found", file]);
    const foreign = await found(other.file);
    expect([foreign.exit, foreign.stderr.includes("of another name")]).toEqual([2, true]);
    expect(foreign.stderr).toContain(other.file);
    const changed = join(folder, "changed.card");
    const text = readFileSync(other.file, "utf8");
    const at = 200;
    writeFileSync(changed, text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1));
    expect((await found(changed)).exit).not.toBe(0);
    expect((await found(join(folder, "missing.card"))).stderr).toContain("CLI_FILE_UNREADABLE");
    const genesis = join(folder, "no.genesis");
    copyFileSync(other.file, genesis);
    const wrong = await tegata(["init", "--home", kato.home, "--genesis", genesis]);
    expect(wrong.stderr).toContain("LEDGER_BAD_TEXT");
    expect(existsSync(kato.genesis)).toBe(false);
  });

  test("two companies that people could take for each other", async () => {
    const folder = folderOf();
    const kato = await company(folder, "kato", "Kato Press");
    const twin = await company(folder, "aoki", "Kato-Press");
    const { exit, stderr } = await tegata(["init", "--home", kato.home, "--found", twin.file]);
    expect([exit, stderr.includes("LEDGER_GENESIS_CONFUSABLE")]).toEqual([1, true]);
    expect(existsSync(kato.genesis)).toBe(false);
  });
});
