import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { type RunOptions, tegata, temporaryFolder } from "./command-helpers.ts";
import { WatchedGateway } from "./watched-gateway.ts";

let folder: string;
let gateway: WatchedGateway;

beforeEach(async () => {
  folder = temporaryFolder();
  gateway = new WatchedGateway(join(folder, "home"), [
    { name: "time", type: "time" },
    { name: "force", type: "decimal" },
  ]);
  await gateway.start();
});

function file(text: string): string {
  const path = join(folder, "rows.csv");
  writeFileSync(path, text);
  return path;
}

function submit(text: string, ...more: readonly string[]) {
  const words = ["submit", "press-3", file(text), "--home", gateway.home];
  return tegata([...words, "--backfill", "--no-wait", "--tz", "UTC", ...more]);
}

describe("dates that do not begin with their year", () => {
  test("are published with the year first where some row tells the order, and it is said", async () => {
    const { exit, stderr } = await submit("time,force\n05/06/2026 7:00,1\n22/05/2026 9:05,2\n");
    expect(exit).toBe(0);
    expect(stderr).toContain(
      "Dates in time: the day stands first, 22/05/2026 9:05 is 2026-05-22 09:05",
    );
    expect(gateway.cells("time")).toEqual(["2026-06-05 07:00", "2026-05-22 09:05"]);
    expect(gateway.rows.map(({ timeMs }) => timeMs)).toEqual([
      Date.UTC(2026, 5, 5, 7),
      Date.UTC(2026, 4, 22, 9, 5),
    ]);
  });

  test("are refused with both readings and the flag where no row tells, and read with it", async () => {
    const text = "time,force\n05/06/2026 7:00,1\n06/06/2026 7:00,2\n";
    const refused = await submit(text);
    expect(refused.exit).toBe(9);
    expect(refused.stderr).toContain(
      "lines 2 and 3: time: expected a date that can be read in one way only; this is " +
        '2026-06-05 07:00 or 2026-05-06 07:00, got "05/06/2026 7:00"',
    );
    expect(refused.stderr).toContain("--date-order dmy or --date-order mdy");
    expect(gateway.rows).toEqual([]);
    expect((await submit(text, "--date-order", "mdy")).exit).toBe(0);
    expect(gateway.cells("time")).toEqual(["2026-05-06 07:00", "2026-06-06 07:00"]);
    expect((await submit(text, "--date-order", "odd")).stderr).toContain("dmy, mdy, ymd");
  });

  test("are refused where a row contradicts the others, or the order that was said", async () => {
    const text = "time,force\n22/05/2026,1\n05/22/2026,2\n";
    const contradicted = await submit(text);
    expect(contradicted.exit).toBe(9);
    expect(contradicted.stderr).toMatch(/lines 2 and 3: time: expected a time that begins with/);
    const said = await submit(text, "--date-order", "dmy");
    expect(said.exit).toBe(9);
    expect(said.stderr).toMatch(/line 3: time: expected a time that begins with its year/);
    expect(gateway.rows).toEqual([]);
  });

  test("are read the same way in a watched folder, which refuses those that tell nothing", async () => {
    const inbox = join(folder, "inbox");
    mkdirSync(inbox);
    writeFileSync(join(inbox, "a.csv"), "time,force\n22.05.2026 07:00,1\n");
    writeFileSync(join(inbox, "b.csv"), "time;force\n05.06.2026 07:00;1,5\n");
    const words = ["watch", "press-3", inbox, "--home", gateway.home, "--once", "--backfill"];
    const watch = (...more: readonly string[]) => tegata([...words, "--settle", "10ms", ...more]);
    await watch("--decimal", "comma");
    expect(gateway.cells("time")).toEqual(["2026-05-22 07:00"]);
    const told = readFileSync(join(inbox, "refused", "b.csv.txt"), "utf8");
    expect(told).toContain("2026-06-05 07:00 or 2026-05-06 07:00");
  });
});

