import { count } from "../print/human.ts";
import type { enData } from "./en-data.ts";
import { jaDuration } from "./ja-human.ts";

function inBlockText(height: number | null): string {
  return height === null ? "" : ` · ブロック ${count(height)}`;
}

/** Japanese words of what the commands about records, documents and proofs answer. */
export const jaData: typeof enData = {
  published: (rows, height, ms) =>
    `${count(rows)} 行を公開しました${inBlockText(height)} · ${jaDuration(ms)}`,
  accepted: (rows, ms) =>
    `${count(rows)} 行をこのディスクに保存しました。ほかの会社へ送信中です · ${jaDuration(ms)}`,
  documentPublished: (name, height, ms) =>
    `「${name}」を公開しました${inBlockText(height)} · ${jaDuration(ms)}`,
  before: (rows) => `うち ${count(rows)} 行は公開済みでした。二重にはなっていません。`,
  stoppedWhole: (waiting) =>
    waiting === 0
      ? "中断しました。すべての行は公開済みです。"
      : `待つのを中断しました。${count(waiting)} 行が送信待ちで、自動で送信されます。送り直さないでください。様子は tegata outbox list で見られます。`,
  stoppedPart: (rows, path) =>
    `中断しました。${count(rows)} 行は送信待ちか公開済みですが、${path} の残りはまだです。同じ指定でもう一度実行してください。二重にはなりません。`,
  stoppedDocument: (name) =>
    `待つのを中断しました。「${name}」は送信待ちで、自動で送信されます。送り直さないでください。`,
  stoppedInDocument: (name) =>
    `「${name}」の途中で中断しました。同じ指定でもう一度実行してください。二重にはなりません。`,
  nothingToPublish: "行がないため、何も公開していません。",
  submitDry: (rows, stream) => `${count(rows)} 行が「${stream}」に合います。何も公開していません。`,
  documentDry: (name, size, stream) =>
    `「${name}」(${size}) を「${stream}」に公開します (試行)。何も公開していません。`,
  skipped: (rows) => `${count(rows)} 行を除きました:`,
  readAs: (format, encoding) =>
    `${format}${encoding === null ? "" : ` (${encoding})`} として読みます。`,
  spanOf: (from, until) => `観測の期間: ${from} ～ ${until}`,
  timedNow: "行の日時になる列がありません。各行の日時は、今回公開した時刻になります。",
  progress: (rows) => `${count(rows)} 行 …`,
  record: "記録",
  time: "時刻",
  observedTime: "観測時刻",
  more: "まだ続きがあります: --limit N、--all、またはすべてを -o csv で出力してください。",
  noRecords: "自社が読める記録はここにありません。",
  document: "文書",
  bytes: "バイト数",
  complete: "完全",
  fetched: (name, path) => `「${name}」を ${path} に保存しました。`,
  goOn: (command) => `続きを見るには: ${command}`,
  gap: "途中の記録を飛ばしました。query で見られます。",
  proofWritten: (path) =>
    `証明を ${path} に保存しました。このファイルを持つ人は、その値を読めます。`,
  verdicts: {
    valid: "有効",
    unanchored: "矛盾なし・ネットワーク未確認",
  },
  verified: (verdict, stream, facet) =>
    `${verdict}: ストリーム「${stream}」、公開区分「${facet}」の記録`,
  writtenBy: (name, handle) => `記録した会社  ${name} (${handle})`,
  inBlock: (height, time) => `ブロック      ${count(height)}、${time}`,
  observedAt: (time) => `観測          ${time}`,
  signedBy: (signed, all, names) => `署名          ${all} 社中 ${signed} 社: ${names}`,
  ofNetwork: (name, id) => `ネットワーク  ${name}、${id}`,
  notAnchored:
    "正しいネットワークかどうかは確かめられていません。信頼できる相手と ID を照らし合わせ、--network で指定してください。",
  field: "項目",
  value: "値",
  unit: "単位",
};
