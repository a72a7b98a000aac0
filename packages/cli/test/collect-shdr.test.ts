import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import type { RunningCommand } from "../../../test/helpers/command.ts";
import { freePorts } from "../../../test/helpers/free-ports.ts";
import { until } from "../../../test/helpers/waiting.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { startCollector, type Told } from "./running-collector.ts";
import { StandInAdapter } from "./stand-in-adapter.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const start = "2026-11-02T00:00:00Z";

interface Line {
  readonly gateway: WatchedGateway;
  readonly adapter: StandInAdapter;
  /** Starts the collector; what it tells comes in `events`. */
  collect(...words: readonly string[]): RunningCommand;
  readonly events: Told[];
  /** What was set aside, from the files that people find. */
  setAside(): Promise<readonly { readonly reason: string; readonly text: string }[]>;
}

async function line(): Promise<Line> {
  const gateway = new WatchedGateway(temporaryFolder());
  await gateway.start();
  const adapter = new StandInAdapter();
  await adapter.start();
  const events: Told[] = [];
  return {
    gateway,
    adapter,
    events,
    collect: (...words) =>
      startCollector(gateway, ["shdr", `127.0.0.1:${adapter.port}`, "press-3", ...words], events),
    setAside: async () => {
      const [place = ""] = await readdir(join(gateway.home, "collect"));
      const folder = join(gateway.home, "collect", place, "refused");
      const files = await readdir(folder);
      const all = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
      return all.flatMap((text) =>
        text
          .trimEnd()
          .split("\n")
          .map((one) => JSON.parse(one)),
      );
    },
  };
}

function triples(gateway: WatchedGateway): readonly unknown[] {
  return gateway.rows.map(({ cells }) => [cells.time, cells.item, cells.value]);
}

test("observations of an adapter become rows, whatever the pieces they come in; the rest is set aside with its reason", async () => {
  const { gateway, adapter, collect, setAside } = await line();
  const running = collect();
  await until("it connects", () => adapter.connections.length === 1);
  await until("it asks for a sign of life", () => adapter.heard.includes("* PING\n"));
  adapter.say("* PONG 60000\r\n* shdrVersion: 2.0\n");
  adapter.say(`${start}|load|1|sp`);
  adapter.say(`eed|2\r\n${start}|logic|NORMAL||||\n|avail|AVAILABLE\n`);
  adapter.say(`${start}|@ASSET@|T1|CuttingTool|--multiline--ABC\n<a>\n</a>\n--multiline--ABC\n`);
  adapter.say(`${start}|odd\n${start}|load|3\n`);
  adapter.say(Buffer.from([0xff, 0xfe, 0x0a]).toString("latin1"));
  await until("all rows came", () => gateway.rows.length === 5);
  const [first, second, third, fourth, last] = triples(gateway) as string[][];
  expect([first, second, third, last]).toEqual([
    [start, "load", "1"],
    [start, "speed", "2"],
    [start, "logic", "NORMAL||||"],
    [start, "load", "3"],
  ]);
  expect(fourth?.slice(1)).toEqual(["avail", "AVAILABLE"]);
  expect(Date.parse(fourth?.[0] ?? "")).toBeGreaterThan(Date.now() - 60_000);
  running.process.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
  const reasons = (await setAside()).map(({ reason }) => reason);
  expect(reasons[0]).toContain("an asset, not an observation");
  expect(reasons[1]).toContain("expected a value after every item");
  expect((await setAside())[0]?.text).toContain("</a>\n--multiline--ABC");
});

test("an adapter that hangs up is connected again; half a line is set aside even where it reads well", async () => {
  const { gateway, adapter, collect, events, setAside } = await line();
  const running = collect();
  await until("it connects", () => adapter.connections.length === 1);
  adapter.say(`${start}|load|1\n${start}|load|12`);
  adapter.connections[0]?.end();
  await until("it connects again", () => adapter.connections.length === 2);
  adapter.say(`${start}|load|2\n`);
  await until("both rows came", () => gateway.rows.length === 2);
  adapter.connections[1]?.resetAndDestroy();
  await until("it connects a third time", () => adapter.connections.length === 3);
  adapter.say(`${start}|load|3\n`);
  await until("three rows came", () => gateway.rows.length === 3);
  expect(gateway.cells("value")).toEqual(["1", "2", "3"]);
  running.process.kill("SIGTERM");
  await running.ended;
  expect((await setAside()).map(({ text }) => text)).toEqual([`~${start}|load|12`]);
  const names = events.map(({ event }) => event).filter((name) => name.endsWith("connected"));
  expect(names).toEqual(["connected", "disconnected", "connected", "disconnected", "connected"]);
  expect(events.at(-1)).toMatchObject({ event: "status", rows: 3, misfits: 1, waitingBytes: 0 });
});

