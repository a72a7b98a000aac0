import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { exportOf, untilAllSee, untilReadable } from "../helpers/exports.ts";
import { until } from "../helpers/waiting.ts";

let consortium: Consortium;
let kato: Company;
let toda: Company;

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, toda] = [consortium.company("kato"), consortium.company("toda")];
});

afterAll(() => consortium?.close());

const passphraseOf = (company: Company): readonly string[] => [
  "--passphrase-file",
  company.place.passphraseFile,
];

async function writeRows(name: string, from: number, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 5) + (from + index) * 60_000).toISOString();
    return `${time},${from + index}`;
  });
  await writeFile(kato.path(name), ["time,force", ...lines, ""].join("\n"));
}

interface StreamDocument {
  readonly stream: { readonly id: string };
}

async function status(company: Company) {
  return company.json<{
    readonly node: { readonly members: readonly { handle: string; standing: string }[] };
  }>("status");
}

test("a company that lost its machine goes on from its backup: nothing is doubled, and nobody is accused", async () => {
  await writeRows("first.csv", 0, 300);
  await writeRows("second.csv", 300, 300);
  await writeRows("third.csv", 600, 60);
  const words = ["streams", "create", "presses", "--from", "first.csv", "--facet", "all=*"];
  const { stream } = await kato.json<StreamDocument>(...words);
  await kato.must(["grant", "presses", "--to", "toda", "--facet", "all", "--until", "2027-12-31"]);
  await untilReadable(toda, stream.id, ["all"]);
  await kato.must(["submit", "presses", "first.csv", "--backfill"]);
  // What is acknowledged and cannot be sent yet is in the backup, and sent after it.
  const others = [toda, consortium.company("nishi")].map((company) => company.freeze("node"));
  const file = kato.path("kato.backup");
  try {
    await kato.must(["submit", "presses", "second.csv", "--backfill", "--no-wait"]);
    await kato.must(["backup", file, ...passphraseOf(kato)]);
  } finally {
    for (const goOn of others) goOn();
  }
  expect(await kato.must(["backup", "verify", file, ...passphraseOf(kato)])).toContain("is whole");
  await untilAllSee([kato, toda], kato, stream.id);
  await kato.stop();
  await kato.start();
  await kato.untilReady();
  await kato.must(["submit", "presses", "third.csv", "--backfill"]);
  await untilAllSee([kato, toda], kato, stream.id);
  const before = await exportOf(toda, "kato/presses");
  expect(before.rows).toHaveLength(660);

  await kato.killAll();
  await rm(kato.home, { recursive: true });
  await kato.must(["restore", file, ...passphraseOf(kato)]);
  expect(await readdir(kato.home)).not.toContain("guard");
  await kato.start();
  await until("its gateway writes again, and nothing waits", async () => {
    const { outbox, node } = await kato.ask((gateway) => gateway.status());
    return outbox.waiting + outbox.inFlight === 0 && (node?.height ?? 0) > 0;
  });
  // Without its guard the node is silent for some blocks, which the others make.
  for (const from of [660, 675, 690, 705]) {
    await writeRows("fourth.csv", from, 15);
    await kato.must(["submit", "presses", "fourth.csv", "--backfill"]);
  }
  await untilAllSee([kato, toda], kato, stream.id);
  for (const [company, name] of [
    [kato, "presses"],
    [toda, "kato/presses"],
  ] as const) {
    const rows = (await exportOf(company, name)).rows.map((row) => row.at(-1));
    expect(rows.map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 720 }, (_, index) => index),
    );
  }
  const { node } = await status(toda);
  expect(node.members.map(({ standing }) => standing)).not.toContain("suspended");
});

test("a copied home folder ends with 77 and says what to do, and nobody is accused", async () => {
  const nishi = consortium.company("nishi");
  await nishi.untilReady();
  const file = nishi.path("nishi.backup");
  await nishi.must(["backup", file, ...passphraseOf(nishi)]);
  const home = `${nishi.home}-copy`;
  const at = ["--home", home];
  await nishi.must(["restore", file, ...at, ...passphraseOf(nishi)]);
  // Even with the guard of the one that runs, and with ports of its own.
  await mkdir(join(home, "guard"), { mode: 0o700 });
  for (const name of await readdir(join(nishi.home, "guard"))) {
    await writeFile(join(home, "guard", name), await readFile(join(nishi.home, "guard", name)));
  }
  const toml = await readFile(join(home, "config.toml"), "utf8");
  const ports = toml.replace(/\d{5}(?=[^\d])/g, (port) => `${Number(port) - 7_000}`);
  await writeFile(join(home, "config.toml"), ports);
  const copy = await nishi.run(["start", "--foreground", ...at, ...passphraseOf(nishi)]);
  expect(copy.code).toBe(77);
  const log = await readFile(join(home, "log", "node.log"), "utf8");
  expect(log).toContain("NODE_SIGN_STATE_SHARED");
  expect(log).toMatch(/^next: .*stop one of the two/m);
  expect(nishi.isRunning).toBe(true);
  await nishi.untilReady();
  const { node } = await status(toda);
  expect(node.members.map(({ standing }) => standing)).not.toContain("suspended");
});
