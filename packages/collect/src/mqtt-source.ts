import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import type { Collector } from "./collector.ts";
import { reasonOf } from "./errors.ts";
import { collectLimits } from "./limits.ts";
import { hasHeard, type MqttMemo, type MqttWord, messageId, packetsOf } from "./mqtt-memo.ts";
import { isAskedFor } from "./mqtt-topic.ts";
import type { ConnectionEvent } from "./shdr-adapter.ts";
import { type EdgeTopic, nodeName, sparkplugTopic, takeSparkplug } from "./sparkplug.ts";
import { rebirthCommand } from "./sparkplug-payload.ts";

/** What happens between a broker and us. */
export type MqttEvent =
  | ConnectionEvent
  /** The broker does not know this client any more: what came meanwhile may be missing. */
  | { readonly event: "session-lost"; readonly source: string }
  /** Messages of an edge node are missing. */
  | { readonly event: "gap"; readonly of: string; readonly missing: string }
  | { readonly event: "subscription-refused"; readonly topic: string };

/** Which broker, and what of it. */
export interface MqttPlace {
  /** `mqtt://HOST:1883` or `mqtts://HOST:8883`, without name and password. */
  readonly url: string;
  readonly topics: readonly string[];
  /** The same at each start: by it the broker keeps what comes while nobody listens. Null: it keeps nothing. */
  readonly clientId: string | null;
  readonly user: string | null;
  readonly password: string | null;
  /** PEM of who signed the broker's certificate; null: as the system trusts. */
  readonly authority: string | null;
}

/** What listening to a broker needs. */
export interface MqttOptions {
  readonly place: MqttPlace;
  readonly collector: Pick<Collector<MqttMemo>, "hear" | "commit" | "room" | "memo">;
  /** Whether a payload says when it was observed; then the same words are the same reading. */
  readonly isTimed: (payload: string) => boolean;
  readonly tell: (event: MqttEvent) => Promise<void>;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

const readingsLengthMax = 4 * collectLimits.heardBytesMax;

/** Passed to the client in place of its acknowledgement: ours follows when the message is on the disk. */
const later = new Error("acknowledged later");

/**
 * Listens to a broker until it is told to stop. Messages of QoS 1 are acknowledged once they are on the disk,
 * and one that comes again because an acknowledgement was lost is known by what it says.
 * Source: MQTT 3.1.1, sections 3.1.2.4 and 4.4.
 */
export async function followBroker(options: MqttOptions): Promise<void> {
  const { place, signal } = options;
  if (signal.aborted) return;
  const client = connect(place.url, clientOptions(place));
  const listener = new Listener(options, client);
  try {
    await once(signal, "abort");
  } finally {
    // Without a goodbye that the broker could take for the end of the session.
    await listener.end();
  }
}

function clientOptions({ clientId, user, password, authority }: MqttPlace): IClientOptions {
  return {
    ...{ clean: clientId === null, protocolVersion: 4, resubscribe: false },
    ...(clientId === null ? {} : { clientId }),
    keepalive: collectLimits.keepAliveSeconds,
    reconnectPeriod: collectLimits.reconnectMinMs * 4,
    connectTimeout: collectLimits.connectTimeoutMs,
    ...(user === null ? {} : { username: user }),
    ...(password === null ? {} : { password }),
    ...(authority === null ? {} : { ca: authority }),
  };
}

class Listener {
  readonly #options: MqttOptions;
  readonly #client: MqttClient;
  readonly #source: string;
  /** Counts connections: an acknowledgement belongs to the one its message came on. */
  #connection = 0;
  #goneMs = performance.now();
  #isGone = false;
  #wasThere = false;
  readonly #rebirths = new Map<string, number>();

