import { readFileSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { CompanyLoad } from "../helpers/company-load.ts";
import { type Consortium, foundConsortium, introduce } from "../helpers/consortium.ts";
import { pressLog, pressWords } from "../helpers/press-log.ts";
import { until } from "../helpers/waiting.ts";

const hourMs = 3_600_000;

let consortium: Consortium;
let kato: Company;
let aoki: Company;
let toda: Company;
let nishi: Company;

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, aoki, toda, nishi] = ["kato", "aoki", "toda", "nishi"].map((handle) =>
    consortium.company(handle),
  ) as [Company, Company, Company, Company];
});

afterAll(() => consortium?.close());

interface Told {
  readonly result: string;
  readonly checks: readonly {
    readonly check: string;
    readonly result: string;
    readonly code: string;
    readonly text: string;
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
}

/** What the doctor tells a company, and with which exit code. */
async function doctor(company: Company, ...more: readonly string[]) {
  const { code, stdout, stderr } = await company.run(["doctor", "--json", ...more]);
  if (stdout === "") throw new Error(`doctor ended with ${code}\n${stderr}`);
  const { checks, result } = JSON.parse(stdout) as Told;
  const found = (check: string) => checks.filter((one) => one.check === check);
  return { exit: code, result, found, codeOf: (check: string) => found(check)[0]?.code };
}

const streamName = "press-canary-line";

test("finds nothing wrong with companies that work, and packs a bundle without their data", async () => {
  const { csv } = pressLog(Math.floor(Date.now() / hourMs) * hourMs - 30 * hourMs, 60_000, 30);
  await writeFile(kato.path("press.csv"), csv);
  await kato.must([
    ...["streams", "create", streamName, "--from", "press.csv"],
    ...["--facet", "canaryfacet=force,stroke", "--facet", "rest=*"],
  ]);
  await kato.must(["submit", streamName, "press.csv", "--backfill"]);
  const { exit, found, codeOf } = await doctor(kato, "--bundle", "help.tar.gz");
  expect(exit).toBe(0);
  const wrong = [
    "home",
    "settings",
    "keys",
    "guard",
    "copies",
    "clock",
    "processes",
    "node",
  ].filter((check) => found(check).some(({ result }) => result === "fail" || result === "warn"));
  expect(wrong).toEqual([]);
  expect(codeOf("gateway")).toBe("gateway");
  // Whoever was slow to start may have let its first turn to propose pass, and votes all the same.
  const { members } = await kato.askNode((node) => node.status());
  const standing = members.find(({ self }) => self)?.standing;
  expect(["voting", "sidelined"]).toContain(standing);
  expect(codeOf("membership")).toBe(standing);
  expect(found("reach")).toMatchObject([{ code: "reach", detail: { count: 3 } }]);
  expect(found("quorum")).toMatchObject([{ code: "quorum", detail: { online: 4, needed: 3 } }]);
  const bundle = gunzipSync(readFileSync(kato.path("help.tar.gz"))).toString("latin1");
  const token = readFileSync(`${kato.home}/gateway/token`, "utf8").trim();
  const secrets = [streamName, "canaryfacet", "stroke", token, ...Object.values(pressWords)];
  for (const secret of [
    ...secrets,
    "correct horse",
    readFileSync(kato.place.passphraseFile, "utf8"),
  ])
    expect(bundle, secret).not.toContain(secret.trim());
  for (const part of ["tegata_chain_height", '"state": "ready"', '"msg":', '"voting"']) {
    expect(bundle).toContain(part);
  }
});

test("dials a node, and knows another program by what it says", async () => {
  const { p2p, nodeOperations } = aoki.place.ports;
  const node = await doctor(kato, "--dial", `127.0.0.1:${p2p}`);
  expect(node.found("dial").map(({ code }) => code)).toEqual([
    ...["dial-name", "dial-open", "dial-node"],
  ]);
  const other = await doctor(kato, "--dial", `127.0.0.1:${nodeOperations}`);
  expect([other.exit, other.found("dial").at(-1)?.code]).toEqual([1, "dial-other"]);
});

test("watching ends with 130 at Ctrl-C, and told each change once", async () => {
  const watching = kato.begin(["status", "--watch", "--json"]);
  let said = "";
  watching.process.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  await until("something was shown", () => said.includes("\n"));
  watching.process.kill("SIGINT");
  const { code, stdout } = await watching.ended;
  expect(code).toBe(130);
  for (const line of stdout.trim().split("\n")) {
    expect(JSON.parse(line)).toMatchObject({ schema: "tegata.status/1", toDo: [] });
  }
});

test("tells a clock that is an hour ahead, by the blocks of the others", async () => {
  await toda.stop();
  const preload = new URL("../helpers/clock-ahead.ts", import.meta.url).pathname;
  toda.variables = { NODE_OPTIONS: `--import=${preload}`, CLOCK_AHEAD_MS: `${hourMs}` };
  await toda.start();
  // Whoever still catches up sees no fresh proposals, which are what shows the time of the others.
  await toda.untilReady();
  const loads = await Promise.all([kato, aoki].map((company) => CompanyLoad.begin(company)));
  await until(
    "the clock is found wrong",
    async () => (await toda.askNode((node) => node.status())).clockAheadMs !== null,
    100_000,
  );
  const [seen] = (await doctor(toda)).found("clock");
  await Promise.all(loads.map((load) => load.end()));
  expect(seen).toMatchObject({ result: "fail", code: "clock-hours", detail: { hours: 1 } });
  expect((await doctor(kato)).codeOf("clock")).toBe("clock");
  await toda.stop();
  toda.variables = {};
});

test("tells a company that the others do not know from one whose way out is closed", async () => {
  const stranger = await introduce(consortium.folder, "mori", "Mori Casting");
  expect((await doctor(stranger)).found("membership")).toMatchObject([
    { result: "fail", code: "no-network" },
  ]);
  for (const { handle, place } of [kato, aoki]) {
    await copyFile(`${place.home}/card`, stranger.path(handle));
  }
  await stranger.must(["init", "--found", "kato", "aoki"]);
  try {
    await stranger.start();
    await until("everybody hangs up", async () => {
      return (await doctor(stranger)).codeOf("reach") === "turned-away";
    });
  } finally {
    await stranger.end();
  }
});

test("works with the company stopped, and tells the others who is away and when too few are left", async () => {
  await toda.stop();
  const stopped = await doctor(toda);
  expect([stopped.exit, stopped.codeOf("processes")]).toEqual([0, "stopped"]);
  expect(stopped.codeOf("guard")).toBe("guard");
  expect(stopped.codeOf("membership")).toBe("founder-stopped");
  const away = await doctor(kato);
  expect(away.exit).toBe(0);
  expect(away.found("reach").map(({ code }) => code)).toEqual(["reach", "member-away"]);
  await nishi.stop();
  let told = await doctor(kato);
  await until("the quorum is missed", async () => {
    told = await doctor(kato);
    return told.codeOf("quorum") === "no-quorum";
  });
  expect(told.exit).toBe(1);
  expect(told.found("quorum")[0]?.detail).toMatchObject({ online: 2, needed: 3 });
  await aoki.stop();
  await until("nobody is reached", async () => {
    return (await doctor(kato)).codeOf("reach") === "cannot-dial";
  });
});
