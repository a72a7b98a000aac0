import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTegata } from "../../../test/helpers/command.ts";
import { until } from "../../../test/helpers/waiting.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { WatchedGateway } from "./watched-gateway.ts";

interface Place {
  readonly folder: string;
  readonly gateway: WatchedGateway;
  /** Runs the command until the folder is empty. */
  once(...words: readonly string[]): Promise<Awaited<ReturnType<typeof tegata>>>;
  put(name: string, text: string | Uint8Array): Promise<string>;
  read(name: string): Promise<string>;
  names(below: string): Promise<readonly string[]>;
}

async function place(): Promise<Place> {
  const root = temporaryFolder();
  const folder = join(root, "share");
  await mkdir(folder);
  const gateway = new WatchedGateway(join(root, "home"));
  await gateway.start();
  const words = ["watch", "press-3", folder, "--home", gateway.home, "--backfill"];
  return {
    folder,
    gateway,
    once: (...more) => tegata([...words, "--once", "--settle", "1ms", ...more]),
    put: async (name, text) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    },
    read: (name) => readFile(join(folder, name), "utf8"),
    names: async (below) => (await readdir(join(folder, below))).sort(),
  };
}

function csv(first: number, count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    return `2026-11-02T00:00:00.${`${index}`.padStart(3, "0")}Z,load,${first + index}\n`;
  });
  return `time,item,value\n${rows.join("")}`;
}

