import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { NodeStatus } from "@tegata/node/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { examine } from "../src/doctor/examine.ts";
import type { Facts } from "../src/doctor/facts.ts";
import { checkNames, type Finding } from "../src/doctor/finding.ts";
import { createScrubber } from "../src/doctor/scrub.ts";
import { tar } from "../src/doctor/tar.ts";
import { homePaths } from "../src/founding/home.ts";
import { words } from "../src/words/catalogue.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

interface Told {
  readonly result: string;
  readonly checks: readonly {
    readonly check: string;
    readonly result: string;
    readonly code: string;
    readonly text: string;
    readonly next: string | null;
  }[];
}

async function doctor(home: string, ...more: readonly string[]) {
  const { exit, stdout, stderr } = await tegata(["doctor", "--home", home, "--json", ...more]);
  const told = JSON.parse(stdout) as Told;
  const codeOf = (check: string): string | undefined =>
    told.checks.find((one) => one.check === check)?.code;
  return { exit, told, codeOf, stderr };
}

/** A company that was founded alone. */
async function founded(): Promise<string> {
  const folder = temporaryFolder();
  const home = join(folder, "kato");
  const passphrase = join(folder, "passphrase");
  writeFileSync(passphrase, "correct horse\n", { mode: 0o600 });
  const lines = [
    ["card", "--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"],
    ["init", "--found", join(home, "card")],
  ];
  lines[0]?.push("--address", "/dns4/kato.example/tcp/7000", "--passphrase-file", passphrase);
  lines[0]?.push("--dev-keys");
  for (const line of lines) {
    const { exit, stderr } = await tegata([...line, "--home", home]);
    expect(exit, stderr).toBe(0);
  }
  return home;
}

describe("tegata doctor without a running company", () => {
  test("says that there is none, and still looks at the machine", async () => {
    const { exit, codeOf, told } = await doctor(join(temporaryFolder(), "nowhere"));
    expect(exit).toBe(1);
    expect(codeOf("home")).toBe("home-missing");
    expect(["program", "node-borrowed"]).toContain(codeOf("program"));
    expect(new Set(told.checks.map(({ check }) => check))).toEqual(
      new Set(checkNames.filter((name) => name !== "dial")),
    );
  });

  test("finds nothing wrong with one that was founded and never started, but that it is not running", async () => {
    const { exit, told, codeOf } = await doctor(await founded());
    expect([exit, told.result]).toEqual([0, "warn"]);
    expect(codeOf("keys")).toBe("keys");
    expect(codeOf("guard")).toBe("guard");
    expect(codeOf("settings")).toBe("settings");
    expect(codeOf("processes")).toBe("stopped");
    expect(codeOf("membership")).toBe("founder-stopped");
    expect(codeOf("clock")).toBe("clock-unknown");
  });

  test("tells of blocks that were set aside because they were damaged", async () => {
    const home = await founded();
    mkdirSync(join(home, "node.damaged-20261122T010203Z"));
    expect((await doctor(home)).codeOf("home")).toBe("damaged-copy");
  });

  test("changes nothing, whatever it finds", async () => {
    const home = await founded();
    const listed = (): string =>
      spawnSync("find", [home, "-printf", "%p %m %s %T@ %C@\\n"], { encoding: "utf8" }).stdout;
    const before = listed();
    expect(before).toContain("config.toml");
    await doctor(home);
    expect(listed()).toBe(before);
    const nowhere = join(home, "..", "nowhere");
    await doctor(nowhere);
    expect(existsSync(nowhere)).toBe(false);
  });

  test("tells settings that are wrong from keys that are open, damaged or gone", async () => {
    const home = await founded();
    const paths = homePaths(home);
    writeFileSync(paths.config, readFileSync(paths.config, "utf8").replace("handle", "hndle"));
    chmodSync(paths.nodeKeystore, 0o644);
    writeFileSync(paths.gatewayKeystore, "{}");
    const { exit, told, codeOf } = await doctor(home);
    expect(exit).toBe(1);
    expect(codeOf("settings")).toBe("settings-wrong");
    expect(told.checks.filter(({ check }) => check === "keys").map(({ code }) => code)).toEqual([
      "keys-exposed",
      "keys-unreadable",
    ]);
    rmSync(paths.nodeKeystore);
    chmodSync(paths.keys, 0o755);
    const again = await doctor(home);
    expect(again.codeOf("home")).toBe("folder-open");
    expect(again.codeOf("keys")).toBe("keys-unreadable");
  });

  test("tells a guard that is gone from a damaged one and from that of another network", async () => {
    const home = await founded();
    const { guard } = homePaths(home);
    const [name = ""] = spawnSync("ls", [guard], { encoding: "utf8" }).stdout.split("\n");
    const path = join(guard, name);
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.alloc(whole.length));
    expect((await doctor(home)).codeOf("guard")).toBe("guard-damaged");
    rmSync(path);
    expect((await doctor(home)).codeOf("guard")).toBe("guard-missing");
    const other = homePaths(await founded()).guard;
    const [otherName = ""] = spawnSync("ls", [other], { encoding: "utf8" }).stdout.split("\n");
    writeFileSync(path, readFileSync(join(other, otherName)));
    expect((await doctor(home)).codeOf("guard")).toBe("guard-foreign");
  });

  test("repeats what a program said before it ended", async () => {
    const home = await founded();
    mkdirSync(join(home, "log"), { recursive: true });
    const line = (code: string): string => `error: it is over (${code})\nwhy: x\nnext: y\n`;
    writeFileSync(join(home, "log", "node.log"), line("NODE_DISK_FULL"));
    const ended = await doctor(home);
    expect([ended.exit, ended.codeOf("processes")]).toEqual([1, "ended"]);
    expect(JSON.stringify(ended.told)).toContain("tegata help NODE_DISK_FULL");
    writeFileSync(join(home, "log", "node.log"), line("NODE_SIGN_STATE_SHARED"));
    expect((await doctor(home)).codeOf("copies")).toBe("second-copy");
  });

  test("says when no backup was made, when the last is old and when the next has no place", async () => {
    const home = await founded();
    const { config } = homePaths(home);
    const folder = join(home, "..", "backups");
    const text = readFileSync(config, "utf8").replace("dev = true", "dev = false");
    writeFileSync(config, text);
    expect((await doctor(home)).codeOf("backup")).toBe("backup-unset");
    writeFileSync(config, `${text}\n[backup]\nfolder = ${JSON.stringify(folder)}\n`);
    expect((await doctor(home)).codeOf("backup")).toBe("backup-unwritable");
    mkdirSync(folder);
    expect((await doctor(home)).codeOf("backup")).toBe("backup-none");
    const note = (timeMs: number): void =>
      writeFileSync(join(home, "backup-last"), JSON.stringify({ timeMs }));
    note(Date.now() - 3_600_000);
    expect((await doctor(home)).codeOf("backup")).toBe("backup");
    note(Date.now() - 3 * 86_400_000);
    expect((await doctor(home)).codeOf("backup")).toBe("backup-old");
  });
});

