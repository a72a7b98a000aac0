import { mkdir, mkdtemp, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import type { Company } from "../helpers/company.ts";
import { exportOf, pick } from "../helpers/exports.ts";
import { Mosquitto } from "../helpers/mosquitto.ts";
import { ReplayingAdapter } from "../helpers/replay.ts";
import { until } from "../helpers/waiting.ts";
import { Collecting } from "./collecting.ts";
import { type EdgeMessage, linesHeard, type Reading, readingsOf } from "./sources.ts";

/** What is killed: the gateway, the broker, or one of the collectors. */
export const victims = ["gateway", "broker", "adapter", "messages", "edge", "folder"] as const;
export type Victim = (typeof victims)[number];

/** Who is killed once this share of the adapter's log is said, and so long after the kill before. */
export interface Kill {
  readonly share: number;
  readonly pauseMs: number;
  readonly victim: Victim;
}

/** What a line says, and what happens to it. */
export interface LinePlan {
  readonly company: Company;
  /** Everything that is no company's lies below it. */
  readonly folder: string;
  readonly log: readonly string[];
  readonly speed: number;
  readonly silenceMsMax: number;
  /** Said to the broker as JSON. */
  readonly messages: readonly Reading[];
  /** Said to the broker as Sparkplug B. */
  readonly edge: readonly EdgeMessage[];
  /** Put into the watched folder, in so many files. */
  readonly dropped: readonly string[];
  readonly files: number;
  readonly kills: readonly Kill[];
  readonly say: (text: string) => void;
}

/** What is on the ledger of what a source said. */
export interface SourceResult {
  readonly expected: number;
  readonly committed: number;
  readonly lost: number;
  readonly doubled: number;
  /** Rows that nobody said. */
  readonly foreign: number;
  /** Whether they are in the order in which they were said. */
  readonly inOrder: boolean;
}

export interface LineResult {
  readonly sources: Readonly<Record<string, SourceResult>>;
  readonly kills: number;
  /** Until everything was said, and until all of it was on the ledger. */
  readonly saidSeconds: number;
  readonly wholeSeconds: number;
  /** Exit codes of collectors that ended by themselves: they were started while the gateway was away. */
  readonly ends: readonly number[];
  /** Exit codes of the collectors that were told to stop at the end. */
  readonly exits: readonly number[];
}

const sourceNames = ["adapter", "messages", "edge", "folder"] as const;
const patienceMs = 180_000;

/** Lets everybody wait while the broker is away: what it confirms and has not written is lost with it. */
class Gate {
  #open: Promise<void> | null = null;
  #release: () => void = () => undefined;
  inside = 0;

  close(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open = promise;
    this.#release = resolve;
  }

  open(): void {
    this.#open = null;
    this.#release();
  }

  async pass(work: () => Promise<unknown>): Promise<void> {
    while (this.#open !== null) await this.#open;
    this.inside += 1;
    await work().finally(() => {
      this.inside -= 1;
    });
  }
}

/** An adapter, a broker with a machine and an edge node, and a folder, into one gateway. */
class PlantLine {
  readonly plan: LinePlan;
  readonly adapter: ReplayingAdapter;
  readonly share: string;
  readonly gate = new Gate();
  readonly collectors: Readonly<Record<(typeof sourceNames)[number], Collecting>>;
  readonly #broker: Mosquitto;

  private constructor(plan: LinePlan, adapter: ReplayingAdapter, broker: Mosquitto) {
    const { company } = plan;
    this.plan = plan;
    this.adapter = adapter;
    this.#broker = broker;
    this.share = company.path("share");
    const mqtt = ["collect", "mqtt", broker.url];
    const words = {
      adapter: ["collect", "shdr", `127.0.0.1:${adapter.port}`, "adapter"],
      messages: [...mqtt, "messages", "--topic", "line/#"],
      edge: [...mqtt, "edge", "--topic", "spBv1.0/#"],
      folder: ["watch", "folder", this.share, "--settle", "300ms"],
    };
    const made = sourceNames.map((name) => [name, new Collecting(company, words[name])] as const);
    this.collectors = Object.fromEntries(made) as PlantLine["collectors"];
  }

  /** Longer than any part of what it says. */
  get patienceMs(): number {
    return this.adapter.lengthMs + patienceMs;
  }

  static async begin(plan: LinePlan): Promise<PlantLine> {
    const { company, log, speed, silenceMsMax } = plan;
    const broker = await Mosquitto.make(await mkdtemp(join(plan.folder, "broker-")));
    await broker.start();
    const adapter = new ReplayingAdapter(log, { speed, silenceMsMax });
    await adapter.start();
    await writeFile(company.path("sample.shdr"), "2026-01-01T00:00:00Z|item|text\n");
    for (const name of sourceNames) {
      await company.must(["streams", "create", name, "--from", "sample.shdr"]);
    }
    const line = new PlantLine(plan, adapter, broker);
    await mkdir(line.share);
    const { collectors } = line;
    for (const name of ["folder", "messages", "edge"] as const) collectors[name].start();
    for (const name of ["messages", "edge"] as const) {
      await until(`the broker knows ${name}`, () => collectors[name].hasTold("connected"));
    }
    collectors.adapter.start();
    return line;
  }

  /** Says as much of everything as the adapter has said of its log. */
  async speak(): Promise<void> {
    const { messages, edge, log } = this.plan;
    const machine = await this.#client("machine");
    const node = await this.#client("node");
    const isDue = (index: number, count: number): boolean =>
      this.adapter.isOver || index / count <= this.adapter.said / log.length;
    const publish = async (client: MqttClient, sent: readonly [string, string | Buffer][]) => {
      for (const [index, [topic, bytes]] of sent.entries()) {
        await until("it is time", () => isDue(index, sent.length), this.patienceMs);
        // Each message is confirmed before the next is said, as a machine does.
        await this.gate.pass(() => client.publishAsync(topic, bytes, { qos: 1 }));
      }
      await client.endAsync(true);
    };
    await Promise.all([
      publish(
        machine,
        messages.map(([time, item, value]) => [item, JSON.stringify({ time, value })]),
      ),
      publish(
        node,
        edge.map(({ topic, bytes }) => [topic, bytes]),
      ),
      this.#drop(isDue),
    ]);
  }

  async kill(victim: Victim): Promise<void> {
    const { company } = this.plan;
    if (victim === "gateway") {
      await until("a gateway runs", () => company.pidOf("gateway") !== null);
      await company.kill("gateway");
    } else if (victim === "broker") await this.#killBroker();
    else {
      await this.collectors[victim].kill();
      if (victim === "adapter") await this.#rewind();
      this.collectors[victim].start();
    }
  }

  /** Ends what is not the company's. */
  async end(): Promise<void> {
    for (const name of sourceNames) await this.collectors[name].kill();
    await this.adapter.stop();
    await this.#broker.kill();
  }

  async #killBroker(): Promise<void> {
    this.gate.close();
    await until("nothing is on its way to the broker", () => this.gate.inside === 0);
    await this.#broker.save();
    await this.#broker.kill();
    await this.#broker.start();
    this.gate.open();
  }

  async #rewind(): Promise<void> {
    const { company, log } = this.plan;
    await until("the adapter notices", () => !this.adapter.isHeard);
    this.adapter.rewind(await linesHeard(company.home, log));
  }

  async #client(clientId: string): Promise<MqttClient> {
    const options = { reconnectPeriod: 100, clean: false, clientId };
    const client = await connectAsync(this.#broker.url, options);
    client.on("error", () => undefined);
    return client;
  }

  /** Files get their own name once they are whole. */
  async #drop(isDue: (index: number, count: number) => boolean): Promise<void> {
    const { dropped, files } = this.plan;
    const size = Math.ceil(dropped.length / files);
    for (let file = 0; file < files; file += 1) {
      await until("it is time", () => isDue(file, files), this.patienceMs);
      const text = `${dropped.slice(file * size, (file + 1) * size).join("\n")}\n`;
      const path = join(this.share, `run-${file}.shdr`);
      await writeFile(`${path}.tmp`, text);
      await rename(`${path}.tmp`, path);
    }
  }
}

