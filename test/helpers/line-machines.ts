import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { StandInAgent } from "../../packages/cli/test/stand-in-agent.ts";
import { metric, payload } from "../../packages/collect/test/sparkplug-bytes.ts";
import type { Places } from "./guide.ts";
import { Mosquitto } from "./mosquitto.ts";

const pauseMs = 100;
const births = 20;

/** An adapter, a broker and an agent of a line that runs: each says something again and again. */
export class LineMachines {
  readonly broker: Mosquitto;
  readonly agent: StandInAgent;
  readonly #adapter: Server;
  readonly #publisher: MqttClient;
  readonly #ticker: NodeJS.Timeout;
  readonly #folder: string;
  #ticks = 0;

  private constructor(
    adapter: Server,
    agent: StandInAgent,
    { broker, publisher, folder }: Awaited<ReturnType<typeof startBroker>>,
  ) {
    this.#adapter = adapter;
    this.agent = agent;
    this.broker = broker;
    this.#publisher = publisher;
    this.#folder = folder;
    this.#ticker = setInterval(() => this.#tick(), pauseMs);
  }

  static async start(): Promise<LineMachines> {
    const adapter = await startAdapter();
    const agent = new StandInAgent(100);
    await agent.start();
    return new LineMachines(adapter, agent, await startBroker());
  }

  /** Port of the adapter. */
  get adapterPort(): number {
    const address = this.#adapter.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    this.#adapter.close();
    await this.#publisher.endAsync(true);
    await this.broker.kill();
    await this.agent.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #tick(): void {
    const nowMs = Date.now();
    const time = new Date(nowMs).toISOString();
    this.agent.observe(time, "Xload", "12");
    const publish = (topic: string, text: string | Buffer) => {
      this.#publisher.publish(topic, text, { qos: 1 });
    };
    publish("line-1/press-3/temperature", JSON.stringify({ time, value: 181.4 }));
    const seq = this.#ticks % births;
    this.#ticks += 1;
    const oil = metric({
      ...{ name: "oil/temperature", timestamp: nowMs, datatype: 10, double: 48.1 },
    });
    const message = payload({ timestamp: nowMs, seq, metrics: [oil] });
    publish(`spBv1.0/plant/${seq === 0 ? "NBIRTH" : "NDATA"}/press-3`, message);
  }
}

async function startAdapter(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    const ticker = setInterval(() => {
      socket.write(`${new Date().toISOString()}|execution|ACTIVE|Xload|11|path_feedrate|1201\n`);
    }, pauseMs);
    socket.once("close", () => clearInterval(ticker));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function startBroker() {
  const folder = await mkdtemp(join(tmpdir(), "tegata-broker-"));
  const broker = await Mosquitto.make(folder);
  await broker.start();
  const publisher = await connectAsync(broker.url);
  publisher.on("error", () => undefined);
  return { folder, broker, publisher };
}

/** The line as the guides show it, with where it is in this test. */
export async function startLine(): Promise<Places> {
  const machines = await LineMachines.start();
  onTestFinished(() => machines.stop());
  return [
    ["10.0.0.7:7878", `127.0.0.1:${machines.adapterPort}`],
    ["10.0.0.7 7878", `127.0.0.1 ${machines.adapterPort}`],
    ["mqtt://10.0.0.9", machines.broker.url],
    ["http://10.0.0.8:5000", machines.agent.url],
  ];
}
