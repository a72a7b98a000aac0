import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { cardFromText } from "@tegata/ledger/chain";
import { createSigner, type NetworkId } from "@tegata/ledger/primitives";
import { deriveRootKeys } from "@tegata/ledger/vault";
import { describe, expect, onTestFinished, test } from "vitest";
import { startTegata } from "../../../test/helpers/command.ts";
import { until } from "../../../test/helpers/waiting.ts";
import { rootSecretOf } from "../src/founding/recovery-words.ts";
import { type RunOptions, tegata, temporaryFolder } from "./command-helpers.ts";
import { Inviter } from "./inviter.ts";

const minuteMs = 60_000;

/** A company that has nothing but a passphrase yet. */
function newcomer() {
  const folder = temporaryFolder();
  const home = join(folder, "mori");
  const passphraseFile = join(folder, "passphrase");
  writeFileSync(passphraseFile, "correct horse\n", { mode: 0o600 });
  const who = ["--company", "Mori Steel", "--handle", "mori", "--passphrase-file", passphraseFile];
  const words = (line: string, ...more: readonly string[]): string[] => {
    return ["join", line, "--home", home, ...who, ...more];
  };
  return {
    ...{ folder, home, passphraseFile, words },
    join: (line: string, ...more: readonly string[]) => tegata(words(line, "--dev-keys", ...more)),
    keys: () =>
      ["node", "gateway"].map((one) => readFileSync(join(home, "keys", `${one}.keystore`), "utf8")),
    all: () => (existsSync(home) ? readdirSync(home, { recursive: true }).sort() : []),
  };
}

/** Begins to join and stops where the members have not decided. */
async function applied(inviter: Inviter, line: string) {
  const mori = newcomer();
  const { exit, stderr } = await mori.join(line, "--timeout", "1s");
  expect([exit, stderr.includes("CLI_JOIN_NOT_FINAL")], stderr).toEqual([7, true]);
  expect(inviter.applications).toHaveLength(1);
  return mori;
}

describe("an invitation that leads nowhere changes nothing and is told apart:", () => {
  async function refusal(line: string) {
    const mori = newcomer();
    const { exit, stdout, stderr } = await mori.join(line);
    expect([stdout, mori.all()]).toEqual(["", []]);
    const [, code] = /code: ([A-Z_]+)/i.exec(stderr) ?? [];
    expect(stderr.slice(stderr.indexOf("error:")).trim().split("\n")).toHaveLength(4);
    return [code, exit];
  }

  test("expired, mistyped, used, forged and withdrawn ones", { timeout: minuteMs }, async () => {
    const inviter = await Inviter.open();
    const line = inviter.line();
    const expired = inviter.line({ expiresMs: Date.now() - 1 });
    await expect(refusal(expired)).resolves.toEqual(["CLI_INVITATION_EXPIRED", 9]);
    const other = line.at(-9) === "A" ? "B" : "A";
    const mistyped = `${line.slice(0, -9)}${other}${line.slice(-8)}`;
    await expect(refusal(mistyped)).resolves.toEqual(["GATEWAY_INVITATION_TEXT", 2]);
    const forged = inviter.line({ networkId: "ab".repeat(32) as NetworkId });
    await expect(refusal(forged)).resolves.toEqual(["NODE_JOIN_REFUSED", 9]);
    inviter.stand("applied");
    await expect(refusal(line)).resolves.toEqual(["CLI_INVITATION_USED", 9]);
    inviter.state = "unknown";
    await expect(refusal(line)).resolves.toEqual(["NODE_JOIN_REFUSED", 9]);
    expect(inviter.applications).toEqual([]);
  });

  test("one whose company is away, or says nothing", { timeout: minuteMs }, async () => {
    const inviter = await Inviter.open();
    const mute = createServer((socket) => socket.on("error", () => undefined)).listen(0);
    onTestFinished(() => void mute.close());
    await once(mute, "listening");
    const { port } = mute.address() as { port: number };
    const hanging = inviter.line({ addresses: [`/ip4/127.0.0.1/tcp/${port}`] });
    await expect(refusal(hanging)).resolves.toEqual(["NODE_JOIN_UNREACHABLE", 5]);
    const line = inviter.line();
    await inviter.close();
    await expect(refusal(line)).resolves.toEqual(["NODE_JOIN_UNREACHABLE", 5]);
  });
});