/** Runs a line to its end and compares what it said with what is on the ledger. */
export async function runLine(plan: LinePlan): Promise<LineResult> {
  const line = await PlantLine.begin(plan);
  const beginMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - beginMs) / 100) / 10;
  try {
    const speaking = line.speak();
    speaking.catch(() => undefined);
    for (const { share, victim, pauseMs } of plan.kills) {
      await pause(pauseMs);
      // Nobody is killed twice before it is there again, and the log goes on in between.
      await until("somebody listens", () => line.adapter.isHeard, line.patienceMs);
      const isThere = (): boolean => line.adapter.said >= share * plan.log.length;
      await until(`${share} is said`, isThere, line.patienceMs);
      await line.kill(victim);
      plan.say(`${seconds()} s, line ${line.adapter.said}: ${victim} killed`);
    }
    await until("the adapter is done", () => line.adapter.isOver, line.patienceMs);
    await speaking;
    const saidSeconds = seconds();
    const expected = expectedRows(plan);
    for (const name of sourceNames) {
      const isWhole = async (): Promise<boolean> =>
        (await rowCount(plan.company, name)) >= expected[name].length;
      await until(`${name} is whole`, isWhole, patienceMs);
    }
    const isShelved = async (): Promise<boolean> =>
      (await readdir(join(line.share, "done"))).length === plan.files;
    await until("all files are done", isShelved);
    const wholeSeconds = seconds();
    const exits: number[] = [];
    for (const name of sourceNames) exits.push(await line.collectors[name].stop());
    const sources: Record<string, SourceResult> = {};
    for (const name of sourceNames) {
      sources[name] = compare(expected[name], await rowsOf(plan.company, name));
    }
    const ends = Object.values(line.collectors).flatMap((one) => one.ends);
    return { sources, kills: plan.kills.length, saidSeconds, wholeSeconds, ends, exits };
  } finally {
    await line.end();
  }
}