const nowMs = 1_800_000_000_000;
const minuteMs = 60_000;

type Member = NodeStatus["members"][number];

function member(name: string, more: Partial<Member> = {}): Member {
  return {
    ...{
      member: name,
      name,
      handle: name,
      self: false,
      standing: "voting",
      sinceHeight: 0,
      leftHeight: null,
    },
    ...{ connected: true, offenceHeight: null, lastSeenMs: nowMs, reach: "direct-in" },
    ...{ reachSinceMs: nowMs, version: "1.0.0", dialFailure: null, dialedUsAtMs: nowMs - 5 },
    ...more,
  };
}

function away(
  name: string,
  reason: "refused" | "timed-out" | "turned-away" | null = "timed-out",
): Member {
  const address = "/ip4/192.0.2.1/tcp/7000";
  const dialFailure = reason === null ? null : { reason, address, text: "", atMs: nowMs };
  return member(name, { connected: false, reach: "away", dialFailure, dialedUsAtMs: null });
}

function self(more: Partial<Member> = {}): Member {
  return member("kato", { self: true, reach: null, ...more });
}

/** Facts of a company that runs, as far as its node says. */
async function looked(status: Partial<NodeStatus>, more: Partial<Facts> = {}) {
  const node = {
    ...{ version: "1.0.0", network: "", networkName: "Chubu", member: "kato", state: "ready" },
    ...{ height: 90, headBlockId: "", headTimeMs: nowMs - 5_000, round: 0, proposer: null },
    ...{ quorum: 3, mempool: { transactions: 0, bytes: 0 }, payloadsMissing: 0 },
    ...{ sync: { kind: "none", done: 0, of: 0 } },
    ...{ clockAheadMs: null, startedAtMs: nowMs - 60 * minuteMs },
    members: [self(), member("aoki"), member("mori"), member("toda")],
    ...status,
  } as unknown as NodeStatus;
  const settings = { "network.listen": [], "backup.folder": null, dev: true };
  const facts = {
    ...{ paths: homePaths("/nowhere"), settingsFile: "/nowhere/config.toml", hasHome: false },
    ...{ settings, settingsError: null, hasOldConfig: false, supervisor: 4, gateway: null },
    ...{ card: { memberId: "kato" }, nowMs, node },
    genesis: { networkName: "Chubu", timeMs: 0, cards: [], parameters: { heartbeatMs: 60_000 } },
    ...more,
  } as unknown as Facts;
  const findings = await examine(facts, null);
  return (check: string): Finding[] => findings.filter((finding) => finding.check === check);
}