describe("a company that has begun to join", () => {
  test("is not taken over by a wrong passphrase or another invitation", {
    timeout: minuteMs,
  }, async () => {
    const inviter = await Inviter.open();
    const line = inviter.line();
    const mori = await applied(inviter, line);
    const before = [mori.keys(), mori.all()];
    const other = await mori.join(inviter.line({ expiresMs: Date.now() + minuteMs }));
    expect([other.exit, other.stderr.includes("CLI_JOIN_OTHER")]).toEqual([6, true]);
    writeFileSync(mori.passphraseFile, "wrong horse\n");
    const wrong = await mori.join(line);
    expect([wrong.exit, wrong.stderr.includes("LEDGER_KEYSTORE")], wrong.stderr).toEqual([
      78,
      true,
    ]);
    expect([mori.keys(), mori.all()]).toEqual(before);
    expect(inviter.applications).toHaveLength(1);
  });

  test("goes on after kill -9 and Ctrl-C wherever it was, with the same keys and one application", {
    timeout: 2 * minuteMs,
  }, async () => {
    const inviter = await Inviter.open();
    const line = inviter.line();
    const foreign = inviter.line({ networkId: "ab".repeat(32) as NetworkId });
    const mori = newcomer();
    const endAt = async (moment: (stderr: string) => boolean, signal: NodeJS.Signals) => {
      const words = mori.words(line, "--dev-keys");
      const running = startTegata(words, { folder: mori.folder, home: null, input: null });
      let said = "";
      running.process.stderr?.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
      const isOver = () => moment(said) || running.process.exitCode !== null;
      await until("the moment has come", isOver, minuteMs);
      expect(running.process.exitCode, said).toBeNull();
      running.process.kill(signal);
      await running.ended;
    };
    inviter.answers = false;
    await endAt(() => existsSync(join(mori.home, "card")), "SIGKILL");
    const keys = mori.keys();
    await endAt(() => inviter.applications.length === 1, "SIGKILL");
    await endAt((stderr) => stderr.includes("Votes"), "SIGINT");
    inviter.stand("approved");
    // The disk refuses right after the admission was heard, then when the company is to start.
    writeFileSync(join(mori.home, "node"), "");
    const unheard = await mori.join(line);
    expect([unheard.exit, unheard.stderr.includes("Admitted")], unheard.stderr).toEqual([1, true]);
    rmSync(join(mori.home, "node"));
    mkdirSync(join(mori.home, "log", "tegata.log"));
    expect((await mori.join(line)).exit).toBe(1);
    rmdirSync(join(mori.home, "log", "tegata.log"));
    // Whoever knows that it is a member needs the company that invited no more.
    await inviter.close();
    const { exit, stdout, stderr } = await mori.join(line, "--no-start");
    expect([exit, stdout], stderr).toEqual([
      0,
      expect.stringMatching(/^You are a member\. Next: tegata --home \S+ start\n$/),
    ]);
    expect(mori.keys()).toEqual(keys);
    expect(inviter.applications).toHaveLength(1);
    const again = await mori.join(line);
    expect([again.exit, again.stderr.includes("you are a member already")]).toEqual([6, true]);
    expect(again.stderr).toMatch(/tegata --home \S+ status/);
    const other = await mori.join(foreign);
    expect([other.exit, other.stderr.includes("CLI_INVITATION_NETWORK")]).toEqual([6, true]);
    expect(mori.keys()).toEqual(keys);
  });
});

describe("the recovery words of a company that joins", () => {
  /** Words by their numbers, as they stand on the screen or in a file. */
  function wordsIn(text: string): readonly string[] {
    const found: string[] = [];
    for (const [, number, word = ""] of text.matchAll(/ (\d{1,2}) {2}([a-z]{3,8})\b/g)) {
      found[Number(number) - 1] = word;
    }
    return found.slice(0, 24);
  }

  /** Somebody at a terminal who writes the words down, or presses Ctrl-C instead. */
  function person(isPatient: boolean): RunOptions {
    const stdin = new PassThrough();
    let answered = 0;
    const onStderr = (text: string): void => {
      const match = /(leave the screen\. |Word (\d+), from your paper: )$/.exec(
        text.slice(answered),
      );
      if (match === null) return;
      answered = text.length;
      const word = wordsIn(text.slice(text.lastIndexOf("These 24 words")))[Number(match[2]) - 1];
      setImmediate(() => stdin.write(isPatient ? `${word ?? ""}\n` : "\u0003"));
    };
    return { stdin, onStderr, isTty: true };
  }

  const rootOf = (words: readonly string[]): string => {
    const secret = rootSecretOf(words) ?? new Uint8Array(32);
    return createSigner(deriveRootKeys(secret).signingSeed).publicKey;
  };

  test("are the same when somebody was interrupted while reading them", {
    timeout: minuteMs,
  }, async () => {
    const inviter = await Inviter.open();
    inviter.afterwards = "approved";
    const line = inviter.line();
    const mori = newcomer();
    const first = await tegata(mori.words(line, "--no-start"), person(false));
    expect([first.exit, inviter.applications]).toEqual([130, []]);
    const shown = wordsIn(first.stderr);
    expect(shown).toHaveLength(24);
    const kept = join(mori.home, "joining", "words");
    expect(existsSync(kept)).toBe(true);
    const second = await tegata(mori.words(line, "--no-start"), person(true));
    expect([second.exit, existsSync(kept)], second.stderr).toEqual([0, false]);
    expect(wordsIn(second.stderr)).toEqual(shown);
    const card = cardFromText(readFileSync(join(mori.home, "card"), "utf8").trim());
    expect(rootOf(shown)).toBe(card.rootKey);
  });

  test("in a file replace what an interrupted attempt wrote of them, and nothing else", {
    timeout: minuteMs,
  }, async () => {
    const inviter = await Inviter.open();
    inviter.afterwards = "approved";
    const line = inviter.line();
    const mori = newcomer();
    const file = join(mori.folder, "words");
    writeFileSync(file, "something else");
    const taken = await mori.join(line, "--no-start", "--words-file", file);
    expect([taken.exit, mori.all()], taken.stderr).toEqual([1, []]);
    await tegata(mori.words(line, "--no-start"), person(false));
    writeFileSync(file, "");
    const { exit, stderr } = await tegata(mori.words(line, "--no-start", "--words-file", file));
    expect(exit, stderr).toBe(0);
    const card = cardFromText(readFileSync(join(mori.home, "card"), "utf8").trim());
    expect(rootOf(wordsIn(readFileSync(file, "utf8")))).toBe(card.rootKey);
  });

  test("that nobody can see make no keys", { timeout: minuteMs }, async () => {
    const inviter = await Inviter.open();
    const mori = newcomer();
    const { exit, stderr } = await tegata(mori.words(inviter.line()));
    expect([exit, stderr.includes("CLI_WORDS_UNSEEN"), mori.all()]).toEqual([2, true, []]);
  });
});
