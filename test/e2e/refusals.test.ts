import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startScript } from "../helpers/command.ts";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium, introduce } from "../helpers/consortium.ts";
import { pressLog } from "../helpers/press-log.ts";
import { type Refusal, refusalOf } from "../helpers/refusal.ts";
import { until } from "../helpers/waiting.ts";

const hourMs = 3_600_000;
const startMs = Math.floor(Date.now() / hourMs) * hourMs - 30 * hourMs;
const nodeProgram = resolve(import.meta.dirname, "../../packages/node/src/main.ts");

let consortium: Consortium;
let kato: Company;
/** The company that is stopped, so that its start can be refused. */
let nishi: Company;
/** Process ids of everything that must not notice any of this. */
let others: readonly (number | null)[];

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, nishi] = [consortium.company("kato"), consortium.company("nishi")];
  await writeFile(kato.path("press.csv"), pressLog(startMs, 60_000, 60).csv);
  await kato.must(["streams", "create", "press-3", "--from", "press.csv", "--facet", "all=*"]);
  await kato.must(["submit", "press-3", "press.csv"]);
  expect(await nishi.stop()).toBe(0);
  others = pidsOfOthers();
});

afterAll(() => consortium?.close());

function pidsOfOthers(): readonly (number | null)[] {
  const running = consortium.companies.filter((company) => company !== nishi);
  return running.flatMap((company) => [company.pidOf("node"), company.pidOf("gateway")]);
}

/** Runs a command that must be refused; what it says is complete and nothing else has ended. */
async function refused(company: Company, ...words: readonly string[]): Promise<Refusal> {
  const refusal = refusalOf(await company.run(words));
  expect(pidsOfOthers()).toEqual(others);
  expect(others).not.toContain(null);
  return refusal;
}

/** In front, so that a start that is not refused ends together with this test. */
function startRefused(...words: readonly string[]): Promise<Refusal> {
  return refused(nishi, "start", "--foreground", ...words);
}

function known(): readonly string[] {
  return ["--passphrase-file", nishi.place.passphraseFile];
}

async function occupy(port: number): Promise<Server> {
  // Members that dial this port must not keep it open.
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", done);
  });
  return server;
}

test("a wrong passphrase starts nothing", async () => {
  await writeFile(nishi.path("wrong"), "correct horse battery stapler\n", { mode: 0o600 });
  const refusal = await startRefused("--passphrase-file", nishi.path("wrong"));
  expect(refusal).toMatchObject({ exit: 78, code: "LEDGER_KEYSTORE_WRONG_PASSPHRASE" });
  expect([nishi.pidOf("node"), nishi.pidOf("gateway")]).toEqual([null, null]);
});

test.each(["p2p", "api", "nodeOperations", "gatewayOperations"] as const)(
  "nothing starts while somebody else has the %s port",
  async (port) => {
    const server = await occupy(nishi.place.ports[port]);
    try {
      const refusal = await startRefused(...known());
      expect(refusal).toMatchObject({ exit: 6, code: expect.stringMatching(/_LISTEN_FAILED$/) });
      expect(`${refusal.message} ${refusal.why}`).toContain(`${nishi.place.ports[port]}`);
      expect([nishi.pidOf("node"), nishi.pidOf("gateway")]).toEqual([null, null]);
    } finally {
      await new Promise((done) => server.close(done));
    }
  },
);

test("a damaged configuration starts nothing, and the error names the file", async () => {
  const path = join(nishi.home, "config.toml");
  const text = await readFile(path, "utf8");
  try {
    for (const damaged of [
      text.slice(0, text.indexOf("/ip4")),
      "",
      text.replace("[network]", "[nework]"),
    ]) {
      await writeFile(path, damaged);
      const refusal = await startRefused(...known());
      expect(refusal).toMatchObject({ exit: 78 });
      expect(`${refusal.message} ${refusal.why}`).toContain("config.toml");
    }
  } finally {
    await writeFile(path, text);
  }
});

