import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { concat, idBytes } from "@tegata/ledger/primitives";
import { createLibp2p } from "libp2p";
import { frameHeaderBytes, writeFrameHeader } from "../../src/network/frames.ts";
import { encodeHello } from "../../src/network/hello.ts";
import { type FrameType, type StreamClass, streamClasses } from "../../src/network/limits.ts";
import { protocolOf } from "../../src/network/link.ts";
import { blockId, identity, networkId, type TestNode, until } from "./testnet.ts";

/** A member that speaks the protocol only as far as its test wants: plain libp2p without our bounds. */
export class Hostile {
  readonly #libp2p: Libp2p;
  readonly connection: Connection;
  readonly streams: Map<StreamClass, Stream> = new Map();

  private constructor(libp2p: Libp2p, connection: Connection) {
    this.#libp2p = libp2p;
    this.connection = connection;
  }

  /** Connects with the key of the member with this number; says nothing yet. */
  static async dial(number: number, victim: TestNode): Promise<Hostile> {
    const { seed, networkKey } = identity(number);
    const libp2p = await createLibp2p({
      privateKey: privateKeyFromRaw(concat(seed, idBytes(networkKey))),
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux({ enableKeepAlive: false })],
      connectionMonitor: { enabled: false },
    });
    for (const streamClass of streamClasses) {
      await libp2p.handle(protocolOf(streamClass), (stream) => {
        // Reads and forgets, so that the victim's hellos arrive.
        stream.addEventListener("message", () => undefined);
      });
    }
    const address = `${victim.network.addresses()[0]}/p2p/${victim.network.peerId}`;
    return new Hostile(libp2p, await libp2p.dial(multiaddr(address)));
  }

  /** Opens the three streams and says a proper hello on each. */
  async greet(
    hello: Uint8Array = encodeHello(networkId, 0, { height: 0, blockId }),
  ): Promise<void> {
    for (const streamClass of streamClasses) {
      await this.open(streamClass);
      this.send(streamClass, frame(1, hello));
    }
  }

  async open(streamClass: StreamClass): Promise<void> {
    this.streams.set(streamClass, await this.connection.newStream(protocolOf(streamClass)));
  }

  send(streamClass: StreamClass, bytes: Uint8Array): void {
    this.streams.get(streamClass)?.send(bytes);
  }

  /** Writes below the streams, as only a changed program can. */
  sendRaw(bytes: Uint8Array): boolean {
    const muxer = Reflect.get(this.connection, "muxer") as { send(bytes: Uint8Array): boolean };
    return muxer.send(bytes);
  }

  /** Stops reading the socket, so that what the victim sends piles up there. */
  pauseTransport(): void {
    (Reflect.get(this.connection, "maConn") as { pause(): void }).pause();
  }

  async cutOff(): Promise<void> {
    await until(() => this.connection.status !== "open", "the victim closes the connection");
  }

  async stop(): Promise<void> {
    await this.#libp2p.stop();
  }
}

/** Bytes of a frame, whatever its length and type. */
export function frame(type: number, body: Uint8Array, announcedBytes = body.length): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + body.length);
  writeFrameHeader(bytes, 0, type as FrameType, announcedBytes);
  bytes.set(body, frameHeaderBytes);
  return bytes;
}
