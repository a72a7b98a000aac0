import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "@tegata/ledger/storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium, passphrase } from "../helpers/consortium.ts";
import { exportOf, untilAllSee, untilReadable } from "../helpers/exports.ts";
import { freePorts } from "../helpers/free-ports.ts";
import { refusalOf } from "../helpers/refusal.ts";
import { until } from "../helpers/waiting.ts";

const minuteMs = 60_000;

let consortium: Consortium;
let kato: Company;
let toda: Company;
let aoki: Company;
let nishi: Company;
/** Joins later. */
let mori: Company | null = null;

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, toda, aoki, nishi] = ["kato", "toda", "aoki", "nishi"].map((handle) =>
    consortium.company(handle),
  ) as [Company, Company, Company, Company];
}, 2 * minuteMs);

afterAll(async () => {
  await Promise.all([kato?.run(["stop"]), mori?.run(["stop"])]);
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

/** Options of a new home folder. */
function homeOf({ place }: Company): readonly string[] {
  const { api, nodeOperations, gatewayOperations } = place.ports;
  return [
    ...["--passphrase-file", place.passphraseFile, "--api-port", `${api}`, "--dev-keys"],
    ...["--operations-ports", `${nodeOperations},${gatewayOperations}`],
  ];
}

const recover = (company: Company, token: string, words: string): readonly string[] => [
  ...["keys", "recover", token, "--words-file", words],
  ...homeOf(company),
];

/** The token by which a member lets another one back in. */
async function inviteBack(by: Company, company: Company): Promise<string> {
  const said = await by.run(["invite", company.place.name]);
  expect(said.stderr).toContain("is a member");
  return /^tegata keys recover (tgi1\S+)\n$/.exec(said.stdout)?.[1] ?? "";
}

/** A company that the others take in and that votes. */
async function takeIn(handle: string, name: string): Promise<Company> {
  const desk = join(consortium.folder, `${handle}-desk`);
  await mkdir(desk);
  const passphraseFile = join(desk, "passphrase");
  await writeFile(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  const [p2p = 0, api = 0, nodeOperations = 0, gatewayOperations = 0] = await freePorts(4);
  const ports = { p2p, api, nodeOperations, gatewayOperations };
  const home = join(consortium.folder, handle);
  const company = new Company({ handle, name, home, desk, ports, passphraseFile });
  const line = await toda.must(["invite", name]);
  const joining = company.run([
    ...["join", line.trim().split(" ")[2] ?? "", "--company", name, "--handle", handle],
    ...["--address", `/ip4/127.0.0.1/tcp/${p2p}`, "--words-file", "words", ...homeOf(company)],
  ]);
  const asked = async () => (await aoki.ask((gateway) => gateway.agenda())).requests;
  await until("the application is there", async () => (await asked()).length === 1, minuteMs);
  for (const member of [kato, toda, aoki]) await member.must(["approve", "--yes"]);
  const { code, stderr } = await joining;
  expect(code, stderr).toBe(0);
  return company;
}

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

    const stranger = (await aoki.must(["invite", "Sato Tools"])).trim().split(" ")[2] ?? "";
    const refused = await kato.run(recover(kato, stranger, kato.path("words")));
    expect(refusalOf(refused).code).toBe("CLI_RECOVER_NO_MEMBER");
    const token = await inviteBack(aoki, kato);
    const others = await kato.run(recover(kato, token, toda.path("words")));
    expect(refusalOf(others).code).toBe("CLI_RECOVER_WORDS");
    expect(others.stderr).toContain(toda.place.name);
    expect(existsSync(join(kato.home, "keys"))).toBe(false);

    // Two of them on one folder would throw each other's keys away.
    const lock = takeLock(join(kato.home, "run", "lock"));
    const second = await kato.run(recover(kato, token, kato.path("words")));
    expect(refusalOf(second)).toMatchObject({ exit: 6, code: "CLI_ALREADY_RUNNING" });
    lock.release();

    // It ends in the middle of each of its steps, as in a power cut, and goes on with the same keys.
    const has = (...names: readonly string[]) => existsSync(join(kato.home, ...names));
    const onLedger = async (): Promise<boolean> => {
      const { keys } = await aoki.ask((gateway) => gateway.member("kato"));
      return keys.some(({ version }) => version === 2);
    };
    const steps: readonly (readonly [string, () => boolean | Promise<boolean>])[] = [
      ["it has begun", () => has("recovering", "network")],
      ["the new keys are there", () => has("recovering", "rotations")],
      ["the ledger has one of them", onLedger],
      ["the company runs", () => has("run", "tegata.pid")],
    ];
    const keystore = join(kato.home, "keys", "node.keystore");
    let kept = "";
    for (const [step, isThere] of steps) {
      const cut = kato.begin(recover(kato, token, kato.path("words")));
      await until(step, isThere, minuteMs);
      cut.process.kill("SIGKILL");
      expect((await cut.ended).code, step).toBe(137);
      if (step === "the new keys are there") kept = await readFile(keystore, "utf8");
    }
    const back = await kato.run(recover(kato, token, kato.path("words")));
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

test(
  "so does one that joined later, whose card is not in the genesis",
  async () => {
    await nishi.start();
    await nishi.untilReady();
    mori = await takeIn("mori", "Mori Steel");
    await kato.must([
      "grant",
      "presses",
      "--to",
      "mori",
      "--facet",
      "all",
      "--until",
      "2027-12-31",
    ]);
    const moulds = await create(mori, "moulds", kato);
    await publish(mori, "moulds", 0);
    await untilAllSee([kato], mori, moulds);
    const granted = await forces(mori, "kato/presses");
    await mori.must(["stop"]);
    await rm(mori.home, { recursive: true });

    const token = await inviteBack(aoki, mori);
    const back = await mori.run(recover(mori, token, mori.path("words")));
    expect(back.code, back.stderr).toBe(0);
    expect(await forces(mori, "moulds")).toBe(20);
    expect(await forces(mori, "kato/presses")).toBe(granted);
    await publish(mori, "moulds", 20);
    await untilAllSee([kato], mori, moulds);
    expect(await forces(kato, "mori/moulds")).toBe(40);
  },
  5 * minuteMs,
);
