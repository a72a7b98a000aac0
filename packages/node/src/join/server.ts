import { noise } from "@chainsafe/libp2p-noise";
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import {
  createSigner,
  InvariantError,
  type NetworkId,
  type PublicKey,
  publicKey,
} from "@tegata/ledger/primitives";
import { createLibp2p } from "libp2p";
import { NodeError } from "../errors.ts";
import { boundedMuxer } from "../network/bounded-muxer.ts";
import { bareAddress, networkKeyFromSeed } from "../network/identity.ts";
import { networkLimits } from "../network/limits.ts";
import { LogThrottle } from "../network/log-throttle.ts";
import type { NetworkLog } from "../network/network.ts";
import { noiseCrypto } from "../network/noise-crypto.ts";
import { Channel } from "./channel.ts";
import { converse, type JoinKnowledge } from "./dialogue.ts";
import { JoinDoor } from "./door.ts";
import { type JoinLimits, joinLimits } from "./limits.ts";

/** libp2p name of the protocol. Source: docs/PROTOCOL.md section 8. */
export const joinProtocol = "/tegata/1/join";

/** What a listener for companies that join is made of. */
export interface JoinListenerOptions {
  /** Seed of its throw-away key: 32 bytes, and never that of the node. */
  readonly seed: Uint8Array;
  /** Multiaddrs to listen on. */
  readonly listen: readonly string[];
  readonly networkId: NetworkId;
  readonly knowledge: JoinKnowledge;
  readonly log: NetworkLog;
  readonly limits?: JoinLimits;
  /** A function of the knowledge threw: a bug of the host. */
  readonly onFault: (error: unknown) => void;
}

/** The open listener. */
export interface JoinListener {
  /** Ed25519 key it proves to whoever connects; an invitation names it. */
  readonly key: PublicKey;
  /** Multiaddrs it listens on, with real ports. */
  addresses(): readonly string[];
  /** Connections that have a place now, and that were turned away since the start. */
  stats(): { readonly guests: number; readonly turnedAway: number };
  /** Ends every conversation. Never throws. */
  close(): Promise<void>;
}

const logPauseMs = 10_000;

class JoinServer implements JoinListener {
  readonly key: PublicKey;
  readonly #options: JoinListenerOptions;
  readonly #limits: JoinLimits;
  readonly #throttle: LogThrottle;
  readonly #door: JoinDoor;
  readonly #ending = new AbortController();
  #libp2p: Libp2p | null = null;

  constructor(options: JoinListenerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? joinLimits;
    this.key = createSigner(options.seed).publicKey;
    this.#throttle = new LogThrottle(options.log, logPauseMs);
    this.#door = new JoinDoor(this.#limits, this.#throttle);
  }

  async open(): Promise<void> {
    const { seed, listen } = this.#options;
    const libp2p = await createLibp2p({
      privateKey: networkKeyFromSeed(seed),
      start: false,
      addresses: { listen: [...listen] },
      transports: [tcp()],
      connectionEncrypters: [noise({ crypto: noiseCrypto })],
      streamMuxers: [boundedMuxer(networkLimits)],
      connectionGater: this.#door.connectionGater(),
      connectionMonitor: { enabled: false },
      connectionManager: {
        // The door counts; the library's own counts know no difference between hosts.
        maxConnections: Number.POSITIVE_INFINITY,
        maxIncomingPendingConnections: Number.POSITIVE_INFINITY,
        inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
        inboundUpgradeTimeout: this.#limits.proofTimeoutMs,
        inboundStreamProtocolNegotiationTimeout: this.#limits.proofTimeoutMs,
        reconnectRetries: 0,
      },
    });
    this.#libp2p = libp2p;
    const bounds = { maxInboundStreams: 1, maxOutboundStreams: 0 };
    await libp2p.handle(
      joinProtocol,
      (stream, connection) => this.#take(stream, connection),
      bounds,
    );
    try {
      await libp2p.start();
    } catch (cause) {
      await this.close();
      const message = `nothing can be opened at ${listen.join(", ")}`;
      throw new NodeError("NODE_LISTEN_FAILED", message, { addresses: [...listen] }, cause);
    }
  }

  addresses(): readonly string[] {
    return (this.#libp2p?.getMultiaddrs() ?? []).map(bareAddress);
  }

  stats(): { readonly guests: number; readonly turnedAway: number } {
    return { guests: this.#door.guests, turnedAway: this.#door.turnedAway };
  }

  async close(): Promise<void> {
    this.#ending.abort();
    try {
      await this.#libp2p?.stop();
    } catch (error) {
      this.#options.log.warn({ error }, "the join listener did not stop cleanly");
    }
  }

  #take(stream: Stream, connection: Connection): void {
    this.#converse(stream, connection).then(
      () => connection.abort(new Error("the conversation is over")),
      (error: unknown) => {
        this.#onEnd(connection, error);
        // What was said last still leaves; the door ends a connection that does not end by itself.
        connection.close({ signal: AbortSignal.timeout(1_000) }).catch(() => {
          connection.abort(new Error("the conversation is over"));
        });
      },
    );
  }

  async #converse(stream: Stream, connection: Connection): Promise<void> {
    const { networkId, knowledge } = this.#options;
    const gone = new AbortController();
    connection.addEventListener("close", () => gone.abort());
    const stranger = connection.remotePeer.publicKey?.raw;
    if (stranger?.length !== 32) throw new NodeError("NODE_JOIN_BROKEN", "not its key", null);
    await converse({
      channel: new Channel(stream, this.#limits.frameBytesMax),
      limits: this.#limits,
      knowledge,
      scene: { networkId, listenerKey: this.key, strangerKey: publicKey(stranger) },
      signal: AbortSignal.any([gone.signal, this.#ending.signal]),
      onProven: (key) => {
        this.#door.prove(connection.remoteAddr.toString());
        const fields = { host: connection.remoteAddr.toString(), invitation: key };
        this.#throttle.info(`proven ${key}`, fields, "an invited company connected");
      },
    });
  }

  #onEnd(connection: Connection, error: unknown): void {
    const host = connection.remoteAddr.toString();
    if (this.#ending.signal.aborted) return;
    if (error instanceof NodeError) {
      const { code, message, detail } = error;
      this.#throttle.info(`join ${code}`, { host, code, detail }, message);
      return;
    }
    const isGone = connection.status !== "open" && !(error instanceof InvariantError);
    if (!isGone) this.#options.onFault(error);
  }
}

/**
 * Opens a listener for companies that hold an invitation, with a key and a port of its own.
 * @throws NODE_LISTEN_FAILED
 */
export async function openJoinListener(options: JoinListenerOptions): Promise<JoinListener> {
  const server = new JoinServer(options);
  await server.open();
  return server;
}
