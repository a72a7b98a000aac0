import type { Connection, Stream } from "@libp2p/interface";
import type { NetworkId } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { Answerer } from "./answerer.ts";
import { Asker } from "./asker.ts";
import { decodeChunk, decodeCredit, decodeRefuse } from "./exchange-frames.ts";
import type { Frame } from "./frames.ts";
import type { Peer } from "./gate.ts";
import { checkHello, encodeHello, type Greeting } from "./hello.ts";
import {
  type FrameType,
  frameRules,
  frameTypes,
  type MessageType,
  type NetworkLimits,
  type StreamClass,
  streamClasses,
} from "./limits.ts";
import type { Head, RequestOptions, RequestRefusal } from "./network.ts";
import { receive } from "./receiver.ts";
import { SendQueue } from "./send-queue.ts";

/** libp2p name of the protocol of a class. Source: docs/PROTOCOL.md section 8. */
export function protocolOf(streamClass: StreamClass): string {
  return `/tegata/1/${streamClass}`;
}

/** What a link tells its owner; none of these may throw. */
export interface LinkEvents {
  /** Both hellos are exchanged on all streams. */
  onEstablished(link: Link, greeting: Greeting): void;
  onFrame(link: Link, type: MessageType, body: Uint8Array): void | Promise<void>;
  onRequest(
    link: Link,
    what: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array | RequestRefusal>;
  /** The link is over, once; a NodeError says that the peer broke a rule. */
  onClosed(link: Link, reason: Error): void;
}

/** What a link is made of. */
export interface LinkOptions {
  readonly connection: Connection;
  readonly peer: Peer;
  readonly networkId: NetworkId;
  readonly era: number;
  readonly head: () => Head;
  readonly versionInForce: () => number;
  readonly limits: NetworkLimits;
  readonly events: LinkEvents;
}

/** One connection with a member: three streams out, three streams in, and what waits for them. */
export class Link {
  readonly peer: Peer;
  readonly connection: Connection;
  readonly #options: LinkOptions;
  readonly #queues: Readonly<Record<StreamClass, SendQueue>>;
  readonly #asker: Asker;
  readonly #answerer: Answerer;
  readonly #helloTimer: NodeJS.Timeout;
  readonly #established: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #incoming: Set<StreamClass> = new Set();
  readonly #greeted: Set<StreamClass> = new Set();
  #outgoing: Stream | null = null;
  #opened = false;
  #greeting: Greeting | null = null;
  #establishedAtMs: number | null = null;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.connection = options.connection;
    const { limits } = options;
    const queue = (streamClass: StreamClass): SendQueue =>
      new SendQueue({
        bytesMax: limits.queueBytesMax[streamClass],
        chunkBytes: limits.sendChunkBytes,
        overflow: streamClass === "bulk" ? "fail" : "drop oldest",
        counters: this.peer.counters.streams[streamClass],
        onFailure: (error) => this.close(error ?? this.#stalled()),
      });
    this.#queues = { vote: queue("vote"), tx: queue("tx"), bulk: queue("bulk") };
    const dialed = this.connection.direction === "outbound";
    const push = (type: FrameType, body: Uint8Array): void => this.#queues.bulk.push(type, body);
    const { memberId } = this.peer;
    this.#asker = new Asker({ memberId, dialer: dialed, limits, push });
    this.#answerer = new Answerer({
      peerDialed: !dialed,
      limits,
      push,
      answer: (what, signal) => options.events.onRequest(this, what, signal),
    });
    this.#helloTimer = setTimeout(() => {
      const timeoutMs = limits.helloTimeoutMs;
      this.close(new Error(`no complete hello after ${timeoutMs} ms`));
    }, limits.helloTimeoutMs);
  }

  /** Monotonic time at which the hellos were complete; null before. */
  get establishedAtMs(): number | null {
    return this.#establishedAtMs;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Round trip of the last ping in milliseconds; null before the first. */
  get rttMs(): number | null {
    const read: unknown = this.#outgoing === null ? null : Reflect.get(this.#outgoing, "getRTT");
    const rttMs: unknown = typeof read === "function" ? read.call(this.#outgoing) : null;
    return typeof rttMs === "number" && rttMs >= 0 ? rttMs : null;
  }

  queueBytes(streamClass: StreamClass): number {
    return this.#queues[streamClass].bytes;
  }

  /** Opens the outgoing streams and says hello on each; a failure closes the link. */
  open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    Promise.all(streamClasses.map((streamClass) => this.#openStream(streamClass))).then(
      ([vote]) => {
        this.#outgoing = vote ?? null;
        this.#maybeEstablished();
      },
      (error: Error) => this.close(error),
    );
  }

  /** Takes over a stream the peer opened; a second one of its class breaks the protocol. */
  accept(streamClass: StreamClass, stream: Stream): void {
    if (this.#closed || this.#incoming.has(streamClass)) {
      stream.abort(new Error("one stream of a class at a time"));
      return;
    }
    this.#incoming.add(streamClass);
    receive({
      stream,
      streamClass,
      counters: this.peer.counters.streams[streamClass],
      onFrame: (frame) => this.#onFrame(streamClass, frame),
      onFailure: (error) => this.close(error),
    });
  }

  /** Queues a message; the link is established. */
  send(type: MessageType, body: Uint8Array): void {
    this.#queues[frameRules[type].stream as StreamClass].push(type, body);
  }

  /** As {@link Network.request}. */
  request(what: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    return this.#asker.request(what, options);
  }

  /** Ends the link and its connection at once; what waits is dropped and requests fail. */
  close(reason: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#helloTimer);
    for (const streamClass of streamClasses) this.#queues[streamClass].close();
    this.#asker.close();
    this.#answerer.close();
    this.connection.abort(reason);
    this.#options.events.onClosed(this, reason);
  }

  async #openStream(streamClass: StreamClass): Promise<Stream> {
    const signal = AbortSignal.timeout(this.#options.limits.helloTimeoutMs);
    const stream = await this.connection.newStream(protocolOf(streamClass), { signal });
    stream.addEventListener("close", (event) => {
      this.close(event.error ?? new Error("a stream was closed"));
    });
    const { networkId, era, head } = this.#options;
    this.#queues[streamClass].push(frameTypes.hello, encodeHello(networkId, era, head()));
    this.#queues[streamClass].attach(stream);
    return stream;
  }

  #onFrame(streamClass: StreamClass, frame: Frame): void | Promise<void> {
    const { type, body } = frame;
    if (this.#closed) return;
    switch (type) {
      case frameTypes.hello: {
        const { networkId, era, versionInForce } = this.#options;
        const context = { networkId, era, versionInForce: versionInForce() };
        const greeting = checkHello(body, context);
        this.#greeting ??= greeting;
        this.#greeted.add(streamClass);
        this.#maybeEstablished();
        // Nothing behind the hello is read before the host knows of the connection.
        return this.#establishedAtMs === null ? this.#established.promise : undefined;
      }
      case frameTypes.request:
        return this.#answerer.onRequest(body);
      case frameTypes.chunk:
        return this.#asker.onChunk(decodeChunk(body));
      case frameTypes.credit:
        return this.#answerer.onCredit(decodeCredit(body));
      case frameTypes.refuse: {
        const refuse = decodeRefuse(body);
        if (this.#asker.owns(refuse.requestId)) this.#asker.onRefuse(refuse);
        else this.#answerer.onCancel(refuse);
        return;
      }
      default:
        return this.#options.events.onFrame(this, type, body);
    }
  }

  #maybeEstablished(): void {
    const complete = this.#outgoing !== null && this.#greeted.size === streamClasses.length;
    if (!complete || this.#greeting === null || this.#closed) return;
    clearTimeout(this.#helloTimer);
    this.#establishedAtMs = performance.now();
    this.#options.events.onEstablished(this, this.#greeting);
    this.#established.resolve();
  }

  #stalled(): NodeError {
    const message = "the peer asks and does not take the answers";
    return new NodeError("NODE_PEER_STALLED", message, {
      bytes: this.#options.limits.queueBytesMax.bulk,
    });
  }
}
