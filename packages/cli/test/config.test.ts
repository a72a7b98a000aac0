import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const whole = '[network]\nname = "Chubu Press"\n\n[company]\nhandle = "kato"\n';

function homeWith(text: string | null): { readonly home: string; readonly file: string } {
  const home = temporaryFolder();
  const file = join(home, "config.toml");
  if (text !== null) writeFileSync(file, text);
  return { home, file };
}

interface Item {
  readonly name: string;
  readonly value: unknown;
  readonly origin: Readonly<Record<string, unknown>>;
}

function itemsOf(stdout: string): ReadonlyMap<string, Item> {
  const { items } = JSON.parse(stdout) as { readonly items: readonly Item[] };
  return new Map(items.map((item) => [item.name, item]));
}

describe("tegata config show", () => {
  test("says what holds and where it comes from", async () => {
    const { home, file } = homeWith(`${whole}[log]\nlevel = "warn"\n`);
    const env = { TEGATA_API_PORT: "none" };
    const line = ["config", "show", "--home", home, "--set", "log.level=debug"];
    const { exit, stdout } = await tegata([...line, "--json"], { env });
    expect(exit).toBe(0);
    const items = itemsOf(stdout);
    expect(items.get("log.level")).toMatchObject({
      value: "debug",
      origin: { type: "flag", flag: "--set log.level" },
    });
    expect(items.get("api.port")).toMatchObject({
      value: "none",
      origin: { type: "environment", variable: "TEGATA_API_PORT" },
    });
    expect(items.get("company.handle")?.origin).toEqual({ type: "file", path: file, line: 5 });
    expect(items.get("backup.keep")).toMatchObject({ value: 7, origin: { type: "default" } });
    const shown = await tegata([...line, "--origin"], { env });
    expect(shown.stdout).toContain(`"kato"`);
    expect(shown.stdout).toMatch(/company\.handle +"kato" +\S+config\.toml line 5/);
    expect(shown.stdout).toMatch(/api\.port +"none" +TEGATA_API_PORT/);
    expect((await tegata(line, { env })).stdout).not.toContain("TEGATA_API_PORT");
  });

  test("finds the file of a person in the folders of the system, and everything under --home", async () => {
    const folder = temporaryFolder();
    const [config, data] = [join(folder, "config"), join(folder, "data")];
    const env = { XDG_CONFIG_HOME: config, XDG_DATA_HOME: data };
    mkdirSync(join(config, "tegata"), { recursive: true });
    mkdirSync(join(data, "tegata"), { recursive: true });
    writeFileSync(join(config, "tegata", "config.toml"), whole);
    const handleOf = async (words: readonly string[] = []): Promise<unknown> => {
      const { stdout } = await tegata(["config", "show", "--json", ...words], { env });
      return itemsOf(stdout).get("company.handle")?.value;
    };
    expect(await handleOf()).toBe("kato");
    const same = await tegata(["config", "show", "--home", join(data, "tegata"), "--json"], {
      env,
    });
    expect(itemsOf(same.stdout).get("company.handle")?.value).toBe("kato");
    const { home } = homeWith(whole.replace("kato", "mori"));
    expect(await handleOf(["--home", home])).toBe("mori");
    // Settings that lie with the data stay where they are.
    writeFileSync(join(data, "tegata", "config.toml"), whole.replace("kato", "toda"));
    expect(await handleOf()).toBe("toda");
  });

  test("takes the config.json of an older version over", async () => {
    const { home, file } = homeWith(null);
    const old = { format: "tegata-config/1", network: "Chubu", company: "kato", gatewayPort: null };
    writeFileSync(join(home, "config.json"), JSON.stringify(old));
    const { stdout } = await tegata(["config", "show", "--home", home, "--json"]);
    expect(itemsOf(stdout).get("api.port")).toMatchObject({ value: "none" });
    expect(readFileSync(file, "utf8")).toContain('handle = "kato"');
    expect(existsSync(join(home, "config.json"))).toBe(false);
    expect(existsSync(join(home, "config.json.old"))).toBe(true);
  });
});

describe("tegata config check", () => {
  test("says that settings can be used", async () => {
    const { home, file } = homeWith(whole);
    const { exit, stdout } = await tegata(["config", "check", "--home", home]);
    expect([exit, stdout]).toEqual([
      0,
      `The settings of kato on Chubu Press can be used: ${file}.\n`,
    ]);
  });

  test("lists what is wrong with its lines, what it may be and what was probably meant", async () => {
    const wrong =
      '[network]\nname = "Chubu"\nlissten = []\n[compny]\nhandle = "kato"\n[api]\nport = "x"\n';
    const { home, file } = homeWith(wrong);
    const env = { TEGATA_LOG_LEVL: "debug" };
    const { exit, stderr } = await tegata(["config", "check", "--home", home], { env });
    expect(exit).toBe(78);
    expect(stderr.split("\n")).toEqual([
      "error: the settings cannot be used",
      `  why:  5 things are wrong in ${file} and the environment; nothing was changed`,
      "  line 3: network.lissten: expected a setting that exists (did you mean network.listen?)",
      "  line 5: compny.handle: expected a setting that exists (did you mean company.handle?)",
      '  line 7: api.port: expected a port (0 takes a free one), or "none", got "x"',
      "  company.handle: expected text of 1 to 200 characters; it has no default",
      "  TEGATA_LOG_LEVL: expected a setting that exists (did you mean TEGATA_LOG_LEVEL?)",
      `  next: correct it; tegata --home ${home} config check looks again, tegata help config tells what there is`,
      "  code: SETTINGS_REFUSED",
      "",
    ]);
    const { stdout } = await tegata(["config", "check", "--home", home, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "tegata.error/1",
      code: "SETTINGS_REFUSED",
      problemCount: 4,
      problems: [{ line: 3, field: "network.lissten" }, { line: 5 }, { line: 7 }, {}],
    });
    expect(readFileSync(file, "utf8")).toBe(wrong);
  });

  test("says where a file is no TOML", async () => {
    const { home } = homeWith('[network]\nname = "Chubu\n');
    const { exit, stderr } = await tegata(["config", "check", "--home", home]);
    expect(exit).toBe(78);
    expect(stderr).toMatch(/\n {2}line 2: expected TOML \(.+\)\n/);
  });

  test("never repeats a secret that was put among the settings", async () => {
    const { home } = homeWith(`${whole}[company.keys]\npassphrase = "hunter2"\n`);
    const { exit, stdout, stderr } = await tegata(["config", "check", "--home", home, "--json"]);
    expect(exit).toBe(78);
    expect(stderr).toContain("--passphrase-file");
    expect(stdout + stderr).not.toContain("hunter2");
  });
});

test("help has a page on every setting", async () => {
  const { exit, stdout } = await tegata(["help", "config"]);
  expect(exit).toBe(0);
  expect(stdout).toContain("network.joinListen");
  expect(stdout).toContain("api.port = 7201");
});
