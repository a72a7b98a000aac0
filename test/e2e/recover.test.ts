import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { exportOf, untilAllSee, untilReadable } from "../helpers/exports.ts";
import { refusalOf } from "../helpers/refusal.ts";
import { until } from "../helpers/waiting.ts";

const minuteMs = 60_000;

let consortium: Consortium;
let kato: Company;
let toda: Company;
let aoki: Company;
let nishi: Company;

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, toda, aoki, nishi] = ["kato", "toda", "aoki", "nishi"].map((handle) =>
    consortium.company(handle),
  ) as [Company, Company, Company, Company];
}, 2 * minuteMs);

afterAll(async () => {
  await kato?.run(["stop"]);
  await consortium?.close();
}, minuteMs);

interface StreamDocument {
  readonly stream: { readonly id: string };
}

/** Publishes rows of a company's stream, which it makes with the first. */
async function publish(company: Company, stream: string, from: number): Promise<void> {
  const lines = Array.from({ length: 20 }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 5) + (from + index) * 60_000).toISOString();
    return `${time},${from + index}`;
  });
  const file = `${stream}-${from}.csv`;
  await writeFile(company.path(file), ["time,force", ...lines, ""].join("\n"));
  await company.must(["submit", stream, file, "--backfill"]);
}

async function create(company: Company, stream: string, reader: Company): Promise<string> {
  await writeFile(company.path("sample.csv"), "time,force\n2026-01-05T00:00:00Z,1\n");
  const made = await company.json<StreamDocument>(
    ...["streams", "create", stream, "--from", "sample.csv", "--facet", "all=*"],
  );
  const to = ["--to", reader.handle, "--facet", "all", "--until", "2027-12-31"];
  await company.must(["grant", stream, ...to]);
  await untilReadable(reader, made.stream.id, ["all"]);
  return made.stream.id;
}

const forces = async (company: Company, stream: string): Promise<number> =>
  (await exportOf(company, stream)).rows.length;

const recover = (token: string, words: string): readonly string[] => [
  ...["keys", "recover", token, "--words-file", words, "--dev-keys"],
  ...["--passphrase-file", kato.place.passphraseFile, "--api-port", `${kato.place.ports.api}`],
  "--operations-ports",
  `${kato.place.ports.nodeOperations},${kato.place.ports.gatewayOperations}`,
];

test(
  "a company whose home folder is gone comes back by its 24 words and one other company",
  async () => {
    const presses = await create(kato, "presses", toda);
    const tools = await create(toda, "tools", kato);
    await publish(kato, "presses", 0);
    await publish(toda, "tools", 0);
    await untilAllSee([kato, toda], kato, presses);
    await untilAllSee([kato, toda], toda, tools);
    const { rows: before } = await exportOf(kato, "presses");
    expect(await forces(kato, "toda/tools")).toBe(20);

    await kato.killAll();
    await rm(kato.home, { recursive: true });
    await publish(toda, "tools", 20);

    const said = await aoki.run(["invite", kato.place.name]);
    expect(said.stderr).toContain("is a member");
    const token = /^tegata keys recover (tgi1\S+)\n$/.exec(said.stdout)?.[1] ?? "";
    const others = await kato.run(recover(token, toda.path("words")));
    expect(refusalOf(others).code).toBe("CLI_RECOVER_WORDS");
    expect(others.stderr).toContain(toda.place.name);
    expect(existsSync(join(kato.home, "keys"))).toBe(false);

    // It ends in the middle of it, as in a power cut, and goes on with the same keys.
    const keystore = join(kato.home, "keys", "node.keystore");
    const cut = kato.begin(recover(token, kato.path("words")));
    await until(
      "the new keys are there",
      () => existsSync(join(kato.home, "recovering", "rotations")),
      minuteMs,
    );
    cut.process.kill("SIGKILL");
    await cut.ended;
    const kept = await readFile(keystore, "utf8");
    const back = await kato.run(recover(token, kato.path("words")));
    expect(back.code, back.stderr).toBe(0);
    expect(await readFile(keystore, "utf8")).toBe(kept);
    expect(back.stdout).toContain("1 own stream");
    expect(back.stdout).toMatch(/[12] grants? of others/);

    expect((await exportOf(kato, "presses")).rows).toEqual(before);
    expect(await forces(kato, "toda/tools")).toBe(40);
    const { keys } = await aoki.ask((gateway) => gateway.member("kato"));
    expect(keys.filter(({ endMs }) => endMs === null).map(({ version }) => version)).toEqual([
      2, 2, 2, 2,
    ]);

    // With one other company away nothing is decided without the vote of the one that came back.
    await nishi.stop();
    await publish(kato, "presses", 20);
    await publish(toda, "tools", 40);
    await untilAllSee([kato, toda], kato, presses);
    await untilAllSee([kato, toda], toda, tools);
    expect(await forces(toda, "kato/presses")).toBe(40);
    expect(await forces(kato, "toda/tools")).toBe(60);
    const { height } = await kato.askNode((node) => node.status());
    const chains = await Promise.all(
      [kato, toda, aoki].map((company) =>
        company.askNode(async (node) => {
          const { blocks } = await node.blocks(height, { waitMs: 10_000, blocksMax: 1 });
          return Buffer.from(blocks[0]?.block ?? []).toString("hex");
        }),
      ),
    );
    expect(new Set(chains).size).toBe(1);
    expect(chains[0]).not.toBe("");
  },
  5 * minuteMs,
);