function expectedRows({
  log,
  messages,
  edge,
  dropped,
}: LinePlan): Readonly<Record<(typeof sourceNames)[number], readonly Reading[]>> {
  return {
    ...{ adapter: readingsOf(log), messages, folder: readingsOf(dropped) },
    edge: edge.flatMap(({ rows }) => rows),
  };
}

async function rowsOf(company: Company, stream: string): Promise<readonly (readonly string[])[]> {
  return pick(await exportOf(company, stream), ["time", "item", "value"]);
}

/** Rows of a stream that the gateway shows; 0 while it is away. */
async function rowCount(company: Company, stream: string): Promise<number> {
  const { code, stdout } = await company.run(["query", stream, "-o", "ndjson"]);
  return code === 0 ? stdout.split("\n").length - 1 : 0;
}

function compare(
  expected: readonly Reading[],
  found: readonly (readonly string[])[],
): SourceResult {
  const [said, there] = [expected, found].map((rows) => rows.map((row) => JSON.stringify(row)));
  const counts = new Map<string, number>();
  for (const row of said ?? []) counts.set(row, (counts.get(row) ?? 0) + 1);
  const isSaid = new Set(counts.keys());
  let [doubled, foreign] = [0, 0];
  for (const row of there ?? []) {
    const left = counts.get(row) ?? 0;
    if (left > 0) counts.set(row, left - 1);
    else if (isSaid.has(row)) doubled += 1;
    else foreign += 1;
  }
  return {
    ...{ expected: expected.length, committed: found.length, doubled, foreign },
    lost: [...counts.values()].reduce((sum, left) => sum + left, 0),
    inOrder: JSON.stringify(said) === JSON.stringify(there),
  };
}
