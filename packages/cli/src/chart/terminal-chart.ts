import { plot } from "simple-ascii-chart";
import { displayWidth, pad } from "../print/width.ts";
import type { Envelope, Run } from "./envelope.ts";
import { chartLimits } from "./limits.ts";
import { heightOn, tickText, type ValueAxis, valueAxis } from "./ticks.ts";
import { type TimeTick, timeTicks } from "./time-ticks.ts";

/** How large a drawing may be, in characters, and in which zone its times are. */
export interface DrawingOptions {
  readonly width: number;
  readonly rows: number;
  readonly zone: string;
}

type Dot = [x: number, y: number];

const columnsMin = 20;
/** From a marked row to the next, about. */
const rowsPerTick = 3;
/** A mark of time and the space beside it. */
const timeTickColumns = 12;
/** Lines and corners that every terminal font has; the tips of arrows are left out. */
const axisSymbols = { n: "│", e: "─" } as const;

/** The values of a column over time as lines of text; none where there is no value. */
export function drawChart(envelope: Envelope, options: DrawingOptions): readonly string[] {
  const { lowest, highest, span } = envelope;
  if (lowest === null || highest === null || span === null) return [];
  const axis = valueAxis(lowest.value, highest.value, options.rows / rowsPerTick);
  const marks = marksOf(axis, options.rows);
  const labelWidth = Math.max(...[...marks.values()].map(displayWidth));
  // The library puts one column for the axis before the drawing, and one behind it.
  const room = Math.min(options.width, chartLimits.plotColumnsMax) - labelWidth - 2;
  const columns = Math.max(columnsMin, room - (room % 2));
  const dots = envelope.runs(columns / 2).map((run) => dotsOf(run, axis, options.rows));
  const ticks = timeTicks(span.fromMs, span.untilMs, options.zone, columns / timeTickColumns);
  const columnOf = ({ timeMs }: TimeTick): number => {
    const share = (timeMs - span.fromMs) / Math.max(1, span.untilMs - span.fromMs);
    return Math.min(columns - 1, Math.floor(share * columns));
  };
  const places = ticks.map((tick) => ({ column: columnOf(tick), text: tick.text }));
  const drawing = plot(dots, {
    width: columns,
    height: options.rows,
    yRange: [0, options.rows - 1],
    customYAxisTicks: [...marks.keys()],
    customXAxisTicks: places.map(({ column }) => column),
    formatter: (value, { axis: of }) =>
      of === "y" ? pad(marks.get(value) ?? "", labelWidth, "right") : "",
    symbols: { axis: axisSymbols },
  });
  const lines = drawing.split("\n").map((line) => line.trimEnd());
  return [...lines.filter((line) => line !== ""), labelLine(places, labelWidth + 1, columns)];
}

/** Texts of the marks by the row they stand in, counted from below. */
function marksOf(axis: ValueAxis, rows: number): ReadonlyMap<number, string> {
  return new Map(
    axis.ticks.map((tick) => [Math.round(heightOn(axis, tick) * (rows - 1)), tickText(tick)]),
  );
}

function dotsOf(run: Run, axis: ValueAxis, rows: number): Dot[] {
  const row = (value: number): number => heightOn(axis, value) * (rows - 1);
  return run.flatMap(([at, { first, second }]): Dot[] => [
    [2 * at, row(first.value)],
    [2 * at + 1, row(second.value)],
  ]);
}

/** The marks of time, each in the middle of its place, where one does not touch the other. */
function labelLine(
  places: readonly { readonly column: number; readonly text: string }[],
  before: number,
  columns: number,
): string {
  let line = "";
  for (const { column, text } of places) {
    const middle = before + column - Math.floor(text.length / 2);
    const at = Math.max(0, Math.min(middle, before + columns - text.length));
    if (line !== "" && at < line.length + 1) continue;
    line = `${line.padEnd(at)}${text}`;
  }
  return line;
}
