import { yamux } from "@chainsafe/libp2p-yamux";
import type { MessageStream } from "@libp2p/interface";
import { assert } from "@tegata/ledger/primitives";
import type { NetworkLimits } from "./limits.ts";

const yamuxHeaderBytes = 12;

/** Three streams of a member each way; the rest is for streams whose end has not arrived yet. */
const streamsMax = 16;

/** Answers to pings and resets that the peer does not take; the streams' own data is bounded before. */
const waitingBytesMax = 1_048_576;

type MuxerInit = ReturnType<typeof yamux>;
type Muxer = ReturnType<ReturnType<MuxerInit>["createStreamMuxer"]>;

interface Decoder {
  readonly buffer: { readonly byteLength: number };
  emitFrames: (bytes: Parameters<Muxer["onData"]>[0]) => Iterable<unknown>;
}

/** The library keeps its decoder private, but only there an announced length can be met in time. */
function decoderOf(muxer: Muxer): Decoder {
  const decoder = Reflect.get(muxer, "decoder") as Partial<Decoder> | undefined;
  const known =
    typeof decoder?.emitFrames === "function" && typeof decoder.buffer?.byteLength === "number";
  assert(known, "the muxer decodes frames as the pinned version does");
  return decoder as Decoder;
}

/** What the library keeps private of a stream; `state` 3 is an open stream that nobody paused. */
interface Receiving {
  readonly state: number;
  readonly recvWindow: number;
  readonly recvWindowCapacity: number;
  sendWindowUpdate: () => void;
}

const establishedState = 3;

/**
 * The library answers every frame with a window update, so that each vote costs two messages. Half a window
 * is told at a time instead: whoever has used all of his window is told of it without fail.
 */
function updateByHalves(muxer: Muxer): void {
  const create: unknown = Reflect.get(muxer, "_newStream");
  assert(typeof create === "function", "the muxer makes streams as the pinned version does");
  Reflect.set(muxer, "_newStream", (...words: unknown[]) => {
    const stream = create.apply(muxer, words) as Receiving;
    const update = stream.sendWindowUpdate.bind(stream);
    stream.sendWindowUpdate = () => {
      const { state, recvWindow, recvWindowCapacity } = stream;
      if (state !== establishedState || 2 * recvWindowCapacity <= recvWindow) update();
    };
    return stream;
  });
}

/** What the library keeps private of an encrypted connection. */
interface LengthDecoder {
  lengthDecoder: (bytes: { readonly byteLength: number; get(at: number): number }) => number;
}

/** More than can be there while the two bytes of a length are not: the library waits for the rest. */
const unknownLength = 0xffff;

/**
 * The library ends the reading of every chunk with an exception, whose stack trace costs as much as decrypting
 * the chunk. A length that is not there yet is told as the largest one instead.
 */
function readWithoutThrowing(connection: MessageStream): void {
  const decoder = Reflect.get(connection, "decoder") as Partial<LengthDecoder> | undefined;
  if (typeof decoder?.lengthDecoder !== "function") return;
  decoder.lengthDecoder = (bytes) =>
    bytes.byteLength < 2 ? unknownLength : bytes.get(0) * 256 + bytes.get(1);
}

/**
 * Yamux with bounds the library lacks. A data frame longer than the receive window is cut off when it
 * begins (a header can announce 4 GiB, which the library would collect), and a connection that brings
 * nothing is given up: TCP alone takes minutes to notice that a peer is gone.
 */
export function boundedMuxer(limits: NetworkLimits): MuxerInit {
  const init = yamux({
    enableKeepAlive: false,
    maxInboundStreams: streamsMax,
    maxOutboundStreams: streamsMax,
    streamOptions: {
      initialStreamWindowSize: limits.streamWindowBytes,
      maxStreamWindowSize: limits.streamWindowBytes,
    },
  });
  return () => {
    const factory = init();
    const create = factory.createStreamMuxer.bind(factory);
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection);
      sendWithoutThrowing(muxer);
      updateByHalves(muxer);
      readWithoutThrowing(connection);
      guard(muxer, connection, limits);
      return muxer;
    };
    return factory;
  };
}

/**
 * The library says goodbye on connections that are already closed, and throws: out of a listener of
 * its own, where nobody can catch it. Any peer could end the process with one wrong byte.
 */
function sendWithoutThrowing(muxer: Muxer): void {
  const send = muxer.send.bind(muxer);
  muxer.send = (bytes) => {
    try {
      return send(bytes);
    } catch {
      return false;
    }
  };
}

function guard(muxer: Muxer, connection: MessageStream, limits: NetworkLimits): void {
  const decoder = decoderOf(muxer);
  const emitFrames = decoder.emitFrames.bind(decoder);
  let silentTicks = 0;
  decoder.emitFrames = function* bounded(bytes) {
    silentTicks = 0;
    yield* emitFrames(bytes);
    // What is left is less than one frame; thrown here, it closes the connection.
    if (decoder.buffer.byteLength >= limits.streamWindowBytes + yamuxHeaderBytes) {
      throw new Error("the peer announced more than a window");
    }
    if (connection.writeBufferLength > waitingBytesMax) {
      throw new Error("the peer does not take what it asked for");
    }
  };

  let odd = false;
  const heartbeat = setInterval(() => {
    odd = !odd;
    // Ticks, not times: a pause of this process must not look like the silence of every peer.
    silentTicks += 1;
    if (silentTicks > limits.heartbeatSilentTicksMax) {
      clearInterval(heartbeat);
      connection.abort(new Error("the peer has fallen silent"));
    } else if (odd) {
      // No signal: an answer to a ping that was given up would break the connection.
      muxer.ping().catch(() => undefined);
    }
  }, limits.heartbeatTickMs);
  connection.addEventListener("close", () => clearInterval(heartbeat));
}