function values(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${first + index}`);
}

test("finished files go out, the one changed longest ago first, and lie in done afterwards", async () => {
  const { folder, gateway, once, put, names } = await place();
  const second = await put("a.csv", csv(100, 3));
  const first = await put("b.csv", csv(0, 3));
  await utimes(second, 1_700_000_002, 1_700_000_002);
  await utimes(first, 1_700_000_001, 1_700_000_001);
  await put("c.ndjson", '{"time":"2026-11-02T00:00:00Z","item":"load","value":"7"}\n');
  await put("d.shdr", "2026-11-02T00:00:00Z|load|8\n");
  for (const name of [".e.csv.Xa81", "~$f.csv", "g.csv.tmp", "h.part"]) await put(name, csv(0, 1));
  await put("empty.csv", "");
  const { exit, stdout } = await once("--json");
  expect(exit).toBe(0);
  expect(gateway.cells("value")).toEqual([...values(0, 3), ...values(100, 3), "7", "8"]);
  expect(await names("done")).toEqual(["a.csv", "b.csv", "c.ndjson", "d.shdr"]);
  expect(await names("refused")).toEqual([]);
  expect((await readdir(folder)).length).toBe(7);
  const told = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(told[0]).toEqual({
    ...{ schema: "tegata.watch/1", event: "published", file: "b.csv", rows: 3 },
    ...{ replayedRows: 0, leftOutRows: 0, movedTo: "done/b.csv" },
  });
});

test("a file with a mistake goes to refused whole, with line, field and remedy beside it", async () => {
  const { gateway, once, put, read, names } = await place();
  await put("bad.csv", `${csv(0, 2)}2026-13-02,load,9\n`);
  await put("good.csv", csv(10, 1));
  const { exit, stdout } = await once();
  expect(exit).toBe(9);
  expect(gateway.cells("value")).toEqual(["10"]);
  expect(await names("refused")).toEqual(["bad.csv", "bad.csv.txt"]);
  const text = await read("refused/bad.csv.txt");
  expect(text.startsWith("\ufeffbad.csv was not published")).toBe(true);
  expect(text).toContain("line 4: time: expected a time");
  expect(text).toMatch(/next: correct the time.*\r\n/);
  expect(stdout).toContain("bad.csv: refused (CLI_ROWS_REFUSED) → refused/bad.csv");
  await put("bad.csv", "[1,2]\n");
  await once();
  expect(await names("refused")).toEqual(["bad-2.csv", "bad-2.csv.txt", "bad.csv", "bad.csv.txt"]);
});

test("with --rejects every row that is left out is listed, also beyond what fits on a page", async () => {
  const { gateway, once, put, read, names } = await place();
  await put("bad.csv", `${csv(0, 2)}${"2026-13-02,load,9\n".repeat(30)}`);
  const alone = await once("--rejects");
  expect(alone.exit).toBe(2);
  expect((await once("--skip-invalid", "--rejects")).exit).toBe(0);
  expect(gateway.cells("value")).toEqual(["0", "1"]);
  const [list = "", ...others] = await names("refused");
  expect([list, others]).toEqual([
    expect.stringMatching(/^bad\.csv\.[0-9a-f]{8}\.rejects\.csv$/),
    ["bad.csv.txt"],
  ]);
  const lines = (await read(`refused/${list}`)).trimEnd().split("\n");
  expect(lines).toHaveLength(31);
  expect(lines[30]).toMatch(/^33,time,.*2026-13-02/);
});

test("with --header the names of the columns stand in that line of every file", async () => {
  const { gateway, once, put } = await place();
  await put("titled.csv", `time,item,of\npress 3,line 1,shift 2\n${csv(0, 2)}`);
  expect((await once("--header", "3")).exit).toBe(0);
  expect(gateway.cells("value")).toEqual(["0", "1"]);
});

test("with --skip-invalid the others go out and the text names what was left out", async () => {
  const { gateway, once, put, read } = await place();
  await put("bad.csv", `${csv(0, 2)}2026-13-02,load,9\n`);
  expect((await once("--skip-invalid")).exit).toBe(0);
  expect(gateway.cells("value")).toEqual(["0", "1"]);
  expect(await read("refused/bad.csv.txt")).toContain("line 4: time: expected a time");
});

test("the same content is published once, whatever it is called, and said to be the same", async () => {
  const { gateway, once, put, names } = await place();
  await put("first.csv", csv(0, 5));
  await once();
  await put("again.csv", csv(0, 5));
  await put("first.csv", csv(0, 5));
  const { exit, stdout } = await once();
  expect(exit).toBe(0);
  expect(stdout).toMatch(
    /again\.csv: the same content as first\.csv, published 20.*done\/again\.csv/,
  );
  expect(gateway.rows.length).toBe(5);
  expect(gateway.replayed).toBe(0);
  expect(await names("done")).toEqual(["again.csv", "first-2.csv", "first.csv"]);
});

test("rows without times get the time at which their file last changed", async () => {
  const root = temporaryFolder();
  const gateway = new WatchedGateway(join(root, "home"), [{ name: "value", type: "text" }]);
  await gateway.start();
  const path = join(root, "values.csv");
  await writeFile(path, "value\n1\n2\n");
  await utimes(path, 1_790_000_000, 1_790_000_000);
  const words = ["watch", "press-3", root, "--home", gateway.home, "--backfill", "--once"];
  expect((await tegata([...words, "--settle", "1ms"])).exit).toBe(0);
  expect(gateway.rows.map(({ timeMs }) => timeMs)).toEqual([1_790_000_000_000, 1_790_000_000_000]);
});

test("a file that still grows is left alone, and goes out whole once it is finished", async () => {
  const { folder, gateway, put, names, once } = await place();
  const path = await put("growing.csv", csv(0, 1));
  const waiting = once("--settle", "600ms");
  for (let index = 1; index < 20; index += 1) {
    await appendFile(path, csv(index, 1).split("\n").slice(1).join("\n"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(gateway.rows.length).toBe(0);
  }
  expect((await waiting).exit).toBe(0);
  expect(gateway.cells("value")).toEqual(values(0, 20));
  expect(await names("done")).toEqual(["growing.csv"]);
  expect(folder).not.toBe("");
});

test("a file that grows while its rows go out is set aside with the number of rows that are safe", async () => {
  const { gateway, put, names, read, once } = await place();
  const path = await put("log.csv", csv(0, 4));
  let calls = 0;
  gateway.refuse = () => {
    calls += 1;
    return calls < 3 ? { status: 507, code: "GATEWAY_OUTBOX_FULL" } : null;
  };
  const ended = once("--json");
  await until("the first try", () => calls > 0);
  await appendFile(path, "2026-11-02T01:00:00Z,load,99\n");
  expect((await ended).exit).toBe(9);
  expect(gateway.cells("value")).toEqual(values(0, 4));
  expect(await names("refused")).toEqual(["log.csv", "log.csv.txt"]);
  expect(await read("refused/log.csv.txt")).toContain("the first 4 rows are safe");
  expect(await names("done")).toEqual([]);
});

test("a gateway that is away or full is waited for and said once, and nothing is doubled", async () => {
  const { gateway, put, once } = await place();
  await put("a.csv", csv(0, 9_000).replaceAll(/\.\d+Z/g, "Z"));
  let taken = 0;
  let ended: ReturnType<typeof once> | null = null;
  gateway.taken = () => {
    taken += 1;
    // Killed after it has the rows and before it says so.
    if (taken === 2) void gateway.stop().then(() => gateway.start());
  };
  ended = once("--json");
  const { exit, stdout } = await ended;
  expect(exit).toBe(0);
  expect(gateway.cells("value")).toEqual(values(0, 9_000));
  expect(gateway.replayed).toBe(1);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).event);
  expect(events).toEqual(["waiting", "again", "published"]);
});

test("a refusal that is not about the rows ends the watch and leaves the file where it is", async () => {
  const { gateway, put, once, folder } = await place();
  await put("a.csv", csv(0, 1));
  gateway.refuse = () => ({ status: 403, code: "GATEWAY_NOT_OWNER" });
  const { exit, stderr } = await once();
  expect([exit, stderr.includes("GATEWAY_NOT_OWNER")]).toEqual([4, true]);
  expect(await readdir(folder)).toContain("a.csv");
});

test("a dry run says what fits and moves nothing", async () => {
  const { folder, gateway, put } = await place();
  await put("a.csv", csv(0, 2));
  await put("b.csv", "time,item\n");
  const words = ["watch", "press-3", folder, "--home", gateway.home, "--backfill", "--dry-run"];
  const { stdout } = await tegata(words);
  expect(stdout).toContain("a.csv: 2 rows fit\n");
  expect(stdout).toMatch(/b\.csv: does not fit\n[\s\S]*value/);
  expect(gateway.rows).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual(["a.csv", "b.csv"]);
});

test("a folder that is not there is refused at the start, waited for later; two watches exclude each other", async () => {
  const { folder, gateway } = await place();
  const words = ["watch", "press-3", folder, "--home", gateway.home, "--settle", "1ms"];
  await rm(folder, { recursive: true });
  const missing = await tegata([...words, "--once"]);
  expect([missing.exit, missing.stderr.includes("COLLECT_FOLDER_UNUSABLE")]).toEqual([3, true]);
  await mkdir(folder);

  const running = startTegata([...words, "--backfill", "--json"], {
    ...{ folder: gateway.home, home: gateway.home, input: null },
  });
  const events: { readonly event: string }[] = [];
  running.process.stdout?.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString("utf8").trimEnd().split("\n")) events.push(JSON.parse(line));
  });
  const told = (name: string) => until(name, () => events.some(({ event }) => event === name));
  await until("it watches", async () => (await readdir(folder)).length === 2);
  const second = await tegata([...words, "--once"]);
  expect([second.exit, second.stderr.includes("COLLECT_RUNNING")]).toEqual([6, true]);

  await rename(folder, `${folder}-away`);
  await told("folder-gone");
  await rename(`${folder}-away`, folder);
  await told("folder-back");
  await writeFile(join(folder, "a.csv"), csv(0, 2));
  await told("published");
  running.process.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
  expect(gateway.cells("value")).toEqual(["0", "1"]);
});

test("killed at any moment, it goes on and publishes each row of each file once", async () => {
  const { folder, gateway } = await place();
  const files = 4;
  const perFile = 4_500;
  for (let file = 0; file < files; file += 1) {
    await writeFile(
      join(folder, `${file}.csv`),
      csv(file * perFile, perFile).replaceAll(/\.\d+Z/g, "Z"),
    );
  }
  const words = ["watch", "press-3", folder, "--home", gateway.home];
  const start = () =>
    startTegata([...words, "--backfill", "--once", "--settle", "1ms"], {
      ...{ folder: gateway.home, home: gateway.home, input: null },
    });
  // Between the answer of the gateway and the next step, wherever that is.
  for (const after of [1, 4]) {
    const running = start();
    let taken = 0;
    gateway.taken = () => {
      taken += 1;
      if (taken === after) running.process.kill("SIGKILL");
    };
    await running.ended;
  }
  gateway.taken = () => undefined;
  expect((await start().ended).code).toBe(0);
  expect([...gateway.cells("value")].map(Number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: files * perFile }, (_, index) => index),
  );
  expect(gateway.replayed).toBeGreaterThan(0);
  expect((await readdir(join(folder, "done"))).length).toBe(files);
});

test("a file that was changed after a watch was killed in it is refused, and its name is free again", async () => {
  const { folder, gateway, put } = await place();
  await put("a.csv", csv(0, 9_000));
  const words = ["watch", "press-3", folder, "--home", gateway.home];
  const more = ["--backfill", "--once", "--settle", "1ms"];
  const running = startTegata([...words, ...more], {
    ...{ folder: gateway.home, home: gateway.home, input: null },
  });
  gateway.taken = () => void running.process.kill("SIGKILL");
  await running.ended;
  gateway.taken = () => undefined;
  const sent = gateway.rows.length;
  await put("a.csv", csv(0, 9_010));
  await tegata([...words, ...more]);
  expect([gateway.rows.length, gateway.replayed]).toEqual([sent, 0]);
  const note = await readFile(join(folder, "refused", "a.csv.txt"), "utf8");
  expect(note).toContain("CLI_INPUT_CHANGED");
  expect(note).toContain("may have been published");
  await put("a.csv", csv(20_000, 3));
  expect((await tegata([...words, ...more])).exit).toBe(0);
  expect(gateway.rows.length).toBe(sent + 3);
}, 60_000);

test("names that are no text are told of, and the other files go out", async () => {
  const { folder, gateway, put } = await place();
  const badly = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x83, 0x76, 0x2e, 0x63])]);
  await writeFile(badly, csv(0, 1));
  await put("a.csv", csv(0, 1));
  const words = ["watch", "press-3", folder, "--home", gateway.home, "--settle", "1ms"];
  const { exit, stdout } = await tegata([...words, "--once", "--backfill", "--json"]);
  const told = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(exit).toBe(9);
  expect(told).toContainEqual(expect.objectContaining({ event: "stuck", reason: "EILSEQ" }));
  expect(gateway.cells("value")).toEqual(["0"]);
});

test("JSON stays English where people read Japanese", async () => {
  const { gateway, put, read, folder } = await place();
  await put("bad.csv", `${csv(0, 1)}2026-13-02,load,9\n`);
  const words = ["watch", "press-3", folder, "--home", gateway.home, "--once", "--settle", "1ms"];
  const { stdout } = await tegata([...words, "--lang", "ja", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ event: "refused", file: "bad.csv", movedTo: "refused/bad.csv" },
    error: { code: "CLI_ROWS_REFUSED", problems: expect.any(Array) },
  });
  expect(stdout).not.toMatch(/[ぁ-ん]/);
  expect(await read("refused/bad.csv.txt")).toMatch(/[ぁ-ん]/);
});
