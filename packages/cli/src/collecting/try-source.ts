import type { CollectorOptions, Interpret, Reading } from "@tegata/collect";
import { stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import type { Ears } from "./run-collector.ts";

/** Readings that a dry run shows. */
const shownMax = 20;

/** Listens to a source, shows its first readings and keeps nothing. */
export async function trySource<Memo>(
  context: Context,
  interpret: Interpret,
  { initial, fold }: CollectorOptions<Memo>["memo"],
  follow: (ears: Ears<Memo>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const enough = new AbortController();
  const readings: Reading[] = [];
  let memo = structuredClone(initial);
  const ears: Ears<Memo> = {
    get memo() {
      return memo;
    },
    hear: (text) => {
      if (readings.length >= shownMax) return;
      const heard = { heardMs: context.world.nowMs(), text };
      memo = fold(memo, heard);
      readings.push(...interpret(heard));
      if (readings.length >= shownMax) enough.abort();
    },
    commit: async () => undefined,
    room: async () => undefined,
  };
  await follow(ears, AbortSignal.any([stopSignal(), enough.signal]));
  const shown = readings.slice(0, shownMax);
  const lines = shown.map((reading) => {
    return reading.type === "row"
      ? `${new Date(reading.row.timeMs).toISOString()}  ${JSON.stringify(reading.row.cells)}`
      : words().collect.wouldSetAside(reading.why.said);
  });
  const readingsShown = shown.map((reading) =>
    reading.type === "row"
      ? { fits: true, row: reading.row }
      : { fits: false, reason: reading.why.english },
  );
  await context.result({ schema: "tegata.collect/1", dryRun: true, readings: readingsShown }, [
    ...lines,
    words().collect.nothingKept,
  ]);
}