describe("decimal commas", () => {
  const german = "time;force\n2026-05-22 07:00;1800,5\n2026-05-22 07:01;1.800,75\n";

  test("are refused in one line with the cure, and published exactly with it", async () => {
    const refused = await submit(german);
    expect(refused.exit).toBe(9);
    expect(refused.stderr).toMatch(/^ {2}lines 2 and 3: force: .*got "1800,5"$/m);
    expect(refused.stderr).toMatch(/next: --decimal comma reads 1,5 as 1\.5/);
    expect((await submit(german, "--decimal", "comma")).exit).toBe(0);
    expect(gateway.cells("force")).toEqual([{ decimal: "1800.5" }, { decimal: "1800.75" }]);
  });

  test("never make a point to a separator of thousands in silence", async () => {
    const { exit, stderr } = await submit(
      `${german}2026-05-22 07:02;1.800\n`,
      "--decimal",
      "comma",
    );
    expect(exit).toBe(9);
    expect(stderr).toMatch(/line 4: force: expected a number with a decimal comma.*got "1.800"/);
    expect(gateway.rows).toEqual([]);
  });
});

describe("a stream drawn from such a file", () => {
  async function create(text: string, more: readonly string[] = [], options: RunOptions = {}) {
    const home = join(folder, "kato");
    const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
    const card = ["card", "--home", home, ...who, "--address", "/ip4/127.0.0.1/tcp/7000"];
    await tegata([...card, "--dev-keys", "--passphrase-file", "-"], {
      stdin: new PassThrough().end("correct horse\n"),
    });
    const words = ["streams", "create", "press-3", "--from", file(text), "--tz", "UTC"];
    return tegata([...words, "--home", home, ...more], options);
  }

  test.each([
    ["22/11/2026 9:05", "the day stands first, 22/11/2026 9:05 is 2026-11-22 09:05"],
    ["11/22/2026 9:05 AM", "the month stands first, 11/22/2026 9:05 AM is 2026-11-22 09:05"],
    ["22.11.2026 09:00", "the day stands first"],
    ["22-Nov-26 09:00:00", "Times: column time, read as time of UTC"],
  ])("with %s has a time column and says how it is read", async (text, said) => {
    const { exit, stdout } = await create(`time,force\n${text},1\n`, ["--dry-run"]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^time {2,}time/m);
    expect(stdout).toContain(said);
    expect(stdout).not.toContain("no column");
  });

  test.each([
    ["time,force\n05/06/2026,1\n", "--date-order dmy or --date-order mdy"],
    ["time;force\n2026-05-22;1800,5\n", "--decimal comma reads 1,5 as 1.5"],
    ["time,force\nKW 21 9:05,1\n", 'time looks like times, but "KW 21 9:05" cannot be read'],
    ["日時,force\n2026年第21週,1\n", "日時 looks like times"],
    ["Date,Time,force\n2026-11-22,9:05,1\n", "Date says the day alone and Time the time of day"],
  ])("is not made unasked where times or numbers cannot be read: %s", async (text, said) => {
    const silent = await create(text);
    expect(silent.exit).toBe(2);
    expect(silent.stderr).toContain(said);
    expect(silent.stderr).toContain("nobody was asked, so no stream was made");
    const stdin = new PassThrough();
    let asked = false;
    const onStderr = (told: string): void => {
      if (asked || !told.includes("[y/N]")) return;
      asked = true;
      stdin.write("\n");
    };
    const asking = await create(text, [], { stdin, onStderr, isTty: true });
    expect(asking.exit).toBe(2);
    expect(asking.stderr).toContain("error: no stream was made\n  why:  the answer was no");
    expect(
      (await create(text, ["--dry-run", "--decimal", "comma", "--date-order", "dmy"])).exit,
    ).toBe(0);
  });

  test("does not take versions, part numbers and clock times beside a time for dates", async () => {
    const text = "time,version,part,took\n2026-11-22 09:00,1.2.26,12-11-26,01:23:45\n";
    const { stdout } = await create(text, ["--dry-run"]);
    expect(stdout).toMatch(/^version {2,}text/m);
    expect(stdout).toMatch(/^part {2,}text/m);
    expect(stdout).toContain("Times: column time, read as time of UTC");
  });
});

describe("a file without rows", () => {
  test("is told to be empty", async () => {
    for (const text of ["", "\ufeff"]) {
      const { exit, stderr } = await submit(text);
      expect(exit).toBe(2);
      expect(stderr).toContain("it is empty");
    }
  });
});