  constructor(options: MqttOptions, client: MqttClient) {
    this.#options = options;
    this.#client = client;
    this.#source = new URL(options.place.url).host;
    client.on("connect", ({ sessionPresent }) => void this.#connected(sessionPresent));
    client.on("error", (error) => void this.#disconnected(reasonOf(error)));
    client.on("close", () => void this.#disconnected("ended"));
    client.handleMessage = (packet, callback) => this.#take(packet as IPublishPacket, callback);
  }

  async end(): Promise<void> {
    await this.#client.endAsync(true).catch(() => undefined);
  }

  async #connected(isSession: boolean): Promise<void> {
    const { place, tell } = this.#options;
    this.#connection += 1;
    this.#isGone = false;
    const source = this.#source;
    const connection = this.#connection;
    const isKnown = this.#wasThere || hasHeard(this.#options.collector.memo);
    this.#wasThere = true;
    if (!isSession && isKnown) await tell({ event: "session-lost", source });
    for (const topic of place.topics) {
      const granted = await this.#client.subscribeAsync(topic, { qos: 1 }).catch(() => []);
      const isRefused = granted.length === 0 || granted.some(({ qos }) => qos > 2);
      if (connection !== this.#connection) return;
      if (isRefused) await tell({ event: "subscription-refused", topic });
    }
    await tell({ event: "connected", source, awayMs: performance.now() - this.#goneMs });
  }

  async #disconnected(reason: string): Promise<void> {
    this.#connection += 1;
    if (this.#isGone || this.#options.signal.aborted) return;
    this.#isGone = true;
    this.#goneMs = performance.now();
    await this.#options.tell({ event: "disconnected", source: this.#source, reason });
  }

  /** Called for each message in order; the next one comes after `callback`. */
  #take(packet: IPublishPacket, callback: (error?: Error) => void): void {
    const { collector } = this.#options;
    const connection = this.#connection;
    this.#hear(packet);
    const synced = collector.commit();
    if (packet.qos === 1) {
      synced.then(
        () => this.#acknowledge(packet.messageId ?? 0, connection),
        // It was not taken: the broker sends it again.
        () => undefined,
      );
    } else synced.catch(() => undefined);
    const next = (): void => callback(packet.qos === 1 ? later : undefined);
    collector.room().then(next, next);
  }

  #hear(packet: IPublishPacket): void {
    const { collector, isTimed, place } = this.#options;
    // The broker goes on with what an earlier run asked for: a stream gets what is asked for now.
    if (!place.topics.some((filter) => isAskedFor(filter, packet.topic))) return;
    const payload = Buffer.from(packet.payload);
    const id = messageId(packet.topic, payload);
    const number = packet.messageId ?? 0;
    const topic = sparkplugTopic(packet.topic);
    if (topic?.type === "command") return;
    const text = isUtf8(payload) ? payload.toString("utf8") : null;
    const before = packetsOf(collector.memo, id);
    const isAgain = packet.dup && before.includes(number);
    const saysWhen = topic !== null || packet.retain || (text !== null && isTimed(text));
    if (isAgain || (saysWhen && before.length > 0)) return;
    const common = { id, packet: number };
    const shown = { ...common, topic: packet.topic, payload: payload.toString("base64", 0, 300) };
    if (payload.length > collectLimits.heardBytesMax) this.#say({ ...shown, type: "long" });
    else if (topic !== null) {
      this.#say(this.#edgeNode(topic, payload, common) ?? { ...shown, type: "sparkplug" });
    } else if (text === null) this.#say({ ...shown, type: "binary" });
    else this.#say({ ...shown, type: "message", payload: text });
  }

  /** What an edge node says, with what is missing of it; null: it is no payload. */
  #edgeNode(
    topic: EdgeTopic,
    payload: Uint8Array,
    common: { readonly id: string; readonly packet: number },
  ): MqttWord | null {
    const { collector, nowMs, tell } = this.#options;
    const taken = takeSparkplug(topic, payload, collector.memo.nodes, nowMs());
    if (taken === null) return null;
    const { readings, misfits, node, gap, needsBirth } = taken;
    // A long topic in front of many names: more than anybody says of a machine.
    const length = readings.reduce(
      (sum, [, item, value]) => sum + item.length + (value ?? "").length,
      0,
    );
    if (length > readingsLengthMax) return null;
    const name = nodeName(topic);
    const missing = gap === null ? [] : [[nowMs(), `${name}/gap`, gap] as const];
    if (gap !== null) void tell({ event: "gap", of: name, missing: gap });
    if (needsBirth) this.#askForBirth(topic);
    return {
      ...common,
      ...{ type: "readings", misfits, node: node === null ? null : [name, node] },
      readings: [...missing, ...readings],
    };
  }

  #say(word: MqttWord): void {
    this.#options.collector.hear(JSON.stringify(word));
  }

  /** An answer on another connection would be for another message. */
  #acknowledge(packet: number, connection: number): void {
    if (connection !== this.#connection || !this.#client.connected) return;
    // PUBACK of MQTT 3.1.1, section 3.4.
    this.#client.stream.write(Buffer.from([0x40, 2, packet >> 8, packet & 0xff]));
  }

  #askForBirth(topic: { readonly group: string; readonly edge: string }): void {
    const name = nodeName(topic);
    const nowMs = performance.now();
    const askedMs = this.#rebirths.get(name) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - askedMs < collectLimits.rebirthMs) return;
    if (this.#rebirths.size > collectLimits.messagesRememberedMax) this.#rebirths.clear();
    this.#rebirths.set(name, nowMs);
    const command = Buffer.from(rebirthCommand(this.#options.nowMs()));
    const place = `spBv1.0/${topic.group}/NCMD/${topic.edge}`;
    this.#client.publishAsync(place, command, { qos: 0 }).catch(() => undefined);
  }
}
