import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { cardFromText } from "@tegata/ledger/chain";
import { createSigner } from "@tegata/ledger/primitives";
import { deriveRootKeys, generateRootSecret } from "@tegata/ledger/vault";
import { describe, expect, test } from "vitest";
import { recoveryWords, rootSecretOf } from "../src/founding/recovery-words.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const passphrase = "correct horse";

function folders() {
  const folder = temporaryFolder();
  const file = join(folder, "passphrase");
  writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
  return { folder, home: join(folder, "kato"), file };
}

function line(home: string, ...more: readonly string[]): string[] {
  const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
  return ["card", "--home", home, ...who, "--address", "/dns4/kato.example/tcp/7000", ...more];
}

/** Words by their numbers, as they stand on the screen or in a file. */
function wordsIn(text: string): readonly string[] {
  const found: string[] = [];
  for (const [, number, word = ""] of text.matchAll(/ (\d{1,2}) {2}([a-z]{3,8})\b/g)) {
    found[Number(number) - 1] = word;
  }
  return found;
}

/** A person at a terminal: types the passphrase, reads the words, answers; `lie` makes answers wrong. */
function person(lie: (question: number) => boolean) {
  const stdin = new PassThrough();
  let answered = 0;
  let question = 0;
  const type = (text: string): void => void setImmediate(() => stdin.write(`${text}\n`));
  const onStderr = (text: string): void => {
    const said = text.slice(answered);
    const asked =
      /(Passphrase for the keys: |once more: |leave the screen\. |Word (\d+), from your paper: )$/;
    const match = asked.exec(said);
    if (match === null) return;
    const shown = wordsIn(text.slice(text.lastIndexOf("These 24 words")));
    answered = text.length;
    const number = match[2];
    if (number !== undefined) {
      question += 1;
      type(lie(question) ? "zebra-not-a-word" : (shown[Number(number) - 1] ?? ""));
    } else type(said.includes("leave the screen") ? "" : passphrase);
  };
  return { stdin, onStderr, isTty: true };
}

/** A person who has not written the words down, and what is looked at meanwhile. */
function failing(look: (text: string) => void) {
  const { onStderr, ...terminal } = person(() => true);
  return {
    ...terminal,
    onStderr: (text: string): void => {
      look(text);
      onStderr(text);
    },
  };
}

