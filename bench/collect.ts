// What listening to one fast adapter costs: every reading counted at the gateway, CPU and memory of the collector.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import {
  createServer as createGateway,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createAdapter, type Socket } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { wordsOf } from "../test/helpers/campaign.ts";
import { startTegata } from "../test/helpers/command.ts";

const usage = `usage: npm run bench:collect -- [--json] [--seconds N] [--items N] [--hertz N]
  --json     one JSON document on stdout and nothing else
  --seconds  how long the adapter speaks (30)
  --items    items of the adapter (1000)
  --hertz    readings of each item a second (10)
The gateway is a stand-in that takes rows, remembers keys and counts: what is measured is the collector.
`;

/** How long the first seconds count as a start. */
const startMs = 5_000;

interface Options {
  readonly isJson: boolean;
  readonly seconds: number;
  readonly items: number;
  readonly hertz: number;
}

interface Reading {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

function readOptions(): Options | null {
  const values = wordsOf(usage, {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "30" },
    items: { type: "string", default: "1000" },
    hertz: { type: "string", default: "10" },
  });
  const [seconds, items, hertz] = [values.seconds, values.items, values.hertz].map(Number);
  const isRight = [seconds, items, hertz].every((one) => Number.isInteger(one) && Number(one) > 0);
  return isRight
    ? { isJson: values.json, seconds: seconds ?? 0, items: items ?? 0, hertz: hertz ?? 0 }
    : null;
}

/** Takes rows and checks that each item's readings come one after the other, none twice. */
class CountingGateway {
  rows = 0;
  wrong = 0;
  submissions = 0;
  lagMsMax = 0;
  readonly #last = new Map<string, number>();
  readonly #keys = new Set<string>();

  async start(home: string): Promise<() => void> {
    const socket = join(home, "run", "gateway.sock");
    await mkdir(join(home, "run"), { recursive: true });
    const server = createGateway((asked, answer) => void this.#answer(asked, answer));
    server.listen(socket);
    await once(server, "listening");
    return () => {
      server.closeAllConnections();
      server.close();
    };
  }

  async #answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk as Buffer);
    answer.setHeader("content-type", "application/json");
    if (asked.method === "GET") {
      answer.end(JSON.stringify({ stream: standInStream }));
      return;
    }
    const key = String(asked.headers["idempotency-key"]);
    const isReplayed = this.#keys.has(key);
    this.#keys.add(key);
    const { rows } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
      rows: readonly { timeMs: number; cells: { item: string; value: string } }[];
    };
    if (!isReplayed) {
      const nowMs = Date.now();
      this.submissions += 1;
      for (const { timeMs, cells } of rows) {
        const value = Number(cells.value);
        if (value !== (this.#last.get(cells.item) ?? -1) + 1) this.wrong += 1;
        this.#last.set(cells.item, value);
        this.lagMsMax = Math.max(this.lagMsMax, nowMs - timeMs);
      }
      this.rows += rows.length;
    }
    answer.statusCode = 202;
    answer.end(
      JSON.stringify({
        submission: "0",
        state: "waiting",
        rows: rows.length,
        replayed: isReplayed,
      }),
    );
  }
}

const standInStream = {
  ...{ id: "5".repeat(32), name: "bench", zone: "UTC", kind: "rows", epochLength: "1d" },
  owner: { name: "Kato", handle: "kato" },
  facets: [{ name: "data" }],
  fields: ["time", "item", "value"].map((name) => {
    return { name, type: name === "time" ? "time" : "text", facet: "data", unit: null };
  }),
};

/** Says one line for each item, so many times a second, as an adapter of many sensors does. */
async function speak(socket: Socket, { seconds, items, hertz }: Options): Promise<number> {
  const beginMs = performance.now();
  const rounds = seconds * hertz;
  for (let round = 0; round < rounds; round += 1) {
    const waitMs = beginMs + (round * 1_000) / hertz - performance.now();
    if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
    const time = new Date().toISOString();
    let text = "";
    for (let item = 0; item < items; item += 1) text += `${time}|item-${item}|${round}\n`;
    if (!socket.write(text)) await once(socket, "drain");
  }
  return rounds * items;
}

function readProcess(pid: number): Reading | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? "0";
    return {
      atMs: performance.now(),
      // The kernel's unit of CPU time towards programs: 10 ms.
      cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
      rssBytes: Number(kilobytes) * 1_024,
    };
  } catch {
    return null;
  }
}

