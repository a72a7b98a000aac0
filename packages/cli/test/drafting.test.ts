import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { type RunOptions, tegata, temporaryFolder } from "./command-helpers.ts";
import { WatchedGateway } from "./watched-gateway.ts";

/** A company with a card, and a sample file beside it. */
async function place(sample: string | Uint8Array) {
  const folder = temporaryFolder();
  const home = join(folder, "kato");
  const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
  const card = ["card", "--home", home, ...who, "--address", "/ip4/127.0.0.1/tcp/7000"];
  const made = await tegata([...card, "--dev-keys", "--passphrase-file", "-"], {
    stdin: new PassThrough().end("correct horse\n"),
  });
  expect(made.exit).toBe(0);
  const file = join(folder, "readings.csv");
  writeFileSync(file, sample);
  const create = (more: readonly string[], options: RunOptions = {}) => {
    const words = ["streams", "create", "press-3", "--from", file, "--tz", "Asia/Tokyo"];
    return tegata([...words, "--home", home, ...more], options);
  };
  return { folder, file, home, create };
}

/** A person at a terminal who gives one answer. */
function person(answer: string): RunOptions {
  const stdin = new PassThrough();
  let asked = false;
  const onStderr = (text: string): void => {
    if (asked || !text.includes("[Y/n]")) return;
    asked = true;
    stdin.write(`${answer}\n`);
  };
  return { stdin, onStderr, isTty: true };
}

test("a sample without a row says that it needs one", async () => {
  const { file, home } = await place("");
  for (const [text, said] of [
    ["\n\n", "expected a line with a JSON object, whose keys name the columns"],
    ["[1]\n", "expected a JSON object"],
  ] as const) {
    const empty = `${file}.ndjson`;
    writeFileSync(empty, text);
    const words = ["streams", "create", "press-3", "--from", empty, "--dry-run", "--home", home];
    const { exit, stderr } = await tegata(words);
    expect([exit, stderr]).toEqual([9, expect.stringContaining(said)]);
  }
});

describe("a stream drawn from a sample", () => {
  test("shows fields, types, units, facets, examples, the time column and what others see", async () => {
    const { create } = await place(
      "日時,荷重 [kN],品質判定\n2026/11/22 9:05,1840.5,OK\n2026/11/22 9:06,1841,NG\n",
    );
    const { exit, stdout, stderr } = await create(["--dry-run"]);
    expect([exit, stderr]).toEqual([0, "Nothing was made.\n"]);
    expect(stdout.split("\n")).toEqual([
      "Field     Type     Unit  Facet    Example",
      "日時      time           quality  2026/11/22 9:05",
      "荷重      decimal  kN    process  1840.5",
      "品質判定  text           quality  OK",
      "Times: column 日時, read as time of Asia/Tokyo (else --tz ZONE).",
      "Facets quality, process are proposed by the names; --facet NAME=FIELD,… says otherwise, --facet data=* makes one.",
      expect.stringContaining("Others see: a stream of Kato Press, category other, 2 facets"),
      "A stream stays: it can be neither deleted nor changed.",
      "",
    ]);
    expect((await create(["--dry-run", "--facet", "data=*"])).stdout).not.toContain("proposed");
  });

  test("stays in one facet where a single name does not say where it belongs", async () => {
    const { create } = await place("force,verdict,xyz\n1,OK,3\n");
    const { stdout } = await create(["--dry-run", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ facets: ["data"] });
  });

  test("names cells that would be refused with line, field and remedy, and keeps the type", async () => {
    const { create } = await place(
      'ts;force;oil\n45000.5;"1,5";1\n45000.6;"2,5";#N/A\n45001;3;2\n',
    );
    const { stdout } = await create(["--dry-run"]);
    expect(stdout).toMatch(/^force {2,}decimal/m);
    expect(stdout).toMatch(/^oil {2,}integer/m);
    expect(stdout).toContain("line 2: force: expected a number with a decimal point");
    expect(stdout).toContain("line 3: oil: expected a whole number, or an empty cell");
    expect(stdout).toContain("line 2: ts: expected a time, not a day counted by a spreadsheet");
    expect(stdout).toContain("    next: --decimal comma reads 1,5 as 1.5");
    expect(stdout).toContain("Times: no column");
  });

  test("says where its times are when they count from 1970, say their zone, or may be one of several", async () => {
    const line = async (sample: string, ...more: string[]): Promise<string> => {
      const { stdout } = await (await place(sample)).create(["--dry-run", ...more]);
      return stdout.split("\n").find((text) => text.startsWith("Times:")) ?? "";
    };
    expect(await line("ts,x\n1763802300,1\n")).toContain("--time ts --time-unit s");
    expect(await line("ts,x\n1763802300123,1\n")).toContain("--time ts --time-unit ms");
    expect(await line("at,x\n2026-11-22T09:00:00Z,1\n")).toBe(
      "Times: column at; it says its zone itself.",
    );
    const several = "start,end,x\n2026-11-22 09:00,2026-11-22 09:01,1\n";
    expect(await line(several)).toContain("one of start, end");
    expect(await line(several, "--time", "start")).toContain("column start, read as");
    expect(await line("time,end\n2026-11-22 09:00,2026-11-22 09:01\n")).toContain("column time,");
  });

  test("is made only after a yes at a terminal, and without asking with --yes", async () => {
    const { create } = await place("force,x\n1,2\n");
    const no = await create([], person("n"));
    expect(no.exit).toBe(2);
    expect(no.stderr).toContain("Others see:");
    expect(no.stderr).toContain("no stream was made");
    // Nobody answers at the gateway: the refusal shows that the command went on.
    for (const ran of [
      await create([], person("")),
      await create([]),
      await create(["--yes"], person("n")),
    ]) {
      expect(ran.stderr).not.toContain("no stream was made");
      expect(ran.stderr).toContain("code: GATEWAY_UNREACHABLE");
      expect(ran.exit).not.toBe(2);
    }
  });

  test("has its header found under titles, in CP932 and with semicolons, or named with --header", async () => {
    const title = "プレス3号機 日報;;\n;;\n時刻;荷重;判定\n2026/11/22 9:05;1840;OK\n";
    const { create, file } = await place(title);
    const found = await create(["--dry-run"]);
    expect(found.stderr).toContain("The names of the columns stand in line 3.");
    expect(found.stdout).toContain("Times: column 時刻");
    writeFileSync(file, "Machine,Press 3\nDate,today\ntime,force\n2026-11-22,1\n");
    const named = await create(["--dry-run", "--header", "3"]);
    expect(named.stdout).toMatch(/^force {2,}integer/m);
    expect(named.stderr).toBe("Nothing was made.\n");
  });

  test.each([
    ["a.json", '{\n "a": [1]\n}\n', "one JSON document"],
    ["a.qif", '<?xml version="1.0"?>\n<QIF/>\n', "it is XML"],
    ["a.xlsx", "PK\u0003\u0004 xl/workbook.xml", "Excel workbook"],
  ])("cannot come from %s, which is a document", async (name, text, why) => {
    const { folder, home } = await place("a\n1\n");
    writeFileSync(join(folder, name), text);
    const from = ["--from", join(folder, name), "--home", home];
    const { exit, stderr } = await tegata(["streams", "create", "press-3", ...from]);
    expect(exit).toBe(2);
    expect(stderr).toContain(why);
    expect(stderr).toContain(`tegata --home ${home} submit NAME FILE --file`);
    expect(stderr).toContain("code: CLI_FORMAT_UNKNOWN");
  });
});

