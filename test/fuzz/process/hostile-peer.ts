import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { networkKeyFromSeed } from "../../../packages/node/src/network/identity.ts";
import { type StreamClass, streamClasses } from "../../../packages/node/src/network/limits.ts";
import { protocolOf } from "../../../packages/node/src/network/link.ts";
import { frame } from "../../../packages/node/test/network/hostile.ts";
import { until } from "../../helpers/waiting.ts";

const dialPatienceMs = 20_000;
const answerPatienceMs = 3_000;
/** Below the streams a ping may be taken for the data that a header announced, and never be answered. */
const belowPatienceMs = 100;

interface Muxer {
  send(bytes: Uint8Array): boolean;
  ping(options?: { readonly signal: AbortSignal }): Promise<number>;
}

/** A member that breaks every rule: plain libp2p with the key of a company, without any bounds of ours. */
export class HostilePeer {
  readonly #libp2p: Libp2p;
  readonly #address: string;
  readonly #hello: () => Uint8Array;
  #connection: Connection | null = null;
  #streams = new Map<StreamClass, Stream>();
  /** How often the other side ended the connection. */
  cutOff = 0;

  private constructor(libp2p: Libp2p, address: string, hello: () => Uint8Array) {
    this.#libp2p = libp2p;
    this.#address = address;
    this.#hello = hello;
  }

  /** `seed`: of the member's network key; `hello`: what an honest member would say first. */
  static async create(
    seed: Uint8Array,
    address: string,
    hello: () => Uint8Array,
  ): Promise<HostilePeer> {
    const libp2p = await createLibp2p({
      privateKey: networkKeyFromSeed(seed),
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux({ enableKeepAlive: false })],
      connectionMonitor: { enabled: false },
      connectionManager: { reconnectRetries: 0 },
    });
    for (const streamClass of streamClasses) {
      await libp2p.handle(protocolOf(streamClass), (stream) => {
        // Reads and forgets, so that the other side's hellos arrive.
        stream.addEventListener("message", () => undefined);
      });
    }
    return new HostilePeer(libp2p, address, hello);
  }

  async stop(): Promise<void> {
    await this.#libp2p.stop();
  }

  /** Writes on a stream behind a proper hello, and waits until the other side has seen it or has had enough. */
  async onStream(streamClass: StreamClass, bytes: Uint8Array): Promise<void> {
    await this.#tried(async () => {
      await this.#greeted();
      this.#streams.get(streamClass)?.send(bytes);
    });
  }

  /** Writes on the streams of a connection of its own, before anything else. */
  async asFirstWords(bytes: Uint8Array, classes: readonly StreamClass[]): Promise<void> {
    await this.hangUp();
    await this.#tried(async () => {
      const connection = await this.#dialed();
      for (const streamClass of classes) {
        (await connection.newStream(protocolOf(streamClass))).send(bytes);
      }
    });
    await this.hangUp();
  }

  /** Writes below the streams. */
  async belowStreams(bytes: Uint8Array): Promise<void> {
    await this.#tried(async () => {
      await this.#greeted();
      this.#muxer().send(bytes);
    }, belowPatienceMs);
    await this.hangUp();
  }

  async hangUp(): Promise<void> {
    this.#connection?.abort(new Error("done"));
    this.#connection = null;
    this.#streams = new Map();
  }

  /** What is sent into a connection that ends fails here; that is the other side's good right. */
  async #tried(write: () => Promise<void>, patienceMs = answerPatienceMs): Promise<void> {
    try {
      await write();
      // Frames come in order: the answer to a ping says that what stood before it was read.
      const signal = AbortSignal.timeout(patienceMs);
      await Promise.race([this.#muxer().ping({ signal }), this.#ended()]);
    } catch {
      if (this.#connection?.status !== "open") this.cutOff += 1;
      await this.hangUp();
    }
  }

  /** Rejects when the other side has had enough. */
  #ended(): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    const end = (): void => reject(new Error("cut off"));
    if (this.#connection?.status === "open") this.#connection.addEventListener("close", end);
    else end();
    promise.catch(() => undefined);
    return promise;
  }

  #muxer(): Muxer {
    return Reflect.get(this.#connection ?? {}, "muxer") as Muxer;
  }

  async #dialed(): Promise<Connection> {
    if (this.#connection?.status === "open") return this.#connection;
    this.#streams = new Map();
    const dial = (): Promise<Connection | null> =>
      this.#libp2p.dial(multiaddr(this.#address), { force: true }).catch(() => null);
    // Whoever was just turned away is kept out for a moment.
    this.#connection = await until("the node takes a connection", dial, dialPatienceMs);
    return this.#connection;
  }

  async #greeted(): Promise<void> {
    const connection = await this.#dialed();
    if (this.#streams.size === streamClasses.length) return;
    for (const streamClass of streamClasses) {
      const stream = await connection.newStream(protocolOf(streamClass));
      this.#streams.set(streamClass, stream);
      stream.send(frame(1, this.#hello()));
    }
  }
}
