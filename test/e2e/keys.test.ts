import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { exportOf, untilReadable } from "../helpers/exports.ts";
import { refusalOf } from "../helpers/refusal.ts";
import { until } from "../helpers/waiting.ts";

let consortium: Consortium;
let kato: Company;
let toda: Company;

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, toda] = [consortium.company("kato"), consortium.company("toda")];
});

afterAll(() => consortium?.close());

interface Keys {
  readonly keys: readonly {
    readonly role: string;
    readonly version: number;
    readonly endMs: number | null;
    readonly isCompromised: boolean;
  }[];
}

function rotate(role: string, ...more: readonly string[]): Promise<string> {
  const passphrase = ["--passphrase-file", kato.place.passphraseFile];
  return kato.must(["keys", "rotate", role, ...passphrase, ...more]);
}

const currentKeys = async (): Promise<readonly string[]> =>
  (await kato.json<Keys>("keys", "list")).keys
    .filter(({ endMs }) => endMs === null)
    .map(({ role, version }) => `${role} ${version}`);

/** Blocks are decided although one other company is silent: this one votes, with the key the ledger has. */
async function untilItVotes(): Promise<void> {
  const goOn = toda.freeze("node");
  try {
    const before = (await kato.ask((gateway) => gateway.status())).node?.height ?? 0;
    await kato.must([
      "streams",
      "create",
      `proof-${before}`,
      "--facet",
      "all=*",
      "--from",
      "a.csv",
    ]);
    await kato.untilReady(before + 1, 120_000);
  } finally {
    goOn();
  }
}

test("all four keys change while the company works: it votes, writes and reads on with the new ones, also after a crash", {
  timeout: 400_000,
}, async () => {
  await writeFile(kato.path("a.csv"), "time,force\n2026-01-05T00:00:00Z,1\n");
  await rotate("consensus");
  await rotate("network");
  await rotate("transaction", "--words-file", "words");
  await rotate("encryption", "--words-file", "words");
  expect(await currentKeys()).toEqual([
    "network 2",
    "consensus 2",
    "transaction 2",
    "encryption 2",
  ]);
  await until("the node works with both new keys", () => {
    return readFileSync(join(kato.home, "log", "node.log"), "utf8").includes(
      "took up the new keys of this company",
    );
  });
  await kato.untilReady();
  await untilItVotes();
  await kato.killAll();
  await kato.start();
  await kato.untilReady();
  await untilItVotes();
  await writeFile(toda.path("a.csv"), "time,force\n2026-01-05T00:00:00Z,1\n");
  await toda.must(["streams", "create", "theirs", "--facet", "all=*", "--from", "a.csv"]);
  await toda.must(["grant", "theirs", "--to", "kato", "--facet", "all", "--until", "2027-12-31"]);
  const { stream } = await toda.json<{ readonly stream: { readonly id: string } }>(
    ...["streams", "show", "theirs"],
  );
  await untilReadable(kato, stream.id, ["all"]);
  await rotate("consensus", "--compromised");
  const { keys } = await kato.json<Keys>("keys", "list");
  expect(keys.find(({ role, version }) => role === "consensus" && version === 2)).toMatchObject({
    isCompromised: true,
  });
  await untilItVotes();
});

const forces = async (company: Company, stream: string): Promise<readonly string[]> =>
  (await exportOf(company, stream)).rows.map((row) => row.at(-1) ?? "");

test("a key that others may have ends at once, and what is written and granted goes on with the new one", {
  timeout: 120_000,
}, async () => {
  await writeFile(kato.path("b.csv"), "time,force\n2026-01-05T00:01:00Z,2\n");
  await writeFile(toda.path("b.csv"), "time,force\n2026-01-05T00:01:00Z,2\n");
  for (const role of ["transaction", "encryption"]) {
    const said = await rotate(role, "--compromised", "--words-file", "words");
    expect(said).toContain("The old key ended");
  }
  const { keys } = await kato.json<Keys>("keys", "list");
  for (const role of ["transaction", "encryption"]) {
    const [last, ...older] = keys.filter((key) => key.role === role).reverse();
    expect(last).toMatchObject({ version: 3, endMs: null, isCompromised: false });
    expect(older.every(({ endMs }) => endMs !== null && endMs <= Date.now())).toBe(true);
    expect(older[0]).toMatchObject({ version: 2, isCompromised: true });
  }
  const again = await kato.run([
    ...["keys", "rotate", "encryption", "--compromised", "--words-file", "words"],
    ...["--passphrase-file", kato.place.passphraseFile],
  ]);
  expect([again.code, again.stderr.includes("LEDGER_KEY_COMPROMISED_AGAIN")]).toEqual([9, true]);
  await kato.must(["streams", "create", "later", "--from", "b.csv", "--facet", "all=*"]);
  await kato.must(["submit", "later", "b.csv", "--backfill"]);
  expect(await forces(kato, "later")).toEqual(["2"]);
  // The other's gateway closes the stream to the old key and grants to the new one by itself.
  await toda.must(["submit", "theirs", "a.csv", "--backfill"]);
  await until("what is written from now on is readable", async () => {
    await toda.must(["submit", "theirs", "b.csv", "--backfill"]);
    return (await forces(kato, "toda/theirs")).includes("2");
  });
});

