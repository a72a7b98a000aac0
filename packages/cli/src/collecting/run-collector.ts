import {
  type AgentEvent,
  Collector,
  type CollectorEvent,
  type CollectorOptions,
  type ConnectionEvent,
  collectLimits,
  Delivery,
  type Interpret,
  type MqttEvent,
  type Place,
  takePlace,
} from "@tegata/collect";
import type { GatewayClient, Stream } from "@tegata/gateway/client";
import { homePaths } from "../founding/home.ts";
import { stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import { collectorLine } from "./collector-lines.ts";
import type { CollectorMetrics } from "./collector-metrics.ts";

/** Anything that is told while something is collected. */
export type SourceEvent = CollectorEvent | ConnectionEvent | MqttEvent | AgentEvent;

/** What a source uses of its collector. */
export type Ears<Memo> = Pick<Collector<Memo>, "hear" | "commit" | "room" | "memo">;

/** One source that is collected into one stream. */
export interface Collecting<Memo> {
  /** Kind of the source, in the name of the folder that keeps what was heard. */
  readonly kind: string;
  /** What makes the source this one; with the stream it names that folder. */
  readonly source: readonly string[];
  /** Folders of which the first that nobody uses is taken; more than one where a source has no name. */
  readonly places: number;
  readonly stream: Stream;
  /** The stream as it was named. */
  readonly label: string;
  readonly interpret: Interpret;
  readonly memo: CollectorOptions<Memo>["memo"];
  readonly tell: (event: SourceEvent) => Promise<void>;
  readonly metrics: CollectorMetrics | null;
  /** Listens until the source ends or it is told to stop. */
  follow(ears: Ears<Memo>, signal: AbortSignal): Promise<void>;
}

/** A memo of sources that need none. */
export const noMemo: CollectorOptions<null>["memo"] = { initial: null, fold: () => null };

const firstStatusMs = 1_000;

/** Collects until it is told to stop, or the source is over and all of it handed over; gives the counts. */
export async function runCollector<Memo>(
  context: Context,
  gateway: GatewayClient,
  collecting: Collecting<Memo>,
): Promise<Collector<Memo>["counts"]> {
  const { interpret, memo, tell } = collecting;
  const failed = new AbortController();
  const signal = AbortSignal.any([stopSignal(), failed.signal]);
  const place = await placeOf(context, collecting);
  try {
    const collector = await Collector.open({
      ...{ folder: place.folder, interpret, memo, tell, signal, nowMs: context.world.nowMs },
      delivery: new Delivery({ gateway, stream: collecting.label, tell, signal }),
    });
    collecting.metrics?.observe(() => collector.counts);
    const status = (): Promise<void> => tell({ event: "status", ...collector.counts });
    const ticker = setInterval(() => void status(), collectLimits.statusMs);
    const first = setInterval(() => {
      // Whoever just started it wants to see that it works.
      if (collector.counts.rows === 0) return;
      clearInterval(first);
      void status();
    }, firstStatusMs);
    try {
      const whole = async (task: Promise<void>): Promise<void> => {
        try {
          await task;
        } catch (error) {
          failed.abort();
          throw error;
        }
      };
      const followed = collecting.follow(collector, signal).finally(() => collector.end());
      const ends = await Promise.allSettled([whole(followed), whole(collector.forward())]);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    } finally {
      clearInterval(ticker);
      clearInterval(first);
      await collector.close();
      await status();
    }
    return collector.counts;
  } finally {
    place.release();
  }
}

/** @throws COLLECT_RUNNING when all places are in use */
async function placeOf<Memo>(context: Context, collecting: Collecting<Memo>): Promise<Place> {
  const { kind, source, stream, places } = collecting;
  const root = homePaths(context.home).collect;
  for (let number = 1; ; number += 1) {
    const names = [stream.id, ...source, ...(number === 1 ? [] : [`${number}`])];
    try {
      return await takePlace(root, kind, names);
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (code !== "COLLECT_RUNNING" || number >= places) throw error;
    }
  }
}

/** Tells each event as one line: JSON for programs; for people how far it is, and else a message. */
export function lineTeller(
  context: Context,
  metrics: CollectorMetrics | null,
): (event: SourceEvent) => Promise<void> {
  return async (event) => {
    metrics?.take(event);
    const { line, document, isResult } = collectorLine(event);
    if (context.json) await context.out.write(`${JSON.stringify(document)}\n`);
    else if (isResult) await context.out.write(`${line}\n`);
    else context.warn(line);
  };
}
