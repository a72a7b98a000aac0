import { createHash } from "node:crypto";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createSigner, type PublicKey } from "@tegata/ledger/primitives";
import { createLibp2p } from "libp2p";
import { Channel } from "../../src/join/channel.ts";
import {
  decodeServerMessage,
  encodeStrangerMessage,
  type ServerMessage,
  type StrangerMessage,
} from "../../src/join/messages.ts";
import { proveInvitation } from "../../src/join/proof.ts";
import { joinProtocol } from "../../src/join/server.ts";
import { networkKeyFromSeed, peerIdOfKey } from "../../src/network/identity.ts";
import { until } from "../network/testnet.ts";
import type { Host } from "./host.ts";

const patienceMs = 10_000;

/** Somebody who speaks with a listener as he likes: plain libp2p without our bounds. */
export class Stranger {
  readonly key: PublicKey;
  readonly connection: Connection;
  readonly #libp2p: Libp2p;
  readonly #host: Host;
  #channel: Channel | null = null;
  #stream: Stream | null = null;
  /** The greeting's, once it was read. */
  nonce = new Uint8Array(32);

  private constructor(host: Host, libp2p: Libp2p, connection: Connection, key: PublicKey) {
    this.#host = host;
    this.#libp2p = libp2p;
    this.connection = connection;
    this.key = key;
  }

  /** Connects from a loopback address of its own; `name` gives it a key. */
  static async connect(host: Host, name: string, localAddress = "127.0.0.1"): Promise<Stranger> {
    const seed = new Uint8Array(createHash("sha256").update(name).digest());
    // Handed on to the socket as it is, whatever the type names.
    const dialOpts: object = { localAddress };
    const libp2p = await createLibp2p({
      privateKey: networkKeyFromSeed(seed),
      addresses: { listen: [] },
      transports: [tcp({ dialOpts })],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux({ enableKeepAlive: false })],
      connectionMonitor: { enabled: false },
      connectionManager: { reconnectRetries: 0 },
    });
    try {
      const address = `${host.addresses()[0]}/p2p/${peerIdOfKey(host.listener.key)}`;
      const connection = await libp2p.dial(multiaddr(address));
      return new Stranger(host, libp2p, connection, createSigner(seed).publicKey);
    } catch (error) {
      await libp2p.stop();
      throw error;
    }
  }

  /** Opens the stream and reads the greeting. */
  async greet(): Promise<ServerMessage> {
    this.#stream = await this.connection.newStream(joinProtocol);
    this.#channel = new Channel(this.#stream, 1_000_000);
    const greeting = await this.hear();
    if (greeting.type === "greeting") this.nonce = new Uint8Array(greeting.nonce);
    return greeting;
  }

  /** A proof of the host's invitation for the conversation of this stranger, or of another one. */
  proof(of: Pick<Stranger, "nonce" | "key"> = this): StrangerMessage {
    const { networkId, invitationSeed, invitationKey, listener } = this.#host;
    const scene = { networkId, nonce: of.nonce, listenerKey: listener.key, strangerKey: of.key };
    return { type: "proof", invitationKey, signature: proveInvitation(invitationSeed, scene) };
  }

  async say(message: StrangerMessage): Promise<void> {
    await this.#open().write(encodeStrangerMessage(message), patienceMs);
  }

  async hear(): Promise<ServerMessage> {
    return decodeServerMessage(await this.#open().read(patienceMs));
  }

  /** Greets, proves the invitation and is accepted. */
  async enter(): Promise<void> {
    await this.greet();
    await this.say(this.proof());
    const answer = await this.hear();
    if (answer.type !== "accepted") throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  }

  /** Bytes as they are, whatever they mean. */
  sendRaw(bytes: Uint8Array): void {
    if (this.connection.status === "open") this.#stream?.send(bytes);
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#stream?.pause();
  }

  async cutOff(what: string): Promise<void> {
    await until(() => this.connection.status !== "open", what);
  }

  async stop(): Promise<void> {
    await this.#libp2p.stop();
  }

  #open(): Channel {
    if (this.#channel === null) throw new Error("no stream");
    return this.#channel;
  }
}