test("a home folder that is in use is not started again, neither whole nor its node alone", async () => {
  const second = await refused(kato, "start", "--passphrase-file", kato.place.passphraseFile);
  expect(second).toMatchObject({ exit: 6, code: "CLI_ALREADY_RUNNING" });

  const words = [nodeProgram, "--home", kato.home, "--passphrase-file", kato.place.passphraseFile];
  const alone = startScript(words, { folder: kato.place.desk, home: null, input: null });
  const { code, stderr } = await alone.ended;
  expect(code).toBe(75);
  expect(stderr).toMatch(/^error: .*\(LEDGER_STORE_LOCKED\)\nwhy: {3}\S.*\nnext: {2}\S.*\n$/);
  expect(pidsOfOthers()).toEqual(others);
});

test("an unknown stream and an unknown company are named together with what is near them", async () => {
  const stream = await refused(kato, "query", "press-4");
  expect(stream).toMatchObject({ exit: 3, code: "GATEWAY_STREAM_UNKNOWN" });
  expect(stream.next).toContain("press-3");
  const grant = ["--to", "tida", "--facet", "all", "--until", "1d"];
  const company = await refused(kato, "grant", "press-3", ...grant);
  expect(company).toMatchObject({ exit: 3, code: "GATEWAY_COMPANY_UNKNOWN" });
  expect(company.next).toContain("toda");
});

test("a file with a mistake is refused whole, with line and field", async () => {
  const lines = pressLog(startMs + hourMs, 60_000, 50).csv.split("\n");
  const cells = lines[17]?.split(",") ?? [];
  lines[17] = cells.with(2, "ERR").join(",");
  await writeFile(kato.path("bad.csv"), lines.join("\n"));
  const before = await kato.ask((gateway) => gateway.stream("press-3"));
  const refusal = await refused(kato, "submit", "press-3", "bad.csv");
  expect(refusal).toMatchObject({ exit: 9, code: "CLI_ROWS_REFUSED" });
  expect(refusal.problems).toEqual(['line 18: force: expected a number such as -12.50, got "ERR"']);
  const { outbox } = await kato.ask((gateway) => gateway.status());
  expect(outbox).toMatchObject({ waiting: 0, inFlight: 0 });
  expect((await kato.ask((gateway) => gateway.stream("press-3"))).batches).toBe(before.batches);
});

test("a stranger with the card of a member and a genesis of its own gets no connection", async () => {
  const stranger = await introduce(consortium.folder, "mori", "Mori Casting");
  const taken = join(kato.home, "genesis");
  expect(await refused(stranger, "init", "--genesis", taken)).toMatchObject({
    exit: 1,
    code: "CLI_GENESIS_WITHOUT_US",
  });
  await copyFile(kato.path("card"), stranger.path("kato.card"));
  await stranger.must(["init", "--found", "kato.card"]);
  const log = join(kato.home, "log", "node.log");
  const refusals = async (): Promise<number> => {
    return (await readFile(log, "utf8")).split("refused a connection of a stranger").length - 1;
  };
  const before = await refusals();
  try {
    await stranger.start();
    await until("Kato refuses the stranger", async () => (await refusals()) > before);
    const { members, state } = await stranger.askNode((node) => node.status());
    expect(state).not.toBe("ready");
    expect(members.find(({ handle }) => handle === "kato")?.connected).toBe(false);
  } finally {
    await stranger.end();
  }
  const { items } = await kato.json<{ readonly items: readonly object[] }>("members", "list");
  expect(items.length).toBe(4);
});

test("after all of this the stopped company starts, catches up and reads, and nobody else had ended", async () => {
  await writeFile(kato.path("more.csv"), pressLog(startMs + 2 * hourMs, 60_000, 60).csv);
  const { heightLast } = await kato.json<{ readonly heightLast: number }>(
    ...["submit", "press-3", "more.csv"],
  );
  await nishi.start();
  await nishi.untilReady(heightLast);
  expect(pidsOfOthers()).toEqual(others);
});
