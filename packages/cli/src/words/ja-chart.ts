import { count } from "../print/human.ts";
import type { enChart } from "./en-chart.ts";

/** Japanese words around charts. */
export const jaChart: typeof enChart = {
  span: (from, until, zone) =>
    from === until ? `${from} (${zone})` : `${from} ～ ${until} (${zone})`,
  rows: (rows, lowest, highest) => `${count(rows)} 行を描画 · 最小 ${lowest} · 最大 ${highest}`,
  missing: (rows) => `${count(rows)} 行には値がありません。見分けられるところでは線が途切れます。`,
  beyond: (rows) => `${count(rows)} 個の値は、大きすぎて描けません。`,
  nothing: (rows) => `${count(rows)} 行の中に、描ける値がありません。`,
  tooMany: (got, most) => ({
    text: `--plot で一度に描けるのは ${most} 項目までです (指定は ${got} 項目)。`,
    next: `項目を ${most} 個までにしてください。`,
  }),
};
