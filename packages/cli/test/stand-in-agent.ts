import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { onTestFinished } from "vitest";

/** One observation of a stand-in. */
export interface StandInObservation {
  readonly sequence: number;
  readonly time: string;
  readonly item: string;
  readonly value: string;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** An MTConnect agent that keeps a bounded number of observations, as real ones do. */
export class StandInAgent {
  port = 0;
  instance = "1790000000";
  readonly bufferSize: number;
  /** Document that describes its devices. */
  devices =
    '<MTConnectDevices><Header instanceId="1"/><Devices><Device name="M1"/></Devices></MTConnectDevices>';
  /** What every answer is instead, where a test wants another. */
  instead: string | null = null;
  readonly asked: string[] = [];
  #observations: StandInObservation[] = [];
  #next = 1;
  #server: Server | null = null;

  constructor(bufferSize: number) {
    this.bufferSize = bufferSize;
    onTestFinished(() => this.stop());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  observe(time: string, item: string, value: string): void {
    this.#observations.push({ sequence: this.#next, time, item, value });
    this.#next += 1;
    if (this.#observations.length > this.bufferSize) this.#observations.shift();
  }

  /** Begins to count anew, as a process that was started again. */
  restart(instance: string): void {
    this.instance = instance;
    this.#observations = [];
    this.#next = 1;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const url = request.url ?? "";
      this.asked.push(url);
      response.setHeader("content-type", "text/xml");
      response.end(this.instead ?? this.#answer(new URL(url, this.url)));
    });
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }

  #answer({ pathname, searchParams }: URL): string {
    const first = this.#observations[0]?.sequence ?? this.#next;
    if (pathname === "/probe") return this.devices;
    if (pathname === "/current") {
      const latest = new Map(this.#observations.map((one) => [one.item, one]));
      return this.#streams([...latest.values()], this.#next, first);
    }
    const from = Number(searchParams.get("from"));
    const count = Number(searchParams.get("count"));
    if (from < first || from > this.#next) {
      return '<MTConnectError><Errors><Error errorCode="OUT_OF_RANGE">no</Error></Errors></MTConnectError>';
    }
    const found = this.#observations.filter(({ sequence }) => sequence >= from).slice(0, count);
    return this.#streams(found, (found.at(-1)?.sequence ?? from - 1) + 1, first);
  }

  #streams(observations: readonly StandInObservation[], next: number, first: number): string {
    const elements = observations.map(({ sequence, time, item, value }) => {
      const attributes = `dataItemId="${escaped(item)}" sequence="${sequence}" timestamp="${time}"`;
      return `<Load ${attributes}>${escaped(value)}</Load>`;
    });
    const header = `<Header instanceId="${this.instance}" firstSequence="${first}" lastSequence="${this.#next - 1}" nextSequence="${next}"/>`;
    return `<?xml version="1.0"?><MTConnectStreams>${header}<Streams><DeviceStream name="M1"><ComponentStream><Samples>${elements.join("")}</Samples></ComponentStream></DeviceStream></Streams></MTConnectStreams>`;
  }
}
