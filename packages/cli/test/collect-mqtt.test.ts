import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { type RunningCommand, startTegata } from "../../../test/helpers/command.ts";
import { Mosquitto } from "../../../test/helpers/mosquitto.ts";
import { until } from "../../../test/helpers/waiting.ts";
import { metric, payload } from "../../collect/test/sparkplug-bytes.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { startCollector, type Told } from "./running-collector.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const time = "2026-11-02T00:00:00Z";

interface Line {
  readonly gateway: WatchedGateway;
  readonly broker: Mosquitto;
  readonly events: Told[];
  collect(...words: readonly string[]): RunningCommand;
  publisher(): Promise<MqttClient>;
  connected(count: number): Promise<unknown>;
}

async function line(fields?: WatchedGateway["fields"]): Promise<Line> {
  const gateway = new WatchedGateway(temporaryFolder(), fields);
  await gateway.start();
  const broker = await Mosquitto.make(temporaryFolder());
  await broker.start();
  onTestFinished(() => broker.kill());
  const events: Told[] = [];
  return {
    gateway,
    broker,
    events,
    collect: (...words) => {
      const topics = ["--topic", "line/#", "--topic", "spBv1.0/#"];
      return startCollector(gateway, ["mqtt", broker.url, "press-3", ...topics, ...words], events);
    },
    publisher: async () => {
      const client = await connectAsync(broker.url, {
        reconnectPeriod: 100,
        clean: false,
        clientId: "machine",
      });
      client.on("error", () => undefined);
      onTestFinished(() => client.endAsync(true).catch(() => undefined));
      return client;
    },
    connected: (count) =>
      until(`it connects ${count} times`, () => {
        return events.filter(({ event }) => event === "connected").length >= count;
      }),
  };
}

const wide: WatchedGateway["fields"] = [
  { name: "time", type: "time" },
  { name: "topic", type: "text" },
  { name: "load", type: "decimal" },
  { name: "shots", type: "integer" },
];

/** Publishes until the collector listens: what is said before that nobody keeps. */
async function listening({ gateway }: Line, client: MqttClient): Promise<void> {
  await until("it listens", async () => {
    await client.publishAsync("line/hello", "1", { qos: 1 });
    return gateway.rows.some(
      ({ cells }) => cells.item === "line/hello" || cells.topic === "line/hello",
    );
  });
}

test("values, texts and objects become readings of their topics", async () => {
  const all = await line();
  const { gateway } = all;
  all.collect();
  const client = await all.publisher();
  await listening(all, client);
  const said: readonly [string, string | Buffer][] = [
    ["line/a", "12.50"],
    ["line/b", "準備"],
    ["line/c", `{"time":"${time}","value":1.50}`],
    ["line/d", '{"ts":1790000000000,"load":007,"x":1}'],
    ["line/d", '{"ts":1790000000000,"load":7.0,"on":true,"off":null}'],
    ["line/e", `[{"time":"${time}","v":1},{"time":"${time}","v":2e3}]`],
    ["line/f", Buffer.from([0xff, 0xfe])],
  ];
  for (const [topic, text] of said) await client.publishAsync(topic, text, { qos: 1 });
  const rows = (): unknown[] =>
    gateway.rows.filter(({ cells }) => cells.item !== "line/hello").map(({ cells }) => cells);
  await until("all readings came", () => rows().length === 9);
  const at = "2026-09-21T14:13:20.000Z";
  expect(rows()).toEqual([
    { time: expect.any(String), item: "line/a", value: "12.50" },
    { time: expect.any(String), item: "line/b", value: "準備" },
    { time, item: "line/c", value: "1.50" },
    { time: expect.any(String), item: "line/d", value: '{"ts":1790000000000,"load":007,"x":1}' },
    { time: at, item: "line/d/load", value: "7.0" },
    { time: at, item: "line/d/on", value: "true" },
    { time: at, item: "line/d/off", value: null },
    { time, item: "line/e/v", value: "1" },
    { time, item: "line/e/v", value: "2e3" },
  ]);
  await until("bytes are set aside", () => all.events.some(({ event }) => event === "misfit"));
});

