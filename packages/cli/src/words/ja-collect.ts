import { count } from "../print/human.ts";
import type { enCollect } from "./en-collect.ts";
import { jaDuration } from "./ja-human.ts";

/** Japanese words of what is collected from folders, adapters, brokers and agents. */
export const jaCollect: typeof enCollect = {
  whichTime: (fields) => ({
    text: `ストリームに日時の項目が複数あります: ${fields.join(", ")}`,
    next: "行の日時にする項目を --time で指定してください。",
  }),
  notPublished: (name) => `${name} は公開していません。1 行も送っていません。`,
  partlyPublished: (name, rows) =>
    `${name} は途中まで公開しました。最初の ${count(rows)} 行は保存済みで、残りは送っていません。`,
  putAgain: "ファイルを直し、もう一度フォルダーに置いてください。",
  putRest: (rows) =>
    `最初の ${count(rows)} 行より後を別のファイルにして、もう一度フォルダーに置いてください。`,
  leftOut: (name, rows) =>
    `${name} は、合わない ${count(rows)} 行を除いて公開しました。その最初のものは次のとおりです:`,
  watching: (folder, stream) =>
    `${folder} を見張り、「${stream}」に公開します。Ctrl-C で終わります。`,
  published: (file, rows, movedTo) =>
    `${file}: ${count(rows)} 行をこのディスクに保存しました。ほかの会社へ送信中です → ${movedTo}`,
  replayed: (rows) => `うち ${count(rows)} 行は送信済みでした。二重にはなっていません`,
  leftOutRows: (rows) => `${count(rows)} 行を除きました。フォルダー refused を見てください`,
  refused: (file, code, movedTo) =>
    `${file}: 受け付けませんでした (${code}) → ${movedTo}。理由は隣のテキストにあります`,
  same: (file, as, at, movedTo) =>
    `${file}: ${at} に公開した ${as} と同じ内容です。二重にはなっていません → ${movedTo}`,
  takenAway: "その間に取り除かれました",
  unfinished: (file) => `${file} は読んでいる間に変わりました。後でもう一度見ます`,
  stuck: (file, reason) => `${file} を読めないか、移動できません (${reason})。もう一度試します`,
  folderGone: (folder, reason) => `フォルダー ${folder} がありません (${reason})。戻るのを待ちます`,
  folderBack: (folder) => `フォルダー ${folder} が戻りました`,
  waiting: (message) => `${message} 失われるものはありません。受け付けられるまで試し続けます`,
  again: (ms) => `ゲートウェイが ${jaDuration(ms)}ぶりに受け付けを再開しました`,
  wouldPublish: (file, rows) => `${file}: ${count(rows)} 行が合います`,
  wouldRefuse: (file) => `${file}: 合いません`,
  total: (files, rows, refused) =>
    `${count(files)} 個のファイルの ${count(rows)} 行を公開し、${count(refused)} 個を受け付けませんでした。`,
};