describe("the recovery words", () => {
  test("are 24 and give the root secret back", () => {
    const secret = generateRootSecret();
    const list = recoveryWords(secret);
    expect(list).toHaveLength(24);
    expect(rootSecretOf(list)).toEqual(secret);
    expect(rootSecretOf(list.slice(1))).toBeNull();
    const [first = "", second = "", ...rest] = list;
    if (first !== second) expect(rootSecretOf([second, first, ...rest])).toBeNull();
  });

  test("are shown once, asked back at three places, and kept nowhere", {
    timeout: 60_000,
  }, async () => {
    const { folder, home } = folders();
    const { exit, stderr, stdout } = await tegata(line(home), { ...person(() => false), folder });
    expect([exit, stderr.match(/Word \d+/g)?.length]).toEqual([0, 3]);
    const shown = wordsIn(stderr);
    expect(shown).toHaveLength(24);
    expect(stderr.split("These 24 words")).toHaveLength(2);
    // The words leave the screen before they are asked back.
    const erased = stderr.indexOf("A\r\u001b[0J");
    expect(erased).toBeGreaterThan(stderr.indexOf("leave the screen"));
    expect(erased).toBeLessThan(stderr.indexOf("from your paper"));
    const card = cardFromText(stdout.trim());
    const secret = rootSecretOf(shown);
    const root = deriveRootKeys(secret ?? new Uint8Array(32));
    expect(createSigner(root.signingSeed).publicKey).toBe(card.rootKey);
    // What is typed as a passphrase does not appear, and no file holds a word list.
    expect(stderr).not.toContain(passphrase);
    for (const file of readdirSync(home, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      expect(readFileSync(path, "utf8").includes(shown.slice(0, 3).join(" ")), path).toBe(false);
      expect(statSync(path).mode & 0o077, path).toBe(0);
    }
  });

  test("are shown again after a wrong answer", { timeout: 60_000 }, async () => {
    const { folder, home } = folders();
    const again = await tegata(line(home), { ...person((question) => question === 2), folder });
    expect([again.exit, again.stderr.split("These 24 words").length]).toEqual([0, 3]);
  });

  test("are shown after the keys are on the disk, and again by the same command until somebody has them", {
    timeout: 60_000,
  }, async () => {
    const { folder, home } = folders();
    const keystore = join(home, "keys", "gateway.keystore");
    let hadKeys: boolean | null = null;
    const { exit, stderr, stdout } = await tegata(line(home), {
      ...failing((text) => {
        if (text.includes("These 24 words")) hadKeys ??= existsSync(keystore);
      }),
      folder,
    });
    expect([exit, stdout, hadKeys]).toEqual([1, "", true]);
    expect(stderr).toContain("CLI_WORDS_WRONG");
    const before = readFileSync(keystore, "utf8");
    // Nobody founds with them, and no other company takes their place.
    const early = await tegata(["init", "--home", home, "--found", join(home, "card")], { folder });
    expect([early.exit, early.stderr.includes("CLI_CARD_UNFINISHED")]).toEqual([6, true]);
    const other = line(home).map((word) => (word === "kato" ? "toda" : word));
    expect((await tegata(other, { ...person(() => false), folder })).exit).toBe(6);
    const again = await tegata(line(home), { ...person(() => false), folder });
    expect([again.exit, readFileSync(keystore, "utf8")]).toEqual([0, before]);
    expect(wordsIn(again.stderr)).toEqual(wordsIn(stderr));
    const root = deriveRootKeys(rootSecretOf(wordsIn(again.stderr)) ?? new Uint8Array(32));
    expect(createSigner(root.signingSeed).publicKey).toBe(
      cardFromText(again.stdout.trim()).rootKey,
    );
    expect(existsSync(join(home, "keys", "words"))).toBe(false);
    expect((await tegata(line(home), { ...person(() => false), folder })).exit).toBe(6);
  });

  test("of keys that were cut off while they were made have been seen by nobody: others take their place", {
    timeout: 60_000,
  }, async () => {
    const { folder, home } = folders();
    await tegata(line(home), { ...person(() => true), folder });
    rmSync(join(home, "card"));
    rmSync(join(home, "keys", "node.keystore"));
    const { exit, stderr, stdout } = await tegata(line(home), { ...person(() => false), folder });
    expect(exit).toBe(0);
    const root = deriveRootKeys(rootSecretOf(wordsIn(stderr)) ?? new Uint8Array(32));
    expect(createSigner(root.signingSeed).publicKey).toBe(cardFromText(stdout.trim()).rootKey);
  });

  test("and everything else end with Ctrl-C, and nothing is made", async () => {
    const { folder, home } = folders();
    const stdin = new PassThrough();
    const onStderr = (text: string): void => {
      if (text.includes("Passphrase")) setImmediate(() => stdin.write("\u0003"));
    };
    const { exit, stdout, stderr } = await tegata(line(home), {
      stdin,
      onStderr,
      isTty: true,
      folder,
    });
    expect([exit, stdout, stderr.includes("error"), existsSync(home)]).toEqual([
      130,
      "",
      false,
      false,
    ]);
  });

  test("need a person or a file", { timeout: 60_000 }, async () => {
    const { folder, home, file } = folders();
    const alone = await tegata(line(home, "--passphrase-file", file));
    expect([alone.exit, existsSync(home)]).toEqual([2, false]);
    expect(alone.stderr).toContain("CLI_WORDS_UNSEEN");
    const words = join(folder, "words");
    const more = ["--passphrase-file", file, "--words-file", words, "--json"];
    const { exit, stdout, stderr } = await tegata(line(home, ...more));
    expect(exit).toBe(0);
    expect(stderr).toContain(`The 24 recovery words lie in ${words} in the clear.`);
    expect(statSync(words).mode & 0o777).toBe(0o600);
    const secret = rootSecretOf(wordsIn(readFileSync(words, "utf8")));
    const { card } = JSON.parse(stdout) as { card: string };
    const root = deriveRootKeys(secret ?? new Uint8Array(32));
    expect(createSigner(root.signingSeed).publicKey).toBe(cardFromText(card).rootKey);
  });
});

describe("tegata card", () => {
  test("asks for nothing and writes nothing on a dry run", async () => {
    const { home } = folders();
    const { exit, stdout } = await tegata(line(home, "--dry-run"));
    expect([exit, existsSync(home)]).toEqual([0, false]);
    expect(stdout).toContain("Would make keys and a card of Kato Press (kato) for Chubu Press");
  });

  test("refuses a card that nobody would accept before it asks for anything", async () => {
    const { home } = folders();
    for (const [option, value, reason] of [
      ["--handle", "Kato", "a handle has"],
      ["--address", "kato.example:7000", "an address reads"],
      ["--company", " Kato", "a name has"],
    ] as const) {
      const words = line(home, "--dev-keys").map((word, index, all) => {
        return all[index - 1] === option ? value : word;
      });
      const { exit, stderr } = await tegata(words);
      expect([exit, stderr.includes(reason), existsSync(home)]).toEqual([2, true, false]);
    }
  });

  test("makes throw-away keys for a passphrase on standard input, once", async () => {
    const { home } = folders();
    const stdin = (): PassThrough => new PassThrough().end(`${passphrase}\n`);
    const words = line(home, "--dev-keys", "--passphrase-file", "-");
    const first = await tegata(words, { stdin: stdin() });
    expect([first.exit, first.stdout.startsWith("tgc1")]).toEqual([0, true]);
    expect(readFileSync(join(home, "card"), "utf8")).toBe(first.stdout);
    const before = readFileSync(join(home, "keys", "node.keystore"), "utf8");
    const second = await tegata(words, { stdin: stdin() });
    expect([second.exit, second.stdout]).toEqual([6, ""]);
    expect(second.stderr).toContain("CLI_HOME_TAKEN");
    expect(readFileSync(join(home, "keys", "node.keystore"), "utf8")).toBe(before);
  });

  test("refuses a short passphrase and one that others may read", async () => {
    const { home, file } = folders();
    const short = await tegata(line(home, "--dev-keys", "--passphrase-file", "-"), {
      stdin: new PassThrough().end("short\n"),
    });
    expect([short.exit, short.stderr.includes("fewer than 8")]).toEqual([2, true]);
    writeFileSync(join(home, "..", "open"), passphrase, { mode: 0o644 });
    const open = await tegata(line(home, "--dev-keys", "--passphrase-file", `${file}/../open`));
    expect(open.exit).toBe(78);
    const exposed = join(home, "..", "open");
    const told = await tegata(line(home, "--dev-keys", "--passphrase-file", exposed));
    expect([told.exit, told.stderr.includes("chmod 600")]).toEqual([78, true]);
    expect(existsSync(home)).toBe(false);
  });

  test("refuses a folder whose path leaves no room for sockets", async () => {
    const { folder } = folders();
    const home = join(folder, "long".repeat(25));
    const { exit, stderr } = await tegata(line(home, "--dev-keys"));
    expect([exit, stderr.includes("CLI_HOME_TOO_LONG"), existsSync(home)]).toEqual([
      78,
      true,
      false,
    ]);
  });

  test("lets a node listen where its address says, or where it is told", async () => {
    const { home } = folders();
    const config = async (...more: readonly string[]) => {
      const { stdout } = await tegata(line(home, "--dry-run", "--json", ...more));
      return (JSON.parse(stdout) as { settings: Record<string, unknown> }).settings;
    };
    expect(await config()).toEqual({
      "network.name": "Chubu Press",
      "network.listen": ["/ip4/0.0.0.0/tcp/7000"],
      "company.handle": "kato",
    });
    const told = ["--listen", "/ip4/10.0.0.1/tcp/9", "--api-port", "none"];
    expect(await config(...told, "--operations-ports", "none")).toMatchObject({
      "network.listen": ["/ip4/10.0.0.1/tcp/9"],
      "api.port": null,
      "operations.nodePort": null,
      "operations.gatewayPort": null,
    });
    const { exit } = await tegata(line(home, "--dry-run", "--api-port", "99999"));
    expect(exit).toBe(2);
  });
});
