import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { RunningCommand } from "../../../test/helpers/command.ts";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import { until } from "../../../test/helpers/waiting.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { startCollector, type Told } from "./running-collector.ts";
import { StandInAgent } from "./stand-in-agent.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const time = "2026-11-02T00:00:00Z";

interface Line {
  readonly gateway: WatchedGateway;
  readonly agent: StandInAgent;
  readonly events: Told[];
  collect(): RunningCommand;
  observe(first: number, count: number): void;
}

async function line(bufferSize = 100_000): Promise<Line> {
  const gateway = new WatchedGateway(temporaryFolder());
  await gateway.start();
  const agent = new StandInAgent(bufferSize);
  await agent.start();
  const events: Told[] = [];
  return {
    gateway,
    agent,
    events,
    collect: () =>
      startCollector(gateway, ["mtconnect", agent.url, "press-3", "--interval", "50ms"], events),
    observe: (first, count) => {
      for (let at = first; at < first + count; at += 1) agent.observe(time, "n", `${at}`);
    },
  };
}

function numbers(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${first + index}`);
}

test("how everything is comes first, then every observation by its number, through an agent that is away", async () => {
  const { gateway, agent, events, collect, observe } = await line();
  if (sharedData !== null) {
    agent.devices = await readFile(dataPath("telemetry", "mtconnect-okuma", "devices.xml"), "utf8");
  }
  agent.observe(time, "mode", "AUTO<&>");
  observe(0, 3);
  const running = collect();
  await until("the first state came", () => gateway.rows.length === 2);
  observe(3, 2_500);
  await until("all came", () => gateway.rows.length === 2_502);
  await agent.stop();
  await until("it is told", () => events.some(({ event }) => event === "disconnected"));
  observe(2_503, 10);
  await agent.start();
  await until("the others came", () => gateway.rows.length === 2_512);
  expect(gateway.cells("item").slice(0, 2)).toEqual(["mode", "n"]);
  expect(gateway.cells("value")).toEqual(["AUTO<&>", ...numbers(2, 2_511)]);
  running.process.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});

test("killed at any moment it goes on behind what is on its disk, and each observation comes once", async () => {
  const { gateway, collect, observe } = await line();
  observe(0, 1);
  let running = collect();
  await until("it reads", () => gateway.rows.length === 1);
  for (let round = 0; round < 3; round += 1) {
    observe(1 + round * 9_000, 9_000);
    gateway.taken = () => void running.process.kill("SIGKILL");
    await running.ended;
    gateway.taken = () => undefined;
    running = collect();
  }
  await until("all came", () => gateway.rows.length >= 27_001);
  expect(gateway.cells("value")).toEqual(numbers(0, 27_001));
  expect(gateway.replayed).toBeGreaterThan(0);
});

test("what the agent dropped before it was read, and an agent that counts anew, are told and recorded", async () => {
  const { gateway, agent, events, collect, observe } = await line(100);
  observe(0, 10);
  const first = collect();
  await until("it reads", () => gateway.rows.length === 1);
  first.process.kill("SIGKILL");
  await first.ended;
  observe(10, 500);
  const second = collect();
  await until("what is left came", () => gateway.rows.length === 102);
  expect(gateway.rows[1]?.cells).toMatchObject({ item: "agent/gap", value: "missing 11 to 410" });
  expect(gateway.cells("value").slice(2)).toEqual(numbers(410, 100));
  agent.restart("1790000077");
  observe(1_000, 5);
  await until("the new ones came", () => gateway.rows.length === 108);
  expect(gateway.rows[102]?.cells.value).toBe(
    "instance 1790000000 up to 510, then instance 1790000077 from 1",
  );
  expect(gateway.cells("value").slice(103)).toEqual(numbers(1_000, 5));
  expect(events.filter(({ event }) => event === "gap").length).toBe(2);
  second.process.kill("SIGTERM");
  await second.ended;
});

test.each([
  ["a page of something else", "<html><body>hello</body></html>"],
  ["a document that declares entities", '<!DOCTYPE a [<!ENTITY x "y">]><MTConnectStreams/>'],
  ["a document that nests without end", "<a>".repeat(100_000)],
  ["no XML at all", "\u0000{]"],
])("%s is told of and asked again, and an agent that comes is read", async (_, text) => {
  const { gateway, agent, events, collect, observe } = await line();
  agent.instead = text;
  observe(0, 1);
  const running = collect();
  await until("it is told", () => events.some(({ event }) => event === "disconnected"));
  agent.instead = null;
  await until("it reads", () => gateway.rows.length === 1);
  running.process.kill("SIGKILL");
  await running.ended;
});

test("a dry run shows what the agent says; an address is one of the web", async () => {
  const { gateway, agent, observe } = await line();
  for (let at = 0; at < 30; at += 1) agent.observe(time, `item-${at}`, "1");
  observe(0, 1);
  const words = ["collect", "mtconnect", `${agent.url}/`, "press-3", "--home", gateway.home];
  const { stdout } = await tegata([...words, "--dry-run"]);
  expect(stdout.split("\n").length).toBe(22);
  expect(gateway.rows).toEqual([]);
  const { exit } = await tegata(["collect", "mtconnect", "10.0.0.8:5000", "press-3"]);
  expect(exit).toBe(2);
});