describe("submitting a file", () => {
  const rows = "日報,,\n\ntime,item,value\n2026-11-02T00:00:00Z,load,1\nyesterday,load,2\n";

  async function submit(text: string | Uint8Array, ...more: readonly string[]) {
    const folder = temporaryFolder();
    const gateway = new WatchedGateway(join(folder, "home"));
    await gateway.start();
    const file = join(folder, "rows.csv");
    writeFileSync(file, text);
    const words = ["submit", "press-3", file, "--home", gateway.home, "--backfill", "--no-wait"];
    return { ...(await tegata([...words, ...more])), gateway, folder };
  }

  test("finds the header under a title as creating the stream did, and says so", async () => {
    const { exit, stderr, gateway } = await submit(
      rows.replace("yesterday", "2026-11-02T00:00:01Z"),
    );
    expect(stderr).toContain("The names of the columns stand in line 3.");
    expect(exit).toBe(0);
    expect(gateway.cells("value")).toEqual(["1", "2"]);
  });

  test("lists what --skip-invalid leaves out in a file that spreadsheets open", async () => {
    const list = join(temporaryFolder(), "rejects.csv");
    const { exit, stderr, gateway } = await submit(rows, "--skip-invalid", "--rejects", list);
    expect(exit).toBe(0);
    expect(gateway.cells("value")).toEqual(["1"]);
    expect(stderr).toContain(`1 row is listed in ${list}`);
    const [titles, ...lines] = readFileSync(list, "utf8").trimEnd().split("\n");
    expect(titles).toBe("\ufeffline,field,expected,got,next");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^5,time,.*,yesterday,/);
  });

  test("never writes the list over a file, and leaves none where nothing was left out", async () => {
    const taken = join(temporaryFolder(), "mine.csv");
    writeFileSync(taken, "mine");
    const refused = await submit(rows, "--skip-invalid", "--rejects", taken);
    expect(refused.stderr).toContain("CLI_FILE_NOT_WRITTEN");
    expect(refused.gateway.rows).toEqual([]);
    expect(readFileSync(taken, "utf8")).toBe("mine");
    const fresh = join(temporaryFolder(), "none.csv");
    const good = rows.replace("yesterday", "2026-11-02T00:00:01Z");
    expect((await submit(good, "--skip-invalid", "--rejects", fresh)).exit).toBe(0);
    expect(existsSync(fresh)).toBe(false);
    expect((await submit(rows, "--rejects", fresh)).stderr).toContain("--skip-invalid");
  });
});