test("an adapter that gives no sign of life within its own heartbeat is connected again", async () => {
  const { adapter, collect, events } = await line();
  collect();
  await until("it connects", () => adapter.connections.length === 1);
  adapter.say("* PONG 100\n");
  await until("it connects again", () => adapter.connections.length === 2);
  expect(events.find(({ event }) => event === "disconnected")).toMatchObject({
    reason: "no heartbeat",
  });
});

test("what is heard while the gateway is away waits on the disk and comes in order, once", async () => {
  const { gateway, adapter, collect, events } = await line();
  collect();
  await until("it connects", () => adapter.connections.length === 1);
  await gateway.stop();
  for (let index = 0; index < 10_000; index += 1) adapter.say(`${start}|n|${index}\n`);
  await until("it waits", () => events.some(({ event }) => event === "waiting"));
  let taken = 0;
  gateway.taken = () => {
    taken += 1;
    if (taken === 2) void gateway.stop().then(() => gateway.start());
  };
  await gateway.start();
  await until("all rows came", () => gateway.rows.length >= 10_000);
  expect(gateway.cells("value")).toEqual(Array.from({ length: 10_000 }, (_, index) => `${index}`));
  expect(gateway.replayed).toBe(1);
});

test("whoever watches reads how far it is, on a port of this machine, and no name of a stream", async () => {
  const { gateway, adapter, collect } = await line();
  const [port = 0] = await freePorts(1);
  const running = collect("--metrics", `${port}`);
  await until("it connects", () => adapter.connections.length === 1);
  adapter.say(`${start}|load|1\n${start}|load|2\n${start}|odd\n`);
  await until("both rows came", () => gateway.rows.length === 2);
  adapter.connections[0]?.end();
  await until("it connects again", () => adapter.connections.length === 2);
  await gateway.stop();
  adapter.say(`${start}|load|3\n`);
  const scrape = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const numbers = async (): Promise<readonly (readonly [string, number])[]> =>
    [...(await scrape()).matchAll(/^tegata_collect_(\w+)\{(.*?)\} (\S+)$/gm)].map(
      ([, name, labels = "", value]) => {
        const result = /result="(\w+)"/.exec(labels)?.[1];
        return [result === undefined ? `${name}` : `${name} ${result}`, Number(value)];
      },
    );
  await until("it says that the gateway is away", async () => {
    return Object.fromEntries(await numbers()).gateway_connected === 0;
  });
  const told = Object.fromEntries(await numbers());
  expect(told).toMatchObject({
    ...{ "rows acknowledged": 2, "rows refused": 1, heard: 4 },
    ...{ source_connected: 1, connections_total: 2, gaps_total: 0 },
  });
  expect(told.waiting_bytes).toBeGreaterThan(0);
  expect(await scrape()).not.toContain("press-3");
  await gateway.start();
  await until("all of it came", () => gateway.rows.length === 3);
  await until("nothing waits", async () => {
    return Object.fromEntries(await numbers()).waiting_bytes === 0;
  });
  running.process.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});

test("rows that the gateway refuses are set aside one by one, and the others go out", async () => {
  const { gateway, adapter, collect, setAside } = await line();
  let asked = 0;
  gateway.refuse = () => {
    asked += 1;
    if (asked > 1) return null;
    const errors = [{ row: 1, field: "value", expected: "less", got: "2" }];
    return { status: 422, code: "GATEWAY_ROWS_INVALID", errors };
  };
  const running = collect();
  await until("it connects", () => adapter.connections.length === 1);
  adapter.say(`${start}|n|1\n${start}|n|2\n${start}|n|3\n`);
  await until("the others came", () => gateway.rows.length === 2);
  expect(gateway.cells("value")).toEqual(["1", "3"]);
  running.process.kill("SIGTERM");
  await running.ended;
  expect(await setAside()).toEqual([
    expect.objectContaining({ reason: expect.stringContaining("GATEWAY_ROWS_INVALID") }),
  ]);
});

test("killed once the rest of refused rows is taken, it takes none of them again though the refused one would fit now", async () => {
  const { gateway, adapter, collect, setAside } = await line();
  let asked = 0;
  gateway.refuse = () => {
    asked += 1;
    if (asked > 1) return null;
    const errors = [{ row: 1, field: "time", expected: "time-ahead", got: "2" }];
    return { status: 422, code: "GATEWAY_ROWS_AHEAD", errors };
  };
  const killed = collect();
  await until("it connects", () => adapter.connections.length === 1);
  // The rest is with the gateway, and the collector has not heard of it.
  gateway.taken = () => void killed.process.kill("SIGKILL");
  adapter.say(`${start}|n|1\n${start}|n|2\n${start}|n|3\n`);
  await killed.ended;
  gateway.taken = () => undefined;
  const running = collect();
  await until("it connects again", () => adapter.connections.length === 2);
  adapter.say(`${start}|n|4\n`);
  await until("what is said now comes", () => gateway.cells("value").includes("4"));
  expect(gateway.cells("value")).toEqual(["1", "3", "4"]);
  expect(gateway.replayed).toBe(1);
  running.process.kill("SIGTERM");
  await running.ended;
  expect(await setAside()).toEqual([
    expect.objectContaining({ reason: expect.stringContaining("GATEWAY_ROWS_AHEAD") }),
  ]);
});