async function measure(options: Options): Promise<Readonly<Record<string, unknown>>> {
  const home = await mkdtemp(join(tmpdir(), "tegata-bench-"));
  const gateway = new CountingGateway();
  const stopGateway = await gateway.start(home);
  const adapter = createAdapter();
  adapter.listen(0, "127.0.0.1");
  await once(adapter, "listening");
  const address = adapter.address();
  const port = typeof address === "object" ? address?.port : 0;
  const connected = once(adapter, "connection") as Promise<[Socket]>;
  const words = ["collect", "shdr", `127.0.0.1:${port}`, "bench", "--json"];
  const collector = startTegata(words, { folder: home, home, input: null });
  const readings: Reading[] = [];
  const look = (): void => {
    const reading = readProcess(collector.process.pid ?? 0);
    if (reading !== null) readings.push(reading);
  };
  try {
    const [socket] = await connected;
    socket.on("error", () => undefined);
    const ticker = setInterval(look, 1_000);
    const said = await speak(socket, options);
    const endMs = performance.now();
    while (gateway.rows < said && performance.now() < endMs + 60_000) {
      await new Promise((done) => setTimeout(done, 50));
    }
    clearInterval(ticker);
    look();
    return report(options, gateway, readings, { said, behindMs: performance.now() - endMs });
  } finally {
    collector.process.kill("SIGTERM");
    await collector.ended;
    adapter.close();
    stopGateway();
    await rm(home, { recursive: true, force: true });
  }
}

function report(
  { items, hertz, seconds }: Options,
  gateway: CountingGateway,
  readings: readonly Reading[],
  { said, behindMs }: { readonly said: number; readonly behindMs: number },
): Readonly<Record<string, unknown>> {
  const [first] = readings;
  const warm = readings.filter(({ atMs }) => atMs > (first?.atMs ?? 0) + startMs);
  const [begin, end] = [warm[0], warm.at(-1)];
  const rss = warm.map(({ rssBytes }) => Math.round(rssBytes / 1e6));
  const half = Math.ceil(rss.length / 2);
  const most = (of: readonly number[]): number | null => (of.length === 0 ? null : Math.max(...of));
  const cpuShare =
    begin === undefined || end === undefined || end === begin
      ? null
      : (end.cpuMs - begin.cpuMs) / (end.atMs - begin.atMs);
  return {
    ...{ schema: "tegata.bench-collect/1", items, hertz, seconds, said, counted: gateway.rows },
    ...{ wrong: gateway.wrong, submissions: gateway.submissions },
    ...{ behindMs: Math.round(behindMs), lagMsMax: gateway.lagMsMax },
    cpuShareOfOneCore: cpuShare === null ? null : Math.round(cpuShare * 1_000) / 1_000,
    ...{ rssMbFirstHalf: most(rss.slice(0, half)), rssMbSecondHalf: most(rss.slice(half)) },
    cores: cpus().length,
  };
}

const options = readOptions();
if (options === null) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const result = await measure(options);
  const lines = Object.entries(result).map(([name, value]) => `${name.padEnd(20)} ${value}`);
  process.stdout.write(`${options.isJson ? JSON.stringify(result) : lines.join("\n")}\n`);
  const isWhole = result.counted === result.said && result.wrong === 0;
  if (!isWhole) process.stderr.write("readings were lost or doubled\n");
  process.exitCode = isWhole ? 0 : 1;
}
