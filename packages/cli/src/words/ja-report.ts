import { count } from "../print/human.ts";
import type { enReport } from "./en-report.ts";

/** Japanese words of the page of a report. */
export const jaReport: typeof enReport = {
  title: (stream) => `${stream} · 報告書`,
  kicker: "ストリームの報告書",
  network: "ネットワーク",
  askedBy: "作成した会社",
  made: "作成日時",
  observed: "観測の期間",
  zone: "日時のタイムゾーン",
  rowsRead: "読んだ行数",
  rows: (rows) => `${count(rows)} 行`,
  noRows: "行がありません",
  span: (from, until) => `${from} ～ ${until}`,
  inPlain:
    "このページと、一緒に作られた証明ファイルには、値がそのまま書かれています。持っている人は誰でも読めます。",
  whoReads: "このストリームを読める会社",
  whatYouRead: "このストリームのうち自社が読める範囲",
  ownerReads: (owner) =>
    `${owner} は持ち主として、いつでもすべてを読めます。ここに名前のない会社は何も読めません。`,
  asFarAsTold: (owner) =>
    `${owner} が許可した範囲です。ほかにどの会社が読めるかは、${owner} だけが知っています。`,
  fields: "項目",
  closed: "非公開",
  closedFacet: "非公開の区分",
  readable: (from, until) =>
    until === null
      ? from === null
        ? "すべて"
        : `${from} から`
      : from === null
        ? `${until} まで`
        : `${from} ～ ${until}`,
  charts: "時系列",
  noCharts: "読める項目の中に、数値の項目はありません。",
  chartsLeftOut: (fields) =>
    `数値の項目がほかに ${count(fields)} 個あります。query --plot で項目を指定すると見られます。`,
  lowest: (value, time, record) => `最小 ${value} · ${time} · 記録 ${record}`,
  highest: (value, time, record) => `最大 ${value} · ${time} · 記録 ${record}`,
  values: (values) => `値は ${count(values)} 個です。`,
  rowsTitle: "行データ",
  shown: (shown, all) =>
    shown === all
      ? `全 ${count(all)} 行を、書かれた順に示します。`
      : `${count(all)} 行のうち、最初と最後の合わせて ${count(shown)} 行を、書かれた順に示します。`,
  fieldsLeftOut: (fields) => `${count(fields)} 個の項目を省いています。`,
  getAll: "すべてを表計算ソフト用のファイルに書き出すには:",
  between: (rows) => `ここで ${count(rows)} 行を省いています`,
  moreCharacters: (characters) => `(残り ${count(characters)} 文字)`,
  provenance: "行の出どころ",
  writtenBy: (name, handle) =>
    `どの行も ${name} (${handle}) が署名して公開し、ブロックに署名した会社が受け取ったものです。`,
  batch: "組",
  block: "ブロック",
  inBlock: "ブロックの日時",
  signedBy: "ブロックに署名した会社",
  signers: (signed, all, names) => `${all} 社中 ${signed} 社: ${names}`,
  rowsShown: "掲載した行",
  proofFiles: "証明ファイル",
  noProof: "証明ファイルなし",
  noProofs: "このページと一緒に作られた証明ファイルはありません。",
  howToCheck: (files, folder) =>
    `このページの隣のフォルダー「${folder}」に証明ファイルが ${count(files)} 個あり、どれもページの作成時に検証済みです。ネットワークにつながなくても、誰でも検証し直せます。たとえば:`,
  whatProves:
    "証明からわかるのは、持ち主がこの値をこの日時に書き、その後誰も変えていないことです。正しく測られたかどうかはわかりません。ネットワークの ID は、信頼できる相手と照らし合わせてください。",
  madeWith: (time, network) => `Tegata で作成、${time}。ネットワーク ${network}`,
  written: (page, rows, charts) =>
    `報告書を ${page} に保存しました: ${count(rows)} 行、グラフ ${count(charts)} 個。`,
  proofsWritten: (files, folder) =>
    `検証済みの証明 ${count(files)} 個を、隣の ${folder} に保存しました。`,
  plainWarning:
    "どちらにも値がそのまま書かれています。ほかの人に渡すまで、このユーザーだけが読めます。",
  proving: (done, all) => `証明 ${count(done)} / ${count(all)} 個 …`,
};