test("new recovery words take the place of lost ones once the others agree", {
  timeout: 120_000,
}, async () => {
  const unseen = await kato.run(["members", "replace-root"]);
  expect(refusalOf(unseen)).toMatchObject({ exit: 2, code: "CLI_WORDS_UNSEEN" });
  await kato.must(["members", "replace-root", "--words-file", "new-words"]);
  const passphrase = ["--passphrase-file", kato.place.passphraseFile];
  const withWords = (file: string) =>
    kato.run(["keys", "rotate", "encryption", "--words-file", file, ...passphrase]);
  expect(refusalOf(await withWords("new-words")).code).toBe("CLI_USAGE");
  for (const handle of ["toda", "aoki", "nishi"]) {
    await consortium.company(handle).must(["approve", "--yes"]);
  }
  expect(refusalOf(await withWords("words")).code).toBe("CLI_USAGE");
  const { code, stdout, stderr } = await withWords("new-words");
  expect([code, stdout], stderr).toEqual([0, expect.stringContaining("Version 4")]);
  // Each of the two opens what was sealed while it counted, and no third one does.
  for (const words of ["words", "new-words"]) {
    await kato.must(["keys", "recover", "--words-file", words]);
  }
  const others = await kato.run(["keys", "recover", "--words-file", toda.path("words")]);
  expect(refusalOf(others)).toMatchObject({ exit: 4, code: "GATEWAY_RECOVERY_KEY" });
});

test("a guard that is gone is made anew from what the others hold, and the node votes at once", {
  timeout: 120_000,
}, async () => {
  const command = [
    ...["keys", "recover-sign-state", "--from-network"],
    ...["--passphrase-file", kato.place.passphraseFile],
  ];
  expect(refusalOf(await kato.run(command)).code).toBe("CLI_ALREADY_RUNNING");
  expect(refusalOf(await kato.run(["reset", "--chain"])).code).toBe("CLI_ALREADY_RUNNING");
  await kato.stop();
  await rm(join(kato.home, "guard"), { recursive: true });
  await kato.must([...command, "--dry-run"]);
  expect(existsSync(join(kato.home, "guard"))).toBe(false);
  await kato.must(command);
  expect(readdirSync(join(kato.home, "guard"))).toHaveLength(1);
  await kato.start();
  await kato.untilReady();
  await untilItVotes();
  const { node } = await toda.json<{
    readonly node: { readonly members: readonly { readonly standing: string }[] };
  }>("status");
  expect(node.members.map(({ standing }) => standing)).not.toContain("suspended");
});

test("killed at each of its steps, a rotation goes on with the same command and loses no key", {
  timeout: 240_000,
}, async () => {
  const aoki = consortium.company("aoki");
  const nishi = consortium.company("nishi");
  const words = (role: string): readonly string[] => [
    ...["keys", "rotate", role, "--passphrase-file", aoki.place.passphraseFile],
    ...(role === "transaction" || role === "encryption" ? ["--words-file", "words"] : []),
  ];
  const keystore = (role: string): number => {
    const name = role === "consensus" ? "node" : "gateway";
    return statSync(join(aoki.home, "keys", `${name}.keystore`)).mtimeMs;
  };
  const guards = (): number => readdirSync(join(aoki.home, "guard")).length;
  const waiting = async (): Promise<boolean> => {
    const { node } = await aoki.ask((gateway) => gateway.status());
    return (node?.mempool.transactions ?? 0) > 0;
  };
  /** Steps as they can be seen from outside, by the role that is killed there. */
  const steps: readonly (readonly [string, (before: number) => boolean | Promise<boolean>])[] = [
    ["consensus", () => guards() > 1],
    ["encryption", (before) => keystore("encryption") !== before],
    ["network", () => existsSync(join(aoki.home, "rotating-network"))],
    ["transaction", () => waiting()],
  ];
  for (const [role, isThere] of steps) {
    const before = keystore(role);
    const goOn = [toda, nishi].map((company) => company.freeze("node"));
    try {
      const cut = aoki.begin(words(role));
      await until(`${role} is on its way`, () => isThere(before));
      cut.process.kill("SIGKILL");
      expect((await cut.ended).code).toBe(137);
    } finally {
      for (const one of goOn) one();
    }
    if (role === "transaction") await until("the ledger took it", async () => !(await waiting()));
    const { version, state } = await aoki.json<{ version: number; state: string }>(...words(role));
    expect([role, version, state]).toEqual([role, 2, "committed"]);
    expect(existsSync(join(aoki.home, `rotating-${role}`))).toBe(false);
  }
  await writeFile(aoki.path("a.csv"), "time,force\n2026-01-05T00:00:00Z,1\n");
  await aoki.must(["streams", "create", "after", "--from", "a.csv", "--facet", "all=*"]);
  await aoki.must(["submit", "after", "a.csv", "--backfill"]);
  await aoki.stop();
  await aoki.start();
  await aoki.untilReady();
  expect(await forces(aoki, "after")).toEqual(["1"]);
});
