const KIB = 1_024;
const MIB = 1_024 * KIB;

/** The three streams of a pair of members, in each direction; a busy one never holds up another. */
export type StreamClass = "vote" | "tx" | "bulk";

/** All stream classes, the most urgent first. */
export const streamClasses: readonly StreamClass[] = ["vote", "tx", "bulk"];

/** Number of each frame on the wire. Source: docs/PROTOCOL.md section 8. */
export const frameTypes = Object.freeze({
  hello: 1,
  proposal: 10,
  vote: 11,
  commitCertificate: 12,
  polkaCertificate: 13,
  roundCertificate: 14,
  status: 15,
  evidence: 16,
  question: 17,
  answer: 18,
  presence: 19,
  transactions: 20,
  announce: 21,
  want: 22,
  compactBlock: 23,
  request: 30,
  chunk: 31,
  credit: 32,
  refuse: 33,
});

/** The number of a frame of any kind. */
export type FrameType = (typeof frameTypes)[keyof typeof frameTypes];

/** Frames that belong to the network itself; the rest is handed to the host. */
export type InternalFrameType = 1 | 30 | 31 | 32 | 33;

/** Frames the host sends and receives: votes, certificates, transactions. */
export type MessageType = Exclude<FrameType, InternalFrameType>;

/** Where a frame travels and how many bytes its body may have. */
export interface FrameRule {
  /** `each`: the first frame of every stream and never again. */
  readonly stream: StreamClass | "each";
  readonly bodyBytesMax: number;
}

/** The rule of every frame. Source: docs/PROTOCOL.md section 8. */
export const frameRules: Readonly<Record<FrameType, FrameRule>> = Object.freeze({
  1: { stream: "each", bodyBytesMax: 256 },
  10: { stream: "vote", bodyBytesMax: 96 * KIB },
  11: { stream: "vote", bodyBytesMax: KIB },
  12: { stream: "vote", bodyBytesMax: 64 * KIB },
  13: { stream: "vote", bodyBytesMax: 64 * KIB },
  14: { stream: "vote", bodyBytesMax: 128 * KIB },
  15: { stream: "vote", bodyBytesMax: KIB },
  16: { stream: "vote", bodyBytesMax: 4 * KIB },
  17: { stream: "vote", bodyBytesMax: 256 },
  18: { stream: "vote", bodyBytesMax: MIB },
  19: { stream: "vote", bodyBytesMax: 256 },
  20: { stream: "tx", bodyBytesMax: 9 * MIB },
  21: { stream: "tx", bodyBytesMax: 160 * KIB },
  22: { stream: "tx", bodyBytesMax: 160 * KIB },
  23: { stream: "tx", bodyBytesMax: 512 * KIB },
  30: { stream: "bulk", bodyBytesMax: 160 * KIB },
  31: { stream: "bulk", bodyBytesMax: 65 * KIB },
  32: { stream: "bulk", bodyBytesMax: 64 },
  33: { stream: "bulk", bodyBytesMax: 256 },
});

/** Every bound of the network that is not a frame size. Bytes, milliseconds and counts. */
export interface NetworkLimits {
  /**
   * Frames waiting for one peer in one class. Beyond it the oldest waiting frame is dropped; on *bulk* the
   * connection is closed, since no honest peer gets there: its answers are bounded by credit.
   */
  readonly queueBytesMax: Readonly<Record<StreamClass, number>>;
  /** What one stream may have on its way to a reader; more helps only over long distances. */
  readonly streamWindowBytes: number;
  /** What one call hands to a stream; small frames are joined up to it, large ones cut. */
  readonly sendChunkBytes: number;
  /** Requests of one peer that are answered at a time, and that one peer is asked at a time. */
  readonly requestsPerPeerMax: number;
  /** Bytes of one chunk of a response. */
  readonly responseChunkBytes: number;
  /** Bytes of one response that may be on their way unacknowledged. */
  readonly responseCreditBytes: number;
  /** A response whose asker takes nothing more is given up after this. */
  readonly responseStallMs: number;
  /** Pause between two attempts to reach a missing member: the first and the longest. */
  readonly dialPauseFirstMs: number;
  readonly dialPauseMaxMs: number;
  /** Patience of successive attempts, used in turn. */
  readonly dialTimeoutsMs: readonly number[];
  /** A connection without a complete hello is closed after this. */
  readonly helloTimeoutMs: number;
  /** A connection that brought nothing during this many ticks is dead; a ping goes out every second tick. */
  readonly heartbeatTickMs: number;
  readonly heartbeatSilentTicksMax: number;
  /** How long a peer that broke the protocol is kept out: the first time and at most. */
  readonly exclusionFirstMs: number;
  readonly exclusionMaxMs: number;
  /** Connections in their handshake, in all and from one host. */
  readonly handshakesMax: number;
  readonly handshakesPerHostMax: number;
  /** A handshake that takes longer is cut. */
  readonly handshakeTimeoutMs: number;
  /** Strangers and other repeated events are logged once in this time. */
  readonly logPauseMs: number;
}

/** The limits of a node in production; tests shorten times and shrink queues. */
export const networkLimits: NetworkLimits = Object.freeze({
  queueBytesMax: Object.freeze({ vote: 4 * MIB, tx: 24 * MIB, bulk: 8 * MIB }),
  streamWindowBytes: 256 * KIB,
  // With the muxer's header and the tag it fills one message of Noise, 65,535 bytes, and does not split.
  sendChunkBytes: 65_472,
  requestsPerPeerMax: 8,
  responseChunkBytes: 64 * KIB,
  responseCreditBytes: 256 * KIB,
  responseStallMs: 15_000,
  dialPauseFirstMs: 500,
  dialPauseMaxMs: 1_000,
  dialTimeoutsMs: Object.freeze([1_500, 3_000, 6_000]),
  helloTimeoutMs: 5_000,
  heartbeatTickMs: 500,
  heartbeatSilentTicksMax: 5,
  exclusionFirstMs: 1_000,
  exclusionMaxMs: 30_000,
  handshakesMax: 1_024,
  handshakesPerHostMax: 256,
  handshakeTimeoutMs: 5_000,
  logPauseMs: 60_000,
});