describe("the doctor", () => {
  test("tells not admitted, not ready, and an observer apart", async () => {
    const codes = async (members: readonly Member[], more: Partial<Facts> = {}) => {
      const [finding] = (await looked({ members }, more))("membership");
      return [finding?.result, finding?.code];
    };
    const others = [member("aoki"), member("mori")];
    expect(await codes([self(), ...others])).toEqual(["pass", "voting"]);
    expect(await codes(others)).toEqual(["fail", "not-admitted"]);
    const following = [self({ standing: "following" }), ...others];
    expect(await codes(following)).toEqual(["warn", "not-ready"]);
    const settings = {
      "network.listen": [],
      "node.validator": false,
    } as unknown as Facts["settings"];
    expect(await codes(following, { settings })).toEqual(["pass", "observer"]);
    expect(await codes([self({ standing: "suspended" })])).toEqual(["fail", "suspended"]);
    expect(await codes([self({ standing: "sidelined" })])).toEqual(["warn", "sidelined"]);
    expect(await codes([self({ standing: "following", leftHeight: 7 })])).toEqual(["fail", "left"]);
    expect(await codes(following, { genesis: null })).toEqual(["fail", "no-network"]);
  });

  test("tells a way out that is closed from one company that is away", async () => {
    const reach = async (...members: readonly Member[]) =>
      (await looked({ members: [self(), ...members] }))("reach").map(({ result, code }) => [
        result,
        code,
      ]);
    expect(await reach(member("aoki"), away("mori"))).toEqual([
      ["pass", "reach"],
      ["warn", "member-away"],
    ]);
    expect(await reach(away("aoki"), away("mori"))).toEqual([["fail", "cannot-dial"]]);
    expect(await reach(away("aoki", null), away("mori", null))).toEqual([["fail", "nobody-here"]]);
    // Who answers and hangs up was reached.
    const hungUp = [away("aoki", "turned-away"), away("mori", "turned-away")];
    expect(await reach(...hungUp)).toEqual([["fail", "turned-away"]]);
    expect(await reach(...hungUp, away("toda"))).toEqual([["fail", "cannot-dial"]]);
    expect(await reach(member("aoki", { reach: "through-others" }))).toEqual([["pass", "reach"]]);
  });

  test("takes an own port for open only where another company has dialed it", async () => {
    const server = createServer();
    const port = await listening(server);
    const settings = {
      "network.listen": [`/ip4/0.0.0.0/tcp/${port}`],
    } as unknown as Facts["settings"];
    const inbound = async (status: Partial<NodeStatus>) =>
      (await looked(status, { settings }))("inbound")[0]?.code;
    expect(await inbound({})).toBe("inbound");
    const members = [self(), member("aoki", { dialedUsAtMs: null, reach: "direct-out" })];
    expect(await inbound({ members })).toBe("never-dialed");
    expect(await inbound({ members, startedAtMs: nowMs - 30_000 })).toBe("inbound-early");
    expect((await looked({ members }))("inbound")[0]?.code).toBe("dials-only");
    await new Promise((done) => server.close(done));
    expect(await inbound({})).toBe("not-listening");
  });

  test("tells whole hours from any other difference of the clock", async () => {
    const clock = async (clockAheadMs: number | null, headTimeMs = nowMs - 5_000) => {
      const [finding] = (await looked({ clockAheadMs, headTimeMs }))("clock");
      return [finding?.code, finding?.detail.hours ?? finding?.detail.aheadMs ?? null];
    };
    const hourMs = 60 * minuteMs;
    expect(await clock(null)).toEqual(["clock", null]);
    expect(await clock(hourMs + 300)).toEqual(["clock-hours", 1]);
    expect(await clock(-9 * hourMs - 800)).toEqual(["clock-hours", -9]);
    expect(await clock(47_000)).toEqual(["clock-off", 47_000]);
    expect(await clock(hourMs + 5 * minuteMs)).toEqual(["clock-off", hourMs + 5 * minuteMs]);
    // The chain is in the future of a clock that is behind, before any block has come.
    expect(await clock(null, nowMs + hourMs)).toEqual(["clock-hours", -1]);
  });

  test("tells no quorum, catching up and a chain that stands still apart", async () => {
    const gone = [self(), member("aoki"), away("mori"), away("toda")];
    const none = await looked({ members: gone, state: "no-quorum" });
    expect(none("quorum")[0]).toMatchObject({
      result: "fail",
      code: "no-quorum",
      detail: { online: 2, needed: 3, missing: "mori, toda" },
    });
    const behind = await looked({ state: "catching-up", payloadsMissing: 3 });
    expect(behind("sync").map(({ code }) => code)).toEqual(["catching-up", "payloads-missing"]);
    const still = await looked({ headTimeMs: nowMs - 10 * minuteMs });
    expect(still("sync")[0]?.code).toBe("stalled");
    const unsafe = await looked({ state: "sign-state-unsafe" });
    expect(unsafe("node")[0]).toMatchObject({ result: "fail", code: "sign-state-unsafe" });
    const silent = await looked({}, { node: null });
    expect(silent("node")[0]).toMatchObject({ result: "fail", code: "node-silent" });
  });

  test("has words and something to do for everything it can find wrong", async () => {
    const { doctor } = words();
    for (const code of doctor.known) {
      const detail = { count: 2, hours: 1, aheadMs: 5, freeBytes: 1, height: 1, port: 1 };
      const said = doctor.finding({ check: "home", result: "fail", code, detail }, nowMs);
      expect(said.text, code).not.toBe(code === said.text ? code : "");
      expect(said.text.length, code).toBeLessThan(200);
    }
    const none = await looked({ members: [away("aoki")], state: "no-quorum" });
    for (const check of checkNames) {
      for (const finding of none(check)) {
        expect(doctor.known, finding.code).toContain(finding.code);
        const { next } = doctor.finding(finding, nowMs);
        const isWrong = finding.result === "warn" || finding.result === "fail";
        expect(next !== null, finding.code).toBe(isWrong);
      }
    }
  });
});

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

