import { setTimeout as pause } from "node:timers/promises";
import { localZone } from "../input/time.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { dateTime } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import type { StatusView } from "./view.ts";

/** What is shown again and again. */
export interface Watched {
  /** Lines for people, made when they are shown. */
  readonly lines: readonly string[];
  /** The document for programs; null while there is none. */
  readonly document: string | null;
  /** Two of the same mean that nothing happened in between. */
  readonly mark: string;
}

/** How often it is looked, ms. */
const periodMsUsual = 1_000;
/** On a screen these lines are left free below. */
const rowsFree = 1;

/**
 * Shows something until `stop` is aborted: in its place on a terminal, else one block of lines a change.
 * Answers as what Ctrl-C ended.
 */
export async function watch(
  context: Context,
  read: () => Promise<Watched>,
  stop: AbortSignal,
  periodMs = periodMsUsual,
): Promise<ExitCode> {
  const { stdout, nowMs } = context.world;
  const isScreen = stdout.isTTY === true && !context.json;
  const stopped = new Promise<null>((resolve) => {
    if (stop.aborted) resolve(null);
    stop.addEventListener("abort", () => resolve(null), { once: true });
  });
  let mark: string | null = null;
  let shown = 0;
  while (!stop.aborted) {
    const seen = await Promise.race([read(), stopped]);
    if (seen === null) break;
    if (isScreen) {
      const lines = seen.lines.slice(0, (stdout.rows ?? 24) - rowsFree);
      if (!(await context.out.write(inPlace(lines, shown)))) break;
      shown = lines.length;
    } else if (seen.mark !== mark) {
      const text = context.json
        ? (seen.document ?? "")
        : [dateTime(nowMs(), localZone()), ...seen.lines, ""].join("\n");
      if (text !== "" && !(await context.out.write(`${text}\n`))) break;
    }
    mark = seen.mark;
    await Promise.race([pause(periodMs, null, { signal: stop }).catch(() => null), stopped]);
  }
  return exitCodes.interrupted;
}

/** Lines over those that were shown last; what is too wide is cut and does not begin a line of its own. */
function inPlace(lines: readonly string[], shown: number): string {
  const up = shown === 0 ? "" : `\u001b[${shown}A`;
  return `${up}\r\u001b[J\u001b[?7l${lines.join("\n")}\u001b[?7h\n`;
}

/** What passes by itself and is no change: ages, sizes, places in a queue. */
const passing: ReadonlySet<string> = new Set([
  ...[
    "lastSeenMs",
    "reachSinceMs",
    "headTimeMs",
    "oldestMs",
    "hoursLeft",
    "atMs",
    "freeBytes",
    "mempool",
    "clockAheadMs",
  ],
]);
/** What blocks change all the time; it is a change for programs only. */
const moving: ReadonlySet<string> = new Set([
  "height",
  "round",
  "proposer",
  "inFlight",
  "done",
  "of",
]);

/** The mark of a status: the same while nothing happened that a reader would want to know. */
export function statusMark(view: StatusView, isForPrograms: boolean): string {
  return JSON.stringify(view, (name, value: unknown) => {
    return passing.has(name) || (!isForPrograms && moving.has(name)) ? undefined : value;
  });
}
