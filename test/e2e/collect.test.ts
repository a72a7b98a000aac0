import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readShdr } from "../../packages/cli/src/input/shdr.ts";
import type { RunningCommand } from "../helpers/command.ts";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { exportOf, pick } from "../helpers/exports.ts";
import { Mosquitto } from "../helpers/mosquitto.ts";
import { ReplayingAdapter } from "../helpers/replay.ts";
import { dataPath, sharedData } from "../helpers/shared-data.ts";
import { until } from "../helpers/waiting.ts";

const speed = 50;
const filesOfRun = 6;
const messagesMax = 600;

type Row = readonly string[];

let consortium: Consortium;
let kato: Company;
let broker: Mosquitto;
const running: RunningCommand[] = [];

beforeAll(async () => {
  if (sharedData === null) return;
  // Three of four decide; the fourth would only take its share of this machine.
  consortium = await foundConsortium(["nishi"]);
  kato = consortium.company("kato");
  broker = await Mosquitto.make(await mkdtemp(join(consortium.folder, "broker-")));
  await broker.start();
});

afterAll(async () => {
  for (const one of running) one.process.kill("SIGKILL");
  await broker?.kill();
  await consortium?.close();
});

function linesOf(...path: readonly string[]): readonly string[] {
  return readFileSync(dataPath(...path), "utf8")
    .trimEnd()
    .split(/\r?\n/);
}

/** Time, item and value of every observation. */
async function observationsOf(lines: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${lines.join("\n")}\n`);
  };
  for await (const event of readShdr(chunks())) {
    if (event.type === "row") rows.push(event.row.cells as Row);
  }
  return rows;
}

function sorted(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

async function rowsOf(stream: string): Promise<readonly Row[]> {
  return pick(await exportOf(kato, stream), ["time", "item", "value"]);
}

function collect(...words: readonly string[]): RunningCommand {
  const one = kato.begin([...words, "--backfill", "--json"]);
  running.push(one);
  told.set(one, "");
  for (const stream of [one.process.stdout, one.process.stderr]) {
    stream?.on("data", (chunk: Buffer) => told.set(one, told.get(one) + chunk.toString("utf8")));
  }
  return one;
}

/** Publishes as a machine does: each message is confirmed before the next is said. */
async function publish(rows: readonly Row[], said: () => Promise<void>): Promise<void> {
  const client = await connectAsync(broker.url, {
    reconnectPeriod: 100,
    clean: false,
    clientId: "m",
  });
  client.on("error", () => undefined);
  for (const [time, item, value] of rows) {
    await client.publishAsync(item ?? "", JSON.stringify({ time, value }), { qos: 1 });
    await said();
  }
  await client.endAsync(true);
}

test.skipIf(sharedData === null)(
  "an adapter, a broker and a folder at once, through a kill of the gateway and of the broker: every row is on the ledger once",
  async () => {
    const okuma = linesOf("telemetry", "mtconnect-okuma", "okuma-2022-08-08.shdr.txt");
    const run = linesOf("telemetry", "nist-mtc", "plate-hurco04-01of20.shdr.txt");
    const mazak = await observationsOf(
      linesOf("telemetry", "nist-sms", "mazak01-2017-05-16.shdr.txt"),
    );
    const messages = new Map(
      mazak.map(([time = "", item = "", value = ""]) => {
        return [`${time}|${item}|${value}`, [time, `line/mazak/${item}`, value] as Row];
      }),
    );
    const published = [...messages.values()].slice(0, messagesMax);
    await writeFile(kato.path("sample.shdr"), "2026-01-01T00:00:00Z|item|text\n");
    for (const name of ["okuma", "hurco", "mazak"]) {
      await kato.must(["streams", "create", name, "--from", "sample.shdr"]);
    }
    const share = kato.path("share");
    await mkdir(share);
    const adapter = new ReplayingAdapter(okuma, speed);
    await adapter.start();
    const watched = ["watch", "hurco", share, "--settle", "300ms"];
    collect(...watched);
    const listener = collect("collect", "mqtt", broker.url, "mazak", "--topic", "line/#");
    collect("collect", "shdr", `127.0.0.1:${adapter.port}`, "okuma");
    await until("the broker knows the collector", () => hasTold(listener, "connected"));

    let said = 0;
    let isPaused = false;
    const broken = Promise.withResolvers<void>();
    const publishing = publish(published, async () => {
      said += 1;
      if (said < messagesMax / 3) return;
      // What a broker confirms and has not yet written is lost with it: nothing is on its way then.
      isPaused = true;
      await broken.promise;
    });
    const dropping = drop(run, share);
    await until("the adapter is at its third", () => adapter.said > okuma.length / 3);
    await kato.kill("gateway");
    await until("the machine pauses", () => isPaused);
    await broker.save();
    await broker.kill();
    broken.resolve();
    await broker.start();
    await until("the adapter is done", () => adapter.isOver, 60_000);
    await Promise.all([publishing, dropping]);

    const expected = {
      ...{ okuma: await observationsOf(okuma), hurco: await observationsOf(run), mazak: published },
    };
    for (const [name, rows] of Object.entries(expected)) {
      await until(`${name} is whole`, async () => (await count(name)) >= rows.length, 90_000);
      expect(sorted(await rowsOf(name)), name).toEqual(sorted(rows));
    }
    expect((await readdir(join(share, "done"))).length).toBe(filesOfRun);
    await adapter.stop();
    for (const one of running) one.process.kill("SIGTERM");
    for (const one of running) expect((await one.ended).code).toBe(0);
  },
);

/** What a collector tells, as it came so far. */
const told = new Map<RunningCommand, string>();

/** Whether a collector has told an event. */
function hasTold(one: RunningCommand, event: string): boolean {
  if (one.process.exitCode !== null) throw new Error(`it ended: ${told.get(one)}`);
  return told.get(one)?.includes(`"event":"${event}"`) === true;
}

/** Rows of a stream that are on the ledger, as the gateway counts them; 0 while it is away. */
async function count(stream: string): Promise<number> {
  const { code, stdout } = await kato.run(["query", stream, "-o", "ndjson"]);
  return code === 0 ? stdout.split("\n").length - 1 : 0;
}

/** Puts the run of a machine into the folder in several files, each under a name that is not its own at first. */
async function drop(lines: readonly string[], folder: string): Promise<void> {
  const size = Math.ceil(lines.length / filesOfRun);
  for (let file = 0; file < filesOfRun; file += 1) {
    const text = `${lines.slice(file * size, (file + 1) * size).join("\n")}\n`;
    const path = join(folder, `run-${file}.shdr`);
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
    await until(
      "it is taken",
      async () => (await readdir(join(folder, "done"))).length > file,
      60_000,
    );
  }
}