test("in a stream with other fields the keys of an object are the fields", async () => {
  const all = await line(wide);
  const { gateway } = all;
  all.collect("--time", "time");
  const client = await all.publisher();
  await until("it listens", async () => {
    await client.publishAsync("line/p", `{"time":"${time}","load":1.25,"shots":7}`, { qos: 1 });
    return gateway.rows.length > 0;
  });
  await client.publishAsync("line/p", `{"time":"${time}","load":"x"}`, { qos: 1 });
  await client.publishAsync("line/p", `{"time":"${time}","other":1}`, { qos: 1 });
  await until("misfits", () => all.events.filter(({ event }) => event === "misfit").length === 2);
  expect(gateway.rows.map(({ cells }) => cells)).toEqual([
    { time, topic: "line/p", load: { decimal: "1.25" }, shots: 7 },
  ]);
});

test("what is published while nobody listens is kept by the broker; a broker and a collector that are killed lose and double nothing", async () => {
  const all = await line();
  const { gateway, broker } = all;
  let running = all.collect();
  const client = await all.publisher();
  await listening(all, client);
  const count = 600;
  let confirmed = 0;
  let pause: Promise<void> | null = null;
  let isPaused = false;
  // As a machine does: one is confirmed before the next, and what was not is said again.
  const publishing = (async () => {
    for (; confirmed < count; confirmed += 1) {
      isPaused = pause !== null;
      await pause;
      const text = `{"time":"${time}","value":${confirmed}}`;
      await client.publishAsync("line/n", text, { qos: 1 });
    }
  })();
  const heard = (): number => gateway.rows.filter(({ cells }) => cells.item === "line/n").length;
  for (const [share, who] of [
    [0.2, "broker"],
    [0.5, "collector"],
    [0.8, "gateway"],
  ] as const) {
    await until(`${share} is out`, () => confirmed >= count * share);
    if (who === "broker") {
      const go = Promise.withResolvers<void>();
      pause = go.promise;
      await until("the machine pauses", () => isPaused);
      await broker.save();
      await broker.kill();
      pause = null;
      go.resolve();
      await broker.start();
    } else if (who === "gateway") {
      await gateway.stop();
      await gateway.start();
    } else {
      running.process.kill("SIGKILL");
      await running.ended;
      const before = confirmed;
      await until("more is said", () => confirmed > before + 20);
      running = all.collect();
    }
  }
  await publishing;
  await until("everything came", () => heard() >= count);
  const values = gateway.rows
    .filter(({ cells }) => cells.item === "line/n")
    .map(({ cells }) => Number(cells.value));
  expect(values.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, index) => index),
  );
  running.process.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});

test("an edge node's births give names to its aliases, also after a crash; a missing message is recorded and its births asked for", async () => {
  const all = await line();
  const { gateway } = all;
  let running = all.collect();
  const client = await all.publisher();
  await listening(all, client);
  const commands: Buffer[] = [];
  await client.subscribeAsync("spBv1.0/plant/NCMD/edge");
  client.on("message", (_, bytes) => commands.push(bytes));
  const say = (type: string, seq: number, metrics: readonly Buffer[]): Promise<unknown> => {
    const bytes = payload({ timestamp: Date.now(), seq, metrics });
    return client.publishAsync(`spBv1.0/plant/${type}/edge`, bytes, { qos: 1 });
  };
  await say("NBIRTH", 0, [metric({ name: "load", alias: 5, datatype: 9, float: 0.5 })]);
  await say("NDATA", 1, [metric({ alias: 5, float: 1.5 })]);
  const values = (item: string): unknown[] =>
    gateway.rows.filter(({ cells }) => cells.item === item).map(({ cells }) => cells.value);
  await until("the data came", () => values("plant/edge/load").length === 2);
  running.process.kill("SIGKILL");
  await running.ended;
  await say("NDATA", 2, [metric({ alias: 5, float: 2.5 })]);
  running = all.collect();
  await until("the data came", () => values("plant/edge/load").length === 3);
  expect(commands).toEqual([]);
  await say("NDATA", 4, [metric({ alias: 5, float: 4.5 })]);
  await until("births are asked for", () => commands.length === 1);
  expect(commands[0]?.includes("Node Control/Rebirth")).toBe(true);
  await until("the gap is recorded", () => values("plant/edge/gap").length === 1);
  expect(values("plant/edge/gap")).toEqual(["expected 3, got 4"]);
  expect(values("plant/edge/load")).toEqual(["0.5", "1.5", "2.5", "4.5"]);
  expect(all.events.find(({ event }) => event === "gap")).toMatchObject({ of: "plant/edge" });
});