describe("dialing", () => {
  async function dialed(answer: (server: Server) => void): Promise<string | undefined> {
    const server = createServer();
    answer(server);
    const port = await listening(server);
    onTestFinished(() => void server.close());
    const { told } = await doctor("/nowhere", "--dial", `127.0.0.1:${port}`);
    return told.checks.findLast(({ check }) => check === "dial")?.code;
  }

  test("tells a node from another program, and from one that hangs up", async () => {
    const hello = "\u0013/multistream/1.0.0\n\u0007/noise\n";
    expect(await dialed((server) => server.on("connection", (one) => one.write(hello)))).toBe(
      "dial-node",
    );
    const http = "HTTP/1.1 400 Bad Request\r\n\r\n";
    expect(await dialed((server) => server.on("connection", (one) => one.end(http)))).toBe(
      "dial-other",
    );
    expect(await dialed((server) => server.on("connection", (one) => one.destroy()))).toBe(
      "dial-hung-up",
    );
  });

  test("tells a closed port from a name that does not exist", async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((done) => server.close(done));
    const closed = await doctor("/nowhere", "--dial", `127.0.0.1:${port}`);
    expect(closed.exit).toBe(1);
    expect(closed.told.checks.at(-1)).toMatchObject({ code: "dial-closed" });
    expect(closed.told.checks.at(-1)?.text).toContain("nothing listens there");
    const unknown = await doctor("/nowhere", "--dial", "no-such-name.invalid:7000");
    expect(unknown.told.checks.at(-1)?.code).toBe("dial-no-name");
  });

  test.each(["", "host", "host:0", "host:65536", "a b:1", "::1:7000", "/ip4/1.2.3.4"])(
    "refuses %j as a place to dial",
    async (place) => {
      const { exit, stderr } = await tegata(["doctor", "--home", "/nowhere", "--dial", place]);
      expect([exit, stderr.includes("CLI_USAGE")]).toEqual([2, true]);
    },
  );
});

