import { count } from "../print/human.ts";
import type { enSharing } from "./en-sharing.ts";

function atBlock(height: number | null): string {
  return height === null ? "" : ` (ブロック ${height})`;
}

/** Japanese words of what the commands about streams, grants and companies answer. */
export const jaSharing: typeof enSharing = {
  stream: "ストリーム",
  owner: "持ち主",
  kind: "種類",
  category: "分類",
  facet: "公開区分",
  facets: "公開区分",
  field: "項目",
  type: "型",
  unit: "単位",
  company: "会社",
  handle: "短い名前",
  address: "アドレス",
  connected: "接続",
  standing: "立場",
  standings: {
    voting: () => "提案し、投票する",
    sidelined: (since) => `投票する。提案はブロック ${count(since)} からほかの会社が代わる`,
    suspended: (since, offence) =>
      offence === null
        ? `ブロック ${count(since)} から停止中`
        : `ブロック ${count(since)} から停止中: ${count(offence)} で二重に署名`,
    following: () => "投票権なしで追従",
  },
  from: "開始",
  until: "期限",
  state: "状態",
  written: "公開量",
  readable: "自社の閲覧",
  yes: "はい",
  no: "いいえ",
  you: "自社",
  always: "最初から",
  open: "期限なし",
  endedAt: (when) => `${when} に終了`,
  endedAtBlock: (height) => `ブロック ${count(height)} で終了`,
  endedFacets: (facets) => `${facets} (終了: 新しい記録は届きません)`,
  nobody: "なし",
  rows: "行",
  documents: "文書",
  batches: (batches) => `${count(batches)} 組`,
  kinds: { rows: "行データ", documents: "文書" },
  live: "有効",
  ended: "終了",
  noStreams: "ストリームはまだありません。tegata streams create で作れます。",
  sealedStreams: (streams) =>
    `ほかの会社のストリームのうち、自社に公開されていないもの: ${count(streams)} 本`,
  created: (name, height) => `「${name}」を作りました${atBlock(height)}。`,
  createDry: "何も作っていません。",
  othersSee: (owner, category, facetCount) =>
    `ほかの会社に見えるもの: ${owner} のストリームであること、分類 ${category}、公開区分の数 ${count(facetCount)}、公開した時刻と量。名前・項目・値は見えません。公開区分を 1 つでも許可した会社には、全項目の名前と単位が見えます。`,
  stays: "ストリームは残り続けます。削除も変更もできません。",
  schemaFrom: (path) => `${path} から読み取った項目:`,
  granted: (company, facets, stream, height) =>
    `「${company}」が「${stream}」の ${facets.join(", ")} を読めるようになりました${atBlock(height)}。`,
  grantDry: (company, facets, stream) =>
    `「${company}」に「${stream}」の ${facets.join(", ")} を許可します (試行)。まだ許可していません。`,
  span: (from, until) =>
    from === null ? `観測が ${until} より前のすべて。` : `観測が ${from} から ${until} まで。`,
  inSpan: (batches) =>
    `この期間の記録は今のところ ${count(batches)} 組です。後から届く記録も含まれます。`,
  rounded: "期間は、許可できる単位まで外側に広げました。",
  spanPast: (until, batches) =>
    batches === 0
      ? `この期間は ${until} に終わっていて、記録もありません。この許可では何も読めません。`
      : `この期間は ${until} に終わっています。それより前の観測だけが読め、これからの記録は読めません。`,
  notShown: (facets) => `値を見せないもの: ${facets.join(", ")}`,
  namesSeen: (company) =>
    `「${company}」には、読めない公開区分も含め、全項目の名前と単位が見えます。`,
  grantVisible: (company) =>
    `「${company}」に何かを共有していることは、ネットワークの全社に見えます。中身は見えません。`,
  revoked: (company, height) =>
    `許可を取り消しました${atBlock(height)}。これからの記録には、「${company}」に渡らない新しい鍵を使います。`,
  revokeDry: (company) =>
    `これからの記録を「${company}」に対して閉じます (試行)。何も変えていません。`,
  keeps: (company, batches) =>
    batches === 0
      ? `「${company}」が読めた記録はなく、手元に残るものもありません。`
      : `取り消せないもの: 「${company}」がすでに読めた記録 ${count(batches)} 組は、手元に残ります。`,
  othersStay: (companies) => `${companies.join(", ")} への許可は変わりません。`,
  mine: "自社のストリームを読める会社",
  sharedWithMe: "自社が読める、ほかの会社のストリーム",
  nobodyReads: "自社のほかに読める会社はありません。",
  nothingShared: "ありません。",
};
