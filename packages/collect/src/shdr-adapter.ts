import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Collector } from "./collector.ts";
import { rest } from "./delivery.ts";
import { reasonOf } from "./errors.ts";
import { collectLimits } from "./limits.ts";
import { type AdapterWord, ShdrLines } from "./shdr-lines.ts";

/** Where an adapter listens. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What happens to the connection to a source. */
export type ConnectionEvent =
  | { readonly event: "connected"; readonly source: string; readonly awayMs: number }
  | { readonly event: "disconnected"; readonly source: string; readonly reason: string };

/** What following an adapter needs. */
export interface AdapterOptions {
  readonly address: HostPort;
  readonly collector: Pick<Collector<null>, "hear" | "commit" | "room">;
  readonly tell: (event: ConnectionEvent) => Promise<void>;
  readonly signal: AbortSignal;
}

const ping = "* PING\n";

/** What an adapter said, as it goes to the spool: one sign for its type, and the words. */
export function spoolText({ type, text }: AdapterWord): string {
  return `${signs[type]}${text}`;
}

/** The opposite of {@link spoolText}. */
export function adapterWord(text: string): AdapterWord {
  return { type: types[text.slice(0, 1)] ?? "torn", text: text.slice(1) };
}

const signs: Readonly<Record<AdapterWord["type"], string>> = {
  ...{ line: "=", torn: "~", long: "+", asset: "@", encoding: "?", command: "*" },
};
const types: Readonly<Record<string, AdapterWord["type"]>> = Object.fromEntries(
  Object.entries(signs).map(([type, sign]) => [sign, type as AdapterWord["type"]]),
);

/**
 * Listens to an MTConnect adapter until it is told to stop, and connects again whenever the connection ends,
 * breaks, or is silent for longer than the adapter's heartbeat allows.
 * Source: MTConnect adapter protocol, `* PING` and `* PONG n`.
 */
export async function followAdapter(options: AdapterOptions): Promise<void> {
  const { address, tell, signal } = options;
  const source = `${address.host}:${address.port}`;
  const { reconnectMinMs, reconnectMaxMs } = collectLimits;
  let [pauseMs, goneMs, isTold] = [reconnectMinMs as number, performance.now(), false];
  while (!signal.aborted) {
    let reason: string;
    let isHeard = false;
    const connected = async (): Promise<void> => {
      isTold = false;
      await tell({ event: "connected", source, awayMs: performance.now() - goneMs });
    };
    try {
      isHeard = await listen(options, connected);
      reason = "ended";
    } catch (error) {
      reason = reasonOf(error);
    }
    if (signal.aborted) return;
    if (!isTold) {
      goneMs = performance.now();
      await tell({ event: "disconnected", source, reason });
    }
    isTold = true;
    pauseMs = isHeard ? reconnectMinMs : Math.min(2 * pauseMs, reconnectMaxMs);
    await rest(pauseMs, signal);
  }
}

/** One connection to its end; whether anything was heard. @throws what broke it */
async function listen(options: AdapterOptions, connected: () => Promise<void>): Promise<boolean> {
  const { address, collector, signal } = options;
  const socket = connect({ ...address, noDelay: true, keepAlive: true });
  const lines = new ShdrLines("adapter");
  let isHeard = false;
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  const heartbeat = new Heartbeat(socket);
  try {
    await opened(socket, signal);
    await connected();
    heartbeat.ask();
    for await (const chunk of socket) {
      heartbeat.heard();
      for (const word of lines.take(chunk as Buffer)) {
        if (word.type === "command") heartbeat.command(word.text);
        else {
          isHeard = true;
          collector.hear(spoolText(word));
        }
      }
      void collector.commit().catch(() => undefined);
      heartbeat.isReading = false;
      await collector.room();
      heartbeat.isReading = true;
      heartbeat.heard();
    }
    return isHeard;
  } catch (error) {
    if (signal.aborted) return isHeard;
    throw heartbeat.isOver ? new Error("no heartbeat") : error;
  } finally {
    heartbeat.stop();
    signal.removeEventListener("abort", stop);
    socket.destroy();
    for (const word of lines.end()) collector.hear(spoolText(word));
    await collector.commit();
  }
}

async function opened(socket: Socket, signal: AbortSignal): Promise<void> {
  const timer = setTimeout(
    () => socket.destroy(new Error("ETIMEDOUT")),
    collectLimits.connectTimeoutMs,
  );
  try {
    await once(socket, "connect", { signal });
  } finally {
    clearTimeout(timer);
  }
}

/** Asks an adapter for a sign of life as often as it wants to be asked; one that knows none is left alone. */
class Heartbeat {
  readonly #socket: Socket;
  #periodMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastMs = performance.now();
  isOver = false;
  /** While nothing is read, silence says nothing. */
  isReading = true;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  ask(): void {
    this.#socket.write(ping);
  }

  heard(): void {
    this.#lastMs = performance.now();
  }

  command(text: string): void {
    const [, said] = /^\*\s*PONG\s+(\d{1,9})\s*$/.exec(text) ?? [];
    if (said === undefined) return;
    const { heartbeatMsMin, heartbeatMsMax } = collectLimits;
    const periodMs = Math.min(Math.max(Number(said), heartbeatMsMin), heartbeatMsMax);
    if (periodMs === this.#periodMs) return;
    this.stop();
    this.#periodMs = periodMs;
    this.#timer = setInterval(() => this.#look(periodMs), periodMs / 2);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #look(periodMs: number): void {
    if (this.isReading && performance.now() - this.#lastMs > 2 * periodMs) {
      this.isOver = true;
      this.#socket.destroy(new Error("no heartbeat"));
    } else this.ask();
  }
}