test("what an earlier run asked for and this one does not is not published", async () => {
  const all = await line();
  const { gateway } = all;
  const before = all.collect("--topic", "office/#");
  const client = await all.publisher();
  await listening(all, client);
  before.process.kill("SIGTERM");
  await before.ended;
  await client.publishAsync("office/pay", "1", { qos: 1 });
  await client.publishAsync("line/last", "2", { qos: 1 });
  all.collect();
  await until("the other came", () => gateway.cells("item").includes("line/last"));
  expect(gateway.cells("item")).not.toContain("office/pay");
});

test("a broker is named by its address alone, and a dry run takes nothing from it", async () => {
  const { gateway, broker, publisher } = await line();
  for (const url of ["mqtt://me:secret@127.0.0.1", "http://127.0.0.1", "127.0.0.1"]) {
    const { exit, stderr } = await tegata(["collect", "mqtt", url, "press-3", "--topic", "#"]);
    expect([exit, stderr.includes("CLI_USAGE")]).toEqual([2, true]);
  }
  const client = await publisher();
  const timer = setInterval(() => client.publish("line/a", "1"), 20);
  onTestFinished(() => clearInterval(timer));
  const words = ["collect", "mqtt", broker.url, "press-3", "--topic", "line/#", "--dry-run"];
  const { stdout } = await tegata([...words, "--home", gateway.home]);
  expect(stdout.split("\n").length).toBe(22);
  expect(gateway.rows).toEqual([]);
  expect(await readdir(gateway.home)).toEqual(["run"]);
});

test("name and password come from the command line and a file, and a broker that refuses them is told of", async () => {
  const gateway = new WatchedGateway(temporaryFolder());
  await gateway.start();
  const login = { user: "tegata", password: "of-the-line" };
  const broker = await Mosquitto.make(temporaryFolder(), login);
  await broker.start();
  onTestFinished(() => broker.kill());
  const file = join(temporaryFolder(), "password");
  const client = await connectAsync(broker.url, { username: login.user, password: login.password });
  onTestFinished(() => client.endAsync(true).catch(() => undefined));
  const timer = setInterval(() => client.publish("line/a", "1"), 20);
  onTestFinished(() => clearInterval(timer));
  const collect = (): RunningCommand => {
    const words = ["collect", "mqtt", broker.url, "press-3", "--topic", "line/#", "--json"];
    const who = ["--user", login.user, "--password-file", file];
    const around = { folder: gateway.home, home: gateway.home, input: null };
    const running = startTegata([...words, ...who], around);
    onTestFinished(() => void running.process.kill("SIGKILL"));
    return running;
  };
  await writeFile(file, "wrong\n");
  const refused = collect();
  let said = "";
  refused.process.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  await until("it is told", () => said.includes("disconnected"));
  expect(said).toMatch(/not authorized/i);
  refused.process.kill("SIGTERM");
  expect((await refused.ended).code).toBe(0);
  await writeFile(file, `${login.password}\n`);
  collect();
  await until("it listens", () => gateway.rows.length > 0);
});
