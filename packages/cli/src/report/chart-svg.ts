import type { Envelope, Point, Run, Slot } from "../chart/envelope.ts";
import { heightOn, tickText, valueAxis } from "../chart/ticks.ts";
import { timeTicks } from "../chart/time-ticks.ts";
import { type Html, html } from "./html.ts";
import { reportLimits } from "./limits.ts";

const width = 720;
const height = 180;
const right = 10;
const top = 12;
const bottom = 24;
const plotHeight = height - top - bottom;

/** From the values to their places in a drawing. */
interface Scale {
  readonly left: number;
  readonly x: (timeMs: number) => number;
  readonly y: (value: number) => number;
}

/** The values of a column over time as a drawing; null where no value can be drawn. */
export function chartSvg(envelope: Envelope, label: string, zone: string): Html | null {
  const { lowest, highest, span } = envelope;
  if (lowest === null || highest === null || span === null) return null;
  const axis = valueAxis(lowest.value, highest.value, 4);
  const left = 16 + 7.5 * Math.max(...axis.ticks.map((tick) => tickText(tick).length));
  const lengthMs = span.untilMs - span.fromMs;
  const plotWidth = width - left - right;
  const scale: Scale = {
    left,
    // One moment stands in the middle.
    x: (timeMs) => left + (lengthMs === 0 ? 0.5 : (timeMs - span.fromMs) / lengthMs) * plotWidth,
    y: (value) => top + (1 - heightOn(axis, value)) * plotHeight,
  };
  const ticks = timeTicks(span.fromMs, span.untilMs, zone, 8);
  const ground = height - bottom;
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${axis.ticks.map((tick) => valueMark(tick, scale))}
${ticks.map(({ timeMs, text }) => timeMark(scale.x(timeMs), text, left))}
<line class="axis" x1="${left}" y1="${ground}" x2="${width - right}" y2="${ground}"/>
${envelope.runs(reportLimits.chartSteps).map((run) => curve(run, scale))}
</svg>`;
}

function valueMark(tick: number, { left, y }: Scale): Html {
  const at = short(y(tick));
  return html`<line class="grid" x1="${left}" y1="${at}" x2="${width - right}" y2="${at}"/>
<text class="mark" x="${left - 8}" y="${at + 3.5}" text-anchor="end">${tickText(tick)}</text>`;
}

function timeMark(at: number, text: string, left: number): Html {
  const anchor = at < left + 24 ? "start" : at > width - right - 24 ? "end" : "middle";
  const x = short(at);
  return html`<line class="axis" x1="${x}" y1="${height - bottom}" x2="${x}" y2="${height - bottom + 4}"/>
<text class="mark" x="${x}" y="${height - 7}" text-anchor="${anchor}">${text}</text>`;
}

/**
 * A run as a band between its lowest and highest values, which is a line where there is one value for each
 * step; a single point as a dot, which a line would not show.
 */
function curve(run: Run, { x, y }: Scale): Html {
  const points = run.flatMap(([, { first, second }]) =>
    first === second ? [first] : [first, second],
  );
  const [only] = points;
  if (points.length === 1 && only !== undefined) {
    return html`<circle class="dot" cx="${short(x(only.timeMs))}" cy="${short(y(only.value))}" r="2.5"/>`;
  }
  const edge = (which: (slot: Slot) => Point): string[] =>
    run.map(([, slot]) => {
      const { timeMs, value } = which(slot);
      return `${short(x(timeMs))} ${short(y(value))}`;
    });
  const lows = edge(({ first, second }) => (first.value < second.value ? first : second));
  const highs = edge(({ first, second }) => (first.value < second.value ? second : first));
  return html`<path class="curve" d="M${[...highs, ...lows.toReversed()].join("L")}Z"/>`;
}

function short(value: number): number {
  return Math.round(value * 10) / 10;
}
