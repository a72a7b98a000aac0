import { count } from "../print/human.ts";
import type { enDrafting } from "./en-drafting.ts";

const firstOf = { dmy: "日", mdy: "月", ymd: "年" } as const;

/** Japanese words of a stream that is drawn from a sample. */
export const jaDrafting: typeof enDrafting = {
  example: "値の例",
  headerIn: (line) => `列名は ${line} 行目にあります。`,
  timesZoned: (column) => `日時: 列「${column}」。タイムゾーンは値に書かれています。`,
  timesIn: (column, zone) =>
    `日時: 列「${column}」。${zone} の時刻として読みます (違うときは --tz ZONE)。`,
  timesNone: "日時: 列がありません。行の日時は、公開したときの時刻になります。",
  timesSeveral: (columns) =>
    `日時: ${columns.join("、")} のどれかです。公開するときに --time で指定してください。指定しないと、公開したときの時刻になります。`,
  timesUnix: (column, unit) =>
    `日時: 列「${column}」は 1970 年からの${unit === "s" ? "秒" : "ミリ秒"}数です。公開するときに --time ${column} --time-unit ${unit} を付けてください。`,
  timesUnread: (column, value) =>
    `日時: 列「${column}」は日時のようですが、「${value}」を日時として読めません。このままでは、行の日時は公開したときの時刻になります。2026-11-22 09:05:00 のように書いてください。`,
  timesSplit: (day, clock) =>
    `日時: 列「${day}」は日付だけで、時刻は列「${clock}」にあります。このままでは、同じ日の行はすべて 0 時になります。2026-11-22 09:05:00 のように 1 つの列にまとめてください。`,
  datesIn: (column, order, example, read) =>
    `列「${column}」の日付: ${firstOf[order]}が先です (${example} は ${read})。違うときは --date-order を付けます。`,
  noRows: "列名だけで行がありません。すべての項目を文字列とみなします。",
  doubtful: {
    text: "確認できないため、ストリームは作っていません。",
    next: "上のとおりファイルを直すか、--date-order や --decimal を付けるか、--yes を付けてください。",
  },
  proposed: (facets) =>
    `公開区分 ${facets.join("、")} は列名からの案です。変えるには --facet 名前=項目,…、1 つにまとめるには --facet data=* を付けます。`,
  misfits: (cells) => `${count(cells)} 個の項目に、受け付けられないセルがあります:`,
  remedy: (next) => `    対処: ${next}`,
  askDoubtful: "それでもこのストリームを作りますか? [y/N] ",
  ask: "このストリームを作りますか? [Y/n] ",
  notMade: {
    text: "ストリームは作っていません",
    next: "--facet、--time、--tz、--header、--date-order、--decimal で直すか、--dry-run --json の出力を編集して --schema で指定してください。",
  },
  rejects: (rows, path) =>
    `除いた ${count(rows)} 行の行番号、項目、理由を ${path} に書き出しました。`,
  rejectTitles: ["行", "項目", "必要なもの", "実際の値", "対処"],
};
