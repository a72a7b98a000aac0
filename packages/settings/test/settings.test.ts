import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  problemText,
  type ResolvedSettings,
  readSettings,
  SettingsError,
  type SettingsErrorCode,
  settingNames,
  settingsFromLine,
  settingsLine,
  settingsTable,
  settingsToml,
  variableOf,
} from "../src/index.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tegata-settings-"));
  file = join(folder, "config.toml");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const whole = '[network]\nname = "Chubu"\n\n[company]\nhandle = "kato"\n';

interface More {
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly oldFile?: string;
}

function read(text: string | null, more: More = {}): ResolvedSettings {
  if (text !== null) writeFileSync(file, text);
  return readSettings({ file, oldFile: null, environment: {}, flags: [], ...more });
}

function errorOf(act: () => unknown): SettingsError {
  try {
    act();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** What is wrong, one sentence each, without the folder. */
function problemsOf(act: () => unknown): readonly string[] {
  const error = errorOf(act);
  expect(error.code).toBe("SETTINGS_REFUSED");
  const { problems } = (error as SettingsError<"SETTINGS_REFUSED">).detail;
  return problems.map((problem) => problemText(problem).replaceAll(`${folder}/`, ""));
}

describe("settings", () => {
  test("come from defaults, the file, the environment and the command line, in this order", () => {
    const text = `${whole}[log]\nlevel = "warn"\n[api]\nport = 7300\n[backup]\nkeep = 3\n`;
    const environment = { TEGATA_LOG_LEVEL: "error", TEGATA_API_PORT: "none", PATH: "/bin" };
    const { settings, origins } = read(text, { environment, flags: ["log.level=debug"] });
    expect(settings).toMatchObject({
      "network.name": "Chubu",
      "network.listen": [],
      "node.validator": true,
      "log.level": "debug",
      "api.port": null,
      "backup.keep": 3,
      dev: false,
    });
    expect(origins["operations.nodePort"]).toEqual({ type: "default" });
    expect(origins["backup.keep"]).toEqual({ type: "file", path: file, line: 11 });
    expect(origins["api.port"]).toEqual({ type: "environment", variable: "TEGATA_API_PORT" });
    expect(origins["log.level"]).toEqual({ type: "flag", flag: "--set log.level" });
  });

  test("need no file where the environment says everything that must be said", () => {
    const environment = {
      TEGATA_NETWORK_NAME: "Chubu",
      TEGATA_COMPANY_HANDLE: "kato",
      TEGATA_NETWORK_LISTEN: "/ip4/0.0.0.0/tcp/7001,/ip6/::/tcp/7001",
      TEGATA_NETWORK_JOIN_LISTEN: "",
      TEGATA_NODE_VALIDATOR: "false",
      TEGATA_NETWORK_PROXY: "http://proxy.example:3128",
      TEGATA_HOME: "/elsewhere",
      TEGATA_TEST_DATA: "/data",
    };
    const { settings } = read(null, { environment });
    expect(settings).toMatchObject({
      "network.listen": ["/ip4/0.0.0.0/tcp/7001", "/ip6/::/tcp/7001"],
      "network.joinListen": [],
      "network.proxy": "http://proxy.example:3128",
      "node.validator": false,
    });
    expect(problemsOf(() => read(null))).toEqual([
      'config.toml: "network.name" is missing',
      'config.toml: "company.handle" is missing',
    ]);
  });

  test("that are unknown, wrong or contradicting are refused all at once with their lines", () => {
    const text = [
      'mode = "fast"',
      "[network]",
      'name = "Chubu"',
      "listen = [",
      '  "/ip4/0.0.0.0/tcp/7001", # = lissten',
      "]",
      "lissten = []",
      "[company]",
      'handle = """',
      "[log]",
      'kato"""',
      "[log]",
      'level = "loud"',
      "[api]",
      "port = 70000",
      "[operations]",
      'nodePort = "7101"',
      "[newtork]",
      "a.b = 1",
      "[backup]",
      "keep = 1.5",
    ].join("\n");
    expect(problemsOf(() => read(text, { flags: ["api.prt=1", "dev"] }))).toEqual([
      'config.toml line 1: there is no setting "mode"',
      'config.toml line 7: there is no setting "network.lissten"',
      'config.toml line 9: "company.handle" must be text of 1 to 200 characters, not "[log]\\nkato"',
      'config.toml line 13: "log.level" must be debug, info, warn, error, not "loud"',
      'config.toml line 15: "api.port" must be a port (0 takes a free one), or "none", not 70000',
      'config.toml line 17: "operations.nodePort" must be a port (0 takes a free one), or "none", not "7101"',
      'config.toml line 19: there is no setting "newtork.a.b"',
      'config.toml line 21: "backup.keep" must be a whole number from 1 to 1000, not 1.5',
      '--set api.prt: there is no setting "api.prt"',
      '--set dev: there is no setting "dev"',
    ]);
    expect(problemsOf(() => read(`${whole}[api]\nport = 7101\n`))).toEqual([
      'config.toml line 7: "api.port" must be a port of its own, not 7101, which operations.nodePort has already',
    ]);
    const listen = 'network.listen = ["/ip4/0.0.0.0/tcp/7201"]\nnetwork.name = "a"\n';
    expect(problemsOf(() => read(`${listen}company = { handle = "kato" }`))).toEqual([
      'config.toml line 1: "network.listen" must be a port of its own, not 7201, which api.port has already',
    ]);
  });

  test("of the environment that do not exist are refused, and secrets are told where they belong", () => {
    const environment = { TEGATA_API_PROT: "1", TEGATA_PASSPHRASE: "hunter2", tegata_api: "x" };
    const told = errorOf(() => read(`${whole}[keys]\npassword = "hunter3"\n`, { environment }));
    const { problems } = (told as SettingsError<"SETTINGS_REFUSED">).detail;
    expect(problems.map(({ rule, name }) => [rule, name])).toEqual([
      ["secret", "keys.password"],
      ["unknown", "TEGATA_API_PROT"],
      ["secret", "TEGATA_PASSPHRASE"],
    ]);
    expect(JSON.stringify([told.message, told.detail])).not.toMatch(/hunter/);
  });

  test("never show a proxy that carries a password", () => {
    for (const wrong of [
      "proxy:3128",
      "https://proxy:3128",
      "http://proxy",
      "http://proxy:65536",
    ]) {
      const flags = [`network.proxy=${wrong}`];
      expect(problemsOf(() => read(whole, { flags }))).toHaveLength(1);
    }
    const flags = ["network.proxy=http://kato:hunter2@proxy:3128"];
    const told = errorOf(() => read(whole, { flags }));
    expect(JSON.stringify([told.message, told.detail])).not.toMatch(/hunter/);
    expect(told.message).toContain("without user and password");
  });

  test.each([
    ["a value without a key", "= 1"],
    ["a key without a value", "dev ="],
    ["an open string", 'dev = "'],
    ["an open list", "dev = [1,"],
    ["a repeated key", "dev = true\ndev = true"],
    ["a repeated table", "[api]\n[api]"],
    ["a table over a value", "dev = true\n[dev]"],
    ["two values on a line", "dev = true api = 1"],
    ["JSON", '{ "dev": true }'],
    ["an endless nest", `dev = ${"[".repeat(5_000)}`],
    ["a control character", "dev = '\u0001'"],
    ["a wrong number", "dev = 0x"],
    ["a wrong escape", 'dev = "\\q"'],
  ])("are refused as a whole with the line of what is no TOML: %s", (_, text) => {
    const problems = problemsOf(() => read(`# one line\n${text}`));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^config\.toml line [23]: this is no TOML: /);
    expect(problems[0]?.split("\n")).toHaveLength(1);
  });

  test.each([
    ["__proto__ = 1"],
    ["[__proto__]\ndev = true"],
    ["constructor.prototype.dev = true"],
    ["[[network]]\nname = 'x'"],
    ["network = 1"],
    ["network = []"],
    ["network = 1979-05-27"],
    ["company.handle = { a = 1 }"],
    ["toString = 1"],
    ["[empty]"],
  ])("take nothing for a setting that is none: %s", (text) => {
    expect(errorOf(() => read(text)).code).toBe("SETTINGS_REFUSED");
    expect(({} as Record<string, unknown>).dev).toBeUndefined();
  });

  test("are read from a file through a link, and from nothing else", () => {
    writeFileSync(join(folder, "real"), whole);
    symlinkSync(join(folder, "real"), file);
    expect(read(null).settings["company.handle"]).toBe("kato");
    const codeOf = (): SettingsErrorCode => errorOf(() => read(null)).code;
    const become = (make: () => void): void => {
      rmSync(file, { recursive: true, force: true });
      make();
    };
    become(() => symlinkSync(join(folder, "nowhere"), file));
    expect(codeOf()).toBe("SETTINGS_UNREADABLE");
    become(() => symlinkSync("/dev/zero", file));
    expect(codeOf()).toBe("SETTINGS_UNREADABLE");
    become(() => mkdirSync(file));
    expect(codeOf()).toBe("SETTINGS_UNREADABLE");
    become(() => execFileSync("mkfifo", [file]));
    expect(codeOf()).toBe("SETTINGS_UNREADABLE");
    become(() => writeFileSync(file, `${whole}#${"x".repeat(65_536)}\n`));
    expect(codeOf()).toBe("SETTINGS_UNREADABLE");
    become(() => writeFileSync(file, Buffer.from(`${whole}# \xff\n`, "latin1")));
    expect(codeOf()).toBe("SETTINGS_UNREADABLE");
    become(() => writeFileSync(file, `\ufeff${whole.replaceAll("\n", "\r\n")}`));
    expect(read(null).settings["company.handle"]).toBe("kato");
  });

  test("have an environment name each, all different", () => {
    expect(variableOf("network.joinListen")).toBe("TEGATA_NETWORK_JOIN_LISTEN");
    expect(new Set(settingNames.map(variableOf)).size).toBe(settingNames.length);
    for (const name of settingNames) expect(settingsTable[name].text).toMatch(/^[A-Z].*\.$/);
  });
});

describe("settings that were written", () => {
  const values = fc.record({
    "network.name": fc.stringMatching(/^[^\p{C}]{1,40}$/u),
    "network.listen": fc.subarray(["/ip4/1.2.3.4/tcp/1", "/dns4/a.example/tcp/65535"]),
    "network.proxy": fc.constantFrom(null, "http://[::1]:8080"),
    "company.handle": fc.stringMatching(/^[^\p{C}]{1,40}$/u),
    "node.validator": fc.boolean(),
    "api.port": fc.constantFrom(null, 0, 7300),
    "backup.folder": fc.constantFrom(null, '/srv/"backup"', "C:\\backup"),
    "log.level": fc.constantFrom("debug" as const, "error" as const),
    dev: fc.boolean(),
  });

  test("are read as they were, from TOML and from a line", () => {
    fc.assert(
      fc.property(values, (given) => {
        const { settings, origins } = read(settingsToml(given, "Kato Press"));
        expect(settings).toMatchObject(given);
        expect(settingsFromLine(settingsLine(settings))).toEqual(settings);
        const lines = Object.values(origins).filter(({ type }) => type === "file");
        expect(lines).toHaveLength(Object.keys(given).length);
      }),
    );
  });

  test("are refused from a line that is not whole", () => {
    for (const line of ["", "null", "[]", "{", '{"network.name":"a"}']) {
      expect(errorOf(() => settingsFromLine(line)).code).toBe("SETTINGS_REFUSED");
    }
  });
});

describe("a config.json of an older version", () => {
  const old = {
    format: "tegata-config/1",
    network: "Chubu",
    company: "kato",
    p2pListen: ["/ip4/0.0.0.0/tcp/7001"],
    operationsPort: null,
    gatewayOperationsPort: 7102,
    gatewayPort: 7201,
    logLevel: "warn",
    dev: true,
  };
  const oldPath = (): string => join(folder, "config.json");
  const convert = (): ResolvedSettings => read(null, { oldFile: oldPath() });

  test("is taken over once and kept", () => {
    writeFileSync(oldPath(), JSON.stringify(old));
    const { settings } = convert();
    expect(settings).toMatchObject({
      "network.name": "Chubu",
      "company.handle": "kato",
      "network.listen": ["/ip4/0.0.0.0/tcp/7001"],
      "operations.nodePort": null,
      "operations.gatewayPort": 7102,
      "api.port": 7201,
      "log.level": "warn",
      dev: true,
    });
    expect(readdirSync(folder).sort()).toEqual(["config.json.old", "config.toml"]);
    expect(JSON.parse(readFileSync(`${oldPath()}.old`, "utf8"))).toEqual(old);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(convert().settings).toEqual(settings);
  });

  test("whose taking over was cut off is finished, and never over something else", () => {
    writeFileSync(oldPath(), JSON.stringify(old));
    const { settings } = convert();
    // As after a power cut between the writing of the one and the moving of the other.
    execFileSync("mv", [`${oldPath()}.old`, oldPath()]);
    expect(convert().settings).toEqual(settings);
    writeFileSync(oldPath(), JSON.stringify(old));
    expect(errorOf(convert).code).toBe("SETTINGS_NOT_CONVERTED");
    rmSync(`${oldPath()}.old`);
    writeFileSync(oldPath(), JSON.stringify({ ...old, dev: false }));
    expect(problemsOf(convert)).toEqual([
      'config.json: "config.json" must be gone, or say what config.toml says',
    ]);
    expect(readdirSync(folder).sort()).toEqual(["config.json", "config.toml"]);
  });

  test("that cannot be used changes nothing", () => {
    for (const text of ["", "[]", "{", JSON.stringify({ ...old, gatewayPort: "x", extra: 1 })]) {
      writeFileSync(oldPath(), text);
      expect(errorOf(convert).code).toBe("SETTINGS_REFUSED");
      expect(existsSync(file)).toBe(false);
    }
  });
});

describe("where machines of the plant are let in", () => {
  test("it is a host and a port of its own, with both files of a certificate or neither", () => {
    expect(read(whole).settings["plant.listen"]).toBeNull();
    for (const at of ["192.168.1.10:7301", "[fe80::1]:7301", "line-gw:7301", "0.0.0.0:7301"]) {
      expect(read(`${whole}[plant]\nlisten = "${at}"\n`).settings["plant.listen"]).toBe(at);
    }
    const wrong = [
      "7301",
      ":7301",
      "host",
      "host:70000",
      "https://host:7301",
      "a b:1",
      "host:7301/x",
    ];
    for (const at of wrong) {
      const refused = errorOf(() => read(`${whole}[plant]\nlisten = "${at}"\n`));
      expect(refused.message, at).toContain("must be HOST:PORT");
    }
    const problemsOf = (lines: string): readonly unknown[] => {
      const { problems } = errorOf(() => read(`${whole}[plant]\n${lines}\n`)).detail as {
        readonly problems: readonly { readonly rule: string; readonly name: string }[];
      };
      return problems.map(({ rule, name }) => `${rule} ${name}`);
    };
    expect(problemsOf('listen = "0.0.0.0:7201"')).toEqual(["together plant.listen"]);
    expect(problemsOf('certificateFile = "/c"')).toEqual(["together plant.certificateFile"]);
    expect(problemsOf('keyFile = "/k"')).toEqual(["together plant.keyFile"]);
  });
});