test("killed at any moment, everything that was on its disk comes once", async () => {
  const { gateway, adapter, collect } = await line();
  const count = 60_000;
  let said = 0;
  // An adapter cannot know what was heard: it goes on behind what is on the disk or with the gateway.
  const lastHeard = async (): Promise<number> => {
    const collected = join(gateway.home, "collect");
    const [place = ""] = await readdir(collected).catch(() => []);
    const names = place === "" ? [] : await readdir(join(collected, place));
    const spools = names.filter((name) => name.endsWith(".spool"));
    const texts = await Promise.all(
      spools.map((name) => readFile(join(collected, place, name), "utf8").catch(() => "")),
    );
    const onDisk = texts.flatMap((text) =>
      [...text.slice(0, text.lastIndexOf("\n") + 1).matchAll(/\|n\|(\d+)"\n/g)].map(([, n]) =>
        Number(n),
      ),
    );
    return [...onDisk, ...gateway.cells("value").map(Number)].reduce((a, b) => Math.max(a, b), -1);
  };
  for (let round = 0; said < count; round += 1) {
    const running = collect();
    const before = adapter.connections.length;
    await until("it connects", () => adapter.connections.length > before);
    said = (await lastHeard()) + 1;
    const target = round === 3 ? count : Math.min(count, said + 15_000);
    for (; said < target; said += 1) adapter.say(`${start}|n|${said}\n`);
    if (round === 3) {
      await until("all rows came", () => gateway.rows.length >= count);
      break;
    }
    const rows = gateway.rows.length;
    if (round === 1) gateway.taken = () => void running.process.kill("SIGKILL");
    else await until("some rows came", () => gateway.rows.length > rows);
    if (round !== 1) running.process.kill("SIGKILL");
    await running.ended;
    gateway.taken = () => undefined;
  }
  expect(gateway.cells("value")).toEqual(Array.from({ length: count }, (_, index) => `${index}`));
  expect(gateway.replayed).toBeGreaterThan(0);
});

test("a pipe that does not end is published line by line", async () => {
  const gateway = new WatchedGateway(temporaryFolder());
  await gateway.start();
  const stdin = new PassThrough();
  const words = ["submit", "press-3", "-", "--home", gateway.home, "--backfill"];
  const shdr = tegata([...words, "--format", "shdr", "--json"], { stdin });
  stdin.write(`${start}|n|1\n${start}|n`);
  await until("the first row came", () => gateway.rows.length === 1);
  stdin.write(`|2\nnonsense\n`);
  await until("the second row came", () => gateway.rows.length === 2);
  stdin.end(`${start}|n|3`);
  const { exit, stdout, stderr } = await shdr;
  expect([exit, gateway.cells("value")]).toEqual([9, ["1", "2"]]);
  expect(JSON.parse(stdout)).toMatchObject({ schema: "tegata.submit/1", rows: 2, misfits: 2 });
  expect(stderr).toContain("the connection broke in the middle of it");

  const json = new PassThrough();
  const ended = tegata([...words, "--follow"], { stdin: json });
  json.end(`{"time":"${start}","item":"n","value":"4"}\n{"time":1}\n`);
  expect((await ended).exit).toBe(9);
  expect(gateway.cells("value")).toEqual(["1", "2", "4"]);
  const csv = await tegata([...words, "--follow", "--format", "csv"]);
  expect([csv.exit, csv.stderr.includes("CSV is not published line by line")]).toEqual([2, true]);
});

test("a dry run shows what comes and publishes nothing; an address has a port", async () => {
  const { gateway, adapter } = await line();
  adapter.connected = (socket) => void socket.write(`${start}|n|7\n`.repeat(20));
  const address = `127.0.0.1:${adapter.port}`;
  const words = ["collect", "shdr", address, "press-3", "--home", gateway.home, "--backfill"];
  const { exit, stdout } = await tegata([...words, "--dry-run"]);
  expect([exit, stdout.split("\n").length]).toEqual([0, 22]);
  expect(stdout).toContain('"value":"7"');
  expect(gateway.rows).toEqual([]);
  const refused = await tegata(["collect", "shdr", "127.0.0.1", "press-3"]);
  expect([refused.exit, refused.stderr.includes("HOST:PORT")]).toEqual([2, true]);
});

test("a pipe that says nothing more ends when it is told to, and keeps what it said", async () => {
  const gateway = new WatchedGateway(temporaryFolder());
  await gateway.start();
  const words = ["submit", "press-3", "-", "--format", "shdr", "--backfill", "--json"];
  const program = join(import.meta.dirname, "..", "bin", "tegata.mjs");
  const child = spawn(process.execPath, [program, ...words, "--home", gateway.home]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  child.stdin.write(`${start}|n|1\n`);
  await until("the row came", () => gateway.rows.length === 1);
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(0);
});
