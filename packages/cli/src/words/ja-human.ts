import { count } from "../print/human.ts";

/** `850 ミリ秒`, `1.2 秒`, `14 分`, `3 時間 20 分`, `12 日 4 時間`. */
export function jaDuration(ms: number): string {
  if (ms < 0) return `-${jaDuration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)} ミリ秒`;
  const seconds = ms / 1000;
  if (seconds < 59.5)
    return `${seconds < 9.95 ? seconds.toFixed(1) : count(Math.round(seconds))} 秒`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} 分`;
  if (minutes < 48 * 60) return pair(Math.floor(minutes / 60), "時間", minutes % 60, "分");
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), "日", hours % 24, "時間");
}

/** `14 分前`, `3 時間後`, `たった今`. */
export function jaAgo(thenMs: number, nowMs: number): string {
  const ms = nowMs - thenMs;
  if (Math.abs(ms) < 500) return "たった今";
  return ms > 0 ? `${jaDuration(ms)}前` : `${jaDuration(-ms)}後`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