describe("the bundle", () => {
  test("is an archive that tar reads, for its owner only, and never written over a file", async () => {
    const home = await founded();
    const path = join(home, "..", "help.tar.gz");
    const { exit } = await doctor(home, "--bundle", path);
    expect(exit).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const listed = spawnSync("tar", ["tzf", path], { encoding: "utf8" });
    expect(listed.stdout.split("\n").filter((name) => name !== "")).toEqual([
      ...["doctor.json", "settings.json", "status-gateway.json", "status-node.json"].map(inside),
      ...["about.json", "metrics-node.txt", "metrics-gateway.txt"].map(inside),
      ...["log/node.log", "log/gateway.log", "log/tegata.log"].map(inside),
    ]);
    const again = await tegata(["doctor", "--home", home, "--bundle", path]);
    expect([again.exit, again.stderr.includes("CLI_FILE_NOT_WRITTEN")]).toEqual([1, true]);
    const nowhere = await tegata(["doctor", "--home", home, "--bundle", "/nowhere/x.tar.gz"]);
    expect(nowhere.exit).toBe(1);
  });

  test("holds no canary that was planted in files, logs, settings and the environment", async () => {
    const home = await founded();
    const canary = (name: string): string => `canary-${name}-Zx81kQ`;
    const paths = homePaths(home);
    mkdirSync(join(home, "gateway"), { recursive: true });
    const token = `${canary("token")}-0123456789abcdefghijklmnopqrstuvwxyz`;
    writeFileSync(join(home, "gateway", "token"), `${token}\n`);
    const config = readFileSync(paths.config, "utf8");
    writeFileSync(paths.config, `# ${canary("comment")}\n${config}`);
    const entry = (more: object): string =>
      JSON.stringify({ level: 50, time: 1, msg: "m", ...more });
    const lines = [
      entry({ stream: canary("stream"), detail: { name: canary("detail") }, height: 7 }),
      entry({
        err: {
          message: canary("message"),
          code: "GATEWAY_X",
          stack: `Error: ${canary("stack")}\n    at f (a.ts:1:2)`,
        },
      }),
      entry({ msg: `token ${token}`, url: `http://kato:${canary("url")}@proxy/` }),
      entry({ reason: `Bearer ${canary("bearer")}` }),
      entry({ host: `http://kato:${canary("user")}@proxy/` }),
      `error: no stream "${canary("spoken")}" (GATEWAY_STREAM_UNKNOWN)`,
      `why:   {"name":"${canary("why")}"}`,
      `TypeError: cannot read ${canary("crash")}`,
      `    at run (packages/x.ts:1:1)`,
      `{"broken": "${canary("broken")}"`,
    ];
    for (const name of ["node", "gateway", "tegata"]) {
      writeFileSync(join(paths.log, `${name}.log`), `${lines.join("\n")}\n`);
    }
    const path = join(home, "..", "help.tar.gz");
    const line = ["doctor", "--home", home, "--bundle", path];
    const env = { TEGATA_LOG_LEVEL: "debug", OTHER_SECRET: canary("environment") };
    await tegata(line, { env });
    const text = gunzipSync(readFileSync(path)).toString("latin1");
    expect(text).not.toContain("canary");
    expect(text).not.toContain("Zx81kQ");
    for (const kept of [
      '"height":7',
      "GATEWAY_STREAM_UNKNOWN",
      "a.ts:1:2",
      '"log.level": "debug"',
    ]) {
      expect(text).toContain(kept);
    }
  });

  test("keeps ids and codes, and blanks names it is told and what looks like a key", () => {
    const { text } = createScrubber(["press-line-3", "ab", "x/oil"]);
    const id = "0123456789abcdef".repeat(4);
    expect(text(`stream press-line-3 of ${id} NODE_SIGN_STATE_SHARED ab`)).toBe(
      `stream [removed] of ${id} NODE_SIGN_STATE_SHARED ab`,
    );
    expect(text(Buffer.alloc(32, 0xa7).toString("base64url"))).toBe("[removed]");
    expect(text("tgi1-9fkqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAm2")).toBe("[removed]");
  });

  test("is written as POSIX says", () => {
    const archive = tar([{ name: "a/b", bytes: Buffer.from("hello") }], 1_000_000);
    expect(archive.length % 512).toBe(0);
    const listed = spawnSync("tar", ["tvf", "-"], { input: archive, encoding: "utf8" });
    expect(listed.stdout).toMatch(/^-rw-------.* 5 .*a\/b\n$/);
    const content = spawnSync("tar", ["xOf", "-", "a/b"], { input: archive, encoding: "utf8" });
    expect(content.stdout).toBe("hello");
  });
});

function inside(name: string): string {
  return `tegata-doctor/${name}`;
}
