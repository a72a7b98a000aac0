import type { MemberId } from "@tegata/ledger/primitives";
import { type StreamClass, streamClasses } from "./limits.ts";

/** Traffic of one member in one class since the start, kept across connections. */
export interface StreamCounters {
  sentBytes: number;
  receivedBytes: number;
  sentFrames: number;
  receivedFrames: number;
  droppedFrames: number;
}

/** What is counted of one member since the start. */
export interface PeerCounters {
  readonly memberId: MemberId;
  readonly streams: Readonly<Record<StreamClass, StreamCounters>>;
  readonly violations: Map<string, number>;
}

/** Counters that start at zero. */
export function createPeerCounters(memberId: MemberId): PeerCounters {
  const zero = (): StreamCounters => ({
    sentBytes: 0,
    receivedBytes: 0,
    sentFrames: 0,
    receivedFrames: 0,
    droppedFrames: 0,
  });
  const streams = Object.fromEntries(streamClasses.map((name) => [name, zero()]));
  return {
    memberId,
    streams: streams as Record<StreamClass, StreamCounters>,
    violations: new Map(),
  };
}
